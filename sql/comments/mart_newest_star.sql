-- Meaning of the columns of mart_newest_star, which as a view has no place of its own for them.
comment on column mart_newest_star.repository_key is 'the repository';
comment on column mart_newest_star.stars_count is 'stars at observed_at';
comment on column mart_newest_star.forks_count is 'forks at observed_at';
comment on column mart_newest_star.observed_at is 'when GitHub last described it, UTC';
