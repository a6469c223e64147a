"""The job ``measure``: from a stored photo to facts, pictures, and, if it is wanted, a request for drafts."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from webapp.lessons.consents import may_process
from webapp.lessons.photos import DRAWING, OVERLAY, PHOTO, folder, images_of
from webapp.lessons.tables import Drawing, DrawingState, Student
from webapp.lessons.work import request_drafts
from webapp.platform import jobs
from webapp.platform.clock import now
from webapp.platform.queue import wake
from webapp.platform.storage import photo_key, storage
from webapp.platform.tables import Job
from webapp.platform.worker import Worker


def measure(held: Sequence[Job], worker: Worker) -> None:
    """Measure each drawing; one that cannot be read is refused, one that lacks a consent waits for it."""
    for job in held:
        if worker.stopping.is_set():
            return
        _measure(job, worker)


def measuring_failed(session: Session, _now: datetime, job: Job) -> None:
    """The job was given up: the teacher may try again, or send another photo."""
    if (drawing := session.get(Drawing, job.args["drawing"])) is not None:
        _move(drawing, DrawingState.FAILED, "measuring")


def erase_files(held: Sequence[Job], worker: Worker) -> None:
    """The job ``erase``: delete the folders of drawings whose rows are gone."""
    for job in held:
        for path in job.args["folders"]:
            storage().delete(path)
        with worker.finishing(job):
            pass


def _measure(job: Job, worker: Worker) -> None:
    from drafting.measure import PhotoRefused  # OpenCV: only the worker needs it
    from drafting.measure import measure as measure_photo

    with worker.session() as session:
        drawing = session.get(Drawing, job.args["drawing"])
        allowed = drawing is not None and _may_process(session, drawing)
    if drawing is None or not allowed:  # deleted meanwhile, or of a child whose guardian has not agreed
        with worker.finishing(job) as session:
            there = session.get(Drawing, job.args["drawing"], with_for_update=True)
            if there is not None and _may_process(session, there):  # agreed just now
                jobs.retry(session, job.key)
        return
    refusal = None
    try:
        measured = measure_photo(storage().get(photo_key(drawing.studio_id, drawing.id, PHOTO)))
        for name, data in images_of(measured.image, measured.overlay).items():
            storage().put(photo_key(drawing.studio_id, drawing.id, name), data)
    except PhotoRefused as refused:
        refusal = refused.code
    wanted = False
    with worker.finishing(job) as session:
        there = session.get(Drawing, drawing.id, with_for_update=True)
        if there is None:  # erased while it was measured: so are the pictures that were just made
            storage().delete(folder(drawing.studio_id, drawing.id))
            return
        if refusal is not None:
            _move(there, DrawingState.REFUSED, refusal)
            return
        if not _may_process(session, there):  # it was said meanwhile whose it is
            for name in (DRAWING, OVERLAY):
                storage().delete(photo_key(drawing.studio_id, drawing.id, name))
            return
        there.facts = dict(measured.facts)
        _move(there, DrawingState.MEASURED)
        if there.wanted:
            wanted = bool(request_drafts(session, now(), [there]).asked)
    if wanted:
        wake(worker.settings, job.queue)


def _may_process(session: Session, drawing: Drawing) -> bool:
    """Whether the drawing may be measured. Whoever records a consent or says whose it is waits meanwhile."""
    child = session.get(Student, drawing.student_id, with_for_update=True) if drawing.student_id else None
    return may_process(child)


def _move(drawing: Drawing, state: DrawingState, refusal: str | None = None) -> None:
    """A teacher may accept words of their own before the drawing is measured: that stands."""
    drawing.refusal = refusal
    if drawing.state is not DrawingState.ACCEPTED:
        drawing.state = state
