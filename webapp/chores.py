"""What is done without anybody asking: models prepared at the start, once a day what time makes due, and at
night the school.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from webapp.lessons.erasure import note_photos_erased, old_photos
from webapp.lessons.photos import folder
from webapp.money import work
from webapp.platform import jobs
from webapp.platform.clock import machine_now, now
from webapp.platform.db import new_id
from webapp.platform.jobs import LeaseLostError
from webapp.platform.settings import Settings
from webapp.platform.storage import storage
from webapp.platform.tables import Job, JobState
from webapp.platform.worker import Worker
from webapp.school import nights

JOBS_KEPT = timedelta(days=14)


def tick(session: Session, now: datetime, settings: Settings) -> None:
    """Enqueue what is due. May be called at any time and by several at once: the key makes each chore one."""
    jobs.enqueue(session, queue=jobs.SCHOOL, kind="daily", key=f"daily:{now:%Y-%m-%d}")
    nights.enqueue_due(session, now, settings.time_zone)
    work.tick(session, now)


def daily(held: Sequence[Job], worker: Worker) -> None:
    """Erase photos that were kept long enough, and forget old jobs."""
    for job in held:
        while not worker.stopping.is_set() and erase_old_photos(worker):
            pass
        if worker.stopping.is_set():
            return
        with worker.finishing(job) as session:
            forget_old_jobs(session, machine_now())


def erase_old_photos(worker: Worker) -> int:
    """Erase the photos of one batch of drawings; how many there were. The files are deleted between two
    short transactions: on a slow disk nobody waits for them to save a comment.
    """
    with worker.session() as session:
        old = old_photos(session, now())
    for drawing in old:
        storage().delete(folder(drawing.studio_id, drawing.id))
    if old:
        with worker.session() as session:
            note_photos_erased(session, now(), old)
    return len(old)


def forget_old_jobs(session: Session, now: datetime) -> None:
    """Their results are elsewhere; only today's chore must stay, so that it is not done again."""
    over = col(Job.state).in_([JobState.DONE, JobState.FAILED])
    session.exec(sa.delete(Job).where(over, col(Job.finished_at) < now - JOBS_KEPT))


def bases(settings: Settings) -> list[str]:
    """The names of the bases that this server drafts with."""
    return list(dict.fromkeys([settings.base_en, settings.base_zh]))


def ask_for_models(session: Session, settings: Settings) -> list[str]:
    """Have the bases made ready that are not; their names."""
    from drafting.bases import find
    from drafting.bases.preparing import STEPS

    wanted, moment = [], machine_now()
    for name in bases(settings):
        base = find(name)
        folder = settings.home / "models" / f"{base.name}-{base.source_sha256[:8]}"
        if base.kind != "shipped" or folder.exists():
            continue
        wanted.append(name)
        if name not in {job.bundle for job in jobs.unfinished(session, jobs.SCHOOL, "prepare")}:
            key = f"prepare:{name}:{new_id()}"
            job = jobs.enqueue(session, queue=jobs.SCHOOL, kind="prepare", key=key, bundle=name)
            job.total, job.created_at = len(STEPS), moment  # pages show what was asked for together
    return wanted


def prepare(held: Sequence[Job], worker: Worker) -> None:
    """Convert a base, once; pages and the terminal show how far it is.

    Who loses the job meanwhile, on a machine that was asleep for example, makes the model all the same:
    whoever has the job then finds it made.
    """
    from drafting.bases import find
    from drafting.bases import prepare as convert

    for job in held:

        def tell(done: int, total: int, _what: str, job: Job = job) -> None:
            with suppress(LeaseLostError):
                worker.report(job, done, total)

        convert(find(job.bundle), worker.settings.home, tell)
        with suppress(LeaseLostError), worker.finishing(job):
            pass
