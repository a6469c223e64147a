"""The billing portal: its configurations, and sessions that let one customer in."""

from billing.sandbox.errors import Refusal, absent, missing, unsupported
from billing.sandbox.money import DAY
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, metadata, page, wanted

REASONS = ["customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex",
           "too_expensive", "unused"]  # fmt: skip


def _features(given: Params, before: Thing | None) -> Thing:
    """All features with all of their fields: those given, over those before, over what is usual (off)."""
    usual: Thing = before or {
        "customer_update": {"allowed_updates": [], "enabled": False},
        "invoice_history": {"enabled": False},
        "payment_method_update": {"enabled": False, "payment_method_configuration": None},
        "subscription_cancel": {
            "cancellation_reason": {"enabled": False, "feedback_options": None, "options": []},
            "enabled": False,
            "mode": "at_period_end",
            "proration_behavior": "none",
        },
        "subscription_pause": {"enabled": False},
        "subscription_update": {
            "billing_cycle_anchor": None,
            "default_allowed_updates": [],
            "enabled": False,
            "products": None,
            "proration_behavior": "none",
            "schedule_at_period_end": {"conditions": []},
            "trial_update_behavior": "end_trial",
        },
    }
    features = {name: {**fields, **given.get(name, {})} for name, fields in usual.items()}
    features["customer_update"]["allowed_updates"] = features["customer_update"]["allowed_updates"] or []
    reason = features["subscription_cancel"]["cancellation_reason"]
    reason = {"feedback_options": None, **reason}
    reason["options"] = reason["options"] or (REASONS if reason["enabled"] else [])
    features["subscription_cancel"]["cancellation_reason"] = reason
    changes = features["subscription_update"]
    changes["default_allowed_updates"] = changes["default_allowed_updates"] or []
    if changes["schedule_at_period_end"]["conditions"]:
        raise unsupported(
            "changes at a period's end", "features[subscription_update][schedule_at_period_end]"
        )
    products = changes["products"] or []
    many = {"enabled": False, "maximum": None, "minimum": 1}
    changes["products"] = [
        {**one, "adjustable_quantity": {**many, **one.get("adjustable_quantity", {})}} for one in products
    ]
    if features["subscription_pause"]["enabled"]:
        raise unsupported("pausing in the portal", "features[subscription_pause]")
    if changes["enabled"] and not (changes["products"] and changes["default_allowed_updates"]):
        where = "features[subscription_update][products]"
        raise absent(where, "Changes need products and what may change.")
    return features


@serves(
    "POST /v1/billing_portal/configurations",
    "business_profile default_return_url features login_page metadata name",
)
def create_configuration(world: World, params: Params) -> Thing:
    """What customers may do in the portal."""
    now, profile = world.now(), params.get("business_profile", {})
    configuration = world.add(
        "billing_portal.configuration",
        "bpc",
        {
            "active": True,
            "application": None,
            "business_profile": {
                "headline": profile.get("headline") or None,
                "privacy_policy_url": profile.get("privacy_policy_url"),
                "terms_of_service_url": profile.get("terms_of_service_url"),
            },
            "created": now,
            "default_return_url": params.get("default_return_url") or None,
            "features": _features(params["features"], None),
            "is_default": False,
            "login_page": {"enabled": False, "url": None},
            "metadata": metadata(None, params.get("metadata")),
            "name": params.get("name") or None,
            "updated": now,
        },
    )
    _check_products(world, configuration)
    world.emit("billing_portal.configuration.created", configuration)
    return configuration


def _check_products(world: World, configuration: Thing) -> None:
    for number, one in enumerate(configuration["features"]["subscription_update"]["products"]):
        where = f"features[subscription_update][products][{number}]"
        world.get("product", one["product"], f"{where}[product]")
        for place, name in enumerate(one["prices"]):
            price = world.get("price", name, f"{where}[prices][{place}]")
            if price["product"] != one["product"]:
                raise Refusal("The price is of another product.", param=f"{where}[prices][{place}]")


