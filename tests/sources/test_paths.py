"""Where a page of a day stands: any template of a path, and the way back from a path to its day."""

from datetime import date

import pytest

from pipeline.sources.paths import day_of_path, find_path_fault, folder_of, leads_to_pages, path_of, show_path

DAY = date(2031, 5, 6)
USUAL, NAMED, FLAT = "archive/%Y/%m/%d.md", "papers/%Y/%m/%Y-%m-%d.md", "%Y-%m-%d.md"


@pytest.mark.parametrize(
    ("template", "path", "shown", "folder"),
    [
        (USUAL, "archive/2031/05/06.md", "archive/YYYY/MM/DD.md", "archive"),
        (NAMED, "papers/2031/05/2031-05-06.md", "papers/YYYY/MM/YYYY-MM-DD.md", "papers"),
        (FLAT, "2031-05-06.md", "YYYY-MM-DD.md", ""),
    ],
)
def test_a_day_has_one_path_and_the_path_one_day(template: str, path: str, shown: str, folder: str):
    assert path_of(template, DAY) == path
    assert day_of_path(template, path) == DAY
    assert (show_path(template), folder_of(template)) == (shown, folder)
    assert find_path_fault(template) is None


@pytest.mark.parametrize(
    "path", ["papers/2031/05/2030-05-06.md", "papers/2031/04/2031-05-06.md", "papers/2031/02/2031-02-30.md", ""]
)
def test_a_path_whose_parts_name_two_days_or_none_is_of_no_day(path: str):
    assert day_of_path(NAMED, path) is None


@pytest.mark.parametrize("folder", ["papers", "papers/2031", "papers/2031/05"])
def test_folders_on_the_way_to_a_page_may_hold_days(folder: str):
    assert leads_to_pages(NAMED, folder)


@pytest.mark.parametrize("folder", ["", "archive", "papers/1031", "papers/2031/13", "papers/2031/05/06", "x/papers"])
def test_other_folders_hold_none(folder: str):
    assert not leads_to_pages(NAMED, folder)
    assert not leads_to_pages(FLAT, folder)


@pytest.mark.parametrize("template", ["a/%Y/%m.md", "a/%Y/%m/%d/%H.md", "/%Y/%m/%d.md", "../%Y/%m/%d.md", "a b/%Y%m%d"])
def test_a_template_that_cannot_be_used_is_refused(template: str):
    assert "should" in str(find_path_fault(template))
