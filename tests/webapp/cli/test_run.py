"""What ``vermilion run`` starts, and with which settings. Nothing is started here but a sandbox to set up."""

import json
import os
import socket
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from billing.gateway import Gateway
from billing.plans import catalogue
from billing.sandbox.server import answering
from tests.billing.control import Control
from webapp.cli import main
from webapp.cli.supervisor import Child
from webapp.platform.settings import DEMO_KEY, Settings

PORT = "8149"
STRIPE = ("STRIPE_KEY", "STRIPE_ADDRESS", "STRIPE_WEBHOOK_SECRET", "STRIPE_WEBHOOK_SECRET_BEFORE")


class Started:
    """What was to be started, and the settings that it would have found."""

    def __init__(self) -> None:
        self.children: dict[str, Child] = {}
        self.settings: Settings | None = None

    def run(self, *words: str, key: str = "") -> str:
        os.environ["VERMILION_STRIPE_KEY"] = key  # what the run before has set is gone with its process
        done = CliRunner().invoke(main, ["run", *words, "--port", PORT])
        assert done.exit_code == 0, done.output
        return done.output


@pytest.fixture
def started(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Started:
    operator = {"role": "operator", "email": "operator@vermilion.example", "password": "p"}
    made = {"users": [operator], "mailbox": "http://localhost/mailbox"}
    (settings.home / "demo.json").write_text(json.dumps(made))
    monkeypatch.chdir(settings.home)
    for name in STRIPE:  # all of these are forgotten afterwards
        monkeypatch.setenv(f"VERMILION_{name}", "")
    for name in ("DEMO", "BASE_URL"):
        monkeypatch.setenv(f"VERMILION_{name}", "")
        monkeypatch.delenv(f"VERMILION_{name}")
    monkeypatch.setenv("VERMILION_HOME", str(settings.home))
    found = Started()

    def supervise(children: list[Child], environment: object, meanwhile: object) -> None:
        found.children = {child.name: child for child in children}
        found.settings = Settings()

    monkeypatch.setattr("webapp.cli.run.supervise", supervise)
    monkeypatch.setattr("webapp.cli.run.fill_demo", lambda settings: None)
    monkeypatch.setattr("webapp.cli.run.prepare_models", lambda settings: None)
    return found


def test_the_demo_sells_at_a_sandbox_of_its_own(started: Started) -> None:
    said = started.run("--demo")
    settings = started.settings
    assert settings is not None
    assert settings.has_movable_clock
    assert settings.stripe_key.startswith(DEMO_KEY)
    port = settings.stripe_address.rpartition(":")[2]
    assert settings.stripe_address == f"http://127.0.0.1:{port}"
    assert list(started.children["sandbox"].command)[-2:] == ["--port", port]
    assert settings.stripe_address in said
    assert "/clock" in said
    assert "operator operator@vermilion.example" in said
    assert "/sign-in" in said
    record = json.loads((settings.home / "sandbox.json").read_text())
    assert record["secret"] == settings.stripe_webhook_secret
    with answering(settings.home, int(port)) as address:
        gateway = Gateway(settings.stripe_key, base=address)
        keys = [item.key for item in catalogue().items()]
        assert set(gateway.prices(keys)) == set(keys)
        assert Control(address, settings.stripe_key)("switches") == {"after_retries": "unpaid"}


def test_money_and_the_ticks_have_a_process_of_their_own(started: Started) -> None:
    started.run()
    money = started.children["money"]
    assert list(money.command)[-3:] == ["worker", "--queue", "money"]
    assert {"drafting", "school", "beat"} < set(started.children)


def test_the_school_has_the_lowest_priority_whoever_starts_it(started: Started) -> None:
    started.run()
    school = started.children["school"]
    assert list(school.command)[-3:] == ["worker", "--queue", "school"]
    school.start(os.environ)
    assert school.process is not None
    try:
        ends = time.monotonic() + 20
        while os.getpriority(os.PRIO_PROCESS, school.process.pid) != 19:
            assert school.process.poll() is None
            assert time.monotonic() < ends
            time.sleep(0.05)
    finally:
        school.process.kill()
        school.process.wait()


def test_another_start_finds_the_same_sandbox(started: Started) -> None:
    started.run("--demo")
    before = started.settings
    assert before is not None
    started.run("--demo")
    assert started.settings == before


def test_whoever_has_a_key_is_paid_there(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERMILION_STRIPE_WEBHOOK_SECRET", "whsec_own")
    said = started.run("--demo", key="sk_live_own")
    settings = started.settings
    assert settings is not None
    assert (settings.stripe_key, settings.stripe_address) == ("sk_live_own", "")
    assert settings.stripe_webhook_secret == "whsec_own"
    assert "sandbox" not in started.children
    assert "clock" not in said
    assert not settings.has_movable_clock
    assert not (settings.home / "sandbox.json").exists()


def test_without_the_demo_nothing_is_sold_unasked(started: Started) -> None:
    started.run()
    assert started.settings is not None
    assert started.settings.stripe_key == ""
    assert "sandbox" not in started.children


def test_the_sandbox_does_not_move_to_another_port(started: Started, settings: Settings) -> None:
    started.run("--demo")
    port = json.loads((settings.home / "sandbox.json").read_text())["port"]
    os.environ["VERMILION_STRIPE_KEY"] = ""
    with socket.create_server(("127.0.0.1", port)):
        done = CliRunner().invoke(main, ["run", "--demo", "--port", PORT])
    assert done.exit_code == 1
    assert f"Port {port} is taken" in done.output


def test_a_sandbox_that_was_deleted_begins_anew(started: Started, settings: Settings) -> None:
    started.run("--demo")
    for file in Path(settings.home).glob("sandbox.db*"):
        file.unlink()
    first = json.loads((settings.home / "sandbox.json").read_text())
    started.run("--demo")
    second = json.loads((settings.home / "sandbox.json").read_text())
    assert (second["key"], second["port"]) == (first["key"], first["port"])
    assert second["secret"] != first["secret"]
    assert started.settings is not None
    assert started.settings.stripe_webhook_secret == second["secret"]
