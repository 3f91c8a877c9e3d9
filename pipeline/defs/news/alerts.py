"""Alerts for people who do not watch the UI: by webhook, by mail, or by none if none is set."""

import smtplib
import ssl
from collections.abc import Callable, Collection
from email.message import EmailMessage
from functools import partial
from urllib.parse import unquote, urlsplit

from pipeline.core.settings import Settings
from pipeline.core.terminal import harmless, one_line
from pipeline.http.client import Web

TIMEOUT_SECONDS = 20
MOST_CHARACTERS = 1800  # of a text in a post: Discord refuses more than 2,000 in all
LOOK_ALIKE = str.maketrans({"<": "‹", ">": "›", "`": "'", "@": "＠"})
NOWHERE = "no alert was sent: neither WEBHOOK_URL nor SMTP_URL with ALERT_EMAIL is set"

Send = Callable[[str, str], str | None]  # takes subject and text, returns what went wrong


def channels(settings: Settings) -> dict[str, Send]:
    """Return the ways to people that are set, by name: an address may be a secret, so it is none."""
    found: dict[str, Send] = {}
    for number, url in enumerate(settings.webhook_url or (), 1):
        found["the webhook" if number == 1 else f"webhook {number}"] = partial(post, settings, url)
    if settings.smtp_url and settings.alert_email:
        found["the mail"] = partial(send_mail, settings.smtp_url, settings.alert_email)
    return found


def send_alert(settings: Settings, subject: str, text: str, to: Collection[str] | None = None) -> dict[str, str | None]:
    """Send to each channel that is set, or to those named; return by channel what went wrong, None if nothing."""
    return {name: send(subject, text) for name, send in channels(settings).items() if to is None or name in to}


def message_of(subject: str, text: str) -> str:
    """Return the text of a post, in which a page that is quoted is no markup and calls nobody, whoever shows it.

    A block of code is shown as it is by all. What could end the block, mention somebody in spite of it, or be one of
    Slack's commands is replaced by characters that look alike.
    """
    quoted = harmless(text).translate(LOOK_ALIKE)
    cut = quoted if len(quoted) <= MOST_CHARACTERS else f"{quoted[:MOST_CHARACTERS]} …"
    return f"{one_line(subject).translate(LOOK_ALIKE)}\n```\n{cut}\n```"


def post(settings: Settings, url: str, subject: str, text: str) -> str | None:
    """Post JSON with a `text`, the format of Slack, Mattermost and Discord; return what went wrong."""
    content = {"text": message_of(subject, text)}
    with Web(settings.contact, read_seconds=TIMEOUT_SECONDS, deadline_seconds=TIMEOUT_SECONDS) as web:
        response = web.send("POST", url, service="alert", asked=("webhook",), json=content)
    fine = response.status is not None and 200 <= response.status < 300
    return None if fine else response.error or f"HTTP {response.status}"


def send_mail(url: str, address: str, subject: str, text: str) -> str | None:
    """Send a mail from and to one address; return what went wrong. smtps uses TLS at once, smtp if the server offers
    it. Without TLS no password leaves this machine.
    """
    message = EmailMessage()
    parts = urlsplit(url)
    context = ssl.create_default_context()
    try:
        message["Subject"], message["From"], message["To"] = one_line(subject), address, address
        message.set_content(harmless(text))
        if parts.scheme == "smtps":
            server = smtplib.SMTP_SSL(parts.hostname or "", parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(parts.hostname or "", parts.port or 25, timeout=TIMEOUT_SECONDS)
        with server:
            server.ehlo()
            if parts.scheme == "smtp" and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif parts.username and parts.scheme == "smtp" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
                return f"{parts.hostname} offers no TLS, and a password is not sent without: use smtps://"
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: a password outside ASCII
        return f"{type(error).__name__} from {parts.hostname}"
    return None
