"""The GitHub token: how it is sent, and what its refusal means."""

import re

from pipeline.core.errors import TokenError
from pipeline.http.exchange import Exchange


def headers_for(token: str | None) -> dict[str, str]:
    """Return the headers of every API request. Raises TokenError for a token that no header can hold."""
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    if not token:
        return headers
    if not re.fullmatch("[!-~]+", token):
        raise TokenError("GITHUB_TOKEN contains blanks or characters that no token has: set it again, or unset it")
    return {**headers, "Authorization": f"Bearer {token}"}


def raise_if_refused(exchange: Exchange) -> None:
    """Raise TokenError for a 401 to a request that carried the token."""
    if exchange.status == 401:
        raise TokenError(
            "GitHub refused GITHUB_TOKEN (401): it is mistyped, expired or revoked. "
            "Set a valid one, or unset it to go on without, at sixty requests an hour."
        )
