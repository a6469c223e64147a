"""The nights: one job per language, one at a time. It collects what may teach, has a candidate learn from it,
and lets it serve if its exam says so.

A night that is killed is claimed again like any job and goes on where it was: ``finetune.night.learn`` keeps
its checkpoints beside the adapter's folder.
"""

import shutil
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import structlog
from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from drafting.bases import Adapter, BaseError, open_adapter
from webapp.accounts.tables import Language
from webapp.platform import jobs
from webapp.platform.clock import now
from webapp.platform.db import reading_session
from webapp.platform.jobs import LeaseLostError
from webapp.platform.tables import Job
from webapp.platform.worker import Worker
from webapp.school.collecting import Collected, collect
from webapp.school.serving import champion, choices
from webapp.school.tables import ModelVersion, NightRun, NightState, Verdict, VersionState
from webapp.school.versions import folder_of, outlived, promote

log = structlog.get_logger()

BEGINS = timedelta(hours=2)
"""After midnight, on the operator's clocks."""
LATER = timedelta(seconds=30)
"""When a night looks again whether another one is over."""
TOLD_EVERY = 1.0  # seconds

TOO_FEW = "too_few"
NOTHING_LEFT = "nothing_left"
ON_A_SERVER = "on_a_server"
CHAMPION_DAMAGED = "champion_damaged"
CHAMPION_CHANGED = "champion_changed"


class Progress(Protocol):
    """What ``learn`` tells: ``done`` of ``total`` of a stage."""

    @property
    def stage(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def seconds_left(self) -> float | None: ...


class Report(Protocol):
    """What ``learn`` returns: ``verdict`` is ``promoted`` or ``rejected``, ``reasons`` are sentences,
    ``data`` is what stands in the adapter's ``report.json``."""

    @property
    def verdict(self) -> str: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...
    @property
    def data(self) -> dict[str, Any]: ...


Learn = Callable[..., Report]


class _Stopped(Exception):  # noqa: N818 - not an error: the worker is told to stop
    """Raised out of ``learn``, whose checkpoints remain."""


def due(now: datetime, time_zone: str) -> date:
    """The last night that has begun: at two o'clock, or at the first moment after it where clocks skip it.

    It stays due until the next one, so that a machine which is off at two learns when it is on again.
    """
    return (now.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None) - BEGINS).date()


def next_begins(now: datetime, time_zone: str) -> datetime:
    """When the next night begins."""
    tomorrow = due(now, time_zone) + timedelta(days=1)
    begins = datetime.combine(tomorrow, datetime.min.time(), ZoneInfo(time_zone)) + BEGINS
    return begins.astimezone(UTC)


def enqueue_due(session: Session, now: datetime, time_zone: str) -> None:
    """Enqueue the night that is due, once; not while an earlier one of the language waits, which will learn
    all that there is.
    """
    waits = waiting(session)
    for language in Language:
        if language not in waits:
            enqueue(session, language, f"night:{due(now, time_zone):%Y-%m-%d}:{language.value}")


def enqueue(session: Session, language: Language, key: str) -> Job:
    """The job of a night; the key makes it one."""
    args = {"language": language.value}
    return jobs.enqueue(session, queue=jobs.SCHOOL, kind="night", key=key, args=args)


def waiting(session: Session) -> list[Language]:
    """The language of each night that is due and not begun, in the order in which they came."""
    begun = set(session.exec(select(NightRun.id).where(NightRun.state == NightState.RUNNING)))
    due_ = jobs.unfinished(session, jobs.SCHOOL, "night")
    return [Language(job.args["language"]) for job in due_ if job.id not in begun]


def learn_tonight(*args: Any, **options: Any) -> Report:
    """``finetune.night.learn``; importing it loads the model libraries."""
    from finetune.night import learn

    report: Report = learn(*args, **options)
    return report


