"""Stripe, as far as we need it: plain dicts in and out. The only file that imports ``stripe``.

Stripe's client repeats a call whose answer was lost under one idempotency key. A call that must not be done
twice when its caller is cut off and begins anew takes a key of the caller's. Errors become ours.
Where Stripe is (its own servers, or another address that speaks like it) is told at construction and known
nowhere else.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import stripe

from billing.plans import Coupon, Item

Data = dict[str, Any]

PATIENCE_SECONDS = 20.0
RETRIES = 2
HURRY_SECONDS = 5.0
KNOWN = "vermilion"
"""Marks what we made at Stripe, in its metadata."""


class GatewayError(Exception):
    """Stripe did not do it. ``code`` is Stripe's, or the error's type; ``again``: later it may."""

    def __init__(self, code: str, *, again: bool = False) -> None:
        super().__init__(code)
        self.code, self.again = code, again


class NotThereError(GatewayError):
    """Stripe has no such object, or not in this mode."""


class UnansweredError(GatewayError):
    """A change was asked for, and nobody knows yet whether it was made."""


class DeclinedError(GatewayError):
    """The payment was declined. ``code`` says why."""


class UnconfirmedError(DeclinedError):
    """The payer's bank wants them to confirm the payment."""


UNCONFIRMED = (
    "authentication_required",
    "invoice_payment_intent_requires_action",
    "subscription_payment_intent_requires_action",
)
"""Stripe's codes for it."""


class SignatureError(Exception):
    """A webhook that was not signed with one of our secrets, or too long ago, or is no event."""


