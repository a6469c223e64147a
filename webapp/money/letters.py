"""Letters about money: what an owner should know before it happens, and what was bought, paid or changed;
once each.
"""

import hashlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from flask import render_template
from flask_babel import force_locale, format_date
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from billing import delayed
from billing.entitlements import Entitlement, Source, grace_until
from billing.plans import catalogue
from billing.tables import DelayedPayment, History, Invoice, Subscription, note
from webapp.accounts.tables import MemberRole, Membership, Studio, User
from webapp.money import receipts
from webapp.money.concerned import concerned
from webapp.money.edge import settings, transactions
from webapp.money.offering import trial_costs
from webapp.money.prepaid_words import begun
from webapp.money.quota import entitlement, last_plan, owed, trial_ended, unconfirmed
from webapp.money.receipt_words import words
from webapp.money.receipts import Receipt
from webapp.money.untaken import untaken
from webapp.money.wording import bought, card_name, free_comments, price, together
from webapp.platform import mail
from webapp.platform.db import reading_session
from webapp.platform.mail import Fate

log = structlog.get_logger()

BEFORE_THE_END = timedelta(days=3)
KEY = 80
"""So long a letter's key may be."""


class Kind(NamedTuple):
    """A kind of letter. A receipt's template is given what it ``opens`` with."""

    subject: Callable[[str], object]
    opens: Callable[[str], object] | None = None


KINDS = {
    "confirm": Kind(lambda studio: _("Please confirm the payment for %(studio)s", studio=studio)),
    "failed": Kind(lambda studio: _("The payment for %(studio)s failed", studio=studio)),
    "read_only": Kind(lambda studio: _("%(studio)s can read and no longer draft", studio=studio)),
    "trial_ends": Kind(lambda studio: _("The trial of %(studio)s ends soon", studio=studio)),
    "trial_ended": Kind(lambda studio: _("The trial of %(studio)s is over", studio=studio)),
    "pass_ends": Kind(lambda studio: _("The prepaid time of %(studio)s ends soon", studio=studio)),
    "pass_ended": Kind(lambda studio: _("The prepaid time of %(studio)s has run out", studio=studio)),
    "not_paid": Kind(lambda studio: _("A payment for %(studio)s did not go through", studio=studio)),
    "bought": Kind(
        lambda studio: _("Your plan for %(studio)s: the receipt", studio=studio),
        lambda studio: _("Thank you. The plan for %(studio)s has begun.", studio=studio),
    ),
    "paid": Kind(
        lambda studio: _("Your payment for %(studio)s: the receipt", studio=studio),
        lambda studio: _("Thank you. The payment for %(studio)s has arrived.", studio=studio),
    ),
    "changed": Kind(
        lambda studio: _("The plan of %(studio)s is changed", studio=studio),
        lambda studio: _("The plan of %(studio)s is changed.", studio=studio),
    ),
    "cancelled": Kind(
        lambda studio: _("The plan of %(studio)s is cancelled", studio=studio),
        lambda studio: _("The plan of %(studio)s is cancelled.", studio=studio),
    ),
    "resumed": Kind(
        lambda studio: _("The plan of %(studio)s goes on", studio=studio),
        lambda studio: _("The plan of %(studio)s is not cancelled any more.", studio=studio),
    ),
    "ended": Kind(
        lambda studio: _("The plan of %(studio)s has ended", studio=studio),
        lambda studio: _("The plan of %(studio)s has ended.", studio=studio),
    ),
    "pass": Kind(
        lambda studio: _("Prepaid time for %(studio)s: the receipt", studio=studio),
        lambda studio: _("Thank you. The prepaid time for %(studio)s is paid.", studio=studio),
    ),
    "pack": Kind(
        lambda studio: _("More comments for %(studio)s: the receipt", studio=studio),
        lambda studio: _("Thank you. %(studio)s has more comments now.", studio=studio),
    ),
}


@dataclass(frozen=True)
class Letter:
    """One letter to one owner, of one of the ``KINDS``. ``day`` is told as the clocks in ``time_zone`` show
    it. ``invoice`` is the one to confirm or to pay, ``receipt`` what a receipt is for, ``payment`` what was
    begun on that day and not paid. ``key`` is that of its note in the studio's history.
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
    name: str = ""
    receipt: Receipt | None = None
    user_id: int | None = None
    payment: DelayedPayment | None = None

    def told(self, moment: datetime) -> str:
        """The day of a moment, in the reader's language."""
        return str(format_date(moment.astimezone(ZoneInfo(self.time_zone)), rebase=False))