def night(held: Sequence[Job], worker: Worker, learn: Learn = learn_tonight) -> None:
    """The job ``night``."""
    for job in held:
        run = _begin(job, worker)
        if run is None:
            worker.postpone(job, LATER)
            continue
        ours = True
        try:
            with suppress(_Stopped):
                _go_through(job, run, worker, learn)
        except LeaseLostError:
            ours = False  # another worker goes on with this night, and with the file
        finally:
            if ours:
                shutil.rmtree(_feedback(run.id, worker.settings.home).parent, ignore_errors=True)


def night_failed(session: Session, now: datetime, job: Job) -> None:
    """The job was given up: say so, and leave nothing of it on the disk."""
    home: Path = current_app.config["SETTINGS"].home
    shutil.rmtree(_feedback(job.id, home).parent, ignore_errors=True)
    _forget(job.id, home)
    if (run := session.get(NightRun, job.id)) is not None:
        there = session.get(Job, job.id, populate_existing=True)
        run.state, run.finished_at = NightState.FAILED, now
        run.reasons = [(there and there.error) or "unknown"]


def _begin(job: Job, worker: Worker) -> NightRun | None:
    """The job's night, begun now unless it was before; None while another one is running."""
    try:
        with worker.session() as session:
            run = session.get(NightRun, job.id)
            if run is not None:
                return run
            if session.exec(select(NightRun.id).where(NightRun.state == NightState.RUNNING)).first():
                return None
            language = Language(job.args["language"])
            serving = champion(session, language)
            run = NightRun(
                id=job.id, language=language, champion_id=serving.id if serving else None, started_at=now()
            )
            session.add(run)
            return run
    except IntegrityError:  # another worker began one at this moment
        return None


def _go_through(job: Job, run: NightRun, worker: Worker, learn: Learn) -> None:
    settings, out = worker.settings, worker.settings.home / folder_of(run.id)
    with reading_session() as session:
        start = choices(session, run.language, settings)[0]
        since = _last_learned(session, run.language)
    if start.base.kind == "server":
        return _skip(job, run, worker, ON_A_SERVER)
    try:
        if start.adapter is not None:
            open_adapter(start.adapter)
    except BaseError:
        return _skip(job, run, worker, CHAMPION_DAMAGED)
    feedback = _feedback(run.id, settings.home)
    with reading_session() as session:
        collected = collect(session, feedback, run.language, since=since, until=run.started_at)
    counts = {"records": collected.records, "new": collected.new, "needed": settings.least_feedback}
    if collected.new < settings.least_feedback:
        return _skip(job, run, worker, TOO_FEW, counts)
    _forget_what_was_withdrawn(job, run, collected, worker)
    from finetune.plan import NothingToLearnError  # pages import this file, and load no model

    try:
        report = learn(
            feedback,
            out,
            home=settings.home,
            language=run.language.value,
            base=start.base.name,
            start=start.adapter,
            seed=zlib.crc32(job.key.encode()),  # the same night learns the same, wherever it is run
            tell=_teller(job, run, worker),
        )
    except NothingToLearnError:
        return _skip(job, run, worker, NOTHING_LEFT, counts)
    made = open_adapter(out) if report.verdict == Verdict.PROMOTED or (out / "meta.json").exists() else None
    with worker.finishing(job) as session:
        _conclude(session, now(), session.get_one(NightRun, run.id), report, made, start.version)
    shutil.rmtree(_work(run.id, settings.home), ignore_errors=True)
    _delete_weights(run.language, settings.home)
    log.info("night_over", night=run.id, language=run.language.value, verdict=report.verdict)
    return None


def _delete_weights(language: Language, home: Path) -> None:
    """Of versions that nobody will ask for any more; a night adds five megabytes. What they were measured at
    and why they did not serve stays in their rows."""
    with reading_session() as session:
        folders = [home / version.folder for version in outlived(session, language)]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _skip(
    job: Job, run: NightRun, worker: Worker, because: str, counts: dict[str, int] | None = None
) -> None:
    with worker.finishing(job) as session:
        there = session.get_one(NightRun, run.id)
        there.state, there.finished_at = NightState.DONE, now()
        there.verdict, there.reasons = Verdict.SKIPPED, [because]
        there.report = {"counts": counts or {}}
        _forget(run.id, worker.settings.home)
    log.info("night_skipped", night=run.id, language=run.language.value, because=because)


