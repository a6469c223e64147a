"""``vermilion bench``: figures of this machine, each with its baseline of the same run."""

import json
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
    """A class of 30 drawings, against plain generation and llama.cpp."""
    from drafting.write.bench import bench_draft

    _print(bench_draft(quick=quick))


def _print(figures: dict[str, Any]) -> None:
    click.echo(json.dumps(figures, indent=1))
