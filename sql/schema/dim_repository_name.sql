-- Key: repository_name, valid_from
create table dim_repository_name (
    repository_name varchar not null, -- owner/name in lower case, as linked or as GitHub answered
    repository_key bigint not null, -- the repository behind the name in this time
    valid_from timestamp, -- when the name was first seen to mean this repository, UTC; null where GitHub never said so
    valid_to timestamp, -- when it was first seen to mean another one; null while it holds
    is_linked boolean not null, -- a listing links to it under this name
    last_answer varchar not null, -- GitHub's last answer to this very name: pending, found, not_found, blocked; found
    -- also where it was only met as another's new name
    last_answer_at timestamp -- UTC; null while pending
);
