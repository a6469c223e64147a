"""Make Stripe sell what the catalogue says: products, prices, coupons, promotion codes and the portal.

Prices are found by lookup key. A price cannot be changed at Stripe: another takes over its key, and whoever
subscribed at the old one keeps it. Nor can a coupon: another takes over its codes, and whoever used the old
one keeps it. A product has one name at Stripe, so each currency has products of its own, named in the
language of who pays in it. Done twice, the second time changes nothing.
"""

from typing import Any

from billing.gateway import KNOWN, Data, Gateway
from billing.plans import Catalogue, Coupon, Item
from billing.snapshot import id_of

PORTAL: dict[str, dict[str, Any]] = {
    "customer_update": {"enabled": True, "allowed_updates": ["email", "name", "address", "tax_id"]},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
    "subscription_update": {"enabled": False},
}
"""What a customer may do in Stripe's portal. Plans are changed on our page, which shows what it will cost."""


def sync_plans(gateway: Gateway, sold: Catalogue) -> list[str]:
    """Bring Stripe to the catalogue; what was changed, a line each."""
    items = list(sold.items())
    changes = _products(gateway, items)
    there = gateway.prices([item.key for item in items])
    for item in items:
        changes += _price(gateway, item, there.get(item.key))
    for coupon in sold.coupons:
        changes += _coupon(gateway, coupon)
    on_sale = {code for coupon in sold.coupons for code in coupon.codes}
    for ours in gateway.promotion_codes():
        if ours["code"] not in on_sale:
            gateway.retire_promotion_code(ours["id"])
            changes.append(f"promotion code {ours['code']}: ended")
    return changes + _portal(gateway)


def _products(gateway: Gateway, items: list[Item]) -> list[str]:
    changes = []
    for item in {item.product: item for item in items}.values():
        there = gateway.product(item.product)
        if there is None:
            gateway.create_product(item.product, item.title, _metadata(item))
            changes.append(f"product {item.product}: made")
        elif there["name"] != item.title or not there["active"]:
            gateway.update_product(item.product, item.title)
            changes.append(f"product {item.product}: renamed")
    return changes


def _price(gateway: Gateway, item: Item, there: Data | None) -> list[str]:
    if there is None:
        gateway.create_price(item, _metadata(item))
        return [f"price {item.key}: made"]
    recurring = (there["recurring"] or {}).get("interval")
    wanted = item.interval if item.kind == "subscription" else None
    product = there["product"] if isinstance(there["product"], str) else there["product"]["id"]
    same = (there["unit_amount"], there["currency"], recurring, product, dict(there["metadata"])) == (
        item.amount,
        item.currency,
        wanted,
        item.product,
        _metadata(item),
    )
    if same:
        return []
    gateway.create_price(item, _metadata(item))
    gateway.retire_price(there["id"])
    if there["unit_amount"] == item.amount:
        return [f"price {item.key}: made anew"]
    return [f"price {item.key}: {there['unit_amount']} becomes {item.amount} {item.currency}"]


def _coupon(gateway: Gateway, coupon: Coupon) -> list[str]:
    changes = []
    if gateway.coupon(coupon.stripe_id) is None:
        gateway.create_coupon(coupon)
        changes.append(f"coupon {coupon.stripe_id}: made")
    for code in coupon.codes:
        there = gateway.promotion_code(code)
        if there is not None and _gives(there, coupon):
            continue
        if there is not None:
            gateway.retire_promotion_code(there["id"])
        gateway.create_promotion_code(coupon, code)
        changes.append(f"promotion code {code}: {'made' if there is None else f'now {coupon.stripe_id}'}")
    return changes


def _gives(code: Data, coupon: Coupon) -> bool:
    """Whether a promotion code gives this coupon, to those for whom it is. Neither can be changed."""
    first_time = bool(code["restrictions"]["first_time_transaction"])
    return (id_of(code["promotion"]["coupon"]), first_time) == (coupon.stripe_id, coupon.first_time)


def _portal(gateway: Gateway) -> list[str]:
    there = gateway.portal_configuration()
    if there is None:
        gateway.create_portal_configuration(PORTAL)
        return ["portal: set up"]
    if all(
        _plain(there["features"][feature].get(name)) == _plain(value)
        for feature, fields in PORTAL.items()
        for name, value in fields.items()
    ):
        return []
    gateway.update_portal_configuration(there["id"], PORTAL)
    return ["portal: changed"]


def _plain(value: Any) -> Any:
    """Lists are sets there, in whatever order they come."""
    return sorted(value) if isinstance(value, list) else value


def _metadata(item: Item) -> dict[str, str]:
    """By which a subscription's price tells its plan, also when its lookup key has gone to another."""
    return {"app": KNOWN, "kind": item.kind, "code": item.code}
