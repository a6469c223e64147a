"""The sandbox as a process: its state lives on, and it stops when told."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import stripe

from tests.billing.conftest import PATIENCE, client_for
from tests.billing.sandbox.shop import Shop

KEY = "sk_test_process"


def _start(home: Path) -> tuple["subprocess.Popen[str]", str]:
    command = [sys.executable, "-m", "webapp.cli", "sandbox", "--port", "0"]
    environment = {**os.environ, "VERMILION_HOME": str(home)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().removeprefix("sandbox: ").strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_state_survives(tmp_path: Path, number: signal.Signals) -> None:
    process, url = _start(tmp_path)
    shop = Shop(client_for(url, KEY))
    shop.card()
    sub = shop.subscribe()
    paid = shop.v1.customers.create({"name": "Once"}, {"idempotency_key": "k"})
    process.send_signal(number)
    assert process.wait(PATIENCE) == (0 if number != signal.SIGKILL else -signal.SIGKILL)
    assert process.stdout is not None
    process.stdout.close()
    process, url = _start(tmp_path)
    shop.v1 = client_for(url, KEY).v1
    assert shop.sub(sub.id).status == "active"
    assert shop.v1.customers.create({"name": "Once"}, {"idempotency_key": "k"}).id == paid.id
    shop.pass_days(32)
    assert [one.status for one in shop.invoices()] == ["paid", "paid"]
    process.terminate()
    assert process.wait(PATIENCE) == 0
    assert process.stdout is not None
    process.stdout.close()


def test_a_reset_forgets_one_account(client: stripe.StripeClient, sandbox_url: str, stripe_key: str) -> None:
    client.v1.customers.create({"name": "A"})
    other = client_for(sandbox_url, "sk_test_keepsmine")
    kept = other.v1.customers.create({"name": "B"})
    headers = {"Authorization": f"Bearer {stripe_key}"}
    assert httpx.post(f"{sandbox_url}/_sandbox/reset", headers=headers).json() == {"ok": True}
    assert client.v1.customers.list().data == []
    assert other.v1.customers.retrieve(kept.id).name == "B"
