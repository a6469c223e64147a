"""``vermilion nightly`` and ``vermilion put-back``."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click
from sqlmodel import Session

from webapp.accounts.tables import Language
from webapp.cli.serving import up_to_date
from webapp.cli.supervisor import Child, stop
from webapp.platform import clock, jobs
from webapp.platform.settings import Settings

if TYPE_CHECKING:
    from webapp.school.tables import NightRun

NIGHT_REJECTED = 4
"""Exit status: a candidate learned, and its exam was against it."""
SAY_EVERY = 10.0
NAMES = {Language.ENGLISH: "English", Language.CHINESE: "Chinese"}


@click.command()
def nightly() -> None:
    """Let each language's model learn now from what teachers accepted.

    Exit status 4: one was rejected; 1: one failed. A night with too little feedback is skipped (0).

    It learns in a process of its own at the lowest priority. Stopped half-way, it goes on where it was when
    a worker of the school queue runs again.
    """
    from webapp.platform.db import db, new_id
    from webapp.school import nights

    settings = Settings()
    with up_to_date(settings).app_context():
        with db.new_session() as session:
            of = {
                language: nights.enqueue(session, language, f"night:{new_id()}").id for language in Language
            }
            session.commit()
        command = [sys.executable, "-m", "webapp.cli", "worker", "--queue", jobs.SCHOOL]
        worker = Child("school", command)
        worker.start(os.environ)
        assert worker.process is not None
        try:
            status = watch(of, lambda: worker.process is not None and worker.process.poll() is None)
        finally:
            stop([worker.process])  # nothing is lost by it: the nights are over, or go on where they were
    sys.exit(status)


def watch(of: Mapping[Language, str], alive: Callable[[], bool]) -> int:
    """Say how far the nights are (their ids by language) until all are over; the exit status."""
    from webapp.platform.db import reading_session
    from webapp.platform.tables import Job, JobState
    from webapp.school.tables import NightRun, NightState, Verdict

    left, ended, said = dict(of), {}, Said()
    while left:
        for language, night_id in list(left.items()):
            with reading_session() as session:
                run, job = session.get(NightRun, night_id), session.get(Job, night_id)
            if run is not None and run.state is not NightState.RUNNING:
                ended[language] = run
                with reading_session() as session:
                    _say_verdict(session, language, run)
            elif job is None or job.state is JobState.FAILED:
                raise click.ClickException(f"The night of {NAMES[language]} could not begin; see the log.")
            else:
                said.progress(language, run)
                continue
            del left[language]
        if left and not alive():
            raise click.ClickException("The worker ended; what was learned so far is kept. Run this again.")
        time.sleep(0.5 if left else 0)
    if any(run.state is NightState.FAILED for run in ended.values()):
        return 1
    return NIGHT_REJECTED if any(run.verdict is Verdict.REJECTED for run in ended.values()) else 0


class Said:
    """Says each stage as it begins, and how far it is now and then."""

    def __init__(self) -> None:
        self._last: tuple[Language, str] | None = None
        self._at = 0.0

    def progress(self, language: Language, run: "NightRun | None") -> None:
        """One line on standard error, unless it was said a moment ago."""
        if run is None or not run.stages:
            return
        stage = run.stages[-1]
        if self._last == (language, stage["name"]) and time.monotonic() - self._at < SAY_EVERY:
            return
        self._last, self._at = (language, stage["name"]), time.monotonic()
        rest = f", about {stage['seconds_left'] / 60:.0f} min left" if stage["seconds_left"] else ""
        click.echo(f"{NAMES[language]}: {stage['name']} {stage['done']} of {stage['total']}{rest}", err=True)


def _say_verdict(session: Session, language: Language, run: "NightRun") -> None:
    from flask_babel import force_locale

    from webapp.school.reasons import in_words

    click.echo(f"{NAMES[language]}: {run.verdict or run.state}")
    with force_locale("en"):
        for reason in in_words(session, run):
            click.echo(f"  {reason}")


@click.command()
@click.argument("language", type=click.Choice([language.value for language in Language]))
def put_back(language: str) -> None:
    """Let the version before serve LANGUAGE again, and retire the one that serves now."""
    from webapp.platform.db import db
    from webapp.school import versions

    settings = Settings()
    with up_to_date(settings).app_context():
        session: Session = db.session
        try:
            back = versions.put_back(session, clock.now(), Language(language), settings.home)
        except versions.NoWeightsError as gone:
            raise click.ClickException(
                f"The weights of the version before, {gone}, were deleted. Copy its folder back from a "
                "backup, then put it back. Nothing was changed."
            ) from None
        except versions.NothingBeforeError:
            raise click.ClickException(
                f"There is nothing to put back: the starter serves {language}."
            ) from None
        session.commit()
        click.echo(f"{back.id if back else 'The starter'} serves {language} again, from the next class on.")
