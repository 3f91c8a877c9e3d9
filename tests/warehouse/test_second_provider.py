"""Two providers of the same papers: which one tells, what a difference between them means, and what only one knows."""

from pathlib import Path

import pytest
from answers import TIMLRX, Small, arxiv, datacite, page, paper, six
from histories import differences, star

LISTED = page(TIMLRX, "2025-03-03", six(1), six(2))
VERSIONS = "select version, title, is_withdrawn, valid_from::date::varchar as since, is_current from dim_paper_version"
PAPER = "select status, metadata_source, title, licence, is_withdrawn from dim_paper where arxiv_id = '2503.00001'"


def versions(small: Small) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in small.ask(f"{VERSIONS} order by paper_key, valid_from")]


def test_a_paper_that_only_datacite_knows_is_found_with_all_it_tells(tmp_path: Path):
    small = Small(tmp_path, LISTED, datacite("2025-03-04", paper(1, title="Green  tea"), asked=["2503.00002"]))
    [row] = small.ask(PAPER)
    assert (row["status"], row["metadata_source"], row["title"]) == ("found", "datacite", "Green tea")
    assert row["licence"]
    assert small.one("select author_name from bridge_paper_author join dim_author using (author_key)") == "Ada Kettle"
    assert (
        small.one("select category_code from bridge_paper_category join dim_category using (category_key)") == "cs.AI"
    )
    assert small.ask("select status, metadata_source from dim_paper where arxiv_id = '2503.00002'") == [
        {"status": "pending", "metadata_source": None}
    ]


def test_arxiv_wins_when_it_is_back_and_its_other_words_are_no_revision(tmp_path: Path):
    small = Small(tmp_path, LISTED, datacite("2025-03-04", paper(1, title="Tea: a study")))
    small.load(arxiv("2025-03-08", paper(1, title="Tea -- a study", comment="9 pages")))
    small.load(datacite("2025-03-11", paper(1, title="Tea: a study")))
    [row] = small.ask(PAPER)
    assert (row["metadata_source"], row["title"]) == ("arxiv", "Tea -- a study")
    assert row["licence"]
    assert versions(small) == [(1, "Tea -- a study", False, "2025-03-04", True)]
    small.load(arxiv("2025-04-08", paper(1, title="Tea, revised", comment="9 pages")))
    assert versions(small) == [
        (1, "Tea -- a study", False, "2025-03-04", False),
        (1, "Tea, revised", False, "2025-04-08", True),
    ]


def test_a_new_version_is_a_revision_whoever_tells_it_first(tmp_path: Path):
    small = Small(tmp_path, LISTED, datacite("2025-03-04", paper(1)), datacite("2025-03-11", paper(1, 2)))
    small.load(arxiv("2025-03-20", paper(1, 3, title="Green tea")))
    assert versions(small) == [
        (1, "Tea", False, "2025-03-04", False),
        (2, "Tea", False, "2025-03-11", False),
        (3, "Green tea", False, "2025-03-20", True),
    ]


def test_a_newer_record_of_a_paper_that_arxiv_told_changes_nothing_but_what_arxiv_lacks(tmp_path: Path):
    small = Small(tmp_path, LISTED, arxiv("2025-03-04", paper(1, comment="9 pages")))
    small.load(datacite("2025-03-11", paper(1, 2, title="Coffee")))
    assert versions(small) == [(1, "Tea", False, "2025-03-04", True)]
    assert small.one("select len(version_times) from dim_paper where arxiv_id = '2503.00001'") == 2


def test_a_withdrawal_counts_from_either_from_the_day_we_learnt_it(tmp_path: Path):
    small = Small(tmp_path, LISTED, arxiv("2025-03-04", paper(1)), datacite("2025-03-05", paper(1)))
    small.load(datacite("2025-03-12", paper(1), withdrawn=True))
    assert small.ask(PAPER)[0]["is_withdrawn"] is True
    assert versions(small) == [(1, "Tea", False, "2025-03-04", False), (1, "Tea", True, "2025-03-12", True)]
    assert [row["arxiv_id"] for row in small.named("withdrawn_papers")] == ["2503.00001"]


def test_what_arxiv_does_not_know_is_not_found_unless_datacite_has_it(tmp_path: Path):
    small = Small(tmp_path, LISTED, arxiv("2025-03-04", paper(3), asked=["2503.00001", "2503.00002"]))
    small.load(datacite("2025-03-05", paper(2), asked=["2503.00001"]))
    assert small.ask("select status, metadata_source from dim_paper where paper_key <> -1 order by arxiv_id") == [
        {"status": "not_found", "metadata_source": None},
        {"status": "found", "metadata_source": "datacite"},
    ]


@pytest.mark.parametrize("last", range(4))
def test_the_order_in_which_answers_arrive_does_not_matter(tmp_path: Path, last: int):
    answers = [
        datacite("2025-03-04", paper(1, title="Tea: a study"), paper(2)),
        arxiv("2025-03-08", paper(1, title="Tea -- a study"), asked=["2503.00002"]),
        datacite("2025-03-12", paper(1, 2), withdrawn=True),
        arxiv("2025-03-15", paper(1, 2)),
    ]
    at_once = Small(tmp_path / "at once", LISTED, *answers)
    late = Small(tmp_path / "late", LISTED, *(answer for answer in answers if answer is not answers[last]))
    late.load(answers[last])
    assert differences(star(at_once.warehouse), star(late.warehouse)) == {}


def test_answers_of_both_at_the_same_moment_are_one_row_of_history(tmp_path: Path):
    small = Small(tmp_path, LISTED, datacite("2025-03-04", paper(1, title="Coffee")), arxiv("2025-03-04", paper(1)))
    assert versions(small) == [(1, "Tea", False, "2025-03-04", True)]
