-- Grain: one row per raw file that is loaded into staging.
select file from staging.raw_file
order by file;
