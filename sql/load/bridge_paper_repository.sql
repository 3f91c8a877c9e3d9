-- Grain: one row per paper and GitHub repository that any listing of it links to, with whose code it is and why.
-- Rerun: same rows. All are judged again, since one paper more may change what a repository is to the others.
-- Note: the rule, from the strongest evidence to the weakest, is the `case` of link_role below. Without GitHub's answer
-- it knows names, authors and papers only, and says unknown where they say nothing.
delete from bridge_paper_repository
where (select is_any from scope_any);

insert into bridge_paper_repository by name
with threshold as (
    select
        365 as old_days, -- a repository that many days older than its paper was not begun for it
        180 as made_for_days, -- one at most that much older, which no other paper links to, was
        6 as plain_letters, -- a shorter name is found in a title only as a whole word: `oat` is no part of `coating`
        3 as named_letters, -- the shortest name that a title can name
        4 as author_letters, -- the shortest part of an author's name that is looked for in an account
        20 as title_letters, -- a shorter title says too little to be looked for as a whole
        4 as initial_letters -- the shortest name that is read as initials of a title
),

pair as (
    select
        fct_listing.paper_key,
        link.repository_key,
        list(distinct link.repository_name) as linked_names,
        bool_or(coalesce(link.repository_name = fct_listing.witness_repository_name, false)) as is_witnessed,
        bool_or(
            coalesce(try_cast(fct_listing.extra as json) ->> '$.github_repo_added_by', '') <> ''
        ) as is_added,
        min(fct_listing.listing_date) as first_linked_date
    from bridge_listing_repository as link
    join fct_listing using (listing_key)
    group by fct_listing.paper_key, link.repository_key
),

-- A name in letters and figures alone, of all scripts, so that spellings by arXiv and by a page meet.
author as (
    select
        listed.paper_key,
        lower(strip_accents(dim_author.author_name)) as author_name,
        regexp_replace(lower(strip_accents(dim_author.author_name)), '[^\pL\pN]', '', 'g') as plain_name
    from (
        select
            fct_listing.paper_key,
            bridge_listing_author.author_key
        from bridge_listing_author
        join fct_listing using (listing_key)
        union
        select
            paper_key,
            author_key
        from bridge_paper_author
    ) as listed
    semi join pair using (paper_key)
    join dim_author using (author_key)
),

paper as (
    select
        paper_key,
        list(distinct plain_name) as names,
        list_distinct(flatten(list(regexp_extract_all(author_name, '[a-z0-9]+')))) as name_parts -- accounts are ASCII
    from author
    where plain_name <> '' -- else whoever has no letter is the same person
    group by paper_key
),

-- Of every two papers with a repository in common: whether they have an author in common. Null if nobody names any.
neighbour as (
    select
        pair.paper_key,
        pair.repository_key,
        count(*)::integer as paper_count,
        count(*) filter (
            where other.paper_key <> pair.paper_key and list_has_any(paper.names, other_paper.names)
        ) as same_count,
        count(*) filter (
            where other.paper_key <> pair.paper_key and not list_has_any(paper.names, other_paper.names)
        ) as stranger_count
    from pair
    join pair as other using (repository_key)
    left join paper on pair.paper_key = paper.paper_key
    left join paper as other_paper on other.paper_key = other_paper.paper_key
    group by pair.paper_key, pair.repository_key
),

described as (
    select
        pair.*,
        neighbour.paper_count,
        neighbour.same_count,
        neighbour.stranger_count,
        dim_repository.status,
        dim_repository.full_name,
        lower(dim_repository.owner) as owner,
        regexp_replace(lower(dim_repository.owner), '[^a-z0-9]', '', 'g') as plain_owner,
        regexp_replace(lower(dim_repository.name), '[^a-z0-9]', '', 'g') as plain_name,
        regexp_replace(
            regexp_replace(lower(dim_repository.name), '[-_]?v?[0-9][0-9.]*$', '', 'g'), '[^a-z0-9]', '', 'g'
        ) as unversioned_name, -- `kettle` of kettle-v2.1
        regexp_extract_all(lower(strip_accents(dim_paper.title)), '[a-z0-9]+') as words,
        regexp_replace(lower(strip_accents(dim_paper.title)), '[^a-z0-9]', '', 'g') as plain_title,
        case
            when array_length(regexp_extract_all(split_part(dim_paper.title, ':', 1), '\S+')) <= 4
                then regexp_replace(lower(strip_accents(split_part(dim_paper.title, ':', 1))), '[^a-z0-9]', '', 'g')
            else ''
        end as short_title, -- what stands before the colon, or a title of a few words
        lower(concat_ws(' ', dim_repository.description, dim_repository.homepage)) as description,
        regexp_replace(
            lower(concat_ws(' ', dim_repository.description, dim_repository.homepage)), '[^a-z0-9]', '', 'g'
        ) as plain_description,
        lower(concat_ws(' ', dim_paper.comment, dim_paper.abstract)) as arxiv_text,
        dim_paper.arxiv_id,
        paper.names,
        paper.name_parts,
        date_diff(
            'day',
            dim_repository.created_at::date,
            least(coalesce(dim_paper.submitted_at::date, pair.first_linked_date), pair.first_linked_date)
        ) as days_older
    from pair
    join neighbour using (paper_key, repository_key)
    join dim_repository using (repository_key)
    join dim_paper using (paper_key)
    left join paper using (paper_key)
),

