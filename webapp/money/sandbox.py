"""What only a sandbox can do, and Stripe cannot: let its time be moved on, say what is on its way, and show
each customer the days of their own clocks. The demo alone asks for it.
"""

from typing import Any, Self

import httpx

from webapp.platform.settings import Settings

PATIENCE_SECONDS = 30.0


class Sandbox:
    """The sandbox at ``address``, and in it the account of ``key``; for ``with``. Errors are httpx's."""

    def __init__(self, address: str, key: str) -> None:
        # No certificates: they take longer to load than everything that is asked here.
        self._http = httpx.Client(
            base_url=f"{address}/_sandbox/",
            auth=(key, ""),
            timeout=PATIENCE_SECONDS,
            verify=False,  # noqa: S501 - it is on this machine
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._http.close()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The one at which this demo is paid."""
        return cls(settings.stripe_address, settings.stripe_key)

    def ahead(self) -> int:
        """By how many seconds its clock is ahead of the machine's."""
        return int(self._ask(self._http.get("clock"))["ahead"])

    def keep_unpaid(self) -> None:
        """Mark a subscription as unpaid once every try at its payment has failed, as docs/billing.md
        recommends for Stripe.
        """
        self._ask(self._http.post("switches", json={"after_retries": "unpaid"}))

    def advance(self, seconds: int) -> int:
        """Let so much time pass, and everything in it happen; how far it is ahead then."""
        return int(self._ask(self._http.post("clock", json={"advance": seconds}))["ahead"])

    def show_days_of(self, time_zone: str, customer_id: str) -> None:
        """Have its pages show this customer days as the clocks in a time zone do."""
        self._ask(self._http.post(f"customers/{customer_id}", json={"time_zone": time_zone}))

    def has_news(self) -> bool:
        """Whether webhooks are on their way for the first time."""
        return bool(self._ask(self._http.get("deliveries", params={"state": "new"}))["data"])

    def _ask(self, answer: httpx.Response) -> Any:
        return answer.raise_for_status().json()
