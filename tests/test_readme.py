"""The examples of the README and of its guides, on the demo: SQL runs, what is printed under it is the answer, commands
and options exist."""

import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import polars as pl
import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.read import query

ROOT = Path(__file__).parents[1]
GUIDES = ("README.md", *(f"docs/{name}.md" for name in ("demo", "commands", "backfill", "reading", "troubleshooting")))
TEXTS = {name: (ROOT / name).read_text("utf-8") for name in GUIDES}
TEXT = "\n".join(TEXTS.values())
BLOCKS = re.findall(r"^```(\w*)\n((?:(?!```).*\n)*)```$", TEXT, re.MULTILINE)
SQL = re.findall(r'["`]((?:select|from) [^"`]+)["`]', TEXT)
DOCS = list((ROOT / "docs").glob("*.md"))
MOST_LINES = 150  # of the README
BODY = r"((?:(?!```).*\n)*)"
UNDER = re.findall(rf"^```(?:sh|python)\n{BODY}```\n```\n{BODY}```$", TEXT, re.MULTILINE)
EXAMPLES = [(found[1], printed) for block, printed in UNDER for found in re.finditer(r'"(select [^"]+)"', block)]
ROW = re.compile(r"│ (.+) │")
ELSEWHERE = {"run", "backfill", "rebuild", "ui", "demo", "doctor"}  # of the network, or endless: other tests


def commands() -> Iterator[list[str]]:
    """The `papers` commands of the blocks, without comments and without what the shell does with their output."""
    for language, block in BLOCKS:
        for line in block.splitlines() if language == "sh" else ():
            words = shlex.split(line, comments=True)
            if words[:1] == ["papers"] and words[1] not in ELSEWHERE:
                end = next((place for place, word in enumerate(words) if word in (">", "&&", "|")), len(words))
                yield words[1:end]


COMMANDS = list(commands())


def ask(published: Path, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    with query.open_published(published) as connection:
        relation = query.run_query(connection, text, {})
        return relation.columns, relation.fetchall()


def test_there_are_examples_to_try() -> None:
    assert len(SQL) >= 6 and len(EXAMPLES) == 3 and len(COMMANDS) >= 5


@pytest.mark.parametrize("text", SQL, ids=[text[:50] for text in SQL])
def test_sql_runs(text: str, demo_template: Path) -> None:
    columns, _ = ask(demo_template / "papers.duckdb", text)
    assert columns


@pytest.mark.parametrize(("text", "printed"), EXAMPLES, ids=[text[:50] for text, _ in EXAMPLES])
def test_what_stands_under_a_question_is_its_answer(text: str, printed: str, demo_template: Path) -> None:
    columns, rows = ask(demo_template / "papers.duckdb", text)
    plain = " ".join(printed.replace("│", " ").split())
    assert rows and " ".join(columns) in plain
    for row in rows:
        assert " ".join(map(str, row)) in plain


def test_the_python_example_runs(demo_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = [text for language, text in BLOCKS if language == "python"]
    if not find_spec("pandas"):
        block = "".join(line for line in block.splitlines(keepends=True) if "where pandas is installed" not in line)
    monkeypatch.chdir(demo_template.parent)
    names: dict[str, Any] = {}
    exec(block, names)
    with names["connection"]:
        assert pl.DataFrame(names["stars"]).height == 2


@pytest.mark.parametrize("words", COMMANDS, ids=[" ".join(words)[:50] for words in COMMANDS])
def test_commands_answer(words: list[str], demo_warehouse: Path) -> None:
    result = CliRunner().invoke(cli, words, env={"WAREHOUSE_DIR": str(demo_warehouse)})
    assert result.exit_code == 0, result.output
    assert result.output.strip()


def test_the_rows_that_the_demo_could_not_read_are_those_of_its_first_example(demo_template: Path) -> None:
    (printed,) = [text for language, text in BLOCKS if not language and text.startswith("This demo is invented")]
    rejected = printed.partition("Rows that could not be read")[2].partition("\n\n")[0]
    shown = [tuple(cell.strip() for cell in found[1].split("│")) for found in ROW.finditer(rejected)]
    columns, rows = ask(
        demo_template / "papers.duckdb",
        "select listing_date, source_id, line, reason from rejected_row order by all",
    )
    assert shown == [tuple(columns), *(tuple(map(str, row)) for row in rows)]


def test_commands_and_options_of_the_table_are_those_of_the_program() -> None:
    described = dict(re.findall(r"^\| `papers (\w+)(.*)$", TEXTS["docs/commands.md"], re.MULTILINE))
    assert described.keys() == cli.commands.keys()
    for name, rest in described.items():
        options = {flag for parameter in cli.commands[name].params for flag in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, name
        required = [
            each.opts[0] for each in cli.commands[name].params if isinstance(each, click.Option) and each.required
        ]
        assert set(required) <= set(re.findall(r"--[a-z-]+", rest)), name


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", *sorted(f"docs/{file.name}" for file in DOCS)])
def test_files_that_are_linked_are_there(name: str) -> None:
    for path in re.findall(r"\]\((?!http|mailto:)([^)#\s]+)", (ROOT / name).read_text("utf-8")):
        assert (ROOT / name).parent.joinpath(path).exists(), path


def test_every_guide_can_be_reached_from_the_readme() -> None:
    assert {file.name for file in DOCS} <= set(re.findall(r"\]\(docs/([^)#]+)", TEXTS["README.md"]))


def test_the_readme_is_short() -> None:
    assert len(TEXTS["README.md"].splitlines()) <= MOST_LINES
