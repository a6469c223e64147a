"""What is paid once, in words: payments on their way, those that failed, and prepaid time beside a plan that
is paid by card.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import format_date, format_time, ngettext
from flask_babel import gettext as _

from billing import entitlements
from billing.beforehand import Beforehand
from billing.entitlements import Entitlement, Source, Stored
from billing.plans import Item, catalogue
from billing.tables import DelayedPayment, Purchase, Subscription
from billing.timeline import Waiting
from webapp.money.wording import bought, plan_name, price, together


def on_its_way(payment: DelayedPayment, *, cents: bool = False) -> str:
    """That a payment is on its way, and what happens next."""
    return str(
        _(
            "A payment of %(amount)s (%(what)s) has been on its way since %(day)s. Once it arrives,"
            " it takes effect by itself; nobody need pay again or do anything. Should it fail, nothing is"
            " charged, and you get a letter.",
            amount=price(payment.amount, payment.currency, cents=cents),
            what=bought(payment),
            day=begun(payment),
        )
    )


def failed(payment: DelayedPayment, *, cents: bool = False) -> str:
    """That a payment failed, what that means, and how to try again."""
    return str(
        _(
            "The payment of %(amount)s (%(what)s) that was begun on %(day)s did not go through. Nothing was"
            " charged, and nothing was added to the studio. If you still want it, buy it again; you can pay"
            " in another way, too.",
            amount=price(payment.amount, payment.currency, cents=cents),
            what=bought(payment),
            day=begun(payment),
        )
    )


def begun(payment: DelayedPayment, time_zone: str = "") -> str:
    """When a payment was begun and how it is paid, which tell two of one amount apart. ``time_zone``: the
    reader's, if their clocks are not those of the page.
    """
    moment = payment.begun_at.astimezone(ZoneInfo(time_zone)) if time_zone else payment.begun_at
    rebase = not time_zone
    when = f"{format_date(moment, rebase=rebase)} {format_time(moment, 'short', rebase=rebase)}"
    names = {"alipay": _("Alipay"), "wechat_pay": _("WeChat Pay")}
    if payment.method not in names:
        return when
    return str(_("%(when)s (%(method)s)", when=when, method=names[payment.method]))


def waits(waiting: Waiting, of: Purchase) -> str:
    """How much of a prepaid time waits."""
    plan = plan_name(of.plan)
    if waiting.left is None:
        return str(
            ngettext(
                "%(plan)s: %(num)d month, not begun yet",
                "%(plan)s: %(num)d months, not begun yet",
                of.months,
                plan=plan,
            )
        )
    days = math.ceil(waiting.left / timedelta(days=1))
    return str(ngettext("%(plan)s: %(num)d day left", "%(plan)s: %(num)d days left", days, plan=plan))


def before(found: Beforehand, item: Item, purchases: Iterable[Purchase], *, cents: bool) -> list[str]:
    """What a buyer of ``item`` should know, a paragraph each."""
    said = [together([on_its_way(payment, cents=cents), _and_then(item)]) for payment in found.on_their_way]
    if found.trial is not None:
        said.append(
            _(
                "Your trial runs until %(day)s. A plan paid by card takes its place at once and is charged"
                " from today on; the days and comments that are left of the trial are not added to it. If"
                " you would rather use the trial up, buy the plan when it is over: nothing is charged when a"
                " trial ends.",
                day=format_date(found.trial.ends_at),
            )
        )
    if found.waiting:
        of = {purchase.id: purchase for purchase in purchases}
        left = " · ".join(waits(one, of[one.id]) for one in found.waiting)
        said.append(
            _(
                "You have prepaid time left (%(left)s). It waits while the plan paid by card lasts, and goes"
                " on when that ends; none of it is lost. The card is charged from today on all the same. If"
                " you would rather use up first what is prepaid, buy the plan when it has run out.",
                left=left,
            )
        )
    if found.going_on:
        said.append(
            _(
                "Your prepaid time runs on until %(day)s, for it is of a larger plan than this one. The card"
                " is charged from today on all the same, and gives you nothing more before that day.",
                day=format_date(max(stretch.ends for stretch in found.going_on)),
            )
        )
    return [str(paragraph) for paragraph in said]


def beside(stored: Stored, entitled: Entitlement, renewal: str, now: datetime) -> str:
    """What there is beside what the studio has now: a plan by card under a larger prepaid one, or the trial
    whose place a plan by card took. Empty where there is neither.
    """
    trial, plans = stored.trial, _renewing(stored, now)
    if entitled.source is Source.PASS and plans:
        words = _("Beside it you have %(plan)s, paid by card.", plan=plan_name(plans[0].plan))
        return together([words, renewal])
    if entitled.source is Source.SUBSCRIPTION and trial is not None and trial.ends_at > now:
        return str(
            _(
                "The plan took the place of your trial, which would have run until %(day)s.",
                day=format_date(trial.ends_at),
            )
        )
    return ""


def _renewing(stored: Stored, now: datetime) -> Sequence[Subscription]:
    able = [s for s in entitlements.renewing(stored) if entitlements.has_access(s, now, catalogue())]
    return [s for s in able if s.status == "active"]


def _and_then(item: Item) -> str:
    """What becomes of it if ``item`` is bought as well."""
    if item.kind == "pack":
        return str(_("If you buy now as well, you pay twice and have both packs."))
    if item.kind == "pass":
        return str(
            _("If you buy now as well, you pay twice and have both: prepaid times follow one another.")
        )
    return str(
        _(
            "If you take a plan by card as well, you pay for both: what is prepaid then waits while the plan"
            " lasts, unless it is of a larger one, and is not lost."
        )
    )
