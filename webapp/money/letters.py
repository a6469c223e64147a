"""Letters about money: what an owner should know before it happens, once each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import render_template
from flask_babel import force_locale, format_date
from flask_babel import gettext as _
from sqlmodel import Session, select

from billing.entitlements import Entitlement, Source, grace_until
from billing.plans import catalogue
from billing.tables import History, Invoice, Subscription, note
from webapp.accounts.tables import MemberRole, Membership, Studio, User
from webapp.money.edge import settings
from webapp.money.quota import entitlement, unconfirmed
from webapp.money.wording import free_comments, price
from webapp.platform import mail

BEFORE_THE_END = timedelta(days=3)


@dataclass(frozen=True)
class Letter:
    """One letter to one owner. ``kind``: ``confirm``, ``failed``, ``read_only``, ``trial_ends`` or
    ``pass_ends``. ``day`` is told as the clocks in ``time_zone`` show it. ``invoice`` is the one to confirm.
    """

    kind: str
    email: str
    locale: str
    studio_name: str
    day: datetime
    invoice: Invoice | None = None
    time_zone: str = "UTC"


def due(session: Session, now: datetime) -> list[Letter]:
    """The letters that are due and not written yet; they are noted as written, so commit before you send.

    Better one letter that is lost than one every day.
    """
    found = []
    for studio in session.exec(select(Studio).order_by(Studio.id)):
        entitled = entitlement(session, now, studio.id)
        invoice = unconfirmed(session, studio.id) if entitled.grace_until is not None else None
        told = _kind(session, entitled, now, invoice)
        if told is None:
            continue
        kind, day = told
        key = f"{kind}:{entitled.source_id}:{day:%Y-%m-%d}"[:80]
        written = select(History.id).where(
            History.studio_id == studio.id, History.what == "letter", History.object_id == key
        )
        if session.exec(written).first():
            continue
        note(session, now, studio.id, "letter", key, by="system")
        owners = session.exec(
            select(User)
            .join(Membership, Membership.user_id == User.id)  # type: ignore[arg-type]
            .where(Membership.studio_id == studio.id, Membership.role == MemberRole.OWNER)
        )
        for owner in owners:
            locale = (owner.language or studio.language).locale
            found.append(Letter(kind, owner.email, locale, studio.name, day, invoice, studio.time_zone))
    return found


def send(letter: Letter) -> None:
    """Write it in its reader's language and send it."""
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
            amount=price(owed.total - owed.paid, owed.currency) if owed else "",
            link=(owed and owed.page) or f"{settings().base_url.rstrip('/')}/plan",
            free=free_comments(),
        )
        mail.send_now(letter.email, subjects[letter.kind], text)


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
