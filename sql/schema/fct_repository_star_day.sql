-- Key: repository_key, star_date
create table fct_repository_star_day (
    repository_key bigint not null, -- GitHub's number
    star_date date not null, -- the day on which they starred, in Los Angeles, as GitHub counts; no UTC day
    stars_kept_count integer not null, -- accounts that starred on that day and still did when asked: a lower bound
    observed_at timestamp not null, -- when GitHub told it, after that day was over, UTC
    first_stars_kept_count integer not null, -- the same by the first answer after that day was over; the difference
    -- was taken back between the two looks, and nothing is known of it where first_observed_at is observed_at
    first_observed_at timestamp not null -- when GitHub gave that first answer, UTC; observed_at where there is one look
);
