-- Grain: one row per raw file that staging has taken in.
select file from staging.raw_file
order by file;