class Gateway:
    """A connection to one Stripe account. ``secrets``: of its webhook, the current one first. ``is_stripes``:
    it is reached at Stripe's own servers, so Stripe's dashboard shows it.

    Each call waits PATIENCE_SECONDS for an answer and is repeated RETRIES times; ``hurried``, HURRY_SECONDS
    and never, for whoever has something better to do and asks again later.
    """

    def __init__(
        self, key: str, secrets: Sequence[str] = (), base: str = "", *, hurried: bool = False
    ) -> None:
        self.live = key.startswith(("sk_live_", "rk_live_"))
        self.is_stripes = not base
        self._secrets = [secret for secret in secrets if secret]
        client = stripe.StripeClient(
            key,
            max_network_retries=0 if hurried else RETRIES,
            base_addresses=(
                {"api": base, "connect": base, "files": base, "meter_events": base} if base else None
            ),
            http_client=stripe.RequestsClient(timeout=HURRY_SECONDS if hurried else PATIENCE_SECONDS),
        )
        self._client = client
        self._v1 = client.v1

    # Webhooks

    def event(self, payload: bytes, signature: str) -> Data:
        """The event of a webhook's body, signed with the current or the previous secret. Raises
        SignatureError.
        """
        for secret in self._secrets:
            try:
                stripe.WebhookSignature.verify_header(
                    payload, signature, secret, stripe.Webhook.DEFAULT_TOLERANCE
                )
            except (stripe.SignatureVerificationError, UnicodeDecodeError, ValueError):
                continue
            return _event_of(payload)
        raise SignatureError("no signature of ours")

    def listen(self, url: str) -> tuple[str, str]:
        """Have every event sent to this address from now on: the webhook's id, and its secret, which is told
        this once.
        """
        made = self._do(self._v1.webhook_endpoints.create, {"url": url, "enabled_events": ["*"]})
        return str(made["id"]), str(made["secret"])

    def move_webhook(self, webhook_id: str, url: str) -> None:
        """Have the events sent to another address. Raises NotThereError."""
        self._change(self._v1.webhook_endpoints.update, webhook_id, {"url": url})

    def undelivered(self, since: int) -> Iterator[Data]:
        """Events since then (Unix time) that did not reach a webhook, the newest first."""
        params = {"created": {"gte": since}, "delivery_success": False, "limit": 100}
        yield from self._every(self._v1.events, params)

    # What Stripe knows of a customer

    def customer(self, customer_id: str) -> Data:
        """The customer; with ``deleted`` true when it was. Raises NotThereError."""
        return self._one(self._v1.customers.retrieve, customer_id)

    def customers(self) -> Iterator[Data]:
        """All customers of the account."""
        yield from self._every(self._v1.customers, {"limit": 100})

    def subscriptions(self, customer_id: str) -> list[Data]:
        """All subscriptions that a customer ever had."""
        params = {"customer": customer_id, "status": "all", "limit": 100}
        return list(self._every(self._v1.subscriptions, params))

    def subscription(self, subscription_id: str) -> Data:
        return self._one(self._v1.subscriptions.retrieve, subscription_id)

    def card(self, subscription_id: str) -> Data | None:
        """The card that the subscription is paid with, e.g. its ``brand`` and ``last4``; none where there is
        none, or it is paid with something else.
        """
        own, customers = "default_payment_method", "customer.invoice_settings.default_payment_method"
        there = self._one(self._v1.subscriptions.retrieve, subscription_id, own, customers)
        usual = (there["customer"].get("invoice_settings") or {}).get("default_payment_method")
        card: Data | None = (there["default_payment_method"] or usual or {}).get("card")
        return card

    def invoices(self, customer_id: str) -> list[Data]:
        """All invoices of a customer, each with its ``payments``."""
        params = {"customer": customer_id, "limit": 100, "expand": ["data.payments"]}
        return list(self._every(self._v1.invoices, params))

    def invoice(self, invoice_id: str) -> Data:
        return self._one(self._v1.invoices.retrieve, invoice_id)

    def payment(self, payment_id: str) -> Data:
        """A payment intent."""
        return self._one(self._v1.payment_intents.retrieve, payment_id)

    def charges(self, customer_id: str) -> list[Data]:
        """All charges of a customer, each with its ``balance_transaction``, if its money has come."""
        params = {"customer": customer_id, "limit": 100, "expand": ["data.balance_transaction"]}
        return list(self._every(self._v1.charges, params))

    def charge(self, charge_id: str) -> Data:
        return self._one(self._v1.charges.retrieve, charge_id)

    def refunds(self, charge_id: str) -> list[Data]:
        return list(self._every(self._v1.refunds, {"charge": charge_id, "limit": 100}))

    def disputes(self, charge_id: str) -> list[Data]:
        return list(self._every(self._v1.disputes, {"charge": charge_id, "limit": 100}))

    def sessions(self, customer_id: str, **which: str) -> list[Data]:
        """The customer's Checkout sessions, e.g. those whose ``status="open"``."""
        return list(self._every(self._v1.checkout.sessions, {"customer": customer_id, "limit": 100, **which}))

    def checkouts(self, customer_id: str) -> list[Data]:
        """All Checkout sessions of a customer, each with its ``payment_intent`` and how that is paid."""
        expand = ["data.payment_intent.payment_method"]
        params = {"customer": customer_id, "limit": 100, "expand": expand}
        return list(self._every(self._v1.checkout.sessions, params))

    def session(self, session_id: str) -> Data:
        return self._one(self._v1.checkout.sessions.retrieve, session_id)

    # Buying and changing

    def create_customer(self, metadata: Mapping[str, str], *, key: str) -> Data:
        """A customer of whom nothing is told yet; see ``introduce``."""
        return self._do(self._v1.customers.create, {"metadata": dict(metadata)}, key=key)

    def introduce(self, customer_id: str, locale: str, **told: str) -> None:
        """In which language (``en``, ``zh``) Stripe writes the customer's invoices and letters; and what else
        is ``told``: the ``name`` that its invoices are for, the ``email`` that they go to. Checkout asks for
        an address that is not told here.
        """
        self._change(self._v1.customers.update, customer_id, {"preferred_locales": [locale], **told})

    def create_session(self, params: Mapping[str, Any], *, key: str) -> Data:
        """A Checkout session; its ``url`` is where to pay."""
        return self._do(self._v1.checkout.sessions.create, dict(params), key=key)

    def expire_session(self, session_id: str) -> None:
        """Nobody can pay it any more. GatewayError when it is paid, or over, already."""
        self._one(self._v1.checkout.sessions.expire, session_id)

    def portal(self, customer_id: str, return_url: str, locale: str) -> str:
        """Address of the customer's own pages: cards, invoices, cancelling."""
        params: Data = {"customer": customer_id, "return_url": return_url, "locale": locale}
        if (ours := self.portal_configuration()) is not None:
            params["configuration"] = ours["id"]
        return str(self._do(self._v1.billing_portal.sessions.create, params)["url"])

    def preview(self, params: Mapping[str, Any]) -> Data:
        """The invoice that a change would make; changes nothing."""
        return self._do(self._v1.invoices.create_preview, dict(params))

    def update_subscription(self, subscription_id: str, params: Mapping[str, Any], *, key: str) -> Data:
        """Raises DeclinedError when it must be paid now and was not."""
        return self._change(self._v1.subscriptions.update, subscription_id, dict(params), key=key)

    def finalize_invoice(self, invoice_id: str) -> Data:
        """Make a draft final, so that it can be paid on its page; no card is tried by itself."""
        return self._change(self._v1.invoices.finalize_invoice, invoice_id, {"auto_advance": False})

    def keep_draft(self, invoice_id: str) -> None:
        """Have a draft stay one: Stripe neither makes it final nor charges it by itself."""
        self._change(self._v1.invoices.update, invoice_id, {"auto_advance": False})

    def void_invoice(self, invoice_id: str) -> None:
        """Nobody can pay it any more. GatewayError when it is paid already."""
        self._one(self._v1.invoices.void_invoice, invoice_id)

    def cancel_subscription(self, subscription_id: str) -> None:
        """End it at once. One that has ended meanwhile, somebody was faster with."""
        with suppress(NotThereError):
            self._one(self._v1.subscriptions.cancel, subscription_id)

    # The catalogue

    def prices(self, keys: Sequence[str]) -> dict[str, Data]:
        """The active prices with these lookup keys, by key."""
        found: dict[str, Data] = {}
        for start in range(0, len(keys), 10):  # Stripe takes ten at once
            params = {"lookup_keys": list(keys[start : start + 10]), "limit": 100, "active": True}
            found |= {str(price["lookup_key"]): price for price in self._every(self._v1.prices, params)}
        return found

    def create_price(self, item: Item, metadata: Mapping[str, str]) -> Data:
        """A price under the item's lookup key, which is taken from the price that had it."""
        params: Data = {
            "product": item.product,
            "currency": item.currency,
            "unit_amount": item.amount,
            "lookup_key": item.key,
            "transfer_lookup_key": True,
            "metadata": dict(metadata),
        }
        if item.kind == "subscription":
            params["recurring"] = {"interval": item.interval}
        return self._do(self._v1.prices.create, params)

    def retire_price(self, price_id: str) -> None:
        """Nobody can buy at this price any more; who has it keeps it."""
        self._change(self._v1.prices.update, price_id, {"active": False})

    def product(self, product_id: str) -> Data | None:
        return self._maybe(self._v1.products.retrieve, product_id)

    def create_product(self, product_id: str, name: str, metadata: Mapping[str, str]) -> None:
        self._do(self._v1.products.create, {"id": product_id, "name": name, "metadata": dict(metadata)})

    def update_product(self, product_id: str, name: str) -> None:
        self._change(self._v1.products.update, product_id, {"name": name, "active": True})

    def coupon(self, coupon_id: str) -> Data | None:
        return self._maybe(self._v1.coupons.retrieve, coupon_id)

    def create_coupon(self, coupon: Coupon) -> None:
        params = {"id": coupon.stripe_id, "percent_off": coupon.percent_off, "duration": coupon.duration}
        self._do(self._v1.coupons.create, params)

    def promotion_code(self, code: str) -> Data | None:
        """The active promotion code that a buyer types as ``code``."""
        return next(self._every(self._v1.promotion_codes, {"code": code, "active": True, "limit": 1}), None)

    def promotion_codes(self) -> list[Data]:
        """The active promotion codes that we made."""
        every = self._every(self._v1.promotion_codes, {"active": True, "limit": 100})
        return [code for code in every if (code["metadata"] or {}).get("app") == KNOWN]

    def create_promotion_code(self, coupon: Coupon, code: str) -> None:
        promotion = {"type": "coupon", "coupon": coupon.stripe_id}
        params: Data = {"promotion": promotion, "code": code, "metadata": {"app": KNOWN}}
        if coupon.first_time:
            params["restrictions"] = {"first_time_transaction": True}
        self._do(self._v1.promotion_codes.create, params)

    def retire_promotion_code(self, promotion_code_id: str) -> None:
        """Nobody can type it any more; what it took off stays off."""
        self._change(self._v1.promotion_codes.update, promotion_code_id, {"active": False})

    def portal_configuration(self) -> Data | None:
        """How our customers' portal is set up."""
        every = self._every(self._v1.billing_portal.configurations, {"active": True, "limit": 100})
        return next((c for c in every if (c.get("metadata") or {}).get("app") == KNOWN), None)

    def create_portal_configuration(self, features: Mapping[str, Any]) -> None:
        params = {"features": dict(features), "metadata": {"app": KNOWN}}
        self._do(self._v1.billing_portal.configurations.create, params)

    def update_portal_configuration(self, configuration_id: str, features: Mapping[str, Any]) -> None:
        params = {"features": dict(features)}
        self._change(self._v1.billing_portal.configurations.update, configuration_id, params)

    # How calls are made

    def _do(self, call: Any, params: Data, *, key: str | None = None) -> Data:
        with _our_errors():
            return _plain(call(params=params, options={"idempotency_key": key} if key else {}))

    def _change(self, call: Any, object_id: str, params: Data, *, key: str | None = None) -> Data:
        with _our_errors():
            return _plain(call(object_id, params=params, options={"idempotency_key": key} if key else {}))

    def _one(self, call: Any, object_id: str, *expand: str) -> Data:
        with _our_errors():
            return _plain(call(object_id, params={"expand": [*expand]}) if expand else call(object_id))

    def _maybe(self, call: Any, object_id: str) -> Data | None:
        try:
            return self._one(call, object_id)
        except NotThereError:
            return None

    def _every(self, service: Any, params: Mapping[str, Any]) -> Iterator[Data]:
        with _our_errors():
            for found in service.list(params=dict(params)).auto_paging_iter():
                yield _plain(found)


