"""What responses say, as rows of the staging tables. Pure; runs in a process of its own (reader.py)."""

import polars as pl

from pipeline.http.exchange import ATTEMPTS
from pipeline.services.arxiv.reader import PAPERS, parse_papers
from pipeline.services.datacite.reader import RECORDS, parse_records
from pipeline.services.github.repositories import OBSERVATIONS, parse_repositories
from pipeline.services.github.star_history import WEEKS, parse_star_history
from pipeline.services.hub.papers import HUB_PAPERS, parse_hub_papers
from pipeline.services.hub.reader import RESOURCES, parse_resources
from pipeline.services.semantic_scholar.reader import CITATIONS, parse_citations
from pipeline.sources.reading import LISTINGS, PAGE_READINGS, REJECTED_ROWS, WITNESSES
from pipeline.warehouse.intake.days import BODIES, DOCUMENTS, OF_PAGE, SEEN, read_answers, read_files
from pipeline.warehouse.intake.frames import Frames, merge

PUT_ASIDE = pl.Schema(
    {
        "exchange_id": pl.String,  # the response; null for a row of a page
        "part": pl.String,  # of the response: response for the whole of it, or the staging table of a row
        "subject": pl.String,  # what it is about: source and day, arXiv id or name
        "reason": pl.String,
    }
)

# The rows of each staging table that is filled from responses; a test compares them with sql/staging/tables.sql.
STAGED = {
    "document": DOCUMENTS,
    "page": pl.Schema(
        {
            **{name: dtype for name, dtype in BODIES.items() if name != "text"},
            **PAGE_READINGS,
            "outcome": pl.String,  # published, empty or failed
            "reason": pl.String,  # why failed; null otherwise
        }
    ),
    "listing": pl.Schema({**LISTINGS, **OF_PAGE}),  # with its links, which have a table of their own
    "rejected_row": pl.Schema({**REJECTED_ROWS, **OF_PAGE}),
    "sighting": SEEN,
    "witness": pl.Schema({**WITNESSES, **OF_PAGE}),
    "paper": pl.Schema({**PAPERS, **RECORDS, "service": pl.String, "exchange_id": pl.String}),
    "repository": pl.Schema({**OBSERVATIONS, "exchange_id": pl.String}),
    "hub_paper": pl.Schema({**HUB_PAPERS, "exchange_id": pl.String}),
    "hub_resource": pl.Schema({**RESOURCES, "exchange_id": pl.String}),
    "star_week": pl.Schema({**WEEKS, "exchange_id": pl.String}),
    "citation": pl.Schema({**CITATIONS, "exchange_id": pl.String}),
    "attempt": pl.Schema({**ATTEMPTS, "exchange_id": pl.String}),
    "put_aside": PUT_ASIDE,
}
for unused, table in (("dois", "paper"), ("owner_type", "repository"), ("updated_at", "repository")):
    del STAGED[table][unused]


def read_exchanges(exchanges: pl.DataFrame) -> Frames:
    """Return what responses (EXCHANGE and `exchange_id`, of any service) say."""
    readers = {
        "archive": read_files,
        "feed": read_answers,
        "arxiv": read_papers,
        "datacite": read_records,
        "github": read_repositories,
        "hub": read_hub_resources,
        "hub_paper": read_hub_papers,
        "star_history": read_stars,
        "semantic_scholar": read_citations,
    }
    services = exchanges.partition_by("service", as_dict=True, maintain_order=True)
    found = merge(readers[str(service)](rows) for (service,), rows in services.items() if service in readers)
    return {table: frame.match_to_schema(STAGED[table]) for table, frame in found.items()}


def read_papers(exchanges: pl.DataFrame) -> Frames:
    """Return what arXiv's responses say. Each is parsed by itself, independent of the others."""
    return merge(map(read_paper_moments, moments_apart(exchanges)))


def read_records(exchanges: pl.DataFrame) -> Frames:
    """Return what DataCite's responses say of arXiv's papers, each by itself."""
    return merge(map(read_record_moments, moments_apart(exchanges)))


def read_repositories(exchanges: pl.DataFrame) -> Frames:
    """Return what GitHub's responses say of repositories. Where one contradicts itself, nothing was learnt."""
    return merge(map(read_repository_moments, moments_apart(exchanges)))


def read_hub_resources(exchanges: pl.DataFrame) -> Frames:
    """Return what Hugging Face's responses say of models, data sets and spaces."""
    resources, attempts = parse_resources(exchanges)
    return {"hub_resource": resources, "attempt": attempts}


def read_hub_papers(exchanges: pl.DataFrame) -> Frames:
    """Return what Hugging Face's responses say of papers."""
    papers, attempts = parse_hub_papers(exchanges)
    return {"hub_paper": papers, "attempt": attempts}


def read_stars(exchanges: pl.DataFrame) -> Frames:
    """Return what GitHub's responses say of stars by day. A page that breaks a rule is put aside with the reason."""
    return merge(map(read_star_page, exchanges.partition_by("exchange_id", maintain_order=True)))


def read_star_page(exchange: pl.DataFrame) -> Frames:
    """Return what one response says; `exchange` has one row."""
    exchange_id = pl.lit(exchange.item(0, "exchange_id")).alias("exchange_id")
    weeks, attempts, refused = parse_star_history(exchange.drop("exchange_id"))
    return {
        "star_week": weeks.with_columns(exchange_id=exchange_id),
        "attempt": attempts.with_columns(exchange_id=exchange_id),
        "put_aside": refused.select(
            exchange_id, pl.lit("star_week").alias("part"), pl.col("subject_id").alias("subject"), "reason"
        ),
    }


