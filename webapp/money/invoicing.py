"""Credit, invoices and what a change of plan brings, in words."""

from collections.abc import Iterable

from flask_babel import format_date
from flask_babel import gettext as _

from billing.changing import Quote
from billing.tables import PAYABLE, Customer, Invoice, Subscription
from webapp.money.wording import card_name, price, renews


def has_cents(amounts: Iterable[int]) -> bool:
    """Whether any of these is no whole amount: then all that stand together show their decimals."""
    return any(amount % 100 for amount in amounts)


def quoted_amounts(quote: Quote) -> list[int]:
    """All that the preview of a change shows."""
    lines = [line.amount for line in quote.lines]
    ours = [quote.discount, quote.credit_used, quote.carried, quote.due, quote.credit, quote.kept]
    return [*lines, *ours, quote.item.amount * quote.seats]


def invoice_amounts(invoices: Iterable[Invoice]) -> list[int]:
    """All that a list of invoices shows."""
    return [amount for i in invoices for amount in (i.total, i.from_credit, i.remaining, i.refunded)]


def credit(customer: Customer | None, there: Subscription | None, *, cents: bool = False) -> str:
    """What a studio has of credit, and what becomes of it: the invoices of a plan that goes on are paid from
    it. Or what is still owed, because it was too little to be charged. Empty where there is neither.
    """
    if customer is None or customer.currency is None or not customer.balance:
        return ""
    amount = price(abs(customer.balance), customer.currency, cents=cents)
    if customer.balance > 0:
        return str(
            _(
                "%(amount)s of an earlier invoice was too little to be charged by itself, and is added to the"
                " next one.",
                amount=amount,
            )
        )
    if there is not None and there.ends_at is None:
        return str(
            _("You have %(amount)s of credit; the next invoices are paid from it first.", amount=amount)
        )
    return str(
        _(
            "You have %(amount)s of credit. It is kept for you: when you go on with a plan by card, or take"
            " one again, its invoices are paid from it first. Packs and prepaid time are not.",
            amount=amount,
        )
    )


def invoice_amount(invoice: Invoice, *, cents: bool = False) -> str:
    """What an invoice is about: what it costs, or gives back."""
    amount = price(abs(invoice.total), invoice.currency, cents=cents)
    return str(_("credit of %(amount)s", amount=amount)) if invoice.total < 0 else amount


def invoice_state(invoice: Invoice, *, cents: bool = False) -> str:
    """Whether an invoice is paid, and from what."""
    if invoice.status == "paid":
        return _settled(invoice, cents)
    names = {"open": _("open"), "uncollectible": _("given up")}
    name = str(names.get(invoice.status, invoice.status))
    if invoice.status in PAYABLE and invoice.remaining != invoice.total:
        left = price(invoice.remaining, invoice.currency, cents=cents)
        return str(_("%(state)s, %(amount)s to pay", state=name, amount=left))
    return name


def _settled(invoice: Invoice, cents: bool) -> str:
    if invoice.total < 0:
        return str(_("added to the credit"))
    if invoice.from_credit > 0:
        if invoice.from_credit == invoice.total:
            return str(_("paid from credit"))
        used = price(invoice.from_credit, invoice.currency, cents=cents)
        return str(_("paid, %(amount)s of it from credit", amount=used))
    return str(_("put on the next invoice") if invoice.carried < 0 else _("paid"))


def after_change(quote: Quote, there: Subscription, *, cents: bool = False) -> list[str]:
    """What follows from a change of plan: who is charged, what stays of the credit, and when it renews or is
    over.
    """
    said = []
    if quote.due and quote.card:
        card = card_name(quote.card["brand"], quote.card["last4"])
        said.append(str(_("%(card)s is charged.", card=card)))
    if quote.credit and not quote.strands:
        left = price(quote.credit, quote.currency, cents=cents)
        said.append(str(_("%(amount)s stays as a credit for the next invoices.", amount=left)))
    if quote.ends:
        day = format_date(quote.until)
        words = _("The plan stays cancelled: it ends on %(day)s, and is not charged again.", day=day)
        return [*said, str(words)]
    if quote.kept > quote.credit:
        kept = price(quote.kept, quote.currency, cents=cents)
        then = _("You then have %(amount)s of credit; the next invoices are paid from it first.", amount=kept)
        said.append(str(then))
    # A discount that is taken off now may have been for once.
    discounted = there.discounted and not quote.discount
    amount = price(quote.item.amount * quote.seats, quote.currency, cents=cents)
    said.append(renews(format_date(quote.until), amount, discounted=discounted))
    return said


def stranded(quote: Quote, there: Subscription, *, cents: bool = False) -> str:
    """Why a cancelled plan is not made smaller before it goes on."""
    assert there.ends_at is not None
    return str(
        _(
            "The plan is cancelled, so after this change no invoice would come that could be paid from the"
            " credit of %(amount)s. Go on with the plan first; or keep what you have until it ends on"
            " %(day)s.",
            amount=price(quote.credit, quote.currency, cents=cents),
            day=format_date(there.ends_at),
        )
    )
