"""``vermilion simulate``: simulated teachers through the real loop."""

import json
import logging
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import structlog
from sqlmodel import Session

from webapp.platform.settings import Settings

if TYPE_CHECKING:
    from webapp.simulation.persona import Persona


def quiet() -> None:
    """Only what goes wrong is logged: progress is told in other words."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@click.command()
@click.argument("personas", metavar="PERSONAS.yaml")
@click.option("--nights", required=True, type=click.IntRange(0), help="How many nights learn.")
@click.option("--lessons", required=True, type=click.IntRange(1), help="Lessons of each teacher on a night.")
@click.option(
    "--drawings", default=5, show_default=True, type=click.IntRange(1, 30), help="Drawings of a lesson."
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31))
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The figures, as JSON; beside them a page with charts.",
)
def simulate(personas: str, nights: int, lessons: int, drawings: int, seed: int, out: Path) -> None:
    """Let simulated teachers work through the real loop for some nights.

    PERSONAS.yaml is a file of personas, or one that ships: six.yaml, newcomer.yaml, en.yaml, zh.yaml.
    Everything happens in the folder OUT.work, apart from your own studios; stopped, the same command goes on
    from there.
    """
    from drafting.bases import BaseError
    from drafting.write import WriterError
    from webapp.cli.models import prepare_models
    from webapp.simulation.classroom import SimulationError
    from webapp.simulation.report import page
    from webapp.simulation.simulate import Run, simulate

    settings = Settings()
    run = Run(personas_of(personas), nights, lessons, drawings, seed)
    quiet()

    def save(result: dict[str, Any]) -> None:
        write(out, json.dumps(result, ensure_ascii=False, indent=1) + "\n")
        write(out.with_suffix(".html"), page(result))

    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        prepare_models(settings)
        result = simulate(
            run,
            out.with_name(f"{out.name}.work"),
            settings,
            learn_night,
            kept=settings.home / "simulated",
            tell=lambda progress: click.echo(line(progress.done, progress.seconds_left), err=True),
            save=save,
        )
    except (SimulationError, BaseError, WriterError) as error:
        raise click.ClickException(str(error)) from error
    save(result)
    costs = [night["edit_cost"]["mean"] for night in result["nights"]]
    last = f", {costs[-1]:.3f} on night {nights}" if nights else ""
    click.echo(f"Simulated: edit cost {costs[0]:.3f} on night 0{last}.", err=True)
    click.echo(f"{out} holds the figures, {out.with_suffix('.html')} draws them.", err=True)


def learn_night(session: Session, now: datetime, _settings: Settings) -> Mapping[str, str]:
    """The night that ``vermilion nightly`` runs."""
    from webapp.school.nights import learn_tonight
    from webapp.simulation.night import through_the_night

    return through_the_night(session, now, learn=learn_tonight, begun=tell_stage)


def tell_stage(stage: str) -> None:
    click.echo(f"  {stage}", err=True)


def personas_of(name: str) -> "list[Persona]":
    """The personas of a file, or of one that ships."""
    from webapp.simulation.persona import PersonaError, load, shipped

    path = Path(name)
    if not path.exists():
        path = shipped(name) or path
    try:
        return load(path)
    except PersonaError as error:
        raise click.BadParameter(str(error), param_hint="PERSONAS.yaml") from error


def line(done: str, seconds_left: float | None) -> str:
    if seconds_left is None:
        return f"{done}; how long the nights take is not known yet"
    minutes = round(seconds_left / 60)
    if minutes >= 60:
        return f"{done}; about {minutes // 60} h {minutes % 60:02} min left"
    return f"{done}; about {minutes} min left"


def write(path: Path, text: str) -> None:
    making = path.with_name(f".{path.name}.part")
    making.write_text(text, encoding="utf-8")
    os.replace(making, path)
