"""The commands say what they did, and with their exit status whether something is left."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from tests.billing.conftest import sandbox_url
from webapp.cli import main
from webapp.platform.settings import Settings

__all__ = ["sandbox_url"]


@pytest.fixture
def call(settings: Settings, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Runs a command in the home of this test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VERMILION_HOME", str(settings.home))

    def run(*words: str, key: str = "", address: str = "") -> Result:
        if key:
            monkeypatch.setenv("VERMILION_STRIPE_KEY", key)
            monkeypatch.setenv("VERMILION_STRIPE_ADDRESS", address)
        return CliRunner().invoke(main, list(words))

    return run


def test_plans_are_synced_once_and_nothing_is_left(call, sandbox_url: str) -> None:  # type: ignore[no-untyped-def]
    stripe = {"key": "sk_test_commands", "address": sandbox_url}
    assert "price vermilion-subscription-teacher-month-usd: made" in call("sync-plans", **stripe).output
    assert call("sync-plans", **stripe).output == "Nothing to change.\n"
    result = call("reconcile", **stripe)
    assert (result.exit_code, result.output) == (0, "0 mended, 0 left for you.\n")


def test_what_is_left_is_told_with_status_5(call, sandbox_url: str) -> None:  # type: ignore[no-untyped-def]
    from billing.gateway import Gateway

    made = Gateway("sk_test_left", base=sandbox_url).create_customer({"studio_id": "nobody"}, key="k")
    result = call("reconcile", key="sk_test_left", address=sandbox_url)
    assert result.exit_code == 5
    assert f"left orphan_customer nobody {made['id']}" in result.output


def test_without_a_key_there_is_nothing_to_do(call) -> None:  # type: ignore[no-untyped-def]
    result = call("sync-plans")
    assert result.exit_code == 1
    assert "VERMILION_STRIPE_KEY" in result.output


def test_while_stripe_is_away_it_fails(call) -> None:  # type: ignore[no-untyped-def]
    result = call("reconcile", key="sk_test_x", address="http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "away" in result.output
