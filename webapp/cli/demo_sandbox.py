"""The demo's own payment service: a sandbox beside it, in which everything that is sold can be bought."""

import json
import os
import secrets
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from webapp.platform import clock
from webapp.platform.settings import DEMO_KEY, Settings

if TYPE_CHECKING:
    from billing.gateway import Gateway

USUAL_PORT = 12111


def set_up_sandbox(settings: Settings, port: int) -> int:
    """Have the demo pay at a sandbox: make one or take up the one of the home, put the plans on sale and have
    its webhooks sent to ``port``. Sets the settings of Stripe in the environment; the port to serve it on.
    """
    from billing.gateway import Gateway
    from billing.plans import catalogue
    from billing.sandbox.server import answering
    from billing.sync import sync_plans
    from webapp.money.sandbox import Sandbox

    file = settings.home / "sandbox.json"
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    known.setdefault("key", f"{DEMO_KEY}_{secrets.token_hex(8)}")
    known["port"] = _port(known.get("port"))
    hook = f"http://localhost:{port}/webhooks/stripe"
    with answering(settings.home, known["port"]) as address:
        gateway = Gateway(known["key"], base=address)
        sync_plans(gateway, catalogue())
        _listen(gateway, known, hook)
        with Sandbox(address, known["key"]) as sandbox:
            clock.set_ahead(settings, sandbox.ahead())
            sandbox.keep_unpaid()
    file.touch(mode=0o600)
    file.write_text(json.dumps(known) + "\n", encoding="utf-8")
    os.environ["VERMILION_STRIPE_KEY"] = known["key"]
    os.environ["VERMILION_STRIPE_ADDRESS"] = address
    os.environ["VERMILION_STRIPE_WEBHOOK_SECRET"] = known["secret"]
    os.environ["VERMILION_STRIPE_WEBHOOK_SECRET_BEFORE"] = ""
    return int(known["port"])


def _listen(gateway: "Gateway", known: dict[str, Any], hook: str) -> None:
    """Have the webhooks come to us, under the secret that they had."""
    from billing.gateway import NotThereError

    if "webhook" in known:
        with suppress(NotThereError):  # the sandbox has begun anew
            gateway.move_webhook(known["webhook"], hook)
            return
    known["webhook"], known["secret"] = gateway.listen(hook)


def _port(known: int | None) -> int:
    """The port that the home's sandbox has; a new one takes the usual port, or where that is taken any other.
    It stays, for the addresses of its invoices are kept.
    """
    from billing.sandbox.server import HOST

    for port in (known,) if known else (USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise click.ClickException(
        f"Port {known} is taken, where this demo's payment service has its invoices; perhaps by another"
        " Vermilion. Stop that one first."
    )
