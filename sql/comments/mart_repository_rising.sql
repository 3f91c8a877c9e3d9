-- Meaning of the columns of mart_repository_rising, which as a view has no place of its own for them.
comment on column mart_repository_rising.repository_key is 'the repository';
comment on column mart_repository_rising.full_name is 'owner/name as GitHub last wrote it';
comment on column mart_repository_rising.from_at is 'the earlier observation, UTC';
comment on column mart_repository_rising.to_at is 'the later observation, UTC';
comment on column mart_repository_rising.day_count is 'calendar days between the two';
comment on column mart_repository_rising.from_stars_count is 'stars at from_at';
comment on column mart_repository_rising.to_stars_count is 'stars at to_at';
comment on column mart_repository_rising.stars_gained is 'to_stars_count less from_stars_count; negative where stars were taken back';
comment on column mart_repository_rising.stars_gained_per_day is 'stars_gained by day_count';
