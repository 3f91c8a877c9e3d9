"""The dictionary, the page for agents, and the comments in the file all say what the schema says."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.commands.docs import write_dictionary
from pipeline.core import sql_files
from pipeline.read import catalog, dictionary, query
from pipeline.warehouse.tables import TABLES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "SKILL.md").read_text("utf-8")
SNIPPETS = re.findall(r"\(`(\w+)`[^()]*\):\n\n```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
PARAMETERS = {
    "authors": {"limit": "100000"},
    "digest": {"link_role": "all"},
    "most_starred": {"limit": "100000", "link_role": "all"},
    "one_paper": {"arxiv_id": "2503.90220v1"},
}
# Of what the named query shows, the rows that its snippet asks for.
ASKED: dict[str, Callable[[dict[str, Any]], bool]] = {
    "enrichment": lambda row: row["service"] == "arxiv",
    "incomplete_days": lambda row: row["outcome"] in ("empty", "absent", "failed"),
    "stars_gained": lambda row: row["stars_gained"] > 0,
    "tasks_by_week": lambda row: row["task_name"] != "(unknown)" and row["papers"] > 0,
}
CUT = {"authors", "most_starred", "stars_gained"}  # the snippet shows the first of them only
FENCED_SQL = re.findall(r"^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_dictionary_in_docs_is_what_papers_docs_would_write_now(example: Path) -> None:
    with query.open_published(example / "papers.duckdb") as connection:
        now = dictionary.describe_file(connection)
    assert (DOCS / "dictionary.md").read_text("utf-8") == now, "run `make docs`"


def test_another_example_gives_the_same_dictionary(example: Path, tmp_path: Path) -> None:
    with query.open_published(example / "papers.duckdb") as connection:
        first = dictionary.describe_file(connection)
    assert write_dictionary(tmp_path / "docs").read_text("utf-8") == first


def test_every_table_view_and_column_of_a_published_file_has_a_comment(demo_template: Path) -> None:
    with query.open_published(demo_template / "papers.duckdb") as connection:
        relations = catalog.read_relations(connection)
    assert {relation.name for relation in relations} == {*TABLES, *sql_files.names("marts")}
    without = [relation.name for relation in relations if not relation.comment.startswith("Grain: one row per ")]
    assert not without, f"write `-- Grain: one row per …` at the top of sql/load/ or sql/marts/: {without}"
    columns = [(relation.name, column) for relation in relations for column in relation.columns]
    without = [f"{name}.{column.name}" for name, column in columns if not column.comment]
    assert not without, f"write `-- meaning` behind the column in sql/schema/ or sql/marts/: {without}"


def test_comments_of_a_published_file_are_those_of_the_schema(demo_template: Path) -> None:
    with query.open_published(demo_template / "papers.duckdb") as connection:
        relations = {relation.name: relation for relation in catalog.read_relations(connection)}
    for table in TABLES:
        declared = {name: comment for name, (_, comment) in sql_files.columns(table).items()}
        assert {column.name: column.comment for column in relations[table].columns} == declared
    for mart in sql_files.names("marts"):
        assert {column.name: column.comment for column in relations[mart].columns} == sql_files.meanings(mart)


def test_every_table_and_view_says_what_tells_its_rows_apart_and_rows_agree(example: Path) -> None:
    with query.open_published(example / "papers.duckdb") as connection:
        for relation in catalog.read_relations(connection):
            assert {column.name for column in relation.columns} >= set(relation.key), relation.name
            keys = ", ".join(relation.key)
            twice = connection.sql(f"select {keys} from {relation.name} group by all having count(*) > 1").fetchall()
            assert twice == [], relation.name


def test_every_line_of_the_diagram_is_a_reference_that_holds(example: Path) -> None:
    with query.open_published(example / "papers.duckdb") as connection:
        relations = [relation for relation in catalog.read_relations(connection) if not relation.is_view]
        diagram = dictionary.draw_entities(relations)
        lines = re.findall(r"^    (\w+) \|\|--o[{|] (\w+) : (\w+)$", diagram, re.MULTILINE)
        assert ("dim_paper", "fct_listing", "paper_key") in lines and len(lines) > 20
        for one, many, key in lines:
            lost = connection.sql(f"select {key} from {many} anti join {one} using ({key})").fetchall()
            assert lost == [], f"{many}.{key} leads out of {one}"


def test_every_question_and_every_relation_has_its_place(example: Path) -> None:
    text = (DOCS / "dictionary.md").read_text("utf-8")
    for name, question in query.questions().items():
        assert f"| `{name}` | {question}" in text, "run `make docs`"
    for name in (*TABLES, *sql_files.names("marts")):
        assert f"\n### {name}\n" in text, "run `make docs`"


@pytest.mark.parametrize("text", FENCED_SQL, ids=[block.split("\n")[0][:40] for block in FENCED_SQL])
def test_sql_of_the_page_for_agents_runs_and_answers(text: str, example: Path) -> None:
    with query.open_published(example / "papers.duckdb") as connection:
        assert query.run_query(connection, text, {}).fetchall() != []


def test_each_snippet_of_the_page_for_agents_stands_under_a_named_query() -> None:
    assert [text for _, text in SNIPPETS] == FENCED_SQL[1:], "the first one is of the file itself"


@pytest.mark.parametrize(("name", "text"), SNIPPETS, ids=[text.split("\n")[0][:40] for _, text in SNIPPETS])
def test_a_snippet_gives_the_numbers_of_the_named_query(name: str, text: str, example: Path) -> None:
    """In the columns that both have, and for the rows that the snippet asks for."""
    parameters = PARAMETERS.get(name, {})
    with query.open_published(example / "papers.duckdb") as connection:
        found = read_rows(query.run_query(connection, text, {}))
        named = read_rows(query.run_query(connection, sql_files.read_sql("queries", name), parameters))
    if "stars" in found[0]:
        assert round(sum(row["stars"] for row in found)) == sum(row["stars_count"] for row in named)
        return
    columns = [column for column in found[0] if column in named[0]]
    assert len(columns) > 1, "nothing to compare"
    expected = [row for row in named if ASKED.get(name, lambda row: True)(row)]
    shown, all_of_them = pick(found, columns), pick(expected, columns)
    assert not shown - all_of_them
    assert not all_of_them - shown or name in CUT


def read_rows(relation: Any) -> list[dict[str, Any]]:
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def pick(rows: list[dict[str, Any]], columns: list[str]) -> Counter[str]:
    return Counter(str([row[column] for column in columns]) for row in rows)


def test_the_one_line_that_counts_papers_counts_what_enrichment_counts(example: Path) -> None:
    [text] = re.findall(r'papers query "(select count.*?)"', (DOCS / "SKILL.md").read_text("utf-8"))
    with query.open_published(example / "papers.duckdb") as connection:
        [[papers]] = query.run_query(connection, text, {}).fetchall()
        named = read_rows(query.run_query(connection, sql_files.read_sql("queries", "enrichment"), {}))
    assert papers == sum(row["subjects"] for row in named if row["service"] == "arxiv")


def test_queries_named_on_the_page_for_agents_exist_and_take_what_is_given() -> None:
    text = (DOCS / "SKILL.md").read_text("utf-8")
    named = re.findall(r"^papers query (\w+)(?: --param (\w+)=)?", text, re.MULTILINE)
    assert {name for name, _ in named} >= {"digest", "filter_bias", "upvotes", "code_witness"}
    for name, parameter in named:
        assert not parameter or parameter in sql_files.parameters(sql_files.read_sql("queries", name)), name


def test_tables_named_on_the_page_for_agents_exist() -> None:
    named = set(re.findall(r"`((?:dim|fct|bridge|mart|rejected)_\w+)`", (DOCS / "SKILL.md").read_text("utf-8")))
    assert named and named <= {*TABLES, *sql_files.names("marts")}
