"""A sandbox of its own for the tests, as a process, clients that reach it as they would reach Stripe, and
sessions of billing's own on both databases.
"""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import stripe
from sqlmodel import Session

from billing.gateway import Gateway
from billing.sync import sync_plans
from tests.billing.control import PATIENCE, Control
from tests.billing.shop import SOLD, Shop
from webapp.platform.db import open_engine
from webapp.platform.settings import Settings


@pytest.fixture(scope="session")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running ``vermilion sandbox``. Tests share it; each has a key, and so an account, of
    its own.
    """
    home = tmp_path_factory.mktemp("sandbox")
    command = [sys.executable, "-m", "webapp.cli", "sandbox", "--port", "0"]
    environment = {**os.environ, "VERMILION_HOME": str(home)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("sandbox: "), "the sandbox did not start"
        yield line.removeprefix("sandbox: ").strip()
        process.terminate()
        assert process.wait(PATIENCE) == 0


def client_for(url: str, key: str, retries: int = 0) -> stripe.StripeClient:
    """Stripe's own client, sent to the sandbox."""
    addresses: Any = {"api": url, "connect": url, "files": url, "meter_events": url}
    return stripe.StripeClient(key, base_addresses=addresses, max_network_retries=retries)


@pytest.fixture
def stripe_key() -> str:
    """A secret key that nobody else has."""
    return f"sk_test_{secrets.token_hex(12)}"


@pytest.fixture
def client(sandbox_url: str, stripe_key: str) -> stripe.StripeClient:
    """A client with an empty account."""
    return client_for(sandbox_url, stripe_key)


@pytest.fixture
def control(sandbox_url: str, stripe_key: str) -> Control:
    """The sandbox's controls, for the account of ``stripe_key``."""
    return Control(sandbox_url, stripe_key)


def eventually(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What a condition returns once it holds."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.02)
    return found


@pytest.fixture
def engine(each_database: Settings) -> Iterator[sa.Engine]:
    """SQLite, then PostgreSQL."""
    engine = open_engine(each_database)
    yield engine
    engine.dispose()


@pytest.fixture
def books(settings: Settings) -> Iterator[Session]:
    """One session on SQLite, for what does not depend on the database."""
    engine = open_engine(settings)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture(scope="session")
def catalogue_key(sandbox_url: str) -> str:
    """The key of an account in which the plans are on sale, to be copied: that takes one call."""
    key = f"sk_test_{secrets.token_hex(12)}"
    sync_plans(Gateway(key, [], sandbox_url), SOLD)
    return key


@pytest.fixture
def shop(
    settings: Settings, sandbox_url: str, stripe_key: str, control: Control, catalogue_key: str
) -> Iterator[Shop]:
    """A studio's dealings with the sandbox, where the plans are on sale; on SQLite."""
    engine = open_engine(settings)
    gateway = Gateway(stripe_key, [], sandbox_url)
    control("copy", of=catalogue_key)
    yield Shop(engine, gateway, control)
    engine.dispose()
