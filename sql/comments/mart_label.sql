-- Meaning of the columns of mart_label, which as a view has no place of its own for them.
comment on column mart_label.paper_key is 'the paper';
comment on column mart_label.task_key is 'the label; -1, the unknown task, where no listing of the paper has one';
comment on column mart_label.weight is 'share of the paper: sums to 1 over a paper''s labels';
comment on column mart_label.listing_key is 'the listing that the labels are of';
comment on column mart_label.listing_date is 'day of that listing';
