"""A receipt in words: its lines, and what follows from it. In the reader's language; a day is told as the
clocks of the studio show it. Every amount is one that Stripe told.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import pgettext

from billing.entitlements import ENDED, UNPAID, Source
from billing.plans import catalogue
from billing.tables import Invoice, PurchaseKind, Subscription
from webapp.money.receipts import Receipt, is_sold
from webapp.money.wording import (
    bought,
    free_comments,
    item_name,
    plan_name,
    price,
    renewal,
    with_seats,
)

Day = Callable[[datetime], str]


class Words(NamedTuple):
    """``lines``: what it is and what it is worth; ``then``: sentences; ``where``: what the link to the plan's
    page is for; ``invoice``: the address of the invoice, if there is one.
    """

    lines: list[tuple[str, str]]
    then: list[str]
    where: str
    invoice: str


def words(receipt: Receipt, day: Day, now: datetime) -> Words:
    """What the letter about it says, now: meanwhile more may have come of it."""
    paid = [invoice for invoice in receipt.invoices if invoice.paid > 0] or list(receipt.invoices)
    page = next((invoice.page or invoice.pdf for invoice in paid), None) or ""
    if receipt.purchase is not None:
        return Words(_of_purchase(receipt, day), _then_of_purchase(receipt), _where(receipt, now), page)
    lines = _terms(receipt)
    for invoice in receipt.invoices:
        lines += _of_invoice(invoice, day)
    return Words(lines, _left(receipt.invoices) + _then(receipt, day, now), _where(receipt, now), page)


def _terms(receipt: Receipt) -> list[tuple[str, str]]:
    assert receipt.terms is not None
    if not is_sold(receipt.terms) or _came_too_late(receipt):
        return []
    has = subscribed(*receipt.terms)
    if receipt.kind == "changed" and receipt.before is not None:
        lines = [(str(pgettext("receipt", "From now on")), has)]
        if receipt.before.plan:  # else it was none that is sold here
            lines.insert(0, (str(pgettext("receipt", "Until now")), subscribed(*receipt.before)))
        return lines
    return [(str(pgettext("receipt", "Your plan")), has)]


def _of_invoice(invoice: Invoice, day: Day) -> list[tuple[str, str]]:
    """What was paid for it; of one that gave something back, nothing was."""
    if invoice.total < 0:
        return []
    amount = price(invoice.paid, invoice.currency, cents=True)
    lines = [(str(pgettext("receipt", "Paid")), amount)]
    if invoice.total != invoice.paid:
        total = price(invoice.total, invoice.currency, cents=True)
        lines.insert(0, (str(pgettext("receipt", "Invoice total")), total))
    if invoice.from_credit > 0:
        credit = price(invoice.from_credit, invoice.currency, cents=True)
        lines.insert(1, (str(_("From the credit of earlier invoices")), credit))
    if invoice.carried > 0:
        carried = price(invoice.carried, invoice.currency, cents=True)
        lines.insert(-1, (str(_("Of an earlier invoice, too little to be charged by itself")), carried))
    if invoice.paid_at is not None:
        lines.append((str(pgettext("receipt", "Paid on")), day(invoice.paid_at)))
    if invoice.number:
        lines.append((str(pgettext("receipt", "Invoice number")), invoice.number))
    return lines


def _left(invoices: Sequence[Invoice]) -> list[str]:
    """What is left over for the next invoices, or left to be paid with them."""
    said = []
    for invoice in invoices:
        if invoice.from_credit < 0:
            credit = price(-invoice.from_credit, invoice.currency, cents=True)
            said.append(_("%(amount)s stays as a credit for the next invoices.", amount=credit))
        if invoice.carried < 0:
            carried = price(-invoice.carried, invoice.currency, cents=True)
            said.append(
                _("%(amount)s is put on the next invoice: too little to be charged now.", amount=carried)
            )
    return [str(sentence) for sentence in said]


def _of_purchase(receipt: Receipt, day: Day) -> list[tuple[str, str]]:
    purchase = receipt.purchase
    assert purchase is not None
    lines = [
        (str(pgettext("receipt", "Bought")), bought(purchase)),
        (str(pgettext("receipt", "Paid")), price(purchase.amount, purchase.currency, cents=True)),
        (str(pgettext("receipt", "Paid on")), day(purchase.paid_at)),
    ]
    lines += [(str(pgettext("receipt", "Invoice number")), i.number) for i in receipt.invoices if i.number]
    if receipt.runs is not None:
        begins, ends = receipt.runs
        runs = _("%(first)s – %(last)s", first=day(begins), last=day(ends))
        lines.append((str(pgettext("receipt", "Runs")), str(runs)))
    return lines


def _then_of_purchase(receipt: Receipt) -> list[str]:
    assert receipt.purchase is not None
    if receipt.purchase.kind is PurchaseKind.PACK:
        return [str(_("They are used once those of the plan are used up, and do not expire."))]
    if receipt.runs is None:
        return [str(_("It begins when what you have ends, and does not renew by itself."))]
    return [str(_("It does not renew by itself: it ends when it has run out."))]


def _then(receipt: Receipt, day: Day, now: datetime) -> list[str]:
    there = receipt.subscription
    assert there is not None
    if receipt.kind == "ended":
        return _then_of_end(receipt, day)
    if _came_too_late(receipt):
        return _then_of_too_late(receipt, day)
    if not receipt.stands:
        return []  # of the plan that took its place there is another letter
    if receipt.kind == "cancelled":
        assert receipt.ends_at is not None
        ends = day(receipt.ends_at)
        over = there.status in ENDED
        if there.ends_at is None and not over:
            return [str(_("It was to end on %(day)s. Since then the cancellation was taken back.", day=ends))]
        if over or receipt.ends_at <= now:
            return [str(_("It was to end on %(day)s, and is over by now.", day=ends))]
        if there.status in UNPAID:
            return [str(_("It ends on %(day)s and does not renew.", day=ends))]
        if receipt.followed:
            then = _(
                "It runs until %(day)s and does not renew. Then what you have prepaid goes on.", day=ends
            )
        else:
            then = _(
                "It runs until %(day)s and does not renew. Then the studio goes on with Free, %(num)d"
                " comments a month. Lessons, drawings and comments stay; nothing is deleted.",
                day=ends,
                num=free_comments(),
            )
        return [str(then)]
    if there.status in UNPAID and there.ends_at is None:
        return [str(_("A payment for the plan is still open; the page below says how to pay it."))]
    if there.status in UNPAID or there.status in ENDED or there.paused:
        return []
    if (there.ends_at or there.period_ends) <= now:
        return []  # what came of it, Stripe has not said yet
    if there.ends_at is not None:
        return [str(_("It ends on %(day)s and does not renew.", day=day(there.ends_at)))]
    return [renewal(there, day(there.period_ends), cents=True)]


def _then_of_end(receipt: Receipt, day: Day) -> list[str]:
    """What follows an end that nobody was told of before."""
    assert receipt.ends_at is not None
    then = [_("It ended on %(day)s and does not renew.", day=day(receipt.ends_at))]
    if receipt.dropped:
        open_ = price(sum(i.total for i in receipt.dropped), receipt.dropped[0].currency, cents=True)
        then.append(
            _("It was not paid: what was open, %(amount)s, is dropped, and nothing is charged.", amount=open_)
        )
    goes_on = {
        Source.PASS: _("What you have prepaid goes on."),
        Source.SUBSCRIPTION: _("The studio's other plan goes on."),
        Source.TRIAL: _("The trial goes on."),
    }
    if receipt.left in goes_on:
        then.append(goes_on[receipt.left])
    elif receipt.left is Source.FREE:
        then.append(
            _(
                "The studio has Free now, %(num)d comments a month. Lessons, drawings and comments stay;"
                " nothing is deleted.",
                num=free_comments(),
            )
        )
    return [str(sentence) for sentence in then]


def _came_too_late(receipt: Receipt) -> bool:
    """Whether it was paid for a plan that was over."""
    return receipt.kind == "paid" and receipt.ends_at is not None


def _then_of_too_late(receipt: Receipt, day: Day) -> list[str]:
    """What becomes of money that came for a plan that was over."""
    assert receipt.ends_at is not None
    then = [_("The plan had ended on %(day)s, so this pays for nothing.", day=day(receipt.ends_at))]
    if all(invoice.refunded >= invoice.paid for invoice in receipt.invoices):
        then.append(_("It has been paid back."))
    else:
        then.append(_("Whoever runs this server is asked to pay it back; you need do nothing."))
    return [str(sentence) for sentence in then]


def _where(receipt: Receipt, now: datetime) -> str:
    there = receipt.subscription
    if receipt.kind == "ended" and receipt.left is Source.FREE:
        return str(_("If you would like to go on with more, choose a plan here:"))
    if there is not None and not receipt.stands:
        return str(_("The plan and all invoices are on this page:"))
    if there is None or there.status in (*ENDED, *UNPAID) or there.paused or there.ends_at is not None:
        if receipt.kind == "cancelled" and _can_be_resumed(there, now):
            return str(_("If this was not what you wanted, take it back until that day on this page:"))
        return str(_("The plan and all invoices are on this page:"))
    if there.period_ends <= now:  # so when it renews is not said
        return str(_("To cancel or change the plan, or to see all invoices:"))
    return str(_("It goes on like this until you cancel it. To cancel or change it, or to see all invoices:"))


def _can_be_resumed(there: Subscription | None, now: datetime) -> bool:
    """Whether a cancellation can still be taken back."""
    if there is None or there.status in ENDED:
        return False
    return there.ends_at is not None and there.ends_at > now


def subscribed(plan: str, interval: str, seats: int) -> str:
    """What is subscribed to, in a line."""
    sold = catalogue().items()
    items = (i for i in sold if (i.kind, i.code, i.interval) == ("subscription", plan, interval))
    item = next(items, None)
    return with_seats(plan_name(plan) if item is None else item_name(item), seats)
