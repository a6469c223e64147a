"""A person buys on the sandbox's Checkout page and manages the plan in its portal, in English and Chinese."""

import secrets

import pytest
from playwright.sync_api import Browser, expect

from tests.billing.conftest import client_for, sandbox_url
from tests.billing.sandbox.shop import Shop

__all__ = ["sandbox_url"]
pytestmark = pytest.mark.browser


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
    page.get_by_label(number).fill("4000 0025 0000 3155")
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
