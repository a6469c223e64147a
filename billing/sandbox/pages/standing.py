"""How an invoice stands: what it moved of its customer's balance, and the words for that."""

from billing.sandbox.store import Thing


def moved(invoice: Thing) -> list[tuple[str, int]]:
    """What stands between an invoice's total and what is due: names of words, with amounts."""
    used, carried = _moved(invoice)
    rows = {"credit": min(0, -used), "credit_kept": max(0, -used)}
    rows |= {"carried_over": max(0, carried), "put_off": min(0, carried)}
    return [(name, amount) for name, amount in rows.items() if amount]


def status(invoice: Thing) -> str:
    """Name of the words for its status. ``paid`` is also what asks for nothing."""
    if invoice["status"] == "paid":
        used, carried = _moved(invoice)
        if invoice["total"] < 0:
            return "status_credit"
        if 0 < used == invoice["total"]:
            return "status_from_credit"
        if carried < 0:
            return "status_put_off"
    return f"status_{invoice['status']}"


def _moved(invoice: Thing) -> tuple[int, int]:
    """What it took from the customer's credit, and what it took over from earlier invoices. Below zero: what
    it gave, and what it left to the next.
    """
    before = invoice["starting_balance"]
    after = before + invoice["total"] - invoice["amount_due"]
    return max(0, -before) - max(0, -after), max(0, before) - max(0, after)
