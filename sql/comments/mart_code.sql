-- Meaning of the columns of mart_code, which as a view has no place of its own for them.
comment on column mart_code.paper_key is 'the paper';
comment on column mart_code.repository_key is 'the repository';
comment on column mart_code.first_linked_date is 'day of the first listing of the paper that links to it';
comment on column mart_code.url is 'the first link to it as written';
comment on column mart_code.weight is 'share of the paper: sums to 1 over a paper''s repositories';
