"""Plans, prices and what stands in the way, in words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import url_for
from flask_babel import format_currency, format_date, get_locale, ngettext
from flask_babel import gettext as _

from billing.changing import Line
from billing.entitlements import Entitlement, Source
from billing.plans import MONTHS, Item, catalogue
from billing.tables import Invoice, Subscription
from webapp.money.quota import Standing

NEAR_DAYS = 3
"""So many days before a trial or a pass ends, every page says so."""
TOLD = timedelta(days=7)
"""So long after its end every page says that the trial is over; the plan's own says it on."""
FEW = 5
"""So few comments left are worth a word on every page."""

BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "visa": "Visa",
}
"""Brands of cards by Stripe's names, which are the same in every language."""


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


def price(amount: int, currency: str, *, cents: bool = False) -> str:
    """An amount in minor units as money: ``¥68``, ``US$12.50``. All our currencies have two decimals; with
    ``cents`` they stand there also where they are none: where others on the page have some.
    """
    places = "¤#,##0.00" if cents or amount % 100 else "¤#,##0"
    return str(format_currency(amount / 100, currency.upper(), places, currency_digits=False))


def currency_name(currency: str) -> str:
    """A currency in the reader's language, with its sign."""
    names = {"cny": _("Yuan ¥"), "usd": _("Dollars $")}
    return str(names.get(currency, currency.upper()))


def plan_name(code: str) -> str:
    """A plan by the name that it is sold under."""
    plan = catalogue().plan(code)
    if plan is None:
        return code
    return plan.name.zh if str(get_locale()).startswith("zh") else plan.name.en


def item_name(item: Item) -> str:
    """What is bought, in a line."""
    if item.kind == "pack":
        return str(_("%(num)s more comments", num=item.code))
    plan = plan_name(item.code)
    if item.kind == "pass":
        assert item.interval is not None
        return pass_name(item.code, MONTHS[item.interval])
    return str(
        _("%(plan)s, paid by the month", plan=plan)
        if item.interval == "month"
        else _("%(plan)s, paid by the year", plan=plan)
    )


def pass_name(code: str, months: int) -> str:
    """A prepaid pass of a plan, as passes are sold: for a month or for a year."""
    plan = plan_name(code)
    return str(
        _("%(plan)s for a month, prepaid", plan=plan)
        if months == MONTHS["month"]
        else _("%(plan)s for a year, prepaid", plan=plan)
    )


def prepaid(item: Item, entitled: Entitlement, *, cents: bool = False) -> str:
    """What a prepaid time costs, and when it begins: at once, unless what the studio has is as good. Free
    never is.
    """
    sold, amount = catalogue(), price(item.amount, item.currency, cents=cents)
    plan = sold.plan(item.code)
    assert plan is not None
    has = sold.rank(entitled.plan, entitled.seats)
    if has < sold.rank(plan.code, plan.seats.least):
        return str(_("Prepaid for %(price)s; it does not renew by itself, and begins at once.", price=amount))
    if has < sold.rank(plan.code, plan.seats.most):
        return str(
            _(
                "Prepaid for %(price)s; it does not renew by itself. For up to %(num)d seats it begins when"
                " what you have ends, for more at once.",
                price=amount,
                num=entitled.seats,
            )
        )
    return str(
        _(
            "Prepaid for %(price)s; it does not renew by itself, and begins when what you have ends.",
            price=amount,
        )
    )


def quote_line(line: Line, item: Item) -> str:
    """A line of what a change to ``item`` costs, in words of ours: Stripe's are in one language."""
    if line.text:
        return line.text
    if line.amount < 0:
        return str(_("Given back: what is paid until %(day)s and not used", day=format_date(line.ends)))
    first, last = format_date(line.begins), format_date(line.ends)
    return str(_("%(what)s, %(first)s – %(last)s", what=item_name(item), first=first, last=last))


