-- Meaning of the columns of mart_task_week, which as a view has no place of its own for them.
comment on column mart_task_week.iso_year is 'year of the ISO week';
comment on column mart_task_week.iso_week is 'ISO week, 1 to 53';
comment on column mart_task_week.week_start is 'Monday of the week';
comment on column mart_task_week.task_key is 'the label; -1 for papers without one';
comment on column mart_task_week.task_name is 'label as the source writes it';
comment on column mart_task_week.task_group is 'group of Hugging Face''s task vocabulary';
comment on column mart_task_week.paper_weight is 'papers, each shared out among its labels: sums to the papers of the week';
comment on column mart_task_week.paper_count is 'papers with the label, each counted whole: sums to more than the papers of the week';
