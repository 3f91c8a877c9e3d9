-- Key: task_key
-- Natural key: task_name
create table dim_task (
    task_key bigint not null, -- 63 bits of the md5 of task_name; -1 is the unknown task
    task_name varchar not null, -- label as the source writes it
    task_group varchar not null -- group of Hugging Face's task vocabulary; 'Unknown' for a label never seen before
);

insert into dim_task (task_key, task_name, task_group) values (-1, '(unknown)', 'Unknown');
