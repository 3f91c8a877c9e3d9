-- Key: repository_name, valid_from
create table dim_repository_name (
    repository_name varchar not null, -- owner/name in lower case, as linked or as GitHub answered
    repository_key bigint not null, -- the repository behind the name in this time
    valid_from timestamp, -- when the name was first seen to mean this repository, UTC; null if GitHub never answered
    -- for it
    valid_to timestamp, -- when it was first seen to mean another one; null while it still does
    next_repository_id bigint, -- GitHub's number of that other one; null while the name still means this repository
    is_linked boolean not null, -- a listing links to it under this name
    last_answer varchar not null, -- GitHub's last answer for this name: pending, found, not_found, blocked; also found
    -- if the name only came up as the new name of another
    last_answer_at timestamp -- UTC; null while pending
);
