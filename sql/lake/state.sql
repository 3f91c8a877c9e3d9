-- About: what hosts that share a lake have to agree on, in PostgreSQL, beside the catalog of DuckLake.

create schema if not exists papers_state;

-- Grain: one row per host that is asked at a pace, with the last response, or the last request if none came.
create table if not exists papers_state.pace (
    host text primary key,
    answered_at timestamptz not null
);

-- Grain: one row, with the version of the code that built the lake; none while it is built.
create table if not exists papers_state.built (
    fingerprint text not null
);
