"""What can be set from outside, read once and checked before anything starts."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from pipeline.errors import SettingError

DEFAULTS = {
    "WAREHOUSE_DIR": "warehouse",
    "ARCHIVE_BASE_URL": "https://raw.githubusercontent.com",
    "ARXIV_API_URL": "https://export.arxiv.org/api/query",
    "ARXIV_INTERVAL_SECONDS": "3",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_TOKEN": "",
    "CONTACT": "",
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
        case "WAREHOUSE_DIR" if "\0" in text or Path(text).is_file():
            return f"WAREHOUSE_DIR is {text!r}: it should be a folder, which is made where it is missing"
        case _:
            return None


def url_fault(name: str, text: str, schemes: tuple[str, ...]) -> str | None:
    parts = urlsplit("")
    try:
        parts = urlsplit(text)
        fine = parts.scheme in schemes and bool(parts.path if parts.scheme == "file" else parts.hostname)
        fine = fine and parts.port != 0 and not parts.username and not parts.query and not parts.fragment
    except ValueError:
        fine = False
    if not fine or not re.fullmatch(r"[\x21-\x7e]+", text):
        return f"{name} is {text!r}: it should be a URL that begins with " + " or ".join(f"{s}://" for s in schemes)
    if parts.scheme == "file" and (parts.netloc not in ("", "localhost")):
        return f"{name} is {text!r}: a file URL has three slashes and an absolute path, like file:///home/me/archive"
    return None


def interval_fault(text: str) -> str | None:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 3600:
        return f"ARXIV_INTERVAL_SECONDS is {text!r}: it should be a number of seconds from 0 to 3600 (arXiv asks for 3)"
    return None
