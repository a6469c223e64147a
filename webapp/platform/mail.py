"""Mail: sent after the response's transaction. Without a mail server, letters are files under home."""

import enum
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import format_datetime
from pathlib import Path
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, render_template
from flask_mailman import EmailMessage, Mail
from flask_security import MailUtil
from typing_extensions import override

from webapp.platform.clock import now
from webapp.platform.db import new_id
from webapp.platform.settings import Settings

log = structlog.get_logger()


def set_up_mail(app: Flask, settings: Settings) -> None:
    """Send over the configured server, or put each letter into ``home/mail``."""
    app.config.update(
        MAIL_BACKEND="smtp",
        MAIL_SERVER=settings.mail_server,
        MAIL_PORT=settings.mail_port,
        MAIL_USE_SSL=settings.mail_port == 465,
        MAIL_USE_TLS=settings.mail_port not in (25, 465, 1025),
        MAIL_USERNAME=settings.mail_username or None,
        MAIL_PASSWORD=settings.mail_password or None,
        MAIL_DEFAULT_SENDER=settings.mail_sender,
        MAIL_TIMEOUT=10,
    )
    Mail(app)
    app.after_request(_send)


def mail_folder(settings: Settings) -> Path:
    """Where letters lie when there is no mail server."""
    return settings.home.resolve() / "mail"


def post(recipient: str, subject: str, template: str, **context: Any) -> None:
    """Write a letter from a text template; it leaves after the response's transaction."""
    _outbox().append((recipient, subject, render_template(template, **context)))


class Postbox(MailUtil):
    """Flask-Security's letters go the same way as ours."""

    @override
    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        _outbox().append((recipient, subject, body or ""))


def _outbox() -> list[tuple[Any, str, str]]:
    if "outbox" not in g:
        g.outbox = []
    return g.outbox  # type: ignore[no-any-return]


def _send(response: Response) -> Response:
    """A letter that cannot be sent is logged and never breaks the page: each can be asked for again."""
    letters = g.pop("outbox", [])
    for recipient, subject, body in letters if response.status_code < 400 else []:
        send_now(recipient, subject, body)
    return response


class Fate(enum.Enum):
    """What became of a letter. ``refused``: it was not taken for good, and the next one, to somebody else,
    may well be. ``waits``: the server was away, or takes nothing now. ``unknown``: it broke off while it
    was given the letter, so it may have it.
    """

    LEFT = "left"
    REFUSED = "refused"
    WAITS = "waits"
    UNKNOWN = "unknown"


class _BrokenOffError(Exception):
    """There was no answer to a letter that was being given to the server."""


def send_now(recipient: str, subject: object, body: str) -> Fate:
    """Send a letter that is no part of a response, such as a worker's. Never fails."""
    settings: Settings = current_app.config["SETTINGS"]
    date = {"Date": format_datetime(now())}
    mail = EmailMessage(str(subject), body.strip() + "\n", to=[recipient], headers=date)
    try:
        _hand_over(mail) if settings.mail_server else _keep(mail, settings)
    except Exception as error:
        log.error("mail_failed", error=type(error).__name__)
        if isinstance(error, _BrokenOffError):
            return Fate.UNKNOWN
        return Fate.REFUSED if _is_about_this_letter(error) else Fate.WAITS
    return Fate.LEFT


def _is_about_this_letter(error: Exception) -> bool:
    """Whether the server refused for good who is to read it, or what it says; or no letter can be made of it
    at all.
    """
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    if isinstance(error, SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, ValueError)


def _hand_over(mail: EmailMessage) -> None:
    """Give it to the mail server, and hang up whatever it answered."""
    with mail.get_connection() as server:
        try:
            server.send_messages([mail])
        except SMTPServerDisconnected as error:
            raise _BrokenOffError from error
        except SMTPException:  # an answer
            raise
        except OSError as error:
            raise _BrokenOffError from error


def _keep(mail: EmailMessage, settings: Settings) -> None:
    folder = mail_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{new_id()}.eml").write_bytes(mail.message().as_bytes())


@dataclass(frozen=True)
class Letter:
    """One letter of the local mailbox."""

    to: str
    subject: str
    text: str
    at: datetime


def letters(settings: Settings) -> list[Letter]:
    """What is in the local mailbox, newest first."""
    found = []
    for path in mail_folder(settings).glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = mail.get_body(("plain",))
        text = body.get_content() if body else ""
        found.append(Letter(mail["To"], mail["Subject"], text, mail["Date"].datetime))
    return sorted(found, key=lambda letter: letter.at, reverse=True)
