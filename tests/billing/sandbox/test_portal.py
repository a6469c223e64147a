"""The portal, as a person uses it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe
from flask import Flask
from fpdf import FPDF

from billing.sandbox.pages import papers
from billing.sandbox.pages.words import Words
from tests.billing.conftest import PATIENCE
from tests.billing.sandbox.shop import Shop, typed

BACK = "http://localhost:1/billing"


@pytest.fixture
def person() -> Iterator[httpx.Client]:
    with httpx.Client(follow_redirects=True, timeout=PATIENCE) as client:
        yield client


def _open(shop: Shop, features: dict[str, Any] | None = None, **fields: Any) -> Any:
    many = {"enabled": True, "minimum": 1, "maximum": 9}
    usual = {
        "customer_update": {"enabled": True, "allowed_updates": ["email", "name"]},
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {
            "enabled": True,
            "cancellation_reason": {"enabled": True, "options": ["too_expensive", "other"]},
        },
        "subscription_update": {
            "enabled": True,
            "default_allowed_updates": ["price", "quantity"],
            "proration_behavior": "always_invoice",
            "products": [
                {"product": shop.product, "prices": [shop.month, shop.year], "adjustable_quantity": many}
            ],
        },
    }
    configuration = shop.v1.billing_portal.configurations.create({"features": features or usual})
    given = {"customer": shop.customer, "configuration": configuration.id, "return_url": BACK, "locale": "en"}
    return shop.v1.billing_portal.sessions.create({**given, **fields})


def test_what_is_there(shop: Shop, person: httpx.Client) -> None:
    shop.card()
    shop.subscribe()
    session = _open(shop)
    page = person.get(session.url).text
    for words in ("Teacher, ¥100.00 / month", "Visa •••• 4242", "paid", BACK, "Change plan", "Cancel plan"):
        assert words in page
    assert "管理套餐" in person.get(session.url, params={"lang": "zh"}).text


def test_only_what_is_allowed(shop: Shop, person: httpx.Client) -> None:
    shop.card()
    sub = shop.subscribe()
    session = _open(shop, {"invoice_history": {"enabled": True}})
    assert "Cancel plan" not in person.get(session.url).text
    for path in ("card", f"cancel/{sub.id}", f"plan/{sub.id}"):
        assert person.get(f"{session.url}/{path}").status_code == 403
    assert person.post(f"{session.url}/keep/{sub.id}").status_code == 403
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.billing_portal.sessions.create({"customer": shop.customer})


def test_a_new_card_after_a_failure(shop: Shop, person: httpx.Client) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.card("pm_card_chargeCustomerFail")
    shop.pass_days(32)
    session = _open(shop)
    page = person.get(session.url).text
    assert "past due" in page
    assert f'failed. <a href="{shop.sub(sub.id).latest_invoice.hosted_invoice_url}">' in page
    refused = person.post(f"{session.url}/card", data=typed("4000 0000 0000 0002")).text
    assert "The card was declined: the bank gives no reason." in refused
    done = person.post(f"{session.url}/card", data=typed("5555 5555 5555 4444"))
    assert "The card is saved" in done.text
    assert "Pay now" in done.text
    invoice = shop.sub(sub.id).latest_invoice
    method = shop.v1.customers.retrieve(shop.customer).invoice_settings.default_payment_method
    page = person.post(invoice.hosted_invoice_url, data={"method": method}).text
    assert "Paid on " in page
    assert shop.sub(sub.id).status == "active"


def test_an_invoice_says_how_it_stands_and_leads_back(shop: Shop, person: httpx.Client) -> None:
    shop.card()
    sub = shop.subscribe()
    shop.card("pm_card_chargeCustomerFail")
    shop.pass_days(32)
    url = shop.sub(sub.id).latest_invoice.hosted_invoice_url
    page = person.get(url).text
    assert "was declined: the bank gives no reason. Pay with another card:" in page
    assert "checked> Saved card •••• 4242" in page  # not the one that was declined
    assert "Back to Vermilion" not in page
    chinese = person.get(url, params={"lang": "zh"}).text
    assert "的上一次扣款被拒绝：发卡行没有说明原因。请换一张卡支付：" in chinese
    person.cookies.clear()
    refused = person.post(url, data=typed("4000 0000 0000 9995")).text
    assert "was declined: insufficient funds. Try another card." in refused
    assert "The last attempt" not in refused
    _open(shop)
    done = person.post(url, data=typed("4242 4242 4242 4242")).text
    assert "Paid on " in done
    assert f'class="button" href="{BACK}"' in done
    assert "declined" not in done


def test_an_invoice_of_who_never_saw_the_portal_leads_to_the_shop(shop: Shop, person: httpx.Client) -> None:
    shop.card()
    shop.subscribe()
    line = {"price": shop.month, "quantity": 1}
    ok = {"success_url": "http://localhost:1/ok?session={CHECKOUT_SESSION_ID}"}
    shop.v1.checkout.sessions.create(
        {"mode": "subscription", "customer": shop.customer, "line_items": [line], **ok}
    )
    assert 'href="http://localhost:1/"' in person.get(shop.invoices()[0].hosted_invoice_url).text


def _gave_and_took(shop: Shop) -> tuple[Any, Any]:
    """An invoice for a smaller plan, and one that is paid from what that gave back."""
    shop.card()
    sub = shop.subscribe(shop.dear)
    smaller = {"id": shop.item(sub).id, "price": shop.month}
    shop.v1.subscriptions.update(sub.id, {"items": [smaller], "proration_behavior": "always_invoice"})
    shop.pass_days(32)
    _bought, gave, took = shop.invoices()
    assert (gave.total, took.total, took.amount_paid) == (-20_000, 10_000, 0)
    return gave, took


def test_an_invoice_says_what_it_gave_to_the_credit_or_took_from_it(shop: Shop, person: httpx.Client) -> None:
    gave, took = _gave_and_took(shop)
    page = person.get(gave.hosted_invoice_url).text
    assert "There is nothing to pay: ¥200.00 is kept as credit, from which the next invoices" in page
    assert "· credit" in page
    assert "Paid on" not in page
    page = person.get(took.hosted_invoice_url).text
    assert "Paid from your credit on" in page
    assert "paid from credit" in page
    assert "From the credit of earlier invoices" in page
    home = person.get(_open(shop).url).text
    assert "<td>credit</td>" in home
    assert "<td>paid from credit</td>" in home
    chinese = person.get(gave.hosted_invoice_url, params={"lang": "zh"}).text
    assert "无需付款：¥200.00 已留作余额" in chinese


def test_an_invoice_on_paper_says_what_it_gave_or_took(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    gave, took = _gave_and_took(shop)
    on_paper: list[str] = []
    cell = FPDF.cell

    def written(pdf: FPDF, width: float, height: float, text: str, **how: Any) -> bool:
        on_paper.append(text)
        return cell(pdf, width, height, text, **how)

    monkeypatch.setattr(FPDF, "cell", written)
    monkeypatch.setattr(papers, "FONT", Path("nowhere"))
    with Flask("papers").test_request_context():
        for invoice in (gave, took):
            papers._paper(invoice.to_dict(), [], Words("en"))
    assert "credit" in on_paper
    assert "paid from credit" in on_paper
    for row, amount in (("Kept as credit", "CNY 200.00"), ("From the credit", "-CNY 100.00")):
        (at,) = (n for n, text in enumerate(on_paper) if text.startswith(row))
        assert on_paper[at + 1] == amount


def test_an_invoice_that_is_too_small_is_put_on_the_next(shop: Shop, person: httpx.Client) -> None:
    shop.card()
    shop.v1.invoice_items.create({"customer": shop.customer, "amount": 30, "currency": "cny"})
    made = shop.v1.invoices.create(
        {"customer": shop.customer, "currency": "cny", "pending_invoice_items_behavior": "include"}
    )
    page = person.get(shop.v1.invoices.pay(made.id).hosted_invoice_url).text
    assert "too little to be charged by itself" in page
    assert "From the credit" not in page
    shop.subscribe()
    page = person.get(shop.invoices()[-1].hosted_invoice_url).text
    assert "Of an earlier invoice" in page
    assert "¥100.30" in page


def test_an_invoice_that_waits_for_the_bank_or_for_nobody(shop: Shop, person: httpx.Client) -> None:
    shop.card("pm_card_authenticationRequired")
    sub = shop.subscribe()
    url = shop.sub(sub.id).latest_invoice.hosted_invoice_url
    assert "Your bank wants you to confirm this payment." in person.get(url).text
    shop.v1.invoices.void_invoice(shop.sub(sub.id).latest_invoice.id)
    assert "This invoice is void" in person.get(url).text


def test_a_card_that_asks(shop: Shop, person: httpx.Client) -> None:
    session = _open(shop)
    bank = person.post(f"{session.url}/card", data=typed("4000 0025 0000 3155"))
    assert "Confirm the card" in bank.text
    refused = person.post(str(bank.url), data={"outcome": "refuse"}).text
    assert "The card was not confirmed and is not saved." in refused
    assert shop.v1.customers.retrieve(shop.customer).invoice_settings.default_payment_method is None
    bank = person.post(f"{session.url}/card", data=typed("4000 0025 0000 3155"))
    assert "The card is saved" in person.post(str(bank.url), data={"outcome": "pay"}).text
    assert shop.v1.customers.retrieve(shop.customer).invoice_settings.default_payment_method


def test_another_card_is_made_the_default_and_the_old_one_removed(shop: Shop, person: httpx.Client) -> None:
    old = shop.card()
    sub = shop.subscribe(default_payment_method=old)
    new = shop.v1.payment_methods.attach("pm_card_mastercard", {"customer": shop.customer}).id
    session = _open(shop)
    page = person.get(session.url).text
    assert "Valid until 12/2034 · pays for your plan" in page
    assert f"{old}/remove" not in page
    assert "Your plan is paid by this card." in person.post(f"{session.url}/cards/{old}/remove").text
    before = len(shop.events())
    page = person.post(f"{session.url}/cards/{new}/default").text
    assert "This card is the default now" in page
    assert 'Mastercard •••• 4444 <span class="quiet">(default)' in page
    assert shop.v1.customers.retrieve(shop.customer).invoice_settings.default_payment_method == new
    assert shop.sub(sub.id).default_payment_method == new
    assert "It will not be charged again." in person.get(f"{session.url}/cards/{old}/remove").text
    assert shop.v1.payment_methods.retrieve(old).customer == shop.customer  # it only asked
    page = person.post(f"{session.url}/cards/{old}/remove").text
    assert "The card is removed" in page
    assert "4242" not in page
    assert shop.v1.payment_methods.retrieve(old).customer is None
    assert shop.events()[before:] == [
        "customer.updated",
        "customer.subscription.updated",
        "payment_method.detached",
    ]
    detached = shop.v1.events.list({"type": "payment_method.detached"}).data[0].data
    assert (detached.object.customer, detached.previous_attributes["customer"]) == (None, shop.customer)
    assert person.post(f"{session.url}/cards/{old}/remove").status_code == 200  # somebody was faster
    shop.pass_days(32)
    assert shop.sub(sub.id).latest_invoice.status == "paid"
    charge = shop.v1.charges.list({"customer": shop.customer}).data[0]
    assert charge.payment_method == new


def test_the_last_card_can_go_when_no_plan_needs_it(shop: Shop, person: httpx.Client) -> None:
    card = shop.card()
    sub = shop.subscribe(cancel_at_period_end=True)
    session = _open(shop)
    assert f"{card}/remove" not in person.get(session.url).text  # it is still live
    shop.v1.subscriptions.cancel(sub.id)
    before = len(shop.events())
    assert "No card is saved." in person.post(f"{session.url}/cards/{card}/remove").text
    assert shop.events()[before:] == ["payment_method.detached", "customer.updated"]
    assert shop.v1.customers.retrieve(shop.customer).invoice_settings.default_payment_method is None


def test_nobody_touches_anothers_card_or_any_where_it_is_not_allowed(
    shop: Shop, person: httpx.Client
) -> None:
    mine = shop.card()
    stranger = shop.v1.customers.create({"email": "li@example.com"}).id
    session = _open(shop, customer=stranger)
    assert person.post(f"{session.url}/cards/{mine}/default").status_code == 400
    person.post(f"{session.url}/cards/{mine}/remove")
    session = _open(shop, {"invoice_history": {"enabled": True}})
    assert "Make default" not in person.get(session.url).text
    for path in (f"cards/{mine}/default", f"cards/{mine}/remove"):
        assert person.post(f"{session.url}/{path}").status_code == 403
    assert shop.v1.payment_methods.retrieve(mine).customer == shop.customer


def test_changing_the_plan_shows_what_it_costs(shop: Shop, person: httpx.Client) -> None:
    shop.card()
    sub = shop.subscribe()
    session = _open(shop)
    address = f"{session.url}/plan/{sub.id}"
    assert "Confirm" not in person.get(address).text
    page = person.get(address, params={"price": shop.year, "quantity": "1"}).text
    assert "-¥100.00" in page
    assert "¥900.00" in page
    assert shop.item(shop.sub(sub.id)).price.id == shop.month
    person.post(address, data={"price": shop.year, "quantity": "1"})
    assert shop.item(shop.sub(sub.id)).price.id == shop.year
    assert shop.invoices()[-1].total == 90_000
    person.post(address, data={"price": shop.dear, "quantity": "1"})  # not on offer
    assert shop.item(shop.sub(sub.id)).price.id == shop.year


def test_cancelling_and_keeping(shop: Shop, person: httpx.Client) -> None:
    shop.card()
    sub = shop.subscribe()
    session = _open(shop)
    assert "The plan stays until" in person.get(f"{session.url}/cancel/{sub.id}").text
    form = {"feedback": "too_expensive", "comment": "Sorry"}
    assert "Ends on" in person.post(f"{session.url}/cancel/{sub.id}", data=form).text
    ended = shop.sub(sub.id)
    assert (ended.cancel_at_period_end, ended.cancellation_details.feedback) == (True, "too_expensive")
    assert "Renews on" in person.post(f"{session.url}/keep/{sub.id}").text
    assert shop.sub(sub.id).cancel_at_period_end is False


def test_a_session_for_one_thing(shop: Shop) -> None:
    shop.card()
    sub = shop.subscribe()
    after = {"type": "redirect", "redirect": {"return_url": BACK + "?cancelled"}}
    flow = {
        "type": "subscription_cancel",
        "subscription_cancel": {"subscription": sub.id},
        "after_completion": after,
    }
    session = _open(shop, flow_data=flow)
    with httpx.Client(timeout=PATIENCE) as person:
        page = person.get(session.url)
        assert page.headers["location"].endswith(f"/cancel/{sub.id}")
        done = person.post(f"{session.url}/cancel/{sub.id}")
        assert done.headers["location"] == BACK + "?cancelled"


def test_details(shop: Shop, person: httpx.Client) -> None:
    session = _open(shop)
    person.post(f"{session.url}/details", data={"name": "王老师", "email": "new@example.com"})
    customer = shop.v1.customers.retrieve(shop.customer)
    assert (customer.name, customer.email) == ("王老师", "new@example.com")


def test_another_customers_subscription(shop: Shop, person: httpx.Client) -> None:
    shop.card()
    sub = shop.subscribe()
    other = shop.v1.customers.create({"name": "Other"}).id
    session = _open(shop, customer=other)
    assert person.get(f"{session.url}/cancel/{sub.id}").status_code == 404


def test_lines_are_in_the_language_of_the_page(shop: Shop, person: httpx.Client) -> None:
    shop.card()
    sub = shop.subscribe()
    invoice, session = shop.invoices()[0].hosted_invoice_url, _open(shop)
    plan = {"price": shop.year, "quantity": "1"}
    for url, params, english, chinese in (
        (invoice, {}, "1 × Teacher (¥100.00 / month)", "Teacher（¥100.00 / 月）"),
        (session.url, {}, "Teacher, ¥100.00 / month", "Teacher，¥100.00 / 月"),
        (f"{session.url}/plan/{sub.id}", plan, "Unused time on 1 × Teacher", "Teacher未使用的时间"),
    ):
        page = person.get(url, params={**params, "lang": "en"}).text
        assert english in page
        assert chinese not in page
        page = person.get(url, params={**params, "lang": "zh"}).text
        assert chinese in page
        assert english not in page


def test_an_invoice_as_pdf(shop: Shop, person: httpx.Client) -> None:
    shop.v1.customers.update(shop.customer, {"name": "王老师", "preferred_locales": ["zh"]})
    shop.card()
    shop.subscribe()
    invoice = shop.invoices()[0]
    assert "账单" in person.get(invoice.hosted_invoice_url).text
    paper = person.get(invoice.invoice_pdf)
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    assert invoice.number in paper.headers["content-disposition"]


def test_configurations_change(shop: Shop, control: Callable[..., Any]) -> None:
    session = _open(shop)
    changed = shop.v1.billing_portal.configurations.update(
        session.configuration,
        {"features": {"customer_update": {"enabled": False}}, "metadata": {"version": "2"}},
    )
    assert changed.features.customer_update.enabled is False
    assert changed.features.subscription_update.products[0].prices == [shop.month, shop.year]
    assert [one.id for one in shop.v1.billing_portal.configurations.list({"active": True}).data] == [
        changed.id
    ]
