-- Meaning of the columns of mart_run, which as a view has no place of its own for them.
comment on column mart_run.date is 'UTC day of the answers';
comment on column mart_run.service is 'archive, arxiv or github';
comment on column mart_run.request_count is 'distinct moments of an answer: one request may ask for many subjects';
comment on column mart_run.subject_count is 'distinct subjects answered for: days of a source, papers or repositories';
comment on column mart_run.settled_count is 'subjects with a definite answer';
comment on column mart_run.unsettled_count is 'answers that settled nothing: failures and limits';
comment on column mart_run.listing_count is 'listings on the pages first met on the day; 0 for other services';
comment on column mart_run.rejected_count is 'rows that could not be read on those pages; 0 for other services';
comment on column mart_run.first_answer_at is 'first answer of the day, UTC';
comment on column mart_run.last_answer_at is 'last answer of the day, UTC';
