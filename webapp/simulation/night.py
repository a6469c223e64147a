"""The night between two simulated days: the product's own, in this process."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from flask import current_app
from sqlmodel import Session, col, select

from webapp.accounts.tables import Language
from webapp.handlers import GIVEN_UP, HANDLERS
from webapp.platform import jobs
from webapp.platform.tables import Job, JobState
from webapp.platform.worker import Handler, Worker
from webapp.school import nights
from webapp.school.tables import NightRun


def through_the_night(
    session: Session, now: datetime, *, learn: nights.Learn, begun: Callable[[str], None]
) -> Mapping[str, str]:
    """A night, which ``learn`` makes of a file: what became of it in words, by language. It is told that the
    teachers are simulated, so that the adapter says so wherever it is taken.

    ``begun`` is told each stage as it begins: a night takes minutes.
    """
    tonight = [
        nights.enqueue(session, language, f"night:{now:%Y-%m-%d}:{language.value}").id
        for language in Language
    ]
    session.commit()  # the worker claims them in transactions of its own
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    night = partial(nights.night, learn=partial(_telling, learn, begun))
    handlers: dict[str, Handler] = {**HANDLERS, "night": night}
    worker = Worker(app, jobs.SCHOOL, handlers, GIVEN_UP)
    while _unfinished(worker, tonight):
        if not worker.work_once():
            time.sleep(1)  # a night that was killed or postponed is claimed again in a few seconds
    runs = session.exec(select(NightRun).where(col(NightRun.id).in_(tonight))).all()
    return {run.language.value: "; ".join([run.verdict or run.state, *run.reasons]) for run in runs}


def _telling(
    learn: nights.Learn, begun: Callable[[str], None], *args: Any, tell: Callable[[Any], None], **options: Any
) -> Any:
    known = set[str]()

    def told(progress: Any) -> None:
        tell(progress)
        if progress.stage not in known:
            known.add(progress.stage)
            begun(f"{options['language']}: {progress.stage}")

    return learn(*args, tell=told, simulated=True, **options)


def _unfinished(worker: Worker, jobs_of_tonight: list[str]) -> bool:
    """Asked in a transaction of its own, so that none holds the lock while a night learns."""
    over = (JobState.DONE, JobState.FAILED)
    with worker.session() as session:
        left = select(Job.id).where(col(Job.id).in_(jobs_of_tonight), col(Job.state).not_in(over))
        return session.exec(left).first() is not None
