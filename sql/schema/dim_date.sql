-- Key: date_key
-- Natural key: date
create table dim_date (
    date_key integer not null, -- yyyymmdd; -1 is the unknown day
    date date, -- the calendar day, UTC; null for the unknown day
    year smallint, -- calendar year
    quarter tinyint, -- 1 to 4
    month tinyint, -- 1 to 12
    iso_year smallint, -- year of the ISO week, which differs from the calendar year around New Year
    iso_week tinyint, -- ISO week, 1 to 53
    weekday tinyint, -- ISO weekday: 1 is Monday, 7 is Sunday
    is_weekend boolean -- Saturday or Sunday
);

insert into dim_date (date_key) values (-1);
