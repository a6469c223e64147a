"""``vermilion bench``: figures of this machine, each with its baseline of the same run."""

import json
import os
from functools import partial
from typing import Any

import click


@click.group()
def bench() -> None:
    """Measure how fast this machine is; prints JSON."""


@bench.command()
def measure() -> None:
    """Photos a second, against decoding alone."""
    from drafting.measure.bench import bench_measure

    _print(bench_measure())


@bench.command()
@click.option("--quick", is_flag=True, help="A smaller class.")
def draft(quick: bool) -> None:
    """A class of 30 drawings, against plain generation and llama.cpp; ordered by a reward, against not."""
    from drafting.write.bench import bench_draft

    _print(bench_draft(quick=quick))


@bench.command()
@click.option(
    "--base", default="smollm2", show_default=True, help="smollm2, gemma3, a folder, or owner/model."
)
@click.option("--quick", is_flag=True, help="A quarter of the examples.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31))
def learn(base: str, quick: bool, seed: int) -> None:
    """64 demonstrations and pairs, against TRL's trainers (make bench installs them); ten minutes or more."""
    # TRL would tell its makers that it is used.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from drafting.bases import BaseError
    from finetune.bench import bench_learn
    from finetune.bench_trl import missing

    if reason := missing():
        click.echo(f"Without the comparison: {reason}", err=True)
    try:
        _print(bench_learn(base, quick=quick, seed=seed, tell=partial(click.echo, err=True)))
    except BaseError as error:
        raise click.ClickException(str(error)) from error


@bench.command()
@click.option(
    "--postgres",
    default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
    show_default=True,
    help="A PostgreSQL server on which a database may be made for the while.",
)
def quota(postgres: str) -> None:
    """Comments reserved a second at 1 and 8 threads, against counting alone, on SQLite and PostgreSQL."""
    from billing.bench import bench_quota
    from webapp.cli.scratch import NoServerError, scratch_postgres, scratch_sqlite

    figures: dict[str, Any] = {}
    with scratch_sqlite() as engine:
        figures["sqlite"] = bench_quota(engine)
    try:
        with scratch_postgres(postgres) as engine:
            figures["postgresql"] = bench_quota(engine)
    except NoServerError as error:
        click.echo(f"Without PostgreSQL: {error}", err=True)
    _print({"quota": figures})


def _print(figures: dict[str, Any]) -> None:
    click.echo(json.dumps(figures, indent=1))
