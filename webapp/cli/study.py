"""``vermilion study``: what each way of learning does by itself, with simulated teachers."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
from sqlmodel import Session

from webapp.cli.simulate import line, personas_of, quiet, tell_stage, write
from webapp.platform.settings import Settings


@click.command()
@click.argument("parts", metavar="[PARTS.yaml]", required=False, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--personas", default="en.yaml", show_default=True, help="Who teaches, of those there from night 0."
)
@click.option("--nights", default=3, show_default=True, type=click.IntRange(1))
@click.option(
    "--lessons", default=1, show_default=True, type=click.IntRange(1), help="Of each teacher on a night."
)
@click.option("--drawings", default=5, show_default=True, type=click.IntRange(1, 30), help="Of a lesson.")
@click.option("--seeds", default=3, show_default=True, type=click.IntRange(1), help="For off and the best.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The figures, as JSON."
)
def study(
    parts: Path | None, personas: str, nights: int, lessons: int, drawings: int, seeds: int, out: Path
) -> None:
    """Compare ways of learning on the same simulated lessons.

    PARTS.yaml names the ways and their stages; without it: off, SFT, DPO, the joint loss, and that with a
    policy. What a night makes serves without an exam. Stopped, the same command goes on from there.
    """
    from drafting.bases import BaseError
    from drafting.write import WriterError
    from webapp.cli.models import prepare_models
    from webapp.simulation.classroom import SimulationError
    from webapp.simulation.simulate import Run, put_copy, simulate
    from webapp.simulation.study import Part, study, table
    from webapp.simulation.study import parts as read

    settings = Settings(least_feedback=1)
    quiet()
    teachers = [persona for persona in personas_of(personas) if not persona.from_night]
    source = parts or Path(str(files("webapp.simulation").joinpath("study.yaml")))
    try:
        compared = read(source)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="PARTS.yaml") from error

    apart = out.with_name(f"{out.name}.work")

    def simulated(nights: int, seed: int, work: Path, learn: Any) -> dict[str, Any]:
        return simulate(
            Run(teachers, nights, lessons, drawings, seed),
            work,
            settings,
            learn,
            kept=settings.home / "simulated",
            tell=lambda progress: click.echo(f"  {line(progress.done, progress.seconds_left)}", err=True),
        )

    def run(part: Part, seed: int) -> dict[str, Any]:
        click.echo(f"{part.name}, seed {seed}", err=True)
        work, begun = apart / f"{part.key}-{seed}", apart / f"begun-{seed}"
        if not work.exists():
            simulated(0, seed, begun, _learn_nothing)  # before any learning all parts are one
            put_copy(begun, work)
        learn = partial(_learn, recipe=part.recipe) if part.recipe else _learn_nothing
        return simulated(nights, seed, work, learn)

    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        prepare_models(settings)
        result = study(compared, seeds, run, lambda done: write(out, json.dumps(done, indent=1) + "\n"))
    except (SimulationError, BaseError, WriterError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(table(result))


def _learn(session: Session, now: datetime, _settings: Settings, *, recipe: Any) -> Mapping[str, str]:
    from webapp.school.nights import learn_tonight
    from webapp.simulation.night import through_the_night

    return through_the_night(session, now, learn=partial(learn_tonight, recipe=recipe), begun=tell_stage)


def _learn_nothing(_session: Session, _now: datetime, _settings: Settings) -> Mapping[str, str]:
    return {}