def _forget_what_was_withdrawn(job: Job, run: NightRun, collected: Collected, worker: Worker) -> None:
    """Learn from the beginning if the night was begun with other records than may teach now."""
    with worker.session() as session:
        jobs.report(session, job, 0, 1)  # nothing is deleted once another worker goes on with this night
        if run.feedback_sha256 not in (None, collected.sha256):
            _forget(run.id, worker.settings.home)
        session.get_one(NightRun, run.id).feedback_sha256 = collected.sha256


def _teller(job: Job, run: NightRun, worker: Worker) -> Callable[[Progress], None]:
    stages = list(run.stages)
    told_at = 0.0

    def tell(progress: Progress) -> None:
        nonlocal told_at
        if worker.stopping.is_set():
            raise _Stopped
        names = [stage["name"] for stage in stages]
        fresh = names[-1:] != [progress.stage]
        if progress.stage in names:  # after a kill it may be one of before: what came after it is to come
            del stages[names.index(progress.stage) :]
        stages.append(
            {
                "name": progress.stage,
                "done": progress.done,
                "total": progress.total,
                "seconds_left": progress.seconds_left,
            }
        )
        if not fresh and progress.done < progress.total and time.monotonic() - told_at < TOLD_EVERY:
            return
        told_at = time.monotonic()
        with worker.session() as session:
            jobs.report(session, job, progress.done, progress.total)
            session.get_one(NightRun, run.id).stages = list(stages)

    return tell


def _conclude(
    session: Session, now: datetime, run: NightRun, report: Report, made: Adapter | None, start: str
) -> None:
    """Register what the night made, and promote it when the verdict says so and nobody put another version
    back meanwhile: it was examined against the one that served when the night began."""
    run.state, run.finished_at = NightState.DONE, now
    run.verdict, run.reasons, run.report = Verdict(report.verdict), list(report.reasons), report.data
    if made is None:
        return
    serving = champion(session, run.language)
    if run.verdict is Verdict.PROMOTED and run.champion_id != (serving.id if serving else None):
        run.verdict, run.reasons = Verdict.REJECTED, [CHAMPION_CHANGED]
    version = ModelVersion(
        id=run.id,
        language=run.language,
        base=made.base,
        folder=folder_of(run.id),
        prompt=made.prompt,
        state=VersionState.CANDIDATE,
        parent_id=start if session.get(ModelVersion, start) else None,
        metrics=made.meta.get("metrics") or {},
        data=made.meta.get("data") or {},
        made_by=run.id,
        created_at=now,
    )
    session.add(version)
    session.flush()
    if run.verdict is Verdict.PROMOTED:
        promote(session, now, version)
    else:
        version.state = VersionState.REJECTED


def _last_learned(session: Session, language: Language) -> datetime | None:
    """When the last night of this language that learned was begun; what was accepted since is new."""
    return session.exec(
        select(NightRun.started_at)
        .where(NightRun.language == language, col(NightRun.verdict).in_([Verdict.PROMOTED, Verdict.REJECTED]))
        .order_by(col(NightRun.started_at).desc())
    ).first()


def _feedback(night_id: str, home: Path) -> Path:
    return home / "school" / night_id / "feedback.jsonl"


def _forget(night_id: str, home: Path) -> None:
    """Leaves nothing on the disk of what a night learned that made no version: its checkpoints, nor the
    adapter, which may be whole where a kill came before the version was registered."""
    shutil.rmtree(_work(night_id, home), ignore_errors=True)
    shutil.rmtree(home / folder_of(night_id), ignore_errors=True)


def _work(night_id: str, home: Path) -> Path:
    """Where ``learn`` keeps its checkpoints."""
    out = home / folder_of(night_id)
    return out.with_name(f"{out.name}.work")
