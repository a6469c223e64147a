"""The scenarios of the package ``billing-e2e``, unmodified, against the sandbox; and against Stripe itself,
where ``STRIPE_TEST_KEY`` is a key of an account in test mode: ``pytest -m external``.
"""

import os
from importlib.resources import files

import pytest
import stripe
from billing_e2e.runner import Runner
from billing_e2e.scenario import Config, load_scenario

from tests.conftest import skip_unless

SCENARIOS = ["cancel-at-period-end", "failed-renewal", "plan-change", "renewal", "signup-card-problems"]


def test_all_scenarios_are_here() -> None:
    names = [one.name for one in (files("billing_e2e") / "scenarios").iterdir()]
    assert sorted(names) == [f"{name}.yml" for name in SCENARIOS]


def config_of(client: stripe.StripeClient, stripe_key: str) -> Config:
    """Two monthly prices, the second dearer."""
    product = client.v1.products.create({"name": "Teacher"}).id
    prices = {}
    for name, amount in (("monthly_price", 1500), ("upgrade_price", 4900)):
        month: stripe.params.PriceCreateParams = {
            "product": product,
            "currency": "usd",
            "unit_amount": amount,
            "recurring": {"interval": "month"},
        }
        prices[name] = client.v1.prices.create(month).id
    return Config(stripe_key=stripe_key, vars=prices)


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, client: stripe.StripeClient, stripe_key: str) -> None:
    passes(name, client, stripe_key)


@pytest.mark.external
@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario_at_stripe(name: str) -> None:
    key = os.environ.get("STRIPE_TEST_KEY", "")
    skip_unless(key.startswith("sk_test_"), "STRIPE_TEST_KEY is no key of test mode")
    passes(name, stripe.StripeClient(key), key)


def passes(name: str, client: stripe.StripeClient, stripe_key: str) -> None:
    path = files("billing_e2e") / "scenarios" / f"{name}.yml"
    scenario = load_scenario(str(path))
    result = Runner(config_of(client, stripe_key), client).run(scenario)
    told = [f"{step.label}: {step.detail}" for step in result.steps if not step.passed]
    assert result.passed, [*result.errors, *told]
    assert len(result.steps) == len(scenario.steps)