seen as (
    select
        described.*,
        length(plain_name) >= named_letters and (
            case
                when length(plain_name) < plain_letters then list_contains(words, plain_name)
                else contains(plain_title, plain_name)
            end
            or plain_name = short_title
            or (unversioned_name = short_title and short_title <> '')
            or (length(short_title) > named_letters and contains(plain_name, short_title))
            or (length(plain_name) >= initial_letters and contains(
                array_to_string(list_transform(words, lambda word: left(word, 1)), ''), plain_name
            ))
        ) as is_named,
        contains(description, arxiv_id)
        or (length(short_title) > named_letters and contains(plain_description, short_title))
        or (length(plain_title) > title_letters and contains(plain_description, plain_title)) as is_described,
        is_witnessed or coalesce(list_bool_or(list_transform(
            linked_names,
            lambda linked: regexp_matches(arxiv_text, 'github\.com/' || regexp_escape(linked) || '([^a-z0-9_-]|$)')
        )), false) as is_named_by_arxiv,
        coalesce(list_contains(names, plain_owner) or list_bool_or(list_transform(
            name_parts, lambda part: length(part) >= author_letters and contains(plain_owner, part)
        )), false) as is_owner_author,
        coalesce(days_older > old_days, false) as is_older,
        coalesce(days_older <= made_for_days and paper_count = 1, false) as is_made_for_it
    from described
    cross join threshold
),

-- GitHub finds nothing under a name, and something under one that differs in one letter.
misspelt as (
    select
        lost.repository_key,
        min(lower(found.full_name)) as meant_repository_name
    from dim_repository as lost
    join dim_repository as found
        on
            abs(length(lost.full_name) - length(found.full_name)) <= 1 -- or they cannot differ in one
            and damerau_levenshtein(lower(lost.full_name), lower(found.full_name)) = 1
    where lost.status = 'not_found' and found.status = 'found'
    group by lost.repository_key
),

weighed as (
    select
        seen.*,
        misspelt.meant_repository_name,
        not seen.is_named and bool_or(seen.is_named) over (
            partition by seen.paper_key, seen.owner
        ) as is_beside_named
    from seen
    left join misspelt using (repository_key)
)

select
    paper_key,
    repository_key,
    case
        when meant_repository_name is not null then 'unknown'
        when stranger_count > 0 and not is_named and not is_described then 'tool'
        when is_named or is_described then 'own'
        when same_count > 0 then 'shared'
        when is_older and (is_owner_author or is_named_by_arxiv or is_beside_named) then 'shared'
        when is_older then 'tool'
        when is_named_by_arxiv or is_owner_author or is_beside_named or is_made_for_it then 'own'
        else 'unknown'
    end as link_role,
    list_filter([
        case when is_named then 'named_in_title' end,
        case when is_described then 'described_as_paper' end,
        case when is_named_by_arxiv then 'named_by_arxiv' end,
        case when is_added then 'added_on_hugging_face' end,
        case when is_owner_author then 'owner_is_author' end,
        case when is_beside_named then 'beside_named_code' end,
        case when is_made_for_it then 'made_for_it' end,
        case when is_older then 'older_than_paper' end,
        case when same_count > 0 then 'linked_by_same_authors' end,
        case when stranger_count > 0 then 'linked_by_other_authors' end,
        case when status = 'not_found' then 'not_found' end,
        case when meant_repository_name is not null then 'misspelt' end
    ], lambda reason: reason is not null) as link_role_reasons,
    paper_count as linking_paper_count,
    meant_repository_name
from weighed;
