"""Sources that installed packages bring: those of docs/sources.md as they stand there, and broken ones."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest
from histories import HEADER
from loopback import Asked, Reply, serve

from pipeline.sources.source import Told
from pipeline.standin import Standin

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/sources.md").read_text("utf-8")
FILES = dict(re.findall(r"^`([\w.]+)`[^\n]*:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
GROUP = "daily_papers.sources"
THREE = ("ada/tea-papers", "bo/lines", "cleo/votes")
DAYS = ("2025-03-03", "2025-03-04")
LISTED = """
    select source_id, listing_date::varchar, position, arxiv_id
    from fct_listing
    join dim_source using (source_key)
    join dim_paper using (paper_key)
    order by all
"""
GOOD = """
from datetime import date
from pipeline.sources.source import *
SOURCE = Source("dora/papers", "https://github.com/dora/papers", "MIT", date(2025, 3, 1){})
"""


def install(folder: Path, files: dict[str, str], points: dict[str, str], version: str = "1.0") -> None:
    """Do what pip does, in a folder that is on sys.path."""
    about = folder / f"tea_papers-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: tea-papers\nVersion: {version}\n")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()))
    for name, text in files.items():
        (folder / name).write_text(text)


def papers(installed: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(map(str, (installed, ROOT)))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **settings}
    command = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300)  # noqa: PLW1510


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The package of docs/sources.md."""
    points = tomllib.loads(FILES["pyproject.toml"])["project"]["entry-points"][GROUP]
    install(tmp_path / "installed", {name: FILES[name] for name in FILES if name.endswith(".py")}, points)
    return tmp_path / "installed"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Two days of both archives."""
    folder = tmp_path / "archive"
    for number, day in enumerate(DAYS, 1):
        row = f"| [Tea](https://arxiv.org/abs/2503.9000{number}) | Ada | Hot. | ['Tea'] | N/A | N/A |\n"
        write(folder / f"ada/tea-papers/pages/days/2025/{day}.md", HEADER + row)
        lines = f"# Tea\n2503.9001{number} Sugar\nno paper\n2503.9001{number} Sugar again\n2503.90019 Cane\n"
        write(folder / f"bo/lines/main/{day.replace('-', '/')}.md", lines)
    return folder


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def feed() -> Iterator[str]:
    """The address of a service that answers each day with two papers and something else."""

    def answer(asked: Asked) -> Reply:
        [day] = parse_qs(urlsplit(asked.path).query)["date"]
        paper = {"id": f"2503.9002{DAYS.index(day) + 1}", "title": "Milk", "votes": 7}
        body = [paper, {"id": "2503.90029", "title": "Cream", "votes": True}, {"id": "cream"}]
        return Reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    with serve(answer) as loopback:
        yield loopback.url


def test_the_page_names_all_that_a_source_can_tell_of_by_the_names_that_the_code_takes():
    bullet = re.search(r"- `tells` is .*?(?=\n- |\n\n)", PAGE, re.DOTALL)
    assert bullet and re.findall("`([a-z]+)`", bullet[0]) == ["tells", *get_args(Told)]


def ask(warehouse: Path, text: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(warehouse / "papers.duckdb"), read_only=True) as connection:
        return connection.execute(text).fetchall()


def test_an_archive_a_format_and_a_feed_of_a_package_are_listed_like_our_own(
    installed: Path, archive: Path, feed: str, tmp_path: Path
) -> None:
    warehouse = tmp_path / "warehouse"
    with Standin(archive, None) as standin:
        settings = {**standin.environment, "TEA_URL": feed, "SOURCES": ",".join(THREE), "HF_API_URL": feed}
        run = papers(installed, "backfill", "--quiet", "--from", DAYS[0], "--to", DAYS[1], **settings)
        assert (run.returncode, run.stderr) == (0, ""), run.stdout + run.stderr
        assert ask(warehouse, LISTED) == [
            ("ada/tea-papers", DAYS[0], 1, "2503.90001"),
            ("ada/tea-papers", DAYS[1], 1, "2503.90002"),
            ("bo/lines", DAYS[0], 1, "2503.90011"),
            ("bo/lines", DAYS[0], 4, "2503.90019"),
            ("bo/lines", DAYS[1], 1, "2503.90012"),
            ("bo/lines", DAYS[1], 4, "2503.90019"),
            ("cleo/votes", DAYS[0], 1, "2503.90021"),
            ("cleo/votes", DAYS[0], 2, "2503.90029"),
            ("cleo/votes", DAYS[1], 1, "2503.90022"),
            ("cleo/votes", DAYS[1], 2, "2503.90029"),
        ]
        reasons = ask(warehouse, "select reason, count(*) from rejected_row group by all order by all")
        assert reasons == [("duplicate_paper", 2), ("no_arxiv_id", 4)]
        seen = ask(warehouse, "select upvotes_count, count(*) from fct_listing_day group by all order by all")
        assert seen == [(7, 2), (None, 2)]
        told = "select source_id, lists_labels, lists_upvotes from dim_source where source_id in " + str(THREE)
        assert ask(warehouse, f"{told} order by all") == [
            ("ada/tea-papers", True, False),
            ("bo/lines", False, False),
            ("cleo/votes", False, True),
        ]
        assert papers(installed, "status", **settings).stderr == ""
        rows = ask(warehouse, LISTED)
        assert papers(installed, "rebuild", **settings).returncode == 0
        assert ask(warehouse, LISTED) == rows


def test_a_package_that_reads_otherwise_in_a_later_version_rebuilds_the_private_files(
    installed: Path, archive: Path, tmp_path: Path
) -> None:
    program = "from pipeline.warehouse.private import fingerprint; print(fingerprint())"

    def fingerprint(*paths: Path) -> str:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (*paths, ROOT)))}
        return subprocess.check_output([sys.executable, "-c", program], env=environment, text=True)

    found = {fingerprint(), fingerprint(installed)}
    (installed / "tea_lines.py").write_text(FILES["tea_lines.py"].replace("# Tea", "# Teas"))
    found.add(fingerprint(installed))
    (installed / "tea_papers-1.0.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: tea-papers\nVersion: 2\n"
    )
    found.add(fingerprint(installed))
    assert len(found) == 4
    assert fingerprint(installed) in found


BROKEN = {
    "no module": ("", "gone:SOURCE", "ModuleNotFoundError: No module named 'gone'"),
    "no such name": (GOOD.format(""), "dora:OTHER", "AttributeError"),
    "an error while it is imported": ("1 / 0", "dora:SOURCE", "ZeroDivisionError: division by zero"),
    "an error of several lines": ('raise ValueError("one\\ntwo\\x1b[31m")', "dora:SOURCE", r"ValueError: one two\x1b["),
    "a module that ends the process": ("import sys; sys.exit('bye')", "dora:SOURCE", "SystemExit: bye"),
    "no syntax": ("SOURCE =", "dora:SOURCE", "SyntaxError: invalid syntax"),
    "not a source": ("SOURCE = 'dora/papers'", "dora:SOURCE", "it is no pipeline.sources.source.Source"),
    "a wrong id": (GOOD.format("").replace("dora/papers", "dora papers"), "dora:SOURCE", "should be like owner/name"),
    "an id that is no text": (GOOD.format("").replace('"dora/papers"', "7"), "dora:SOURCE", "its id '7' should be"),
    "a licence that is no text": (GOOD.format("").replace('"MIT"', "None"), "dora:SOURCE", "its licence should be"),
    "a date that is a text": (GOOD.format(", last_date='2025-03-01'"), "dora:SOURCE", "should be days from 1991-08-14"),
    "a date before arXiv": (GOOD.format("").replace("2025", "1025"), "dora:SOURCE", "should be days from 1991-08-14"),
    "something it cannot tell": (
        GOOD.format(", tells=('tea',)"),
        "dora:SOURCE",
        "it should tell of nothing but labels",
    ),
    "no calendar": (GOOD.format(", calendar='daily'"), "dora:SOURCE", "its calendar should be"),
    "no place": (GOOD.format(", 'archive'"), "dora:SOURCE", "its place should be a GitArchive or a Feed"),
    "a branch that leads out": (GOOD.format(", GitArchive(branch='../x')"), "dora:SOURCE", "its branch '../x'"),
    "no document": (GOOD.format(", GitArchive(())"), "dora:SOURCE", "one document or more"),
    "two documents of one name": (
        GOOD.format(", GitArchive(GitArchive().documents * 2)"),
        "dora:SOURCE",
        "of different names",
    ),
    "a bad path": (
        GOOD.format(", GitArchive((Document('json', '../%Y/%m/%d.json', GitArchive().documents[0].format),))"),
        "dora:SOURCE",
        "the path of its json '../%Y/%m/%d.json' should be a path of plain names",
    ),
    "a path that is no text": (
        GOOD.format(", GitArchive((Document('json', None, GitArchive().documents[0].format),))"),
        "dora:SOURCE",
        "the path of its json should be a text",
    ),
    "no format": (GOOD.format(", GitArchive((Document('json', '%Y/%m/%d', None),))"), "dora:SOURCE", "read and parse"),
    "no function to ask with": (
        GOOD.format(", Feed(GitArchive().documents[0].format, 'https://a.example', 'day')"),
        "dora:SOURCE",
        "should be functions",
    ),
}


@pytest.mark.parametrize(("code", "value", "words"), BROKEN.values(), ids=BROKEN)
def test_a_package_that_cannot_be_used_is_named_in_one_line(code: str, value: str, words: str, tmp_path: Path) -> None:
    install(tmp_path / "installed", {"dora.py": code}, {"dora": value})
    ended = papers(tmp_path / "installed", "status")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.fullmatch(r"papers: the entry point dora of tea-papers \(daily_papers\.sources\) [^\n]*\n", ended.stderr)
    assert words in ended.stderr and "\x1b" not in ended.stderr


@pytest.mark.parametrize(
    "command", ["rebuild", "doctor", "run", "backfill --from 2025-03-03 --to 2025-03-04 --dry-run"]
)
def test_no_command_goes_on_without_a_package_that_cannot_be_used(command: str, tmp_path: Path) -> None:
    install(tmp_path / "installed", {"dora.py": "1 / 0"}, {"dora": "dora:SOURCE"})
    ended = papers(tmp_path / "installed", *command.split())
    shown = ended.stdout + ended.stderr
    assert ended.returncode in (1, 2)
    assert shown.count("the entry point dora of tea-papers") == 1 and "Traceback" not in shown
    assert not (tmp_path / "warehouse").exists()


@pytest.mark.parametrize("other", ["timlrx/daily-ai-papers", "dora/papers"])
def test_two_sources_of_one_id_are_refused(other: str, tmp_path: Path) -> None:
    files = {"dora.py": GOOD.format(""), "copy_of.py": GOOD.format("").replace("dora/papers", other)}
    install(tmp_path / "installed", files, {"dora": "dora:SOURCE", "later": "copy_of:SOURCE"})
    ended = papers(tmp_path / "installed", "status")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert f"of tea-papers (daily_papers.sources) brings {other}, which is there already" in ended.stderr