def renewal(there: Subscription, day: str = "", *, cents: bool = False) -> str:
    """When a subscription renews, and for how much. ``day``: that of the renewal, in words, if the reader's
    clocks are not those of the page.
    """
    amount = price(there.amount * there.seats, there.currency, cents=cents)
    return renews(day or format_date(there.period_ends), amount, discounted=there.discounted)


def not_told_yet(there: Subscription) -> str:
    """What is said of a renewal whose day is past, before Stripe has said what came of it."""
    return str(
        _(
            "The paid time ran until %(day)s. Whether the next payment has gone through, the payment service"
            " has not told us yet; look again in a few minutes. Until then nothing changes.",
            day=format_date(there.period_ends),
        )
    )


def kept_until(there: Subscription, entitled: Entitlement) -> datetime | None:
    """Until when a studio that cancels has its plan, which is not paid for longer than the grace period
    either; None where it has nothing of it already.
    """
    if entitled.source is not Source.SUBSCRIPTION:
        return None
    ends = there.ends_at or there.period_ends
    return min(ends, entitled.grace_until) if entitled.grace_until else ends


def to_cancel(until: datetime | None) -> str:
    """What is asked before a plan is cancelled that is kept until then."""
    if until is None:
        return str(_("Cancel the plan? Nothing is deleted."))
    return str(
        _("Cancel the plan? You keep it until %(day)s, and nothing is deleted.", day=format_date(until))
    )


def cancelled(until: datetime | None) -> str:
    """That it is, and what follows."""
    if until is None:
        return str(_("It is cancelled."))
    return str(_("It is cancelled. Everything stays as it is until %(day)s.", day=format_date(until)))


def renews(day: str, amount: str, *, discounted: bool) -> str:
    """That a plan renews on a day for so much, from which a discount may be taken off."""
    if discounted:
        return str(_("It renews on %(day)s for %(amount)s, less your discount.", day=day, amount=amount))
    return str(_("It renews on %(day)s for %(amount)s.", day=day, amount=amount))


def usual_currency() -> str:
    """The currency in which prices are shown to who has paid in none yet."""
    return "cny" if str(get_locale()).startswith("zh") else "usd"


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
    if trial_ended is not None and now - trial_ended < TOLD:
        return Banner("info", after_trial(trial_ended), _("Choose a plan"), plan)
    if balance.left <= FEW:
        text = ngettext("%(num)d comment is left.", "%(num)d comments are left.", balance.left)
        return Banner("info", text, _("See plans"), plan)
    return None


def after_trial(ended: datetime) -> str:
    """What is over with the trial, and what stays."""
    return str(
        _(
            "Your trial ended on %(day)s. The studio goes on with Free, %(num)d comments a month; nothing was"
            " charged, and nothing is deleted.",
            day=format_date(ended),
            num=free_comments(),
        )
    )


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
            said.append(_("%(card)s was declined.", card=card_name(owed)))
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


def card_name(owed: Invoice) -> str:
    """The card that was declined, as it is known to its owner."""
    if owed.declined_brand == "unionpay":
        return str(_("Your UnionPay card ending in %(last4)s", last4=owed.declined_last4))
    if brand := BRANDS.get(owed.declined_brand or ""):
        return str(_("Your %(brand)s card ending in %(last4)s", brand=brand, last4=owed.declined_last4))
    return str(_("Your card ending in %(last4)s", last4=owed.declined_last4))


def still_owed(entitled: Entitlement, owed: Invoice | None, now: datetime) -> str:
    """What is owed of a plan whose cancellation is taken back; empty where nothing is."""
    if not owes(entitled):
        return ""
    return together([_("The plan is not cancelled any more."), owing(entitled, owed, now)])


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


def together(sentences: Sequence[object]) -> str:
    """One after another, as the reader's language sets them."""
    return ("" if str(get_locale()).startswith("zh") else " ").join(map(str, sentences))


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


def free_comments() -> int:
    """What Free grants in a month."""
    return catalogue().free.comments
