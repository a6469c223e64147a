"""Where webhooks go."""

from billing.sandbox.errors import Refusal
from billing.sandbox.facts import facts
from billing.sandbox.operations import PAGING, Params, serves
from billing.sandbox.store import Thing
from billing.sandbox.world import World, fresh_id, metadata, page

MOST = 16


@serves("POST /v1/webhook_endpoints", "api_version description enabled_events metadata url")
def create_endpoint(world: World, params: Params) -> Thing:
    """Listen from now on. The secret with which events are signed is told this once."""
    if sum(1 for _ in world.looking("webhook_endpoint")) >= MOST:
        raise Refusal(f"An account has at most {MOST} endpoints.", param="url")
    _check_url(params["url"])
    if params.get("api_version") not in (None, facts()["version"]):
        raise Refusal(
            f"The sandbox speaks {facts()['version']} only.", code="sandbox_unsupported", param="api_version"
        )
    endpoint = world.add(
        "webhook_endpoint",
        "we",
        {
            "api_version": facts()["version"],
            "application": None,
            "description": params.get("description") or None,
            "enabled_events": params["enabled_events"],
            "metadata": metadata(None, params.get("metadata")),
            "status": "enabled",
            "url": params["url"],
            "_secret": fresh_id("whsec", 32),
        },
    )
    return {**endpoint, "secret": endpoint["_secret"]}


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise Refusal("Invalid URL", code="url_invalid", param="url")


@serves("POST /v1/webhook_endpoints/{webhook_endpoint}", "description disabled enabled_events metadata url")
def update_endpoint(world: World, params: Params, name: str) -> Thing:
    """Change where, or to what, to listen."""
    endpoint = world.get("webhook_endpoint", name)
    if "url" in params:
        _check_url(params["url"])
        endpoint["url"] = params["url"]
    endpoint["enabled_events"] = params.get("enabled_events", endpoint["enabled_events"])
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    if "description" in params:
        endpoint["description"] = params["description"] or None
    endpoint["metadata"] = metadata(endpoint, params.get("metadata"))
    return endpoint


@serves("GET /v1/webhook_endpoints/{webhook_endpoint}")
def retrieve_endpoint(world: World, params: Params, name: str) -> Thing:
    """An endpoint."""
    return world.get("webhook_endpoint", name)


@serves("GET /v1/webhook_endpoints", PAGING)
def list_endpoints(world: World, params: Params) -> Thing:
    """The endpoints."""
    return page(world, world.looking("webhook_endpoint"), params, "/v1/webhook_endpoints")


@serves("DELETE /v1/webhook_endpoints/{webhook_endpoint}")
def delete_endpoint(world: World, params: Params, name: str) -> Thing:
    """Listen no more."""
    world.get("webhook_endpoint", name)
    world.things.drop(name)
    return {"id": name, "object": "webhook_endpoint", "deleted": True}
