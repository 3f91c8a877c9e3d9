"""The report: one page, drawn and filtered in a real browser, that no stranger's text turns against its reader."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest
from altered import CONTROLS, altered_copy
from answers import GABRIELCHUA, TIMLRX, Small, fall_silent, page, six, three
from click.testing import CliRunner

from pipeline import cli
from pipeline.core.errors import WarehouseError
from pipeline.read import charts, drawing
from pipeline.site.addresses import arxiv_url, hub_url, repository_url
from pipeline.site.report import write_report

CHROMIUM = Path("/usr/bin/chromium")
DAY = date(2025, 3, 21)


@pytest.fixture(scope="module")
def page_file(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(example / "papers.duckdb", tmp_path_factory.mktemp("report") / "report.html", DAY)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The Chromium of the system, without a window."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no {CHROMIUM}: apt-get install chromium fonts-dejavu-core")
    with api.sync_playwright() as playwright:
        # Pages are ours and local; as root Chromium starts only without its sandbox.
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield running
        running.close()


class Shown:
    """A page in the browser, with all that it asked for and complained of."""

    def __init__(self, browser: Any, file: Path, **options: Any) -> None:
        self.page = browser.new_page(**options)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(file.as_uri())


@pytest.fixture
def show(browser: Any) -> Iterator[Any]:
    opened: list[Shown] = []

    def open_page(file: Path, **options: Any) -> Shown:
        opened.append(Shown(browser, file, **options))
        return opened[-1]

    yield open_page
    for shown in opened:
        shown.page.close()


def visible_titles(page: Any) -> list[str]:
    return [node.inner_text() for node in page.locator("article:not([hidden]) h3").all()]


def test_page_asks_for_nothing_but_itself_and_has_nothing_to_complain_of(page_file: Path, show: Any) -> None:
    shown = show(page_file)
    assert shown.requests == [page_file.as_uri()]
    assert shown.complaints == []


@pytest.mark.parametrize("width", [1000, 390])
def test_charts_are_drawn_for_either_width(page_file: Path, show: Any, width: int) -> None:
    page = show(page_file, viewport={"width": width, "height": 844}).page
    charts = [chart for chart in page.locator(".chart svg").all() if chart.is_visible()]
    assert len(charts) == 5, "rising, curves, tasks, and a calendar a source"
    for chart in charts:
        assert chart.bounding_box()["width"] > 50
        assert chart.locator("[aria-roledescription='bar'], [aria-roledescription='rect mark']").count() >= 10


def test_each_mark_of_the_calendar_tells_its_day_and_outcome(page_file: Path, show: Any) -> None:
    page = show(page_file).page
    marks = page.locator("#coverage .wide svg [aria-roledescription='rect mark']")
    labels = [mark.get_attribute("aria-label") for mark in marks.all()]
    assert "2025-03-10: empty" in labels and "2025-03-12: absent" in labels
    assert marks.first.locator("title").text_content() == labels[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_day_stands_in_a_calendar_whose_kinds_differ_in_light_and_dark(
    page_file: Path, show: Any, scheme: str
) -> None:
    page = show(page_file, viewport={"width": 390, "height": 844}, color_scheme=scheme).page
    calendars = page.locator("section svg.history[role=img]")
    assert calendars.count() == page.locator("section#coverage .narrow svg").count() == 2
    assert all(300 < calendar.bounding_box()["width"] <= 390 for calendar in calendars.all())
    label = calendars.first.get_attribute("aria-label")
    assert label.startswith("Every day of ") and "2025: " in label and " not asked" in label
    colours = (
        "all => all.map(path => [getComputedStyle(path).fill, getComputedStyle(path).stroke].join()).concat("
        "getComputedStyle(document.body).backgroundColor)"
    )
    found = page.locator(".legend svg.history path").evaluate_all(colours)
    assert len(set(found)) == len(found) == 7


def test_filter_shows_papers_that_have_all_words_and_counts_them(page_file: Path, show: Any) -> None:
    page = show(page_file).page
    everything = visible_titles(page)
    assert page.locator("#shown").inner_text() == f"{len(everything)} of {len(everything)}"
    page.fill("#filter", "STRAW python")
    assert visible_titles(page) == ["Straw to Gold: Mining Training Data from Log Files"]
    assert page.locator("#shown").inner_text() == f"1 of {len(everything)}"
    page.fill("#filter", "Nargilebası")  # the page has ş
    assert len(visible_titles(page)) == 1
    page.fill("#filter", "no such words")
    assert visible_titles(page) == [] and page.locator("#nothing").is_visible()
    page.fill("#filter", "")
    assert visible_titles(page) == everything and not page.locator("#nothing").is_visible()


def test_filter_stands_in_the_address_and_is_read_from_there(page_file: Path, show: Any) -> None:
    page = show(page_file).page
    page.fill("#filter", "straw 100%")
    assert page.evaluate("location.hash") == "#filter=straw%20100%25"
    page.fill("#filter", "")
    assert page.evaluate("location.hash") == "#papers"
    page.goto(page_file.as_uri() + "#filter=straw%20PYTHON")
    assert page.input_value("#filter") == "straw PYTHON" and len(visible_titles(page)) == 1
    shown = show(page_file)
    shown.page.goto(page_file.as_uri() + "#filter=100%")
    assert shown.complaints == []


def test_filter_of_a_week_hides_days_that_are_left_empty(example: Path, tmp_path: Path, show: Any) -> None:
    file = write_report(example / "papers.duckdb", tmp_path / "week.html", date(2025, 3, 17), whole_week=True)
    page = show(file).page
    assert page.locator(".day:not([hidden])").count() == 5
    page.fill("#filter", "Straw to Gold")
    assert page.locator(".day:not([hidden])").count() == 1


@pytest.mark.parametrize("width", [320, 390, 768, 1000])
def test_page_never_scrolls_sideways(page_file: Path, show: Any, width: int) -> None:
    page = show(page_file, viewport={"width": width, "height": 844}).page
    for details in page.locator("details").all():
        details.locator("summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_and_light_differ_in_page_and_charts(page_file: Path, show: Any) -> None:
    colours = {}
    for scheme in ("light", "dark"):
        page = show(page_file, color_scheme=scheme).page
        bar = "document.querySelector(\"svg [aria-roledescription='bar']\")"
        text = "document.querySelector('svg text')"
        seen = ("document.body).backgroundColor", f"{bar}).fill", f"{text}).fill")
        colours[scheme] = [page.evaluate(f"getComputedStyle({what}") for what in seen]
    assert all(light != dark for light, dark in zip(colours["light"], colours["dark"], strict=True)), colours


def test_without_scripts_all_papers_are_there_and_no_dead_filter(page_file: Path, show: Any) -> None:
    page = show(page_file, java_script_enabled=False).page
    assert len(visible_titles(page)) == 5
    assert not page.locator("#filter").is_visible()


def test_strangers_texts_are_shown_as_they_are_and_do_nothing(example: Path, tmp_path: Path, show: Any) -> None:
    file = altered_copy(
        example,
        tmp_path,
        "update dim_paper set title = $text",
        "update fct_listing set summary = $text",
        "update dim_author set author_name = $text || author_key where author_key <> -1",
        "update dim_task set task_name = $text || task_key where task_key <> -1",
        "update dim_category set category_code = $text || category_key where category_key <> -1",
        "update dim_repository set full_name = $text || repository_key, language = $text where repository_key <> -1",
        "update dim_hub_resource set resource_id = $text || hub_resource_key where hub_resource_key <> -1",
        "update fct_source_day set reason = $text",
    )
    for whole_week in (False, True):
        shown = show(write_report(file, tmp_path / "report.html", DAY, whole_week=whole_week))
        assert shown.complaints == [], "nothing was tried that the policy had to stop"
        assert shown.requests == [(tmp_path / "report.html").as_uri()]
        assert shown.page.evaluate("window.broken") is None
        assert shown.page.locator("img").count() == 0 and shown.page.locator("script").count() == 1
        assert "<img src=x" in visible_titles(shown.page)[0] and "{{ 7 * 7 }}" in visible_titles(shown.page)[0]


def hostile_names(example: Path, folder: Path) -> Path:
    """A published file in which names that are charted hold what XML has no place for."""
    codes = ", ".join(f"chr({ord(letter)})" for letter in CONTROLS)
    return altered_copy(
        example,
        folder,
        f"update dim_task set task_name = task_name || concat({codes}) where task_key <> -1",
        f"update dim_repository set full_name = full_name || concat({codes}) where repository_key <> -1",
    )


def test_charts_are_drawn_whatever_a_name_holds(example: Path, tmp_path: Path) -> None:
    text = write_report(hostile_names(example, tmp_path), tmp_path / "r.html", DAY).read_text("utf-8")
    assert text.count('<svg role="img"') == 10 and "could not be drawn" not in text


def test_native_code_that_panics_costs_its_chart_and_nothing_else(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts, "drawable", lambda text: text)
    text = write_report(hostile_names(example, tmp_path), tmp_path / "r.html", DAY).read_text("utf-8")
    assert text.count('<svg role="img"') == 4 and text.count("This chart could not be drawn.") == 6
    assert "<article" in text


def test_drawing_that_does_not_end_costs_the_charts(
    example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "SECONDS", 0.001)
    text = write_report(example / "papers.duckdb", tmp_path / "r.html", DAY).read_text("utf-8")
    assert text.count('<svg role="img"') == 0 and text.count("This chart could not be drawn.") == 10


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("owner/name", 320, "owner/name"), ("x" * 41, 320, "x" * 39 + "…"), ("模" * 21, 320, "模" * 19 + "…")],
)
def test_a_name_that_does_not_fit_ends_in_an_ellipsis(text: str, width: int, shown: str) -> None:
    assert charts.shorten(text, width) == shown


def test_long_names_end_within_the_chart(example: Path, tmp_path: Path, show: Any) -> None:
    file = altered_copy(
        example,
        tmp_path,
        "update dim_repository set full_name = repeat('W', 39) || '/' || repeat('m', 90) where repository_key <> -1",
        "update dim_task set task_name = repeat('Wide label ', 30) || task_key where task_key <> -1",
    )
    page = show(write_report(file, tmp_path / "r.html", DAY), viewport={"width": 390, "height": 844}).page
    texts = [
        text for text in page.locator("#rising .narrow text, #tasks .narrow text").all() if "W" in text.inner_html()
    ]
    assert len([text for text in texts if text.inner_html().endswith("…")]) >= 8
    for text in texts:
        box = text.bounding_box()
        assert box is None or box["x"] + box["width"] <= 390


def test_maths_in_a_title_is_readable(example: Path, tmp_path: Path) -> None:
    file = altered_copy(
        example, tmp_path, r"update dim_paper set title = 'S$^2$R and $\alpha_{0}$-$\textbf{Only}$ at $1'"
    )
    assert ">S²R and α₀-Only at $1</a>" in write_report(file, tmp_path / "r.html", DAY).read_text("utf-8")


def test_links_lead_to_three_hosts_only_and_are_made_of_ids_that_fit(example: Path, tmp_path: Path) -> None:
    file = altered_copy(
        example,
        tmp_path,
        "update dim_repository set full_name = 'a/b\" onclick=\"x' where repository_key % 2 = 0",
        "update dim_hub_resource set resource_id = '../../evil' where hub_resource_key % 2 = 0",
    )
    text = write_report(file, tmp_path / "report.html", date(2025, 3, 17), whole_week=True).read_text("utf-8")
    links = [link for link in re.findall(r'href="([^"]*)"', text) if not link.startswith("#") and link != "data:,"]
    assert {(urlsplit(link).scheme, urlsplit(link).netloc) for link in links} == {
        ("https", "arxiv.org"),
        ("https", "github.com"),
        ("https", "huggingface.co"),
    }
    assert not [link for link in links if ".." in link]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (arxiv_url("2503.90220"), "https://arxiv.org/abs/2503.90220"),
        (arxiv_url("cs/0112017"), "https://arxiv.org/abs/cs/0112017"),
        (arxiv_url("(unknown)"), None),
        (arxiv_url("2503.90220/../../evil"), None),
        (repository_url("owner/na.me_1"), "https://github.com/owner/na.me_1"),
        (repository_url("owner/.."), None),
        (repository_url("owner"), None),
        (repository_url("javascript:alert(1)//x/y"), None),
        (hub_url({"kind": "dataset", "resource_id": "owner/data"}), "https://huggingface.co/datasets/owner/data"),
        (hub_url({"kind": "account", "resource_id": "owner"}), "https://huggingface.co/owner"),
        (hub_url({"kind": "model", "resource_id": "../x"}), None),
        (hub_url({"kind": "else", "resource_id": "owner/x"}), None),
    ],
)
def test_an_address_is_made_of_a_valid_id_or_not_at_all(made: str | None, expected: str | None) -> None:
    assert made == expected


def test_citations_stand_with_the_day_of_their_count_and_who_counted_and_unknown_ones_not_at_all(
    example: Path, tmp_path: Path
) -> None:
    file = altered_copy(example, tmp_path, "delete from fct_paper_citation_day where paper_key % 2 = 0")
    with duckdb.connect(str(file), read_only=True) as connection:
        listed = connection.execute(
            "select citation_count, citations_observed_at::date from mart_paper "
            "where paper_key in (select paper_key from fct_listing where listing_date = $day)",
            {"day": DAY},
        ).fetchall()
    text = write_report(file, tmp_path / "report.html", DAY).read_text()
    told = re.findall(r"([\d,]+) citations on (\S+) by Semantic Scholar", text)
    known = [(f"{count:,}", str(day)) for count, day in listed if count is not None]
    assert sorted(told) == sorted(known)
    assert 0 < len(known) < len(listed)


def test_pages_at_hugging_face_stand_with_the_day_on_which_they_were_seen_and_unknown_counts_as_such(
    example: Path, tmp_path: Path
) -> None:
    file = altered_copy(
        example,
        tmp_path,
        "delete from fct_paper_hub_day where paper_key not in"
        f" (select paper_key from fct_listing where listing_date = '{DAY}')",
        "update fct_paper_hub_day set models_count = null, upvotes_count = 4321, observed_at = '2025-03-28 08:00'"
        " where paper_key = (select min(paper_key) from fct_paper_hub_day)",
    )
    with duckdb.connect(str(file), read_only=True) as connection:
        shown = connection.execute("select count(distinct paper_key) from fct_paper_hub_day").fetchall()[0][0]
    text = write_report(file, tmp_path / "report.html", DAY).read_text("utf-8")
    section = text.partition('<section id="hub">')[2].partition("</section>")[0]
    rows = re.findall(r"<tr><td>.*?</tr>", section)
    assert len(rows) == min(shown, 10)
    assert re.search(r'>4,321</td><td class="number">\?</td>.*<td class="when">2025-03-28</td>', rows[0])
    empty = altered_copy(example, tmp_path, "delete from fct_paper_hub_day")
    assert "Of no paper here is a page" in write_report(empty, tmp_path / "report.html", DAY).read_text("utf-8")


def test_curves_are_of_papers_own_code_and_of_no_tool(example: Path, tmp_path: Path) -> None:
    whole = write_report(example / "papers.duckdb", tmp_path / "report.html", DAY).read_text("utf-8")
    assert "a lower bound" in whole
    tools = altered_copy(example, tmp_path, "update bridge_paper_repository set link_role = 'tool'")
    assert "Of no paper's own code" in write_report(tools, tmp_path / "report.html", DAY).read_text("utf-8").replace(
        "&#39;", "'"
    )


def test_same_file_and_day_give_the_same_page(example: Path, page_file: Path, tmp_path: Path) -> None:
    again = write_report(example / "papers.duckdb", tmp_path / "again.html", DAY)
    assert again.read_bytes() == page_file.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.html"]


def test_without_a_day_the_page_is_of_the_newest_with_papers(example: Path, tmp_path: Path) -> None:
    assert "Friday, 21 March 2025" in write_report(example / "papers.duckdb", tmp_path / "r.html").read_text("utf-8")


def test_the_newest_page_says_since_when_sources_are_silent_and_one_of_a_past_day_does_not(
    example: Path, page_file: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(example, tmp_path / "silent", symlinks=True)
    fall_silent(folder, datetime.now(UTC).date() - timedelta(days=1))
    newest = write_report(folder / "papers.duckdb", tmp_path / "r.html").read_text("utf-8")
    assert re.search(rf"<li>{TIMLRX}: silent since 2025-03-21 \([\d,]+ days\): its longest silence before", newest)
    assert "silent since" not in page_file.read_text("utf-8")


def test_a_day_without_papers_says_so_for_each_source(example: Path, tmp_path: Path) -> None:
    file = write_report(example / "papers.duckdb", tmp_path / "r.html", date(2025, 3, 15))
    text = file.read_text("utf-8")
    assert "No paper was listed on this day." in text
    assert "<li>timlrx/daily-ai-papers: no page</li>" in text and "<article" not in text


def test_gains_are_those_of_the_week_or_else_of_the_newest_week_before_that_has_any(
    example: Path, tmp_path: Path
) -> None:
    within = write_report(example / "papers.duckdb", tmp_path / "r.html", DAY).read_text("utf-8")
    assert (
        "Stars that papers' own code gained between observations in this week (from 2025-03-14 to 2025-03-21). Bars"
        in within
    )
    gained = '<td class="number">+1,379</td><td class="number">7.0</td><td class="number">197.0</td>'
    assert f"fictive-vision/eclipse-eval</a></td>{gained}" in within
    later = write_report(example / "papers.duckdb", tmp_path / "r.html", date(2025, 3, 28)).read_text("utf-8")
    assert "in the week of 2025-03-17, the newest before with two observations to compare" in later


def test_the_page_of_a_past_day_shows_no_gain_that_was_seen_later(example: Path, tmp_path: Path) -> None:
    before = write_report(example / "papers.duckdb", tmp_path / "r.html", date(2025, 3, 20)).read_text("utf-8")
    assert "No repository is known to have gained stars up to this day" in before
    assert "1,379" not in before


def test_what_was_learnt_after_the_day_is_said_to_be_so(example: Path, tmp_path: Path) -> None:
    past = write_report(example / "papers.duckdb", tmp_path / "r.html", date(2025, 3, 4)).read_text("utf-8")
    assert "is as of 2025-03-21, and not of this day" in past
    assert re.search(r'★ [0-9,]+ <span class="muted">on 2025-03-\d\d</span>', past)
    newest = write_report(example / "papers.duckdb", tmp_path / "r.html", DAY).read_text("utf-8")
    assert "and not of this day" not in newest


def test_code_of_a_day_whose_only_source_never_links_is_unknown_and_not_zero(tmp_path: Path) -> None:
    small = Small(
        tmp_path / "warehouse",
        page(GABRIELCHUA, "2025-03-03", three(1), three(2), three(3)),
        page(TIMLRX, "2025-03-04", six(4, github="[Link](https://github.com/lab/teapot)"), six(5)),
        page(GABRIELCHUA, "2025-03-04", three(4), three(6)),
    )
    for day, with_code, with_model in ((3, "unknown", "unknown"), (4, "1 of 2 known", "0 of 2 known")):
        text = write_report(small.warehouse.published, tmp_path / "r.html", date(2025, 3, day)).read_text("utf-8")
        assert f"<dt>with code</dt><dd>{with_code}</dd>" in text
        assert f"<dt>with a model, data or demo</dt><dd>{with_model}</dd>" in text


def test_trends_end_with_the_last_week_that_has_labels_and_mark_a_week_without(tmp_path: Path) -> None:
    small = Small(
        tmp_path / "warehouse",
        page(TIMLRX, "2025-03-03", six(1, tasks="['Robotics']")),
        page(GABRIELCHUA, "2025-03-10", three(2)),
        page(TIMLRX, "2025-03-17", six(3, tasks="['Summarization']")),
        page(GABRIELCHUA, "2025-03-24", three(4)),
    )
    published = small.warehouse.published
    text = write_report(published, tmp_path / "r.html", date(2025, 3, 28)).read_text("utf-8")
    trends = text[text.index('<section id="tasks">') : text.index('<section id="coverage">')]
    assert "The last bar is week 12: since then no page gives labels" in trends
    assert "A week without any label has a question mark." in trends
    assert ">W12<" in trends and ">W13<" not in trends
    assert trends.count(">?<") == 4, "week 11 of two tasks, in two sizes"
    assert '<tr><td>Robotics</td><td class="number">0.0</td><td class="number">1.0</td></tr>' in trends
    early = write_report(published, tmp_path / "r.html", date(2025, 3, 4)).read_text("utf-8")
    assert "Summarization" not in early, "not listed yet"
    before = write_report(published, tmp_path / "r.html", date(2025, 2, 28)).read_text("utf-8")
    assert "No page gives labels in these weeks." in before


def test_a_single_observation_shows_no_gain(example: Path, tmp_path: Path) -> None:
    file = altered_copy(example, tmp_path, "delete from fct_repository_day where date_key = 20250321")
    text = write_report(file, tmp_path / "r.html", DAY).read_text("utf-8")
    assert "a gain takes two observations on different days" in text


def test_a_warehouse_without_a_listing_has_a_page_that_says_so(example: Path, tmp_path: Path) -> None:
    file = altered_copy(example, tmp_path, "delete from fct_listing")
    assert "No paper was listed on this day." in write_report(file, tmp_path / "r.html").read_text("utf-8")


def test_a_page_that_cannot_be_written_is_an_error_of_ours(example: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WarehouseError, match="choose another with --to"):
        write_report(example / "papers.duckdb", tmp_path / "file" / "r.html", DAY)


def test_command_writes_beside_the_file_or_where_it_is_told(example: Path, tmp_path: Path) -> None:
    folder = tmp_path / "warehouse"
    shutil.copytree(example, folder, symlinks=True)
    runner = CliRunner(env={"WAREHOUSE_DIR": str(folder)})
    assert runner.invoke(cli.cli, ["report"]).output.strip() == str(folder / "report.html")
    asked = ["report", "--week", "2025-W12", "--to", str(tmp_path / "new" / "week.html")]
    assert runner.invoke(cli.cli, asked).exit_code == 0
    assert "Week 2025-W12" in (tmp_path / "new" / "week.html").read_text("utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--week", "2025-W54"],
        ["--week", "2025-W53"],
        ["--week", "2025-W00"],
        ["--week", "2024-W35"],
        ["--week", "2999-W01"],
        ["--week", "12"],
        ["--week", "2025-W12", "--date", "2025-03-21"],
    ],
)
def test_wrong_weeks_are_wrong_usage(arguments: list[str]) -> None:
    assert CliRunner().invoke(cli.cli, ["report", *arguments]).exit_code == 2


def test_stars_since_a_listing_end_with_the_day_of_the_page_and_a_gap_ends_the_picture(
    example: Path, tmp_path: Path
) -> None:
    text = write_report(example / "papers.duckdb", tmp_path / "whole.html", DAY).read_text("utf-8")
    assert "up to 2025-03-20" in text and "a lower bound" in text
    past = write_report(example / "papers.duckdb", tmp_path / "past.html", date(2025, 3, 10)).read_text("utf-8")
    assert "up to 2025-03-10" in past
    gap = "delete from fct_repository_star_day where star_date = '2025-03-19'"
    file = altered_copy(example, tmp_path, gap, "update dim_repository set first_listed_date = '2025-03-02'")
    assert "Of no paper's own code" in write_report(file, tmp_path / "gap.html", DAY).read_text("utf-8")
