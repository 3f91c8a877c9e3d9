-- Rule: The rows of a paper follow each other without gap or overlap, and the last one is current and says what
-- dim_paper says.
-- Table: dim_paper_version
-- Severity: error
with chained as (
    select
        *,
        lead(valid_from) over (partition by paper_key order by valid_from) as next_from
    from dim_paper_version
)

select
    paper_key,
    chained.valid_from,
    chained.valid_to,
    chained.is_current,
    chained.next_from,
    chained.version,
    paper.version as paper_version
from chained
left join dim_paper as paper using (paper_key)
where
    chained.valid_to is distinct from chained.next_from
    or chained.valid_to <= chained.valid_from
    or chained.is_current <> (chained.valid_to is null)
    or (
        chained.is_current
        and (chained.abstract, chained.version, chained.comment, chained.is_withdrawn)
        is distinct from (paper.abstract, paper.version, paper.comment, paper.is_withdrawn)
    );
