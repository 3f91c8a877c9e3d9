"""The star history of a repository as GitHub tells it: weeks of Los Angeles, newest first, thirty a page."""

from datetime import UTC, date, datetime, timedelta
from math import isqrt
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from pipeline.standin.records import View
from pipeline.standin.wire import Response, json_response, message_response

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
MOST_A_PAGE = 30
PAGES = 100
GROWING_DAYS = 300  # in which a repository gets the stars of day 0, most of them early


def answer_history(view: View, query: str, now: datetime) -> Response:
    """Return a page; a `per_page` that is too large is cut in silence, and past the last week the list is empty."""
    asked = parse_qs(query)
    size, page = read_number(asked, "per_page", MOST_A_PAGE), read_number(asked, "page", 1)
    if page > PAGES:
        return message_response(422, f"Pagination is limited to {PAGES} pages")
    size = min(size, MOST_A_PAGE)
    weeks = list_weeks(view, now)
    first = (page - 1) * size
    shown = [describe_week(view, week, now) for week in weeks[first : first + size]]
    link = write_link(view, size, page, -(-len(weeks) // size))
    return json_response(200, shown, {"Link": link, "Cache-Control": "private, max-age=60"} if link else {})


def read_number(asked: dict[str, list[str]], name: str, default: int) -> int:
    """Return a positive number of the query; anything else is the default, as with GitHub."""
    written = asked.get(name, [""])[-1]
    return int(written) if written.isascii() and written.isdigit() and int(written) > 0 else default


def list_weeks(view: View, now: datetime) -> list[date]:
    """Return the Sundays from this week back to the week in which the repository was created."""
    last, first = sunday(now.astimezone(LOS_ANGELES).date()), sunday(created_date(view))
    return [last - timedelta(weeks=step) for step in range((last - first).days // 7 + 1)]


def sunday(day: date) -> date:
    return day - timedelta(days=day.isoweekday() % 7)


def created_date(view: View) -> date:
    return datetime.fromisoformat(view.repository.created_at).astimezone(LOS_ANGELES).date()


def describe_week(view: View, week: date, now: datetime) -> dict[str, object]:
    today = now.astimezone(LOS_ANGELES).date()
    days = [stars_of(view, week + timedelta(days=step), today) for step in range(7)]
    label = int(datetime(week.year, week.month, week.day, tzinfo=UTC).timestamp())
    return {"week": label, "total": sum(days), "days": days}


def stars_of(view: View, day: date, today: date) -> int:
    """Return the stars of a day that still stand; all days together have those that the repository shows."""
    if day > today:
        return 0
    return stars_until(view, day, today) - stars_until(view, day - timedelta(days=1), today)


def stars_until(view: View, day: date, today: date) -> int:
    """Return the stars up to a day: fast at first, then slower; what came after day 0 came today."""
    if day >= today:
        return view.stars_count
    age = (day - created_date(view)).days + 1
    if age <= 0:
        return 0
    stars = view.repository.stars_count
    return min(stars, isqrt(stars * stars * age // GROWING_DAYS))


def write_link(view: View, size: int, page: int, last: int) -> str:
    """Return the Link header; there is no next page after the last one."""
    address = f"{view.url}/repositories/{view.repository.number}/stargazers/history?per_page={size}"
    pages = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    if page <= 1:
        del pages["prev"], pages["first"]
    if page >= last:
        del pages["next"], pages["last"]
    return ", ".join(f'<{address}&page={number}>; rel="{name}"' for name, number in pages.items())
