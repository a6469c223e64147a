"""Plans, prices and cards in words, and when a plan renews or ends."""

from collections.abc import Sequence
from datetime import datetime

from flask_babel import format_currency, format_date, get_locale
from flask_babel import gettext as _

from billing.changing import Line
from billing.entitlements import Entitlement, Source
from billing.plans import MONTHS, Item, catalogue
from billing.tables import DelayedPayment, Invoice, Purchase, PurchaseKind, Subscription

BRANDS = {
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "visa": "Visa",
}
"""Brands of cards by Stripe's names, which are the same in every language."""


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


def with_seats(what: str, seats: int) -> str:
    """Something with the number of its seats, if they are several."""
    return what if seats <= 1 else str(_("%(what)s, %(num)d seats", what=what, num=seats))


def bought(it: Purchase | DelayedPayment) -> str:
    """What is paid once, in a line."""
    if it.kind is PurchaseKind.PACK:
        return str(_("%(num)s more comments", num=it.comments))
    return with_seats(pass_name(it.plan, it.months), it.seats)


def prepaid_price(item: Item, *, cents: bool = False) -> str:
    """What a prepaid time costs, of a plan with several seats for each."""
    plan, amount = catalogue().plan(item.code), price(item.amount, item.currency, cents=cents)
    several = plan is not None and plan.seats.most > 1
    return str(_("%(price)s per seat", price=amount)) if several else amount


def prepaid(item: Item, entitled: Entitlement, *, cents: bool = False) -> str:
    """What a prepaid time costs, and when it begins: at once, unless what the studio has is as good. Free
    never is.
    """
    sold, amount = catalogue(), prepaid_price(item, cents=cents)
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
        return str(_("Credit for what is paid until %(day)s and not used", day=format_date(line.ends)))
    first, last = format_date(line.begins), format_date(line.ends)
    return str(_("%(what)s, %(first)s – %(last)s", what=item_name(item), first=first, last=last))


def renewal(there: Subscription, day: str = "", *, cents: bool = False) -> str:
    """When a subscription renews, and for how much. ``day``: that of the renewal, in words, if the reader's
    clocks are not those of the page.
    """
    amount = price(there.amount * there.seats, there.currency, cents=cents)
    return renews(day or format_date(there.period_ends), amount, discounted=there.discounted)


def next_renewal(there: Subscription, now: datetime, *, cents: bool = False) -> str:
    """When it renews, and for how much; a day that is past is not called one to come."""
    return not_told_yet(there) if there.period_ends <= now else renewal(there, cents=cents)


def not_told_yet(there: Subscription) -> str:
    """What is said of a renewal whose day is past, before Stripe has said what came of it."""
    return str(
        _(
            "The paid time ran until %(day)s. Whether the next payment has gone through, the payment service"
            " has not told us yet; look again in a few minutes. Until then nothing changes.",
            day=format_date(there.period_ends),
        )
    )


def kept_until(there: Subscription, entitled: Entitlement, now: datetime) -> datetime | None:
    """Until when a studio that cancels has its plan, for certain: while something is owed for it, that is the
    grace period. None where it has nothing of it already, or that day is past and not settled yet.
    """
    if entitled.source is not Source.SUBSCRIPTION:
        return None
    until = there.ends_at or there.period_ends
    until = min(until, entitled.grace_until or until)
    return until if until > now else None


def to_cancel(until: datetime | None) -> str:
    """What is asked before a plan is cancelled that is kept until then."""
    if until is None:
        return str(_("Cancel the plan? Nothing is deleted."))
    return str(
        _("Cancel the plan? You keep it until %(day)s, and nothing is deleted.", day=format_date(until))
    )


def to_cancel_unpaid(owed: Invoice | None, *, cents: bool = False) -> str:
    """What is asked before a plan is cancelled that is not paid. ``owed``: what is open, if it is known."""
    if owed is None:
        return str(
            _(
                "Cancel the plan? It is not paid, so it ends at once. What is open is dropped and nothing is"
                " charged for it; nothing is deleted."
            )
        )
    return str(
        _(
            "Cancel the plan? It is not paid, so it ends at once. The open invoice of %(amount)s is dropped"
            " and nothing is charged for it; nothing is deleted.",
            amount=price(owed.remaining, owed.currency, cents=cents),
        )
    )


def cancelled_unpaid() -> str:
    """That one which was not paid is."""
    return str(
        _(
            "It is cancelled. It was not paid, so it has ended at once: the open invoice is dropped, and"
            " nothing is charged for it. Nothing is deleted."
        )
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


def after_plan(plan: str, ended: datetime, why: str) -> str:
    """What is over with the plan that a studio had last, and what stays; ``why`` as in ``quota.Ended``."""
    said = {
        "unpaid": _("%(plan)s ended on %(day)s, because it was not paid.", plan=plan, day=format_date(ended)),
        "prepaid": _("Your prepaid time ran out on %(day)s.", day=format_date(ended)),
        "over": _("%(plan)s ended on %(day)s.", plan=plan, day=format_date(ended)),
    }
    stays = _(
        "The studio goes on with Free, %(num)d comments a month; nothing is deleted.", num=free_comments()
    )
    nothing = [_("What was open is dropped and not charged.")] if why == "unpaid" else []
    return together([said[why], *nothing, stays])


def not_paid(plan: str, seats: int) -> str:
    """A plan that gives nothing until it is paid, as a heading."""
    return str(_("%(plan)s, not paid", plan=with_seats(plan, seats)))


def card_name(brand: str | None, last4: str) -> str:
    """A card as it is known to its owner; ``brand`` is Stripe's name for it."""
    if brand == "unionpay":
        return str(_("Your UnionPay card ending in %(last4)s", last4=last4))
    if name := BRANDS.get(brand or ""):
        return str(_("Your %(brand)s card ending in %(last4)s", brand=name, last4=last4))
    return str(_("Your card ending in %(last4)s", last4=last4))


def together(sentences: Sequence[object]) -> str:
    """One after another, as the reader's language sets them."""
    return ("" if str(get_locale()).startswith("zh") else " ").join(map(str, sentences))


def free_comments() -> int:
    """What Free grants in a month."""
    return catalogue().free.comments