def write(now: datetime, studio_id: str = "") -> int:
    """Write the letters that are due, to everybody or to one studio, each to its reader once; how many left.

    Each is noted before it is sent: better one letter that is lost than one every minute, also where the
    server broke off and may have it. When it did not take it, the note is taken back, so that it is written
    again some minutes later (``untaken``). While the server is away, the others are not tried meanwhile: what
    concerns money waits in the same queue.
    """
    waiting = untaken()
    if waiting.all_wait():
        return 0
    with reading_session() as session:
        found = due(session, now, studio_id)
    left = 0
    for letter in found:
        if waiting.waits(letter.studio_id, letter.key):
            continue
        with transactions() as session:
            # One process after another: each sees what those before it have noted.
            session.exec(
                select(Studio.id).where(Studio.id == letter.studio_id).with_for_update(key_share=True)
            ).first()
            if _is_written(session, letter):  # by another process, since we looked
                continue
            note(session, now, letter.studio_id, "letter", letter.key, by="system", after=_about(letter))
        fate = Fate.REFUSED
        try:
            fate = send(letter, now)
        except Exception as error:  # this one: the others can be written all the same
            _not_written(error, letter.studio_id, letter.kind)
        finally:
            if fate in (Fate.REFUSED, Fate.WAITS):
                with transactions() as session:
                    session.exec(sa.delete(History).where(*_its_note(letter)))
        left += fate is Fate.LEFT
        waiting.note(letter.studio_id, letter.key, fate)
        if fate in (Fate.WAITS, Fate.UNKNOWN):
            break
    return left


def due(session: Session, now: datetime, studio_id: str = "") -> list[Letter]:
    """The letters that are due and not written yet. A studio of which they cannot be found out does not keep
    the others from theirs.
    """
    found = []
    acted = receipts.studios(session, now)
    which = concerned(session, now, BEFORE_THE_END)
    which &= {studio_id} if studio_id else which
    for studio in session.exec(select(Studio).where(col(Studio.id).in_(which)).order_by(Studio.id)):
        try:
            found += _of_studio(session, now, studio, acted=studio.id in acted)
        except SQLAlchemyError:  # the database, which is everybody's
            raise
        except Exception as error:
            _not_written(error, studio.id)
    return found


def _of_studio(session: Session, now: datetime, studio: Studio, *, acted: bool) -> list[Letter]:
    """A studio's letters that are due. ``acted``: there may be receipts."""
    entitled = entitlement(session, now, studio.id)
    invoice = unconfirmed(session, studio.id) if entitled.grace_until is not None else None
    told = _kind(session, entitled, now, invoice, studio.id)
    if told is not None and told[0] == "failed":
        invoice = owed(session, studio.id)
    failed = delayed.failed(session, now, studio.id)
    if told is None and not acted and not failed:
        return []
    owners = session.exec(
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)  # type: ignore[arg-type]
        .where(Membership.studio_id == studio.id, Membership.role == MemberRole.OWNER)
    ).all()
    found = []
    for owner, membership in owners:
        came = membership.created_at  # of what was over by then they are told nothing
        for receipt in _receipts(session, now, membership) if acted else ():
            key = _key(receipt.kind, owner, receipt.id)
            found.append(_to(owner, studio, receipt.kind, receipt.at, key, receipt=receipt))
        if told is not None and not (told[0] in ("trial_ended", "pass_ended") and told[1] < came):
            kind, day = told
            key = _key(kind, owner, f"{day:%Y-%m-%d}", entitled.source_id)
            found.append(_to(owner, studio, kind, day, key, invoice=invoice))
        for payment in failed:
            if payment.changed_at >= came:
                key = _key("not_paid", owner, payment.id)
                found.append(_to(owner, studio, "not_paid", payment.begun_at, key, payment=payment))
    return [letter for letter in found if not _is_written(session, letter)]


def _not_written(error: Exception, studio_id: str, kind: str = "") -> None:
    """Write into the log that a letter could not be written, or none of a studio: nothing of what is in it,
    but where it went wrong. Some minutes later it is tried again.
    """
    *_rest, where = traceback.extract_tb(error.__traceback__)
    place = f"{Path(where.filename).name}:{where.lineno}"
    log.error("letter_not_written", studio=studio_id, kind=kind, error=type(error).__name__, place=place)


def _key(kind: str, owner: User, *about: str) -> str:
    """What tells a letter from every other of its studio. One that would be too long ends in a digest of
    what it is about.
    """
    begins, rest = f"{kind}:{owner.id}:", ":".join(about)
    return begins + (rest if len(begins + rest) <= KEY else hashlib.sha256(rest.encode()).hexdigest()[:32])


def _about(letter: Letter) -> dict[str, Any]:
    """What the note of a letter keeps of it: of a receipt, all that it tells."""
    if letter.receipt is None:
        return {}
    along = [invoice.id for invoice in letter.receipt.invoices]
    return {"about": letter.receipt.id, **({"invoices": along} if along else {})}


def _to(
    owner: User,
    studio: Studio,
    kind: str,
    day: datetime,
    key: str,
    *,
    invoice: Invoice | None = None,
    receipt: Receipt | None = None,
    payment: DelayedPayment | None = None,
) -> Letter:
    return Letter(
        kind,
        owner.email,
        (owner.language or studio.language).locale,
        studio.name,
        day,
        invoice=invoice,
        time_zone=studio.time_zone,
        studio_id=studio.id,
        key=key,
        name=owner.name,
        receipt=receipt,
        user_id=owner.id,
        payment=payment,
    )


