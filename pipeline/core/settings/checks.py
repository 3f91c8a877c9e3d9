"""What the text of a setting must be.

Each check takes a text without blanks around it and returns the value. It raises the rest of a message that begins with
the name of the setting.
"""

import math
import re
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from pipeline.core.addresses import (
    HOST,
    HOW_TO_ENCODE,
    UNUSABLE_IN_A_FOLDER,
    find_address_fault,
    find_webhook_fault,
    shown,
    split,
)
from pipeline.core.files import why_no_folder

# As a browser writes it: without a path, and in small letters.
ORIGIN = re.compile(rf"https?://(?:{HOST.pattern})(?::[0-9]{{1,5}})?")
SEARCH = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9 -]{0,39}?)\s*:\s*([^;:\x00-\x1f\x7f]{1,200}?)\s*")  # name: words
STORAGE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9_][A-Za-z0-9_.=-]*)+")  # bucket, prefix
DATABASE = re.compile(r"/[A-Za-z0-9_][A-Za-z0-9_.-]*")
SWITCHES = ("daily_schedule", "archive_sensor", "leftovers_sensor", "report_sensor")  # what AUTOMATION can name
NEVER_OFF_BY_DEFAULT = ("dead_runs_sensor", "news_sensor")  # they start no run


def fault(text: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{text}", {"text": text})


def check_folder(text: str | Path) -> Path:
    if UNUSABLE_IN_A_FOLDER.search(str(text)):
        raise fault(f"is {shown(str(text))}: it should be a path without `?`, backslash or control character, in UTF-8")
    if "://" in str(text):
        raise fault("is a URL: it should be a folder of this machine; a store is named by WAREHOUSE_STORAGE")
    try:
        path = Path(text).expanduser().absolute()
    except RuntimeError:
        raise fault(f"is {shown(str(text))}: there is no home of that user") from None
    if UNUSABLE_IN_A_FOLDER.search(str(path)):
        raise fault(f"is below {shown(str(path))}: it should be a path without `?`, backslash or control character")
    if why := why_no_folder(path):
        raise fault(f"is {shown(str(text))} ({why}): it should be a folder, which is made where it is missing")
    return path


def check_storage(text: str) -> str:
    if "@" in text:
        raise fault("has a user, not repeated here: it should be like s3://bucket/prefix, with AWS_* for the key")
    if not STORAGE.fullmatch(text):
        raise fault(
            f"is {shown(text)}: it should be like s3://bucket/prefix, without user, blanks or a slash at its end"
        )
    return text


def check_catalog(text: str, info: ValidationInfo) -> str:
    parts = split(text)
    if not parts or parts.scheme != "postgresql" or not parts.hostname or not DATABASE.fullmatch(parts.path):
        raise fault(
            "is no address of a database (it is not repeated here): it should be like "
            f"postgresql://user:password@host:5432/database; in user and password {HOW_TO_ENCODE}"
        )
    if info.data.get("warehouse_storage", text) is None:
        raise fault("needs WAREHOUSE_STORAGE, like s3://bucket/prefix: the catalog says where things are, not what")
    return text


def address(*schemes: str) -> Callable[[str], str]:
    """Take a URL of one of the schemes, without its trailing slash."""

    def check(text: str) -> str:
        if found := find_address_fault(text, schemes):
            raise fault(found)
        return text.rstrip("/")

    return check


def secret_address(find_fault: Callable[[str], str | None]) -> Callable[[str], str]:
    """Take an address in which nothing is wrong."""

    def check(text: str) -> str:
        if found := find_fault(text):
            raise fault(found)
        return text

    return check


def check_webhooks(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(re.split(r"\s*,\s*(?=https?://)|\s+", text)))
    for each in found:
        if wrong := find_webhook_fault(each):
            raise fault(wrong)
    return found


def check_interval(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 3600:
        raise fault(f"is {text!r}: it should be a number of seconds from 0 to 3600 (arXiv asks for 3)")
    return seconds


def token_of(service: str) -> Callable[[str], str]:
    """Take a token of a service."""

    def check(text: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_.\-]+", text):
            raise fault(f"has a character that no {service} token has: copy it again, without quotes or blanks")
        return text

    return check


def check_switches(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(","))
    if text == "all":
        return frozenset(SWITCHES)
    if unknown := sorted(names.difference(SWITCHES)):
        known = f"it should be `all`, or of {', '.join(SWITCHES)}, with commas between"
        raise fault(f"names {', '.join(map(shown, unknown))}: {known}")
    return names


def check_mail_address(text: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+@[\x21-\x7e]+", text):
        raise fault(f"is {text!r}: it should be one e-mail address")
    return text


def check_origins(text: str) -> tuple[str, ...]:
    if "@" in text:
        raise fault("has an address with a user, not repeated here: it should be without user and password")
    found = tuple(each.strip().lower().rstrip("/") for each in text.split(",") if each.strip())
    if not found or not all(ORIGIN.fullmatch(each) and split(each) for each in found):
        like = "like https://papers.example.org, a port, if any, from 1 to 65535"
        raise fault(f"is {shown(text)}: it should be addresses without a path, {like}")
    return found


def check_searches(text: str) -> tuple[tuple[str, str], ...]:
    found = [SEARCH.fullmatch(part) for part in text.split(";") if part.strip()]
    searches = tuple((each[1], each[2]) for each in found if each)
    if not len(searches) == len(found) == len({name.lower() for name, _ in searches}) > 0:
        raise fault(f"is {shown(text)}: it should be like `agents: language agent; speech: speech recognition`")
    return searches
