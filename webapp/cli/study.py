"""``vermilion study``: what each way of learning does by itself, with simulated teachers."""

import json
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.resources import files
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from filelock import FileLock
from sqlmodel import Session

from webapp.cli import leave_out_warnings
from webapp.cli.simulate import line, personas_of, quiet, write
from webapp.cli.supervisor import end_with_parent
from webapp.platform.settings import Settings

if TYPE_CHECKING:
    from webapp.simulation.persona import Persona
    from webapp.simulation.study import Wanted

Map = Callable[..., Iterable[Any]]
"""As the built-in ``map``."""


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
    "--jobs",
    default=lambda: min(2, os.cpu_count() or 1),
    show_default="2, where there are two processors",
    type=click.IntRange(1),
    help="Runs at once, each on its share of the processors and with some 6 GB of memory.",
)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The figures, as JSON."
)
def study(
    parts: Path | None,
    personas: str,
    nights: int,
    lessons: int,
    drawings: int,
    seeds: int,
    jobs: int,
    out: Path,
) -> None:
    """Compare ways of learning on the same simulated lessons.

    PARTS.yaml names the ways and their stages; without it: off, SFT, DPO, the joint loss, and that with a
    policy. What a night makes serves without an exam. Stopped, the same command goes on from there.
    """
    from drafting.bases import BaseError
    from drafting.write import WriterError
    from webapp.cli.models import prepare_models
    from webapp.simulation.classroom import SimulationError
    from webapp.simulation.study import parts as read
    from webapp.simulation.study import study, table

    settings = Settings(least_feedback=1)
    quiet()
    teachers = [persona for persona in personas_of(personas) if not persona.from_night]
    source = parts or Path(str(files("webapp.simulation").joinpath("study.yaml")))
    try:
        compared = read(source)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="PARTS.yaml") from error
    runs = _Runs(settings, teachers, nights, lessons, drawings, out.with_name(f"{out.name}.work"))
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        prepare_models(settings)
        with _processes(jobs) as at_once:
            # So that none of the first runs waits for another's. The rest begin where they are wanted.
            list(at_once(runs.begin, range(min(jobs, seeds))))
            result = study(
                compared,
                seeds,
                lambda wanted: at_once(runs.go_on, wanted),
                lambda done: write(out, json.dumps(done, indent=1) + "\n"),
            )
    except (SimulationError, BaseError, WriterError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(table(result))


@dataclass(frozen=True)
class _Runs:
    """The runs of a study, each in a folder of its own within ``apart``."""

    settings: Settings
    teachers: "Sequence[Persona]"
    nights: int
    lessons: int
    drawings: int
    apart: Path

    def begin(self, seed: int) -> None:
        """The day before any learning, on which all parts with this seed are one."""
        begun = self._begun(seed)
        begun.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(begun.with_suffix(".lock")):
            self._simulated("before learning", 0, seed, begun, _learn_nothing)

    def go_on(self, wanted: "Wanted") -> dict[str, Any]:
        """A part's nights, from that day on."""
        from webapp.simulation.simulate import put_copy

        part, seed = wanted
        work = self.apart / f"{part.key}-{seed}"
        if not work.exists():
            self.begin(seed)
            put_copy(self._begun(seed), work)
        learn = partial(_learn, recipe=part.recipe) if part.recipe else _learn_nothing
        return self._simulated(part.name, self.nights, seed, work, learn)

    def _begun(self, seed: int) -> Path:
        return self.apart / f"begun-{seed}"

    def _simulated(self, name: str, nights: int, seed: int, work: Path, learn: Any) -> dict[str, Any]:
        from webapp.simulation.simulate import Run, simulate

        return simulate(
            Run(self.teachers, nights, self.lessons, self.drawings, seed),
            work,
            self.settings,
            learn,
            kept=self.settings.home / "simulated",
            tell=lambda progress: click.echo(
                f"{name}, seed {seed}: {line(progress.done, progress.seconds_left)}", err=True
            ),
        )


@contextmanager
def _processes(jobs: int) -> Iterator[Map]:
    """``map`` on so many processes; in this one, if it is one. However it ends, none of them goes on."""
    if jobs == 1:
        yield map
        return
    share = max(1, (os.cpu_count() or 1) // jobs)
    with ProcessPoolExecutor(jobs, get_context("spawn"), _in_a_process, (share,)) as pool:
        try:
            yield pool.map
        except BaseException:
            for process in active_children():
                process.terminate()  # a run may be killed at any moment
            raise


def _in_a_process(threads: int) -> None:
    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the study, which then ends its processes
    end_with_parent()
    leave_out_warnings()
    quiet()
    torch.set_num_threads(threads)


def _learn(session: Session, now: datetime, _settings: Settings, *, recipe: Any) -> Mapping[str, str]:
    from webapp.school.nights import learn_tonight
    from webapp.simulation.night import through_the_night

    def begun(stage: str) -> None:
        click.echo(f"  {recipe.name}, {stage}", err=True)

    return through_the_night(session, now, learn=partial(learn_tonight, recipe=recipe), begun=begun)


def _learn_nothing(_session: Session, _now: datetime, _settings: Settings) -> Mapping[str, str]:
    return {}
