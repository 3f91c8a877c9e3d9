"""What can be set from outside, read once and checked before anything starts."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from pipeline.core.errors import SettingError

DEFAULTS = {
    "WAREHOUSE_DIR": "warehouse",
    "ARCHIVE_BASE_URL": "https://raw.githubusercontent.com",
    "ARXIV_API_URL": "https://export.arxiv.org/api/query",
    "ARXIV_INTERVAL_SECONDS": "3",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_TOKEN": "",
    "CONTACT": "",
    "WEBHOOK_URL": "",
    "SMTP_URL": "",
    "ALERT_EMAIL": "",
}


@dataclass(frozen=True)
class Settings:
    """The settings of one process; URLs have no trailing slash, an absent token or contact is None."""

    warehouse_dir: Path
    archive_base_url: str
    arxiv_api_url: str
    arxiv_interval_seconds: float
    github_api_url: str
    github_token: str | None = field(repr=False)
    contact: str | None
    webhook_url: str | None = field(default=None, repr=False)  # whoever knows it can post
    smtp_url: str | None = field(default=None, repr=False)  # with user and password
    alert_email: str | None = None


def read_settings(environ: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> Settings:
    """Take the environment, then `.env`, then the defaults. Raises SettingError naming every fault."""
    given = {key: value for key, value in dotenv_values(dotenv).items() if value} if dotenv.is_file() else {}
    given |= {key: value for key, value in (os.environ if environ is None else environ).items() if value.strip()}
    texts = {name: given.get(name, default).strip() for name, default in DEFAULTS.items()}
    faults = [fault for name, text in texts.items() if (fault := find_fault(name, text))]
    if faults:
        raise SettingError("; ".join(faults))
    return Settings(
        warehouse_dir=Path(texts["WAREHOUSE_DIR"]).expanduser().absolute(),
        archive_base_url=texts["ARCHIVE_BASE_URL"].rstrip("/"),
        arxiv_api_url=texts["ARXIV_API_URL"].rstrip("/"),
        arxiv_interval_seconds=float(texts["ARXIV_INTERVAL_SECONDS"]),
        github_api_url=texts["GITHUB_API_URL"].rstrip("/"),
        github_token=texts["GITHUB_TOKEN"] or None,
        contact=texts["CONTACT"] or None,
        webhook_url=texts["WEBHOOK_URL"] or None,
        smtp_url=texts["SMTP_URL"] or None,
        alert_email=texts["ALERT_EMAIL"] or None,
    )


def find_fault(name: str, text: str) -> str | None:
    """Say what is wrong with one setting and what it should be; None where it is right. Never repeats a token."""
    match name:
        case "ARCHIVE_BASE_URL":
            return url_fault(name, text, ("http", "https", "file"))
        case "ARXIV_API_URL" | "GITHUB_API_URL":
            return url_fault(name, text, ("http", "https"))
        case "ARXIV_INTERVAL_SECONDS":
            return interval_fault(text)
        case "GITHUB_TOKEN" if text and not re.fullmatch(r"[A-Za-z0-9_.\-]+", text):
            return "GITHUB_TOKEN has a character that no GitHub token has: copy it again, without quotes or blanks"
        case "CONTACT" if text and not re.fullmatch(r"[\x21-\x7e]+", text):
            return f"CONTACT is {text!r}: it should be one address (an e-mail or a URL) in ASCII, without blanks"
        case "WEBHOOK_URL" if text and not is_secret_url(text, ("http", "https")):
            return (
                "WEBHOOK_URL is no address: it should begin with https:// and have no blanks (it is not repeated here)"
            )
        case "SMTP_URL" if text and not is_secret_url(text, ("smtp", "smtps")):
            return (
                "SMTP_URL is no address of a mail server: it should be like smtps://user:password@mail.example.org:465"
            )
        case "ALERT_EMAIL" if text and not re.fullmatch(r"[\x21-\x7e]+@[\x21-\x7e]+", text):
            return f"ALERT_EMAIL is {text!r}: it should be one e-mail address"
        case "WAREHOUSE_DIR" if not may_be_folder(text):
            return f"WAREHOUSE_DIR is {text!r}: it should be a folder, which is made where it is missing"
        case _:
            return None


def may_be_folder(text: str) -> bool:
    try:
        return not Path(text).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):  # too long, with a NUL, or of a user who is not known here
        return False


def url_fault(name: str, text: str, schemes: tuple[str, ...]) -> str | None:
    parts = urlsplit("")
    try:
        parts = urlsplit(text)
        fine = parts.scheme in schemes and bool(parts.path if parts.scheme == "file" else parts.hostname)
        fine = fine and parts.port != 0 and not parts.username and not parts.query and not parts.fragment
    except ValueError:
        fine = False
    if "@" in text and not text.startswith("file:"):
        return f"{name} is an address with a user, not repeated here: it should be one without user and password"
    if not fine or not re.fullmatch(r"[\x21-\x7e]+", text):
        return f"{name} is {text!r}: it should be a URL that begins with " + " or ".join(f"{s}://" for s in schemes)
    if parts.scheme == "file" and (parts.netloc not in ("", "localhost")):
        return f"{name} is {text!r}: a file URL has three slashes and an absolute path, like file:///home/me/archive"
    return None


def is_secret_url(text: str, schemes: tuple[str, ...]) -> bool:
    """Whether a text is a URL of one of the schemes; what is in it is for nobody's eyes."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return fine and bool(re.fullmatch(r"[\x21-\x7e]+", text))


def interval_fault(text: str) -> str | None:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 3600:
        return f"ARXIV_INTERVAL_SECONDS is {text!r}: it should be a number of seconds from 0 to 3600 (arXiv asks for 3)"
    return None
