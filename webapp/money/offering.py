"""What a studio could have beside what it has, in words with prices."""

from flask_babel import gettext as _
from sqlmodel import Session

from billing.entitlements import Entitlement, Source
from billing.plans import Item, catalogue
from billing.tables import Customer
from webapp.money import wording


def currency_of(session: Session, studio_id: str) -> str:
    """The currency in which the studio pays already; Stripe lets nobody change it."""
    customer = session.get(Customer, studio_id)
    return (customer and customer.currency) or wording.usual_currency()


def packs(currency: str) -> list[str]:
    """The packs, each with its price."""
    items = [item for item in catalogue().items() if item.kind == "pack" and item.currency == currency]
    return [f"{wording.item_name(item)} · {wording.price(item.amount, currency)}" for item in items]


def larger(entitled: Entitlement, currency: str) -> list[str]:
    """The plans that grant more than a studio has, each with what it grants and its price. On trial that is
    the plan which is tried, too: bought, it begins a month of its own.
    """
    sold, found = catalogue(), []
    for item in sold.items():
        plan = sold.plan(item.code)
        if plan is None or (item.kind, item.interval, item.currency) != ("subscription", "month", currency):
            continue
        has = sold.rank(entitled.plan, entitled.seats)
        tried = entitled.source is Source.TRIAL and plan.code == entitled.plan
        if tried or sold.rank(plan.code, plan.seats.most) > has:
            found.append(_in_words(item, plan.comments, plan.seats.most > 1))
    return found


def trial(*, cents: bool = False) -> str:
    """What a new studio may try, and what comes of it."""
    sold, currency = catalogue(), wording.usual_currency()
    plan = sold.plan(sold.trial.plan)
    assert plan is not None
    return str(
        _(
            "You try %(plan)s for %(days)d days with %(num)d comments, without a card; one trial for each"
            " person. Afterwards the studio goes on with Free, %(free)d comments a month. Nothing is charged,"
            " and nothing is deleted. Who then wants more chooses a plan, from %(price)s a month.",
            plan=wording.plan_name(plan.code),
            days=sold.trial.days,
            num=plan.comments,
            free=sold.free.comments,
            price=wording.price(_least(currency), currency, cents=cents),
        )
    )


def trial_costs() -> str:
    """What the plan costs that was tried."""
    sold = catalogue()
    plan = sold.plan(sold.trial.plan)
    assert plan is not None
    currency = wording.usual_currency()
    return str(
        _(
            "%(plan)s, which you have tried, gives %(num)d comments a month and costs %(month)s a month or"
            " %(year)s a year.",
            plan=wording.plan_name(plan.code),
            num=plan.comments,
            month=wording.price(plan.prices["month"][currency], currency),
            year=wording.price(plan.prices["year"][currency], currency),
        )
    )


def _least(currency: str) -> int:
    """What the plan that costs least costs a month, with as many seats as it has at least."""
    sold = catalogue()
    return min(
        item.amount * plan.seats.least
        for item in sold.items()
        if (item.kind, item.interval, item.currency) == ("subscription", "month", currency)
        if (plan := sold.plan(item.code)) is not None
    )


def _in_words(item: Item, comments: int, for_each_seat: bool) -> str:
    told = {
        "plan": wording.plan_name(item.code),
        "num": comments,
        "price": wording.price(item.amount, item.currency),
    }
    if for_each_seat:
        return str(_("%(plan)s: for each seat %(num)d comments a month · %(price)s a month", **told))
    return str(_("%(plan)s: %(num)d comments a month · %(price)s a month", **told))