def read_citations(exchanges: pl.DataFrame) -> Frames:
    """Return what Semantic Scholar's responses say."""
    return merge(map(read_citation_moments, moments_apart(exchanges)))


def moments_apart(exchanges: pl.DataFrame) -> list[pl.DataFrame]:
    """Part responses so that no two of a part came at the same moment: rows are told apart by time and subject."""
    number = pl.int_range(pl.len()).over("fetched_at")
    return exchanges.with_columns(number=number).partition_by("number", maintain_order=True, include_key=False)


def read_paper_moments(exchanges: pl.DataFrame) -> Frames:
    """Return what arXiv's responses of different moments say."""
    papers, attempts = parse_papers(exchanges.drop("exchange_id"))
    return {
        "paper": as_staged(papers.drop("dois"), exchanges, "arxiv"),
        "attempt": with_exchange_id(attempts, exchanges, "attempted_at", "subject_id"),
    }


def read_record_moments(exchanges: pl.DataFrame) -> Frames:
    """Return what DataCite's responses of different moments say."""
    papers, attempts = parse_records(exchanges.drop("exchange_id"))
    return {
        "paper": as_staged(papers, exchanges, "datacite"),
        "attempt": with_exchange_id(attempts, exchanges, "attempted_at", "subject_id"),
    }


def as_staged(papers: pl.DataFrame, exchanges: pl.DataFrame, service: str) -> pl.DataFrame:
    """Return papers as rows of staging.paper; what a provider does not tell is null."""
    known = with_exchange_id(papers.with_columns(service=pl.lit(service)), exchanges, "observed_at", "arxiv_id")
    return known.match_to_schema(STAGED["paper"], missing_columns="insert")


def read_repository_moments(exchanges: pl.DataFrame) -> Frames:
    """Return what GitHub's responses of different moments say."""
    observations, attempts = parse_repositories(exchanges.drop("exchange_id"))
    observations = with_exchange_id(
        observations.drop("owner_type", "updated_at"), exchanges, "observed_at", "name_asked"
    )
    attempts = with_exchange_id(attempts, exchanges, "attempted_at", "subject_id")
    key = ["exchange_id", "name_asked"]
    doubtful = find_contradictions(observations)
    failed = doubtful.select("exchange_id", subject_id="name_asked", failed=pl.lit("failed"))
    attempts = attempts.join(failed, on=["exchange_id", "subject_id"], how="left", maintain_order="left")
    return {
        "repository": observations.join(doubtful, on=key, how="anti", maintain_order="left"),
        "attempt": attempts.with_columns(outcome=pl.coalesce("failed", "outcome")).drop("failed"),
        "put_aside": doubtful.select(
            "exchange_id",
            part=pl.lit("repository"),
            subject="name_asked",
            reason=pl.lit("the response contradicts itself: one name or number has two meanings"),
        ),
    }


def read_citation_moments(exchanges: pl.DataFrame) -> Frames:
    """Return what Semantic Scholar's responses of different moments say."""
    citations, attempts = parse_citations(exchanges.drop("exchange_id"))
    return {
        "citation": with_exchange_id(citations, exchanges, "observed_at", "arxiv_id"),
        "attempt": with_exchange_id(attempts, exchanges, "attempted_at", "subject_id"),
    }


def find_contradictions(observations: pl.DataFrame) -> pl.DataFrame:
    """Return exchange_id and name_asked of repositories that their response describes in two ways.

    Two ways are: one number with two descriptions, or one name, asked or given, with two numbers.
    """
    found = observations.filter(status="found").with_columns(given=pl.col("full_name").str.to_lowercase())
    facts = pl.struct(pl.exclude("exchange_id", "name_asked", "repository_id", "untold"))
    differs = facts.n_unique().over("exchange_id", "repository_id") > 1
    names = pl.concat(
        found.select("exchange_id", "repository_id", name=column) for column in ("name_asked", "given")
    ).unique()
    contested = names.filter(pl.len().over("exchange_id", "name") > 1).select("exchange_id", "name")
    return (
        pl.concat(
            [
                found.filter(differs),
                *(
                    found.join(contested, left_on=["exchange_id", column], right_on=["exchange_id", "name"], how="semi")
                    for column in ("name_asked", "given")
                ),
            ]
        )
        .select("exchange_id", "name_asked")
        .unique(maintain_order=True)
    )


def with_exchange_id(rows: pl.DataFrame, exchanges: pl.DataFrame, at: str, subject: str) -> pl.DataFrame:
    """Add the id of each row's exchange, found by time and subject. Of a subject asked for twice, one row stays."""
    asked = exchanges.select("exchange_id", pl.col("fetched_at").alias(at), pl.col("asked").alias(subject)).explode(
        subject
    )
    ids = asked.sort("exchange_id").unique([at, subject], keep="first", maintain_order=True)
    known = rows.join(ids, on=[at, subject], maintain_order="left")
    key = [name for name in ("exchange_id", subject, "outcome") if name in known.columns]
    return known.unique(key, keep="first", maintain_order=True)
