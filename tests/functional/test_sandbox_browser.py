"""A person buys on the sandbox's Checkout page and manages the plan in its portal, in English and Chinese."""

import secrets

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.billing.conftest import client_for, sandbox_url
from tests.billing.sandbox.shop import Shop

__all__ = ["sandbox_url"]
pytestmark = pytest.mark.browser


def type_card(page: Page, number: str, expiry: str = "12 / 34", cvc: str = "123") -> None:
    for field, text in (("card", number), ("expiry", expiry), ("cvc", cvc)):
        page.fill(f"#{field}", text)


@pytest.mark.parametrize(
    ("locale", "width", "number", "subscribe", "cancel", "keep"),
    [
        ("en", 1440, "Card number", "Subscribe", "Cancel plan", "Do not cancel"),
        ("zh", 390, "卡号", "订阅", "取消套餐", "不取消了"),
    ],
)
def test_buy_cancel_and_keep(
    browser: Browser,
    sandbox_url: str,
    locale: str,
    width: int,
    number: str,
    subscribe: str,
    cancel: str,
    keep: str,
) -> None:
    shop = Shop(client_for(sandbox_url, f"sk_test_{secrets.token_hex(12)}"))
    done = f"{sandbox_url}/done?session={{CHECKOUT_SESSION_ID}}"
    session = shop.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "customer": shop.customer,
            "line_items": [{"price": shop.month, "quantity": 1}],
            "success_url": done,
            "locale": locale,
        }
    )
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale)
    page = context.new_page()
    page.goto(session.url)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    expect(page.get_by_label(number)).to_be_visible()
    type_card(page, "4000 0025 0000 3155")
    page.get_by_role("button", name=subscribe).click()
    page.get_by_role("button").first.click()  # the bank's page: authorise
    page.wait_for_url(f"**/done?session={session.id}")
    sub = shop.v1.subscriptions.list().data[0]
    assert sub.status == "active"
    features = {"subscription_cancel": {"enabled": True}, "invoice_history": {"enabled": True}}
    configuration = shop.v1.billing_portal.configurations.create({"features": features})
    portal = shop.v1.billing_portal.sessions.create(
        {"customer": shop.customer, "configuration": configuration.id, "locale": locale}
    )
    page.goto(portal.url)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name=cancel).click()
    page.get_by_role("button", name=cancel).click()
    expect(page.get_by_role("button", name=keep)).to_be_visible()
    assert shop.sub(sub.id).cancel_at_period_end is True
    page.get_by_role("button", name=keep).click()
    expect(page.get_by_role("link", name=cancel)).to_be_visible()
    assert shop.sub(sub.id).cancel_at_period_end is False
    context.close()


@pytest.mark.parametrize(
    ("locale", "declined", "taken", "paid", "back"),
    [
        ("en", "insufficient funds", "The code is applied.", "Paid on", "Back to Vermilion"),
        ("zh", "余额不足", "优惠码已生效", "付款，谢谢。", "返回朱批"),
    ],
)
def test_what_is_typed_stays_until_it_is_paid(
    browser: Browser, sandbox_url: str, locale: str, declined: str, taken: str, paid: str, back: str
) -> None:
    shop = Shop(client_for(sandbox_url, f"sk_test_{secrets.token_hex(12)}"))
    coupon = shop.v1.coupons.create({"percent_off": 25, "duration": "once"}).id
    shop.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "HELLO"})
    session = shop.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "allow_promotion_codes": True,
            "customer": shop.v1.customers.create({"preferred_locales": [locale]}).id,
            "line_items": [{"price": shop.month, "quantity": 1}],
            "success_url": f"{sandbox_url}/done",
            "locale": locale,
        }
    )
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale=locale)
    page = context.new_page()
    page.goto(session.url)
    page.fill("#email", "wang@studio.example")
    page.fill("#holder", "Wang")
    type_card(page, "4000 0000 0000 9995")
    page.locator("#card").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(declined)
    page.fill("#promotion", "hello")
    page.locator("#promotion").press("Enter")
    expect(page.get_by_role("status")).to_contain_text(taken)
    expect(page.locator("tr.sum")).to_contain_text("¥75.00")
    expect(page.locator("#email")).to_have_value("wang@studio.example")
    expect(page.locator("#holder")).to_have_value("Wang")
    expect(page.locator("#card")).to_have_value("")
    type_card(page, "4242 4242 4242 4242")
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/done")
    invoice = shop.v1.invoices.list().data[0]
    page.goto(invoice.hosted_invoice_url)
    expect(page.get_by_role("status")).to_contain_text(paid)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator(".button", has_text=back).click()
    page.wait_for_url(f"{sandbox_url}/")
    context.close()


