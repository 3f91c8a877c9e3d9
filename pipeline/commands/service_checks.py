"""Ask each service one short question: can it be reached, is the token good, does the clock agree."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pipeline.commands.finding import Finding
from pipeline.core.settings import Settings
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.services.arxiv.client import ACCEPT, REDIRECT_HOSTS
from pipeline.services.github.json_values import Malformed, decode_object, mapping, number
from pipeline.services.github.responses import LATEST_RESET
from pipeline.services.github.token import headers_for
from pipeline.sources.pages import page_url
from pipeline.sources.registry import SOURCES

MOST_CLOCK_SECONDS = 300


ASKED_ID = "1706.03762"  # any paper that arXiv will always have


def check_services(settings: Settings, web: Web) -> Iterator[Finding]:
    """Ask each service one short question; the clock is compared with what they say the time is."""
    answers = [*ask_archives(settings, web), ask_arxiv(settings, web), ask_github(settings, web)]
    for what, answer, judge in answers:
        yield judge_answer(what, answer, judge)
    yield check_clock([answer for _, answer, _ in answers])


Judge = Callable[[Exchange], str | None]  # what is said of an answer with status 200; None: not what was asked for


Answered = tuple[str, Exchange, Judge]


def ask_archives(settings: Settings, web: Web) -> Iterator[Answered]:
    for source in SOURCES if settings.archive_base_url.startswith("http") else ():
        url = page_url(settings.archive_base_url, source.source_id, source.first_date)
        owner = source.source_id.partition("/")[0]
        answer = web.send("GET", url, service="archive", asked=(source.source_id,))
        yield owner, answer, lambda answer: "reachable" if b"|" in (answer.body or b"") else None


def ask_arxiv(settings: Settings, web: Web) -> Answered:
    with web.pace(settings.arxiv_api_url, settings.arxiv_interval_seconds).turn():
        url = f"{settings.arxiv_api_url}?id_list={ASKED_ID}&max_results=1"
        answer = web.send(
            "GET",
            url,
            service="arxiv",
            asked=(ASKED_ID,),
            headers={"Accept": ACCEPT},
            may_redirect_to=REDIRECT_HOSTS,
        )
    return "arXiv", answer, lambda answer: "reachable" if b"<feed" in (answer.body or b"") else None


def ask_github(settings: Settings, web: Web) -> Answered:
    headers = headers_for(settings.github_token)
    answer = web.send("GET", f"{settings.github_api_url}/rate_limit", service="github", asked=(), headers=headers)
    return "GitHub", answer, lambda answer: describe_quota(answer, has_token=settings.github_token is not None)


def judge_answer(what: str, answer: Exchange, judge: Judge) -> Finding:
    text = judge(answer) if answer.status == 200 else None
    if text:
        return Finding(what, True, text)
    if answer.status == 401:
        return Finding(
            what, False, "refuses the token: make a new one (no rights needed) and set GITHUB_TOKEN, or unset it"
        )
    if answer.status in (403, 429):
        return Finding(what, False, f"limits us for now (HTTP {answer.status}): wait half an hour")
    if what not in ("arXiv", "GitHub") and answer.status in (404, 410):
        return Finding(what, True, "reachable, but its first page is no longer there; what is held is kept")
    met = answer.error or f"HTTP {answer.status}, and not what was asked for"
    return Finding(what, False, f"{answer.url}: {met}; is this machine online, and the address right?")


def describe_quota(answer: Exchange, *, has_token: bool) -> str | None:
    quotas = mapping(decode_object(answer.body).get("resources"))
    quota = mapping(quotas.get("graphql" if has_token else "core"))
    try:
        left, limit, reset = (number(quota.get(name)) for name in ("remaining", "limit", "reset"))
    except Malformed:
        return None
    if left is None or limit is None or reset is None or reset > LATEST_RESET.timestamp():
        return None
    kind = "the token is good" if has_token else "no token: slower (GITHUB_TOKEN makes it 80 times as much)"
    return f"{kind}; {left:,} of {limit:,} left until {datetime.fromtimestamp(reset, UTC):%H:%M} UTC"


def check_clock(answers: list[Exchange]) -> Finding:
    """Compare this machine's clock with the first service that told the time."""
    for answer in answers:
        try:
            told = parsedate_to_datetime(answer.headers.get("date", ""))
        except (ValueError, OverflowError):
            continue
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        off = (answer.fetched_at - told).total_seconds()
        if abs(off) > MOST_CLOCK_SECONDS:
            how = "ahead of" if off > 0 else "behind"
            return Finding("clock", False, f"{abs(off) / 60:.0f} minutes {how} the services': set it, best by NTP")
        return Finding("clock", True, "agrees with the services")
    return Finding("clock", True, "no service told the time to compare with")