@contextmanager
def _our_errors() -> Iterator[None]:
    """Stripe's errors become ours; no message, for it may hold what a buyer typed."""
    try:
        yield
    except stripe.StripeError as error:
        code = str(error.code or type(error).__name__)
        if isinstance(error, stripe.CardError):
            raise (UnconfirmedError if code in UNCONFIRMED else DeclinedError)(code) from error
        if code == "resource_missing" or error.http_status == 404:
            raise NotThereError(code) from error
        again = isinstance(error, stripe.APIConnectionError | stripe.RateLimitError)
        server = error.http_status is not None and error.http_status >= 500
        # 409: another request holds the object, or the key.
        raise GatewayError(code, again=again or server or error.http_status == 409) from error


def _plain(found: Any) -> Data:
    return dict(found.to_dict())


def _event_of(payload: bytes) -> Data:
    try:
        event = json.loads(payload)
        named = all(isinstance(event[k], str) for k in ("id", "type")) and len(event["id"]) <= 80
        if event["object"] != "event" or not named or not isinstance(event["created"], int):
            raise SignatureError("signed, but no event")
        if not isinstance(event["data"]["object"], dict):
            raise SignatureError("signed, but an event of nothing")
    except (ValueError, KeyError, TypeError) as error:
        raise SignatureError("signed, but no event") from error
    return dict(event)