@serves(
    "POST /v1/billing_portal/configurations/{configuration}",
    "active business_profile default_return_url features metadata name",
)
def update_configuration(world: World, params: Params, name: str) -> Thing:
    """Change what customers may do."""
    configuration = world.get("billing_portal.configuration", name)
    with world.changing(configuration, "billing_portal.configuration.updated"):
        configuration["active"] = params.get("active", configuration["active"])
        configuration["business_profile"] |= params.get("business_profile") or {}
        for field in ("default_return_url", "name"):
            if field in params:
                configuration[field] = params[field] or None
        configuration["features"] = _features(params.get("features", {}), configuration["features"])
        configuration["metadata"] = metadata(configuration, params.get("metadata"))
        configuration["updated"] = world.now()
    _check_products(world, configuration)
    return configuration


@serves("GET /v1/billing_portal/configurations/{configuration}")
def retrieve_configuration(world: World, params: Params, name: str) -> Thing:
    """A configuration."""
    return world.get("billing_portal.configuration", name)


@serves("GET /v1/billing_portal/configurations", PAGING + "active is_default")
def list_configurations(world: World, params: Params) -> Thing:
    """The configurations."""
    found = world.looking("billing_portal.configuration", **wanted(params, "active", "is_default"))
    return page(world, found, params, "/v1/billing_portal/configurations")


@serves("POST /v1/billing_portal/sessions", "configuration customer flow_data locale return_url")
def create_session(world: World, params: Params) -> Thing:
    """Let a customer in. An account has no default configuration here: name one."""
    if "customer" not in params:
        raise absent("customer")
    customer = world.get("customer", params["customer"], "customer")
    if "configuration" not in params:
        raise absent("configuration", "The account has no default configuration: name one.")
    configuration = world.get("billing_portal.configuration", params["configuration"], "configuration")
    if not configuration["active"]:
        raise Refusal("The configuration is not active.", param="configuration")
    flow = _flow(world, customer, configuration, params)
    ident = fresh_id("bps")
    session = world.add(
        "billing_portal.session",
        "bps",
        {
            "configuration": configuration["id"],
            "created": world.now(customer),
            "customer": customer["id"],
            "flow": flow,
            "locale": params.get("locale"),
            "on_behalf_of": None,
            "return_url": params.get("return_url") or configuration["default_return_url"],
            "url": f"{world.base_url}/p/session/{world.things.account}/{ident}",
            "_until": world.now() + DAY,
        },
        ident=ident,
    )
    world.emit("billing_portal.session.created", session)
    return session


NEEDS = {
    "payment_method_update": "payment_method_update",
    "subscription_cancel": "subscription_cancel",
    "subscription_update": "subscription_update",
    "subscription_update_confirm": "subscription_update",
}
"""Flow → the feature that has to be on."""


def _flow(world: World, customer: Thing, configuration: Thing, params: Params) -> Thing | None:
    given = params.get("flow_data")
    if not given:
        return None
    kind = given["type"]
    if kind not in NEEDS:
        raise unsupported(f"the portal's flow {kind}", "flow_data[type]")
    if not configuration["features"][NEEDS[kind]]["enabled"]:
        raise Refusal("The configuration does not allow this.", param="flow_data[type]")
    if kind != "payment_method_update":
        where = f"flow_data[{kind}][subscription]"
        if kind not in given:
            raise absent(
                f"flow_data[{kind}]",
            )
        sub = world.get("subscription", given[kind]["subscription"], where)
        if sub["customer"] != customer["id"]:
            raise missing("subscription", sub["id"], where, status=400)
        if kind == "subscription_cancel" and sub["cancel_at_period_end"]:
            raise Refusal("The subscription ends already.", param=where)
    after = given.get("after_completion") or {"type": "portal_homepage"}
    flow: Thing = {
        "after_completion": {
            "hosted_confirmation": after.get("hosted_confirmation"),
            "redirect": after.get("redirect"),
            "type": after["type"],
        },
        "subscription_cancel": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": kind,
    }
    if kind == "subscription_cancel":
        flow[kind] = {"retention": None, "subscription": given[kind]["subscription"]}
    elif kind == "subscription_update":
        flow[kind] = {"subscription": given[kind]["subscription"]}
    elif kind == "subscription_update_confirm":
        items = [{"price": None, "quantity": 1, **one} for one in given[kind]["items"]]
        flow[kind] = {"discounts": None, "items": items, "subscription": given[kind]["subscription"]}
    return flow
