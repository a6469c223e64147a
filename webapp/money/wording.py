"""Plans, prices and what stands in the way, in words."""

from datetime import datetime
from typing import NamedTuple

from flask_babel import format_currency, format_date, get_locale, pgettext
from flask_babel import gettext as _

from billing.changing import Line
from billing.entitlements import Source
from billing.plans import Item, catalogue
from webapp.money.quota import Standing

NEAR_DAYS = 3
"""So many days before a trial or a pass ends, every page says so."""
FEW = 5
"""So few comments left are worth a word on every page."""


class Banner(NamedTuple):
    """One line on every page of a studio. ``kind`` is a notice's; ``action`` what to do about it."""

    kind: str
    text: str
    action: str


def price(amount: int, currency: str) -> str:
    """An amount in minor units as money: ``¥68``, ``US$12.50``. All our currencies have two decimals."""
    places = "¤#,##0.00" if amount % 100 else "¤#,##0"
    return str(format_currency(amount / 100, currency.upper(), places, currency_digits=False))


def plan_name(code: str) -> str:
    """A plan by the name that it is sold under."""
    names = {
        "free": pgettext("plan", "Free"),
        "teacher": pgettext("plan", "Teacher"),
        "studio": pgettext("plan", "Studio"),
    }
    return str(names.get(code, code))


def item_name(item: Item) -> str:
    """What is bought, in a line."""
    if item.kind == "pack":
        return str(_("%(num)s more comments", num=item.code))
    plan = plan_name(item.code)
    if item.kind == "pass":
        return str(
            _("%(plan)s for a month, prepaid", plan=plan)
            if item.interval == "month"
            else _("%(plan)s for a year, prepaid", plan=plan)
        )
    return str(
        _("%(plan)s, paid by the month", plan=plan)
        if item.interval == "month"
        else _("%(plan)s, paid by the year", plan=plan)
    )


def quote_line(line: Line, item: Item) -> str:
    """A line of what a change to ``item`` costs, in words of ours: Stripe's are in one language."""
    if line.text:
        return line.text
    if line.amount < 0:
        return str(_("Given back: what is paid until %(day)s and not used", day=format_date(line.ends)))
    first, last = format_date(line.begins), format_date(line.ends)
    return str(_("%(what)s, %(first)s – %(last)s", what=item_name(item), first=first, last=last))


def usual_currency() -> str:
    """The currency in which prices are shown to who has paid in none yet."""
    return "cny" if str(get_locale()).startswith("zh") else "usd"


def banner(here: Standing, now: datetime) -> Banner | None:
    """What every page should say, the most urgent first."""
    entitled, balance = here.entitlement, here.balance
    if entitled.source is Source.NONE:
        text = _("The last payment failed. You can read and accept everything; nothing new is drafted.")
        return Banner("error", text, _("Pay now"))
    if entitled.grace_until is not None:
        text = _(
            "The last payment failed. Drafting goes on until %(day)s.", day=format_date(entitled.grace_until)
        )
        return Banner("warn", text, _("Mend it"))
    if balance.left <= 0:
        text = _("This month's comments are used up. What is drafted can be accepted as ever.")
        return Banner("warn", text, _("What now?"))
    ends = entitled.ends_at
    near = ends is not None and (ends - now).days < NEAR_DAYS and not entitled.followed
    if entitled.source in (Source.TRIAL, Source.PASS) and near:
        if entitled.source is Source.TRIAL:
            text = _("Your trial ends on %(day)s.", day=format_date(ends))
        else:
            text = _("Your prepaid time ends on %(day)s.", day=format_date(ends))
        return Banner("info", text, _("Choose a plan"))
    if balance.left <= FEW:
        text = _("%(num)d comments are left this month.", num=balance.left)
        return Banner("info", text, _("See plans"))
    return None


def free_comments() -> int:
    """What Free grants in a month."""
    return catalogue().free.comments
