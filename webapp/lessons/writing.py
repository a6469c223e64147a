"""The jobs ``draft`` and ``sentence``: the class's drafts, each drawing's as soon as it is done, and other
wordings.

The drawings of a lesson are claimed together, because a class is written many times faster than its drawings
one by one. Each drawing's drafts are stored in the transaction that finishes its job: whatever is killed
when, a drawing is drafted exactly once.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from drafting.draft import GROUPS, Work, draft_class, redraft_sentence
from drafting.draft import Draft as Written
from drafting.habits import NONE, Habits
from drafting.rank import show_order
from webapp.accounts.tables import Language
from webapp.desk.tables import Draft, Rewrite
from webapp.lessons.briefs import Brief, brief, habits_of, instruction_text, said_to_others
from webapp.lessons.facts import fingerprint
from webapp.lessons.photos import jpeg_of
from webapp.lessons.tables import Drawing, DrawingState, Lesson
from webapp.lessons.work import next_round
from webapp.lessons.writers import writer_for
from webapp.money import quota
from webapp.platform.clock import now
from webapp.platform.jobs import LeaseLostError
from webapp.platform.storage import storage
from webapp.platform.tables import Job
from webapp.platform.worker import Worker
from webapp.school.serving import is_being_prepared

MODEL_MISSING = "model_missing"
NOTHING_WRITTEN = "nothing_written"
NO_CONSENT = "no_consent"
LATER = timedelta(seconds=3)
"""When a drafting looks again whether its model is ready."""


def draft(held: Sequence[Job], worker: Worker, *, groups: Sequence[int] = GROUPS) -> None:
    """Write the drafts of these drawings of one lesson; ``groups`` as in ``draft_class``."""
    with worker.session() as session:
        briefs = {job.id: _brief(session, job) for job in held}
        lesson_id = held[0].bundle
        lesson = session.get(Lesson, lesson_id)
        siblings = said_to_others(session, lesson_id, [job.args["drawing"] for job in held])
        habits = habits_of(session, lesson) if lesson else NONE
    todo = {}
    for job in held:
        if lesson is None or (told := briefs[job.id]) is None:
            _leave(job, worker)
        else:
            # Drafts are seeded by this: the same photo gives the same ones, a redraft others.
            todo[f"{told.drawing.sha256}:{job.args['round']}"] = job, told
    if lesson is None or not todo:
        return
    if _wait_for_model(lesson, [job for job, _told in todo.values()], worker):
        return
    with _model_trouble(worker, lambda: [job for job, _told in todo.values()]):
        writer = writer_for(lesson.language, worker.settings)
        works = [_work(key, told, lesson.language, habits, writer.sees) for key, (_, told) in todo.items()]
        for key, drafts in draft_class(
            works,
            writer.writer,
            siblings=siblings,
            groups=groups,
            pause=lambda: worker.is_called_away(held[0]),
        ):
            job, told = todo.pop(key)
            if not drafts:
                worker.fail(job, NOTHING_WRITTEN)
                continue
            with suppress(LeaseLostError):  # another worker has it: its drafts will stand, not these
                _store(job, told, drafts, worker)
            if worker.stopping.is_set():
                return
    for job, _told in todo.values():  # others go first
        worker.postpone(job, timedelta())


def rewrite_sentence(held: Sequence[Job], worker: Worker) -> None:
    """Write other wordings of one sentence, for each job."""
    for job in held:
        if worker.stopping.is_set():
            return
        with worker.session() as session:
            asked = session.get(Rewrite, job.args["rewrite"])
            drawing = session.get(Drawing, job.args["drawing"])
            told = brief(session, now(), drawing, asked.instruction) if asked and drawing else None
            lesson = session.get_one(Lesson, drawing.lesson_id) if drawing else None
            habits = habits_of(session, lesson) if lesson else NONE
        if asked is None or told is None or lesson is None:
            with suppress(LeaseLostError), worker.finishing(job) as session:
                if (there := session.get(Rewrite, job.args["rewrite"])) is not None:
                    there.failure = NO_CONSENT
            continue
        if _wait_for_model(lesson, [job], worker):
            continue
        with _model_trouble(worker, lambda job=job: [job]):  # type: ignore[misc]
            writer = writer_for(lesson.language, worker.settings)
            work = _work(asked.id, told, lesson.language, habits, writer.sees)
            options = redraft_sentence(work, asked.text, (asked.start, asked.end), writer.writer)
            with suppress(LeaseLostError), worker.finishing(job) as session:
                if (there := session.get(Rewrite, asked.id)) is not None:
                    there.options = options


def drafting_failed(session: Session, _now: datetime, job: Job) -> None:
    """The job was given up: earlier drafts stay on the desk, and the teacher may try again or write alone."""
    quota.give_back(session, job.args["drawing"])
    drawing = session.get(Drawing, job.args["drawing"])
    if drawing is not None and drawing.state is DrawingState.DRAFTING:
        drawing.state = DrawingState.DRAFTED if next_round(session, drawing) else DrawingState.FAILED
        drawing.refusal = _error(session, job)


def rewriting_failed(session: Session, _now: datetime, job: Job) -> None:
    """The job was given up: the desk says so."""
    if (asked := session.get(Rewrite, job.args["rewrite"])) is not None:
        asked.failure = _error(session, job)


def _brief(session: Session, job: Job) -> Brief | None:
    drawing = session.get(Drawing, job.args["drawing"])
    if drawing is None:
        return None
    return brief(session, now(), drawing, instruction_text(session, job.args["instruction"]))


def _work(key: str, told: Brief, language: Language, habits: Habits, sees: bool) -> Work:
    return Work(
        id=key,
        context=told.context,
        language=language.value,
        student_names=told.names,
        earlier=told.earlier,
        habits=habits,
        image=jpeg_of(storage(), told.drawing) if sees else None,
    )


def _store(job: Job, told: Brief, drafts: Sequence[Written], worker: Worker) -> None:
    with worker.finishing(job) as session:
        # Locked, for the teacher may accept words of their own at this moment, and one of us must count them.
        drawing = session.get(Drawing, told.drawing.id, with_for_update=True)
        if drawing is None:  # erased while its drafts were written: so are they
            quota.give_back(session, told.drawing.id)
            return
        quota.drafted(session, now(), drawing.id, accepted=drawing.state is DrawingState.ACCEPTED)
        round_: int = job.args["round"]
        for shown, written in enumerate(show_order(drafts, seed=drafts[0].seed)):
            session.add(_row(drawing, written, round_, shown, job.args["instruction"], told))
        if (
            drawing.state is DrawingState.DRAFTING
        ):  # the teacher may have accepted words of their own meanwhile
            drawing.state, drawing.refusal = DrawingState.DRAFTED, None


def _row(
    drawing: Drawing, written: Written, round_: int, shown: int, instruction_id: str | None, told: Brief
) -> Draft:
    flags: list[dict[str, Any]] = [{**flag, "span": list(flag["span"])} for flag in written.flags]
    return Draft(
        studio_id=drawing.studio_id,
        drawing_id=drawing.id,
        round=round_,
        shown=shown,
        text=written.text,
        flags=flags,
        score=written.score,
        seed=written.seed,
        prompt=written.prompt,
        model=written.model,
        voice=told.context.voice,
        style=list(told.context.style),
        examples=list(told.context.examples),
        facts=fingerprint(told.context.facts),
        instruction_id=instruction_id,
        created_at=now(),
    )


def _leave(job: Job, worker: Worker) -> None:
    """Nothing may be written: the drawing is gone, or its student's consent was withdrawn meanwhile."""
    with suppress(LeaseLostError), worker.finishing(job) as session:
        quota.give_back(session, job.args["drawing"])
        drawing = session.get(Drawing, job.args["drawing"])
        if drawing is not None and drawing.state is DrawingState.DRAFTING:
            drawing.state = DrawingState.DRAFTED if next_round(session, drawing) else DrawingState.MEASURED
            drawing.refusal = NO_CONSENT


def _wait_for_model(lesson: Lesson, held: Sequence[Job], worker: Worker) -> bool:
    """Give the jobs back while their model is being prepared, which takes minutes: whoever would wait for it
    here could measure and draft nothing else.
    """
    with worker.session() as session:
        waits = is_being_prepared(session, lesson.language, worker.settings)
    for job in held if waits else ():
        worker.postpone(job, LATER)
    return waits


@contextmanager
def _model_trouble(worker: Worker, left: Callable[[], Sequence[Job]]) -> Iterator[None]:
    """A model that cannot be loaded or reached fails what is left with a code that says so; it is tried
    again.
    """
    from drafting.bases.errors import BaseError
    from drafting.write import WriterError

    try:
        yield
    except (BaseError, WriterError):
        for job in left():
            worker.fail(job, MODEL_MISSING)


def _error(session: Session, job: Job) -> str:
    """The code with which the job was given up, as the table has it."""
    there = session.get(Job, job.id, populate_existing=True)
    return ((there and there.error) or "drafting")[:40]
