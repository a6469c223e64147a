"""What is owed, ends soon or is used up, in words: the line on every page, and the plan's own."""

from datetime import datetime
from typing import NamedTuple

from flask import url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from billing.entitlements import Entitlement, Source
from billing.tables import Invoice
from webapp.money import receipts
from webapp.money.quota import Standing
from webapp.money.wording import after_trial, card_name, price, together

NEAR_DAYS = 3
"""So many days before a trial or a pass ends, every page says so."""
FEW = 5
"""So few comments left are worth a word on every page."""


class Banner(NamedTuple):
    """One line on every page of a studio. ``kind`` is a notice's; ``action``, at ``url``, what to do;
    ``other``, at ``other_url``, what else, if anything.
    """

    kind: str
    text: str
    action: str
    url: str
    other: str = ""
    other_url: str = ""


def banner(
    here: Standing,
    now: datetime,
    owed: Invoice | None,
    *,
    trial_ended: datetime | None = None,
    prepaying: bool = False,
    is_owner: bool,
    has_seat: bool,
) -> Banner | None:
    """What every page should say, the most urgent first. ``owed``: the invoice that an owner has to pay or to
    confirm; ``trial_ended``: when it did, if no plan was paid since; ``prepaying``: a prepaid time is on its
    way instead of what is owed; ``is_owner`` and ``has_seat``: who reads it is one, and the plan has a seat
    for them.
    """
    entitled, balance = here.entitlement, here.balance
    plan, ends = url_for("money.plan"), entitled.ends_at
    if owes(entitled):
        kind = "error" if entitled.source is Source.NONE else "warn"
        if not is_owner or prepaying:
            return Banner(kind, owing(entitled), _("To the plan"), plan)
        text = owing(entitled, owed, now)
        if owed is None or not owed.page:
            return Banner(kind, text, _("Pay now") if kind == "error" else _("Sort it out"), plan)
        if owed.unconfirmed:
            return Banner(kind, text, _("Confirm the payment"), owed.page)
        return Banner(kind, text, _("Pay now"), owed.page, _("Another card"), plan)
    if not has_seat:
        text = _("The plan has no seat for you at the moment: you can read, correct and accept as ever.")
        return Banner("info", text, _("Who drafts?"), url_for("accounts.studio"))
    if balance.left <= 0:
        text = _("The studio's comments are used up. What is drafted can be accepted as ever.")
        return Banner("warn", text, _("What now?"), url_for("money.wall"))
    near = ends is not None and (ends - now).days < NEAR_DAYS and not entitled.followed
    if entitled.source in (Source.TRIAL, Source.PASS) and near:
        if entitled.source is Source.TRIAL:
            text = _("Your trial ends on %(day)s.", day=format_date(ends))
        else:
            text = _("Your prepaid time ends on %(day)s.", day=format_date(ends))
        return Banner("info", text, _("Choose a plan"), plan)
    if trial_ended is not None and now - trial_ended < receipts.LATEST:  # the plan's page says it on
        return Banner("info", after_trial(trial_ended), _("Choose a plan"), plan)
    if balance.left <= FEW:
        text = ngettext("%(num)d comment is left.", "%(num)d comments are left.", balance.left)
        return Banner("info", text, _("See plans"), plan)
    return None


def owes(entitled: Entitlement) -> bool:
    """Whether a subscription is not paid for."""
    return entitled.source is Source.NONE or entitled.grace_until is not None


def owing(
    entitled: Entitlement, owed: Invoice | None = None, now: datetime | None = None, *, cents: bool = False
) -> str:
    """What is not paid, and what follows from it. ``owed`` is the invoice that is open, if it is known. A
    card may have been put in since it failed, so of the card only that is said which is true either way.
    """
    if owed is not None and owed.unconfirmed:
        return _to_confirm(entitled, price(owed.remaining, owed.currency, cents=cents))
    said = []
    if owed is None:
        said.append(_("The last payment failed."))
    else:
        amount = price(owed.remaining, owed.currency, cents=cents)
        said.append(_("The payment of %(amount)s has not gone through yet.", amount=amount))
        if owed.declined_last4:
            card = card_name(owed.declined_brand, owed.declined_last4)
            said.append(_("%(card)s was declined.", card=card))
        if now is not None and owed.next_attempt is not None and owed.next_attempt > now:
            day = format_date(owed.next_attempt)
            said.append(_("The next try is on %(day)s, with the card that is on file then.", day=day))
    if entitled.grace_until is None:
        said.append(
            _(
                "You can read, correct and accept everything, and nothing is deleted; nothing new is drafted"
                " until it is paid."
            )
        )
    else:
        said.append(_("Drafting goes on until %(day)s.", day=format_date(entitled.grace_until)))
    return together(said)


def still_owed(entitled: Entitlement) -> str:
    """That a plan's cancellation is taken back of which something is owed: what, its page says. Empty where
    nothing is.
    """
    return str(_("The plan is not cancelled any more.")) if owes(entitled) else ""


def _to_confirm(entitled: Entitlement, amount: str) -> str:
    until = entitled.grace_until
    if not owes(entitled):
        return str(
            _(
                "Your bank wants you to confirm the payment of %(amount)s. The change of plan waits for it, a"
                " day at most.",
                amount=amount,
            )
        )
    if until is None:
        return str(
            _(
                "Your bank wants you to confirm the payment of %(amount)s. You can read and accept"
                " everything; nothing new is drafted until you do.",
                amount=amount,
            )
        )
    return str(
        _(
            "Your bank wants you to confirm the payment of %(amount)s. Drafting goes on until %(day)s.",
            amount=amount,
            day=format_date(until),
        )
    )


def used_up(here: Standing | None) -> str:
    """What happens now that nothing is left, and what one can do; empty while something is left."""
    if here is None or here.balance.left > 0:
        return ""
    if owes(here.entitlement) and not here.entitlement.drafts:
        return owing(here.entitlement)
    day = format_date(here.more_at)
    return str(
        _(
            "The studio's comments are used up. What is drafted can be accepted as ever, and your own words"
            " need none. For new drafts take a pack or a larger plan, or wait until %(day)s.",
            day=day,
        )
    )
