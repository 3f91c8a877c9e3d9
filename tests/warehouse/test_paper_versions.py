"""What arXiv said of a paper and when we learnt it: dim_paper_version, and the changes that analysts ask for."""

from pathlib import Path

from answers import GABRIELCHUA, TIMLRX, Small, arxiv, page, paper, six, three
from histories import differences, star

from pipeline.warehouse.folder import Warehouse

LISTED = page(TIMLRX, "2025-03-03", six(1), six(2))
VERSIONS = (
    "select version, title, is_withdrawn, valid_from::date::varchar as since, valid_to::date::varchar as until,"
    " is_current from dim_paper_version order by paper_key, valid_from"
)


def test_each_change_of_a_paper_has_a_row_from_the_moment_we_learnt_of_it(tmp_path: Path):
    small = Small(
        tmp_path,
        LISTED,
        arxiv("2025-03-04", paper(1)),
        arxiv("2025-03-08", paper(1)),
        arxiv("2025-04-01", paper(1, 2, title="Green tea", updated_at="2025-03-05T00:00:00Z")),
        arxiv("2025-05-01", paper(1, 2, title="Green tea", comment="This paper has been withdrawn by its authors")),
    )
    assert [tuple(row.values()) for row in small.ask(VERSIONS)] == [
        (1, "Tea", False, "2025-03-04", "2025-04-01", False),
        (2, "Green tea", False, "2025-04-01", "2025-05-01", False),
        (2, "Green tea", True, "2025-05-01", None, True),
    ]


def test_another_order_of_the_same_categories_is_no_change_and_another_primary_one_is(tmp_path: Path):
    small = Small(
        tmp_path,
        LISTED,
        arxiv("2025-03-04", paper(1, categories=("cs.AI", "cs.LG", "cs.CL"))),
        arxiv("2025-03-08", paper(1, categories=("cs.AI", "cs.CL", "cs.LG"))),
        arxiv("2025-04-01", paper(1, categories=("cs.CL", "cs.AI", "cs.LG"))),
    )
    rows = small.ask("select categories from dim_paper_version order by valid_from")
    assert [row["categories"] for row in rows] == [["cs.AI", "cs.CL", "cs.LG"], ["cs.CL", "cs.AI", "cs.LG"]]


def test_an_answer_that_arrives_late_has_its_place_as_after_a_rebuild(tmp_path: Path):
    """A raw file that comes back from a backup, or from another machine."""
    small = Small(tmp_path / "lived", LISTED, arxiv("2025-03-04", paper(1)), arxiv("2025-05-01", paper(1, 3)))
    small.load(arxiv("2025-04-01", paper(1, 2)))
    assert [row["version"] for row in small.ask(VERSIONS)] == [1, 2, 3]
    anew = Small(
        tmp_path / "anew",
        LISTED,
        arxiv("2025-05-01", paper(1, 3)),
        arxiv("2025-04-01", paper(1, 2)),
        arxiv("2025-03-04", paper(1)),
    )
    assert differences(star(small.warehouse), star(anew.warehouse)) == {}


def test_an_answer_for_a_paper_that_nobody_lists_waits_until_somebody_does(tmp_path: Path):
    small = Small(tmp_path, page(TIMLRX, "2025-03-03", six(2)), arxiv("2025-03-02", paper(1)))
    assert small.ask(VERSIONS) == []
    small.load(page(GABRIELCHUA, "2025-03-03", three(1)))
    assert [row["version"] for row in small.ask(VERSIONS)] == [1]


def test_a_paper_that_a_correction_takes_off_its_page_has_no_history(tmp_path: Path):
    small = Small(tmp_path, LISTED, arxiv("2025-03-04", paper(1), paper(2)))
    small.load(page(TIMLRX, "2025-03-03", six(2), at="2025-03-09"))
    assert small.one("select count(*) from dim_paper_version") == 1


def test_changes_since_yesterday_are_what_we_learnt_and_not_what_arxiv_dates(tmp_path: Path):
    small = Small(tmp_path, LISTED, arxiv("2025-03-04", paper(1), paper(2)))
    revised = paper(1, 2, updated_at="2025-03-10T00:00:00Z")
    gone = paper(2, comment="This paper has been withdrawn by its authors")
    small.load(arxiv("2025-09-04", revised, gone, asked=("2503.00003",)))
    changes = [(row["change"], row["subject"], str(row["changed_at"])) for row in small.named("changes")]
    assert changes == [
        ("paper revised", "2503.00001", "2025-09-04 00:00:00"),
        ("paper withdrawn", "2503.00002", "2025-09-04 00:00:00"),
    ]
    assert small.named("changes", since="2025-09-05") == []


def test_changes_tell_a_new_title_from_a_new_version_and_a_paper_that_is_not_there(tmp_path: Path):
    small = Small(tmp_path, LISTED, arxiv("2025-03-04", paper(1), asked=("2503.00002",)))
    small.load(arxiv("2025-04-04", paper(1, title="Green tea")))
    learnt = [(row["change"], row["subject"]) for row in small.named("changes", since="2025-03-04")]
    assert learnt == [
        ("paper changed", "2503.00001"),
        ("paper enriched", "2503.00001"),
        ("paper not found", "2503.00002"),
    ]


def test_the_newest_row_says_what_dim_paper_says(demo_warehouse: Path):
    published = Warehouse(demo_warehouse)
    rows = published.use(
        lambda connection: connection.execute(
            "select count(*) from dim_paper anti join dim_paper_version using (paper_key, title, version)"
            " where status = 'found'"
        ).fetchall()
    )
    assert rows == [(0,)]