@pytest.mark.parametrize(
    ("locale", "width", "expired", "other"),
    [("en", 1440, "This card has expired.", "这张卡已过期。"), ("zh", 390, "这张卡已过期。", "has expired.")],
)
def test_after_a_refusal_back_reload_and_the_other_language_work(
    browser: Browser, sandbox_url: str, locale: str, width: int, expired: str, other: str
) -> None:
    shop = Shop(client_for(sandbox_url, f"sk_test_{secrets.token_hex(12)}"))
    coupon = shop.v1.coupons.create({"percent_off": 25, "duration": "once"}).id
    shop.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon}, "code": "HELLO"})
    session = shop.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "allow_promotion_codes": True,
            "customer": shop.customer,
            "line_items": [{"price": shop.month, "quantity": 1}],
            "success_url": f"{sandbox_url}/done",
            "locale": locale,
        }
    )
    context = browser.new_context(viewport={"width": width, "height": 844}, locale=locale)
    page = context.new_page()
    page.goto(session.url)
    type_card(page, "4242 4242 4242 4242", expiry="12 / 20")
    page.locator("#cvc").press("Enter")
    fault = page.locator("#expiry-fault")
    expect(fault).to_contain_text(expired)
    expect(page.locator("#expiry")).to_be_focused()
    expect(page.locator("#card")).to_have_value("4242 4242 4242 4242")
    page.locator("header a").click()
    expect(fault).to_contain_text(other)
    page.go_back()
    expect(fault).to_be_visible()
    page.reload()
    expect(fault).to_be_visible()
    page.go_back()
    expect(page.locator("#card")).to_be_visible()
    page.fill("#promotion", "hello")
    page.locator("#promotion").press("Enter")
    page.locator("button[value=drop_code]").click()
    page.fill("#promotion", "hello")
    page.locator("#promotion").press("Enter")
    expect(page.locator("tr.sum")).to_contain_text("¥75.00")
    type_card(page, "4242 4242 4242 4242")
    page.locator("#cvc").press("Enter")  # pays, and does not remove the code
    page.wait_for_url("**/done")
    assert [one.total for one in shop.invoices()] == [7_500]
    context.close()


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_what_can_be_done_on_a_wallets_page_is_equally_wide(
    browser: Browser, sandbox_url: str, locale: str
) -> None:
    shop = Shop(client_for(sandbox_url, f"sk_test_{secrets.token_hex(12)}"))
    session = shop.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "customer": shop.customer,
            "line_items": [{"price": shop.price(None, 12_900), "quantity": 1}],
            "allowed_payment_method_types": ["alipay"],
            "success_url": f"{sandbox_url}/done",
            "locale": locale,
        }
    )
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale=locale)
    page = context.new_page()
    page.goto(session.url)
    page.locator("button[value=pay]").click()
    expect(page.locator("[name=outcome]")).to_have_count(4)
    boxes = [button.bounding_box() for button in page.locator("[name=outcome]").all()]
    assert len({(box["x"], box["width"]) for box in boxes if box}) == 1
    context.close()
