"""A breaker opens when a service asks for a pause, fails again and again, or has never worked."""

from datetime import UTC, datetime, timedelta

from pipeline.http.exchange import Exchange
from pipeline.http.retry import Verdict
from pipeline.services.breaker import HOPELESS, MOST_FAILURES_IN_A_ROW, PAUSE, Breaker

START = datetime(2026, 1, 1, tzinfo=UTC)
FAILED = Verdict("give_up", "it failed")


class Clock:
    """A clock that a test sets."""

    moment = START

    def __call__(self) -> datetime:
        return self.moment


def test_a_verdict_that_says_when_to_continue_opens_it_until_then():
    breaker = Breaker(Clock())
    until = START + timedelta(days=1)
    breaker.note(Verdict("give_up", "throttled", until=until))
    assert breaker.is_open
    assert breaker.trouble and breaker.trouble.until == until


def test_failures_in_a_row_open_it_for_a_pause_and_a_success_between_them_counts_anew():
    breaker = Breaker(Clock())
    for _ in range(MOST_FAILURES_IN_A_ROW - 1):
        breaker.note(FAILED)
    breaker.note(Verdict())
    for _ in range(MOST_FAILURES_IN_A_ROW - 1):
        breaker.note(FAILED)
        assert not breaker.is_open
        assert breaker.trouble and breaker.trouble.until is None
    breaker.note(FAILED)
    assert breaker.is_open
    assert breaker.trouble and breaker.trouble.until == START + PAUSE


def test_half_a_minute_without_an_answer_opens_it_and_not_where_one_came():
    for has_worked in (False, True):
        clock = Clock()
        breaker = Breaker(clock)
        if has_worked:
            breaker.note_works()
        clock.moment = START + HOPELESS + timedelta(seconds=1)
        breaker.note(FAILED)
        assert breaker.is_open is not has_worked


def test_a_batch_after_a_failure_is_tried_once():
    def usual(exchange: Exchange) -> Verdict:
        return Verdict("retry", "usual", tries=4)

    def first(exchange: Exchange) -> Verdict:
        return Verdict("retry", "first", tries=2)

    breaker = Breaker(Clock())
    exchange = Exchange("service", (), 1, "http://127.0.0.1:9/", "GET", 200, {}, START, b"", None)
    judged = [breaker.choose(usual, first)(exchange)]
    breaker.note_works()
    judged.append(breaker.choose(usual, first)(exchange))
    breaker.note(FAILED)
    judged.append(breaker.choose(usual, first)(exchange))
    assert [(each.reason, each.tries) for each in judged] == [("first", 2), ("usual", 4), ("usual", 1)]
