"""Ask each service one short question: can it be reached, is the token good, does the clock agree."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

from pipeline.commands.doctor.finding import Finding
from pipeline.core.errors import SourceError
from pipeline.core.settings import Settings
from pipeline.http.client import Web
from pipeline.http.exchange import Exchange
from pipeline.services.arxiv.client import ACCEPT, REDIRECT_HOSTS
from pipeline.services.datacite.client import ACCEPT as DATACITE_ACCEPT
from pipeline.services.datacite.client import write_address
from pipeline.services.datacite.reader import read_response
from pipeline.services.github.json_values import Malformed, decode_object, mapping, number
from pipeline.services.github.responses import LATEST_RESET
from pipeline.services.github.token import headers_for
from pipeline.services.semantic_scholar import client as semantic_scholar
from pipeline.services.semantic_scholar.reader import read_response as read_citations
from pipeline.sources.archives.presence import brings_file
from pipeline.sources.feeds.fetch import is_list, unasked
from pipeline.sources.feeds.questions import put_question
from pipeline.sources.pages import page_url
from pipeline.sources.registry import choose_sources
from pipeline.sources.source import Feed, GitArchive

LIMIT = re.compile(r"\blimit=\d+")
MAX_CLOCK_SECONDS = 300
ASKED_ID = "1706.03762"  # a paper that arXiv will always have

Verify = Callable[[Exchange], str | None]  # the finding of a response with status 200; None if it is unexpected
Checked = tuple[str, Exchange, Verify]


def check_services(settings: Settings, web: Web) -> Iterator[Finding]:
    """Ask each service one short question; then compare the clock with theirs."""
    feeds, archives = ask_feeds(settings, web), ask_archives(settings, web)
    checked = [*feeds, *archives, ask_arxiv(settings, web), ask_datacite(settings, web), ask_github(settings, web)]
    for service, response, verify in checked:
        yield check_response(service, response, verify)
    cited = ask_semantic_scholar(settings, web)
    yield check_citations(cited, has_key=settings.semantic_scholar_api_key is not None)
    yield check_clock([*(response for _, response, _ in checked), cited])


def ask_archives(settings: Settings, web: Web) -> Iterator[Checked]:
    for source in choose_sources(settings.sources) if settings.archive_base_url.startswith("http") else ():
        if not isinstance(source.place, GitArchive):
            continue
        url = page_url(settings.archive_base_url, source, source.first_date)
        response = web.send("GET", url, service="archive", asked=(source.source_id,))
        yield source.source_id.partition("/")[0], response, find_page


def ask_feeds(settings: Settings, web: Web) -> Iterator[Checked]:
    """Ask each feed for one paper of its first day, with the token that a run would send."""
    for source in choose_sources(settings.sources):
        feed = source.place
        if not isinstance(feed, Feed):
            continue
        service = source.source_id.partition("/")[0]
        try:
            url, token = put_question(feed, settings, source.first_date)
        except SourceError as error:
            yield service, unasked(source.url, source.source_id, web.now(), str(error)), find_page
            continue
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        url = LIMIT.sub("limit=1", url)
        response = web.send("GET", url, service="feed", asked=(source.source_id,), headers=headers)
        yield service, response, partial(find_list, token is not None)


def find_list(has_token: bool, response: Exchange) -> str | None:
    """Return that a list came; None if the body is anything else."""
    if not is_list(response):
        return None
    return "reachable, and the token is good" if has_token else "reachable"


def find_page(response: Exchange) -> str | None:
    return "reachable" if brings_file(response) else None


def ask_arxiv(settings: Settings, web: Web) -> Checked:
    with web.pace(settings.arxiv_api_url, settings.arxiv_interval_seconds).turn():
        url = f"{settings.arxiv_api_url}?id_list={ASKED_ID}&max_results=1"
        response = web.send(
            "GET",
            url,
            service="arxiv",
            asked=(ASKED_ID,),
            headers={"Accept": ACCEPT},
            may_redirect_to=REDIRECT_HOSTS,
        )
    return "arXiv", response, lambda response: "reachable" if b"<feed" in (response.body or b"") else None


def ask_datacite(settings: Settings, web: Web) -> Checked:
    url = write_address(settings.datacite_api_url, [ASKED_ID], by_query=False)
    response = web.send("GET", url, service="datacite", asked=(ASKED_ID,), headers={"Accept": DATACITE_ACCEPT})
    return "DataCite", response, lambda response: "reachable" if read_response(response).is_list else None


def ask_github(settings: Settings, web: Web) -> Checked:
    headers = headers_for(settings.github_token)
    response = web.send("GET", f"{settings.github_api_url}/rate_limit", service="github", asked=(), headers=headers)
    return "GitHub", response, lambda response: describe_quota(response, has_token=settings.github_token is not None)


def ask_semantic_scholar(settings: Settings, web: Web) -> Exchange:
    """Ask for the citations of one paper, with the key that a run would send."""
    url = settings.semantic_scholar_api_url
    with web.pace(url, semantic_scholar.INTERVAL_SECONDS).turn():
        return web.send(
            "POST",
            f"{url}{semantic_scholar.PATH}?fields={semantic_scholar.FIELDS}",
            service="semantic_scholar",
            asked=(ASKED_ID,),
            headers=semantic_scholar.headers_for(settings.semantic_scholar_api_key),
            json={"ids": [f"ARXIV:{ASKED_ID}"]},
        )


def check_citations(response: Exchange, *, has_key: bool) -> Finding:
    """Say whether citations can be asked for; without a key a 429 is no fault of this machine."""
    name = "citations"
    if response.status == 429 and not has_key:
        text = "reachable, but Semantic Scholar's shared pool is used up, as often: SEMANTIC_SCHOLAR_API_KEY helps"
        return Finding(name, True, text)
    if response.status in (401, 403) and has_key:
        return Finding(
            name, False, "Semantic Scholar refuses the key: set another SEMANTIC_SCHOLAR_API_KEY, or unset it"
        )
    known = "reachable, and the key is good" if has_key else "reachable; without a key often only later"
    if read_citations(response).is_answer:  # also a 400, which says that it does not know the paper
        return Finding(name, True, known)
    return check_response(name, response, lambda _: None)


def check_response(service: str, response: Exchange, verify: Verify) -> Finding:
    text = verify(response) if response.status == 200 else None
    if text:
        return Finding(service, True, text)
    if response.status == 401:
        name = "GITHUB_TOKEN" if service == "GitHub" else "HF_TOKEN" if service == "huggingface" else "its setting"
        return Finding(
            service, False, f"refuses the token: create a new one (no rights needed) and set {name}, or unset it"
        )
    if response.status in (403, 429):
        return Finding(service, False, f"throttles us for now (HTTP {response.status}): wait half an hour")
    is_page = response.service == "archive"
    if is_page and response.status in (404, 410):
        return Finding(service, True, "reachable, but its first page is no longer there; the stored copy stays")
    if response.status is not None:
        problem = f"HTTP {response.status}, and not what was asked for: is the address right, or does a proxy answer?"
        return Finding(service, False, f"{response.url}: {problem}")
    remedy = "" if response.is_stopped_by_proxy else "; is this machine online, and the address right?"
    return Finding(service, False, f"{response.url}: {response.error}{remedy}")


def describe_quota(response: Exchange, *, has_token: bool) -> str | None:
    """Return the quota in words; None if the response does not have it."""
    quotas = mapping(decode_object(response.body).get("resources"))
    quota = mapping(quotas.get("graphql" if has_token else "core"))
    try:
        left, limit, reset = (number(quota.get(name)) for name in ("remaining", "limit", "reset"))
    except Malformed:
        return None
    if left is None or limit is None or reset is None or reset > LATEST_RESET.timestamp():
        return None
    kind = "the token is good" if has_token else "no token: slower (GITHUB_TOKEN gives 80 times the quota)"
    return f"{kind}; {left:,} of {limit:,} left until {datetime.fromtimestamp(reset, UTC):%H:%M} UTC"


def check_clock(responses: list[Exchange]) -> Finding:
    """Compare this machine's clock with the first response that has a date."""
    for response in responses:
        try:
            theirs = parsedate_to_datetime(response.headers.get("date", ""))
        except (ValueError, OverflowError):
            continue
        theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
        off = (response.fetched_at - theirs).total_seconds()
        if abs(off) > MAX_CLOCK_SECONDS:
            how = "ahead of" if off > 0 else "behind"
            return Finding("clock", False, f"{abs(off) / 60:.0f} minutes {how} the services': set it, best by NTP")
        return Finding("clock", True, "agrees with the services")
    return Finding("clock", True, "no service told the time to compare with")