def _receipts(session: Session, now: datetime, owner: Membership) -> list[Receipt]:
    """What is to be told to an owner: nothing of what was before they came."""
    told = _told(session, owner.studio_id, owner.user_id)
    found = receipts.due(session, now, owner.studio_id, told)
    return [receipt for receipt in found if receipt.at >= owner.created_at]


def _told(session: Session, studio_id: str, user_id: int | None) -> set[str]:
    """Ids of the purchases, changes and invoices of which they have a receipt already, be it for something
    else.
    """
    told: set[str] = set()
    notes = select(History.object_id, History.after).where(
        History.studio_id == studio_id, History.what == "letter"
    )
    for key, after in session.exec(notes):
        _its_kind, to, _rest = key.split(":", 2)
        if to == str(user_id) and "about" in after:
            told |= {after["about"], *after.get("invoices", [])}
    return told


def send(letter: Letter, now: datetime) -> Fate:
    """Put it into its reader's language and send it; what became of it."""
    with force_locale(letter.locale):
        kind, link = KINDS[letter.kind], f"{settings().base_url.rstrip('/')}/plan"
        if letter.receipt is not None and kind.opens is not None:
            text = render_template(
                "money/email/receipt.txt",
                name=letter.name,
                opening=kind.opens(letter.studio_name),
                words=words(letter.receipt, letter.told, now),
                link=link,
            )
        else:
            invoice, payment = letter.invoice, letter.payment
            text = render_template(
                "money/email/letter.txt",
                letter=letter,
                name=letter.name,
                day=letter.told(letter.day),
                amount=price(invoice.remaining, invoice.currency) if invoice else "",
                failed=_failed(letter, now) if letter.kind == "failed" else "",
                begun=payment and _begun(payment, letter.time_zone),
                link=(invoice and invoice.page) or link,
                free=free_comments(),
                costs=trial_costs() if letter.kind == "trial_ended" else "",
            )
        return mail.send_now(letter.email, kind.subject(letter.studio_name), text)


def _failed(letter: Letter, now: datetime) -> str:
    """Of what payment, which card was declined, and what another one does: nothing, before the next try."""
    invoice, studio = letter.invoice, letter.studio_name
    if invoice is None:
        return str(_("The payment for %(studio)s did not go through.", studio=studio))
    amount = price(invoice.remaining, invoice.currency)
    said = [_("The payment of %(amount)s for %(studio)s did not go through.", amount=amount, studio=studio)]
    if invoice.declined_last4:
        card = card_name(invoice.declined_brand, invoice.declined_last4)
        said.append(_("%(card)s was declined.", card=card))
    if invoice.next_attempt is not None and invoice.next_attempt > now:
        day = letter.told(invoice.next_attempt)
        said.append(_("The next try is on %(day)s, with the card that is on file then.", day=day))
        said.append(_("Putting in another card pays nothing before that."))
    else:
        said.append(_("Putting in another card alone pays nothing."))
    return together(said)


def _begun(payment: DelayedPayment, time_zone: str) -> dict[str, str]:
    """A payment that was begun, in words."""
    amount = price(payment.amount, payment.currency)
    return {"amount": amount, "what": bought(payment), "when": begun(payment, time_zone)}


def _is_written(session: Session, letter: Letter) -> bool:
    if letter.receipt is not None:
        told = {letter.receipt.id, *(invoice.id for invoice in letter.receipt.invoices)}
        return bool(told & _told(session, letter.studio_id, letter.user_id))
    return session.exec(select(History.id).where(*_its_note(letter))).first() is not None


def _its_note(letter: Letter) -> list[sa.ColumnElement[bool]]:
    return [
        col(History.studio_id) == letter.studio_id,
        col(History.what) == "letter",
        col(History.object_id) == letter.key,
    ]


def _kind(
    session: Session, entitled: Entitlement, now: datetime, invoice: Invoice | None, studio_id: str
) -> tuple[str, datetime] | None:
    """What to write, and the day that it is about."""
    if delayed.prepaying(session, studio_id):
        return None  # what follows, or what is bought instead of what failed, is being paid already
    if entitled.source is Source.NONE:
        owing = session.get_one(Subscription, entitled.source_id)
        return "read_only", grace_until(owing, catalogue())
    if entitled.grace_until is not None:
        return "confirm" if invoice else "failed", entitled.grace_until
    if entitled.source is Source.FREE:
        ended = trial_ended(session, now, studio_id)
        if ended is not None and now - ended < receipts.LATEST:
            return "trial_ended", ended
        had = last_plan(session, now, studio_id)
        prepaid = had is not None and had.why == "prepaid" and now - had.day < receipts.LATEST
        return ("pass_ended", had.day) if had and prepaid else None
    ends = entitled.ends_at
    if ends is None or entitled.followed or ends - now > BEFORE_THE_END:
        return None
    kinds = {Source.TRIAL: "trial_ends", Source.PASS: "pass_ends"}
    return (kinds[entitled.source], ends) if entitled.source in kinds else None
