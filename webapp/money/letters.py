"""Letters about money: what an owner should know before it happens, once each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import render_template
from flask_babel import force_locale, format_date
from flask_babel import gettext as _
from sqlmodel import Session, col, select

from billing.entitlements import Entitlement, Source, grace_until
from billing.plans import catalogue
from billing.tables import History, Invoice, Subscription, note
from webapp.accounts.tables import MemberRole, Membership, Studio, User
from webapp.money.edge import settings, transactions
from webapp.money.quota import entitlement, unconfirmed
from webapp.money.wording import free_comments, price
from webapp.platform import mail
from webapp.school.collecting import reading_session

BEFORE_THE_END = timedelta(days=3)


@dataclass(frozen=True)
class Letter:
    """One letter to one owner. ``kind``: ``confirm``, ``failed``, ``read_only``, ``trial_ends`` or
    ``pass_ends``. ``day`` is told as the clocks in ``time_zone`` show it. ``invoice`` is the one to confirm.
    ``key`` is that of its note in the studio's history.
    """

    kind: str
    email: str
    locale: str
    studio_name: str
    day: datetime
    invoice: Invoice | None = None
    time_zone: str = "UTC"
    studio_id: str = ""
    key: str = ""


def write(now: datetime) -> int:
    """Write the letters that are due, each to its reader once; how many left.

    Each is noted before it is sent: better one letter that is lost than one every hour. When the mail server
    did not take it, the note is taken back, so that it is written again the next time.
    """
    with reading_session() as session:
        found = due(session, now)
    left = 0
    for letter in found:
        with transactions() as session:
            if _is_written(session, letter):  # by another process, since we looked
                continue
            note(session, now, letter.studio_id, "letter", letter.key, by="system")
        sent = False
        try:
            sent = send(letter)
        finally:
            if not sent:
                with transactions() as session:
                    session.exec(sa.delete(History).where(*_its_note(letter)))
        left += sent
    return left


def due(session: Session, now: datetime) -> list[Letter]:
    """The letters that are due and not written yet."""
    found = []
    for studio in session.exec(select(Studio).order_by(Studio.id)):
        entitled = entitlement(session, now, studio.id)
        invoice = unconfirmed(session, studio.id) if entitled.grace_until is not None else None
        told = _kind(session, entitled, now, invoice)
        if told is None:
            continue
        kind, day = told
        owners = session.exec(
            select(User)
            .join(Membership, Membership.user_id == User.id)  # type: ignore[arg-type]
            .where(Membership.studio_id == studio.id, Membership.role == MemberRole.OWNER)
        )
        for owner in owners:
            locale = (owner.language or studio.language).locale
            key = f"{kind}:{day:%Y-%m-%d}:{owner.id}:{entitled.source_id}"[:80]
            letter = Letter(
                kind, owner.email, locale, studio.name, day, invoice, studio.time_zone, studio.id, key
            )
            if not _is_written(session, letter):
                found.append(letter)
    return found


def send(letter: Letter) -> bool:
    """Put it into its reader's language and send it; False when the mail server did not take it."""
    with force_locale(letter.locale):
        subjects = {
            "confirm": _("Please confirm the payment for %(studio)s", studio=letter.studio_name),
            "failed": _("The payment for %(studio)s failed", studio=letter.studio_name),
            "read_only": _("%(studio)s can read and no longer draft", studio=letter.studio_name),
            "trial_ends": _("The trial of %(studio)s ends soon", studio=letter.studio_name),
            "pass_ends": _("The prepaid time of %(studio)s ends soon", studio=letter.studio_name),
        }
        owed = letter.invoice
        text = render_template(
            "money/email/letter.txt",
            letter=letter,
            day=format_date(letter.day.astimezone(ZoneInfo(letter.time_zone)), rebase=False),
            amount=price(owed.remaining, owed.currency) if owed else "",
            link=(owed and owed.page) or f"{settings().base_url.rstrip('/')}/plan",
            free=free_comments(),
        )
        return mail.send_now(letter.email, subjects[letter.kind], text)


def _is_written(session: Session, letter: Letter) -> bool:
    return session.exec(select(History.id).where(*_its_note(letter))).first() is not None


def _its_note(letter: Letter) -> list[sa.ColumnElement[bool]]:
    return [
        col(History.studio_id) == letter.studio_id,
        col(History.what) == "letter",
        col(History.object_id) == letter.key,
    ]


def _kind(
    session: Session, entitled: Entitlement, now: datetime, invoice: Invoice | None
) -> tuple[str, datetime] | None:
    """What to write, and the day that it is about."""
    if entitled.source is Source.NONE:
        owing = session.get_one(Subscription, entitled.source_id)
        return "read_only", grace_until(owing, catalogue())
    if entitled.grace_until is not None:
        return "confirm" if invoice else "failed", entitled.grace_until
    ends = entitled.ends_at
    if ends is None or entitled.followed or ends - now > BEFORE_THE_END:
        return None
    kinds = {Source.TRIAL: "trial_ends", Source.PASS: "pass_ends"}
    return (kinds[entitled.source], ends) if entitled.source in kinds else None
