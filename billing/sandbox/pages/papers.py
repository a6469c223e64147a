"""An invoice as a page, on which it can be paid, and as a PDF."""

from pathlib import Path
from typing import Any

from flask import Response, redirect, request, url_for
from fpdf import FPDF

from billing.sandbox import collection
from billing.sandbox.errors import Refusal
from billing.sandbox.methods import attach, new_method, usual_method
from billing.sandbox.money import shown
from billing.sandbox.pages import pages, shows, told_lines, trouble, visiting, way_back
from billing.sandbox.pages.standing import moved, status
from billing.sandbox.pages.tries import new_card, put_aside, tried
from billing.sandbox.pages.words import Words
from billing.sandbox.store import Thing
from billing.sandbox.world import World

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
SIMPLIFIED = 2
"""The place of Simplified Chinese in that collection."""


def _invoice(world: World, name: str) -> tuple[Thing, Thing]:
    invoice = world.get("invoice", name)
    if invoice["status"] == "draft":
        raise Refusal("There is no such page.", status=404)
    return invoice, world.own(invoice["customer"])


@pages.get("/invoice/<account>/<name>")
def invoice_page(account: str, name: str) -> Any:
    """See an invoice, and the form by which it is paid."""
    with visiting(account) as world:
        invoice, customer = _invoice(world, name)
        words = Words(next(iter(customer["preferred_locales"]), None), customer)
        intent = world.things.peek(invoice["_intent"] or "") or {}
        declined = ((intent.get("last_payment_error") or {}).get("payment_method") or {}).get("id")
        saved = list(world.looking("payment_method", customer=customer["id"], type="card"))
        usual, last = usual_method(world, customer), tried(invoice)
        good = [one["id"] for one in saved if one["id"] != declined]
        preferred = usual if usual in good else next(iter(good), "card")
        refused = last["at"] or last["error"]
        return shows(
            "invoice.html",
            words,
            at=last["at"],
            back=way_back(world, customer),
            customer=customer,
            error=None if last["at"] else trouble(words, last["error"]),
            invoice=invoice,
            kept=last["kept"],
            lines=told_lines(world, words, invoice["lines"]["data"]),
            chosen="card" if last["at"] else preferred,
            saved=saved,
            notice=None if refused else _standing(words, invoice, intent),
            usual=usual,
        )


@pages.post("/invoice/<account>/<name>")
def pay_invoice(account: str, name: str) -> Any:
    """Pay an invoice."""
    where: dict[str, Any] = {"account": account, "name": name}
    try:
        with visiting(account) as world:
            invoice, customer = _invoice(world, name)
            if invoice["status"] in ("open", "uncollectible"):
                _pay(world, invoice, customer)
            intent = world.things.peek(invoice["_intent"] or "") or {}
            if intent.get("status") == "requires_action" and invoice["status"] == "open":
                return redirect(url_for("pages.bank_page", account=account, name=intent["id"]), code=303)
    except Refusal as refusal:
        with visiting(account) as world:
            put_aside(_invoice(world, name)[0], refusal)
        return redirect(url_for("pages.invoice_page", **where, tried=1), code=303)
    return redirect(url_for("pages.invoice_page", **where), code=303)


def _standing(words: Words, invoice: Thing, intent: Thing) -> str | None:
    """How it stands with the invoice, for who has just opened it."""
    declined = intent.get("last_payment_error")
    match invoice["status"]:
        case "paid" if invoice["total"] < 0:
            return words("credit_given", amount=shown(-invoice["total"], invoice["currency"]))
        case "paid":
            said = {"status_from_credit": "paid_from_credit", "status_put_off": "put_off_on"}
            when = words.date(invoice["status_transitions"]["paid_at"])
            return words(said.get(status(invoice), "paid_on"), date=when)
        case "void":
            return words("invoice_void")
        case "open" | "uncollectible" if declined:
            when = words.date(int(intent.get("_failed_at") or invoice["created"]))
            return words("last_attempt", date=when, reason=words.reason(declined))
        case "open" if intent.get("status") == "requires_action":
            return words("awaits_bank")
        case "uncollectible":
            return words("invoice_given_up")
    return None


def _pay(world: World, invoice: Thing, customer: Thing) -> None:
    """With a saved card, or with a new one, which is kept for the subscription."""
    chosen = request.form.get("method", "card")
    if chosen.startswith("pm_"):
        method = world.get("payment_method", chosen, "method")
        if method["customer"] != customer["id"]:
            raise Refusal("The card is another customer's.", status=404)
    else:
        method = new_method(world, new_card(world, customer["email"]))
        attach(world, method["id"], customer, "method")
    intent = world.own(invoice["_intent"])
    if intent["status"] == "requires_action":
        intent["status"] = "requires_payment_method"
    error = collection.collect(world, invoice, method, off_session=False)
    if error:
        raise error


@pages.get("/invoice/<account>/<name>/pdf")
def invoice_pdf(account: str, name: str) -> Response:
    """The invoice on paper, in the customer's language where the font for it is there."""
    with visiting(account) as world:
        invoice, customer = _invoice(world, name)
        words = Words(next(iter(customer["preferred_locales"]), None), customer)
        if not FONT.exists():
            words.language = "en"
        shown_now = world.shown(invoice)
        lines = told_lines(world, words, shown_now["lines"]["data"])
    headers = {"Content-Disposition": f'inline; filename="{shown_now["number"]}.pdf"'}
    return Response(_paper(shown_now, lines, words), mimetype="application/pdf", headers=headers)


def _paper(invoice: Thing, lines: list[tuple[Thing, str, str | None]], words: Words) -> bytes:
    pdf = FPDF(format="A4")
    pdf.set_title(str(invoice["number"]))
    pdf.add_page()
    if FONT.exists():
        pdf.add_font("noto", fname=FONT, collection_font_number=SIMPLIFIED)
        pdf.set_font("noto", size=11)
    else:
        pdf.set_font("helvetica", size=11)

    def row(left: str, right: str = "") -> None:
        if not FONT.exists():
            left, right = (
                text.replace("¥", "CNY ").encode("latin-1", "replace").decode("latin-1")
                for text in (left, right)
            )
        pdf.cell(130, 8, left)
        pdf.cell(50, 8, right, align="R", new_x="LMARGIN", new_y="NEXT")

    currency = invoice["currency"]
    row(f"{words('invoice')} {invoice['number']}", words(status(invoice)))
    row(words("date"), words.date(invoice["effective_at"] or invoice["created"]))
    row(words("bill_to"), invoice["customer_name"] or invoice["customer_email"] or "")
    pdf.ln(6)
    for one, what, period in lines:
        row(what, shown(one["amount"], currency))
        if period:
            row(period)
    pdf.ln(4)
    row(words("subtotal"), shown(invoice["subtotal"], currency))
    off = sum(one["amount"] for one in invoice["total_discount_amounts"])
    if off:
        row(words("discount"), shown(-off, currency))
    row(words("total"), shown(invoice["total"], currency))
    for name, amount in moved(invoice):
        row(words(name), shown(amount, currency))
    row(words("amount_due"), shown(invoice["amount_due"], currency))
    return bytes(pdf.output())
