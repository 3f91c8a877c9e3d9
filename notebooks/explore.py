"""A guided tour of papers.duckdb: `marimo edit notebooks/explore.py`, or `marimo run` to read it without the code."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Daily AI papers: a tour")


@app.cell
def _():
    import altair as alt
    import marimo as mo
    import polars as pl

    from pipeline.commands.arguments import published_file
    from pipeline.core.errors import PipelineError
    from pipeline.read.query import connect_published

    return PipelineError, alt, connect_published, mo, pl, published_file


@app.cell
def _(PipelineError, connect_published, mo, published_file):
    # Read-only: this notebook never stands in the way of a run, and a run never changes what it has open. The file is
    # the one that `papers query` asks: of WAREHOUSE_DIR, or of the store.
    try:
        path = published_file()
        papers = connect_published(path)
    except PipelineError as error:
        raise mo.MarimoStopError(mo.md(str(error))) from error
    return papers, path


@app.cell
def _(mo, path):
    mo.md(f"""
    # Daily AI papers × code × stars

    A tour of `{path}`: what is in it, how its tables hang together, and which traps lie on the way. Change any query
    and run the cell again. `docs/dictionary.md` explains every column; so does the file itself.
    """)
    return


@app.cell
def _(held, mo):
    mo.md(f"""
    ## 1. Listings are not papers

    {sum(held["listings"]):,} listings by {len(held)} sources. A paper that two sources list, or one source on two days,
    has several listings: count papers with `count(distinct paper_key)`, or from `mart_paper`, which has one row each.
    """)
    return


@app.cell
def _(mo, papers):
    held = mo.sql(
        """
        select
            source_id,
            min(listing_date) as first_day,
            max(listing_date) as last_day,
            count(*) as listings,
            count(distinct paper_key) as papers
        from fct_listing
        join dim_source using (source_key)
        group by source_id
        order by source_id
        """,
        engine=papers,
    )
    return (held,)


@app.cell
def _(mo, newest):
    mo.md(f"""
    ## 2. The newest day

    {len(newest)} papers. Stars stand with the moment at which they were seen: they belong to it, and not to the day of
    the paper. Where code is *pending*, GitHub has not been asked yet; that is not the same as *gone*.
    """)
    return


@app.cell
def _(mo, papers):
    newest = mo.sql(
        """
        select
            title,
            repositories[1].full_name as code,
            stars_count as stars,
            stars_observed_at::date as seen,
            primary_category as category,
            array_to_string(tasks, ', ') as tasks
        from mart_paper
        where last_listed_date = (select max(listing_date) from fct_listing)
        order by stars_count desc nulls last, arxiv_id
        """,
        engine=papers,
    )
    return (newest,)


@app.cell
def _(alt, mo, weeks):
    trend = (
        alt.Chart(alt.Data(values=[{**row, "week_start": str(row["week_start"])} for row in weeks.to_dicts()]))
        .mark_bar()
        .encode(
            x=alt.X("yearmonthdate(week_start):O", title="week"),
            y=alt.Y("sum(papers):Q", title="papers"),
            color=alt.Color("task_group:N", title="group of labels", legend=alt.Legend(labelLimit=220)),
            tooltip=["task_group:N", "papers:Q"],
        )
        .properties(width=560, height=260)
    )
    mo.vstack(
        [
            mo.md(
                """
                ## 3. Labels by week

                A paper with three labels counts a third for each, so that the bars add up to papers. Only one of the
                sources gives labels: papers without one are left out here (`task_key = -1` would show them).
                """
            ),
            trend,
        ]
    )
    return


@app.cell
def _(mo, papers):
    weeks = mo.sql(
        """
        select week_start, task_group, round(sum(paper_weight), 2) as papers
        from mart_task_week
        where task_key <> -1
        group by week_start, task_group
        order by week_start, task_group
        """,
        engine=papers,
    )
    return (weeks,)


@app.cell
def _(mo, rising):
    mo.md(f"""
    ## 4. Rising repositories

    {len(rising) or "No"} repositories shown. A gain is the difference of two observations, and both days stand beside
    it; a repository that was observed once has none. Nothing is guessed for days on which nobody asked.
    """)
    return


@app.cell
def _(mo, papers):
    rising = mo.sql(
        """
        select full_name, from_at::date as from_date, to_at::date as to_date, stars_gained, to_stars_count as stars
        from mart_repository_rising
        where stars_gained > 0
        order by stars_gained desc, full_name
        limit 10
        """,
        engine=papers,
    )
    return (rising,)


@app.cell
def _(mo):
    words = mo.ui.text(value="language model", label="Words in titles, abstracts and summaries", full_width=True)
    mo.vstack([mo.md("## 5. Search\n\nThe best ten, ranked (BM25), by a function of the file itself."), words])
    return (words,)


@app.cell
def _(papers, pl, words):
    # A value goes in as a parameter, never as part of the text.
    found = papers.sql(
        """
        select round(hit.score, 2) as score, paper.arxiv_id, paper.first_listed_date, paper.title
        from search_papers($words) as hit
        join dim_paper as paper using (paper_key)
        order by hit.score desc, paper.arxiv_id
        limit 10
        """,
        params={"words": words.value},
    )
    hits = pl.DataFrame(found)  # not .pl(), which asks for pyarrow
    hits
    return (hits,)


@app.cell
def _(coverage, mo):
    _asked = coverage.filter(coverage["outcome"] != "not asked")["days"].sum()
    mo.md(f"""
    ## 6. What is missing

    Weekdays of each source by what came of them; {_asked:,} of {coverage["days"].sum():,} were asked for. *absent*: no
    page was there when the day was over. *empty*: a page without a paper. *failed*: nobody could say. *not asked*: run
    `papers backfill`.
    """)
    return


@app.cell
def _(mo, papers):
    coverage = mo.sql(
        """
        select source_id, outcome, count(*) as days
        from mart_coverage
        where not is_weekend
        group by source_id, outcome
        order by source_id, outcome
        """,
        engine=papers,
    )
    return (coverage,)


if __name__ == "__main__":
    app.run()
