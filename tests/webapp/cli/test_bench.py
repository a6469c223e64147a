"""The benchmark of the quota ledger, in small: it measures what it says, and that nothing was lost by it."""

import json

import pytest
from click.testing import CliRunner

from billing import bench
from tests.conftest import POSTGRES
from webapp.cli import main
from webapp.cli.scratch import NoServerError, scratch_postgres, scratch_sqlite
from webapp.platform.settings import Settings


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "ROUNDS", 1)
    monkeypatch.setattr(bench, "TAKEN", 16)


def test_it_tells_of_both_databases(postgres_settings: Settings) -> None:
    result = CliRunner().invoke(main, ["bench", "quota", "--postgres", POSTGRES])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)["quota"]
    assert figures.keys() == {"sqlite", "postgresql"}
    for by_threads in figures.values():
        assert by_threads.keys() == {"1", "8"}
        for found in by_threads.values():
            assert found["reservations_per_second"] > 0
            exact = found["counts_per_second"] / found["reservations_per_second"]
            assert found["ratio"] == pytest.approx(exact, rel=0.05, abs=0.01)


def test_without_a_server_it_says_so_and_measures_the_rest() -> None:
    nowhere = "postgresql+psycopg://postgres:secret@127.0.0.1:9/postgres"
    result = CliRunner().invoke(main, ["bench", "quota", "--postgres", nowhere])
    assert result.exit_code == 0
    assert "Without PostgreSQL: no database can be made at" in result.stderr
    assert "secret" not in result.stderr
    assert json.loads(result.stdout)["quota"].keys() == {"sqlite"}


@pytest.mark.parametrize("address", ["", "nonsense", "sqlite://"])
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(NoServerError), scratch_postgres(address):
        pass


def test_a_ledger_that_loses_a_comment_gets_no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    reserve = bench.ledger.reserve
    calls = iter(range(1000))

    def forgetful(*args: object, **kwargs: object) -> object:
        return None if next(calls) == 3 else reserve(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.ledger, "reserve", forgetful)
    with scratch_sqlite() as engine, pytest.raises(RuntimeError, match="16 taken, 15 reserved, 16 counted"):
        bench.bench_quota(engine)
