"""The one way in for photos, and the one way to ask for drafts: pages, API and demo all come through here.

A photo arrives, is cleaned and stored, and a job measures it, unless its child's guardian has not agreed.
Drafts are asked for per drawing; a drawing that is not measured yet is marked and asks for itself later. Each
request moves the drawing's state in one guarded step, so two clicks, or two processes, make one job.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from drafting.measure.refusals import PhotoRefused
from prompts.context import LIMITS
from webapp.accounts.seats import has_seat
from webapp.accounts.tables import Membership
from webapp.desk.tables import Draft, Instruction, Rewrite
from webapp.lessons import consents
from webapp.lessons.consents import may_process
from webapp.lessons.naming import without_name
from webapp.lessons.photos import folder, take_in
from webapp.lessons.tables import Batch, Drawing, DrawingState, Lesson, Student
from webapp.money import quota
from webapp.platform import jobs
from webapp.platform.db import new_id
from webapp.platform.storage import Storage, photo_key

MOST_ROUNDS = 11
"""The first drafting and ten more."""

NO_QUOTA = "no_quota"
"""``Drawing.refusal`` of one that was to be drafted when nothing was left of the studio's comments."""

_ASKABLE = (DrawingState.MEASURED, DrawingState.DRAFTED, DrawingState.FAILED)


@dataclass(frozen=True)
class Received:
    """``duplicate``: this very file was in the lesson already, and ``drawing`` is the one that it made
    then.
    """

    drawing: Drawing
    duplicate: bool


@dataclass
class Asked:
    """What became of a request for drafts, by drawing id."""

    asked: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)  # as soon as it is measured
    no_consent: list[str] = field(default_factory=list)  # the student's guardian has not agreed
    exhausted: list[str] = field(default_factory=list)  # drafted MOST_ROUNDS times already
    passed: list[str] = field(default_factory=list)  # being drafted, accepted, or refused
    no_quota: list[str] = field(default_factory=list)  # nothing is left of the studio's comments
    no_seat: list[str] = field(default_factory=list)  # who asks has no seat in the studio's plan


def receive_photo(
    session: Session,
    now: datetime,
    storage: Storage,
    lesson: Lesson,
    data: bytes,
    *,
    batch: Batch | None = None,
    student: Student | None = None,
    subjects: Sequence[str] = (),
    position: int | None = None,
    draft: bool = False,
) -> Received:
    """Take in one photo of one drawing, and have it measured (and, with ``draft``, drafted): at once, or when
    the consent comes that is missing.

    Its file's name is often a child's, so it is not kept. Raises ``drafting.measure.PhotoRefused`` for a file
    that cannot be used; nothing is stored then. Call it outside a transaction: it decodes and writes files
    before it touches the database. Afterwards commit, and wake the drafting queue.
    """
    if len(data) > current_app.config["SETTINGS"].max_photo_mb * 1_000_000:
        raise PhotoRefused("too-heavy")
    photo = take_in(data)
    drawing_id = new_id()
    for name, content in photo.files.items():
        storage.put(photo_key(lesson.studio_id, drawing_id, name), content)
    same = select(Drawing).where(Drawing.lesson_id == lesson.id, Drawing.sha256 == photo.sha256)
    there = session.exec(same).first()
    if there is None:
        drawing = Drawing(
            id=drawing_id,
            studio_id=lesson.studio_id,
            lesson_id=lesson.id,
            batch_id=batch.id if batch else None,
            student_id=student.id if student else None,
            position=_next_position(session, lesson) if position is None else position,
            sha256=photo.sha256,
            subjects=[without_name(subject, student) for subject in subjects],
            wanted=draft,
            created_at=now,
        )
        try:
            with session.begin_nested():
                session.add(drawing)
            _enqueue(session, drawing, "measure", f"measure:{drawing.id}")
            return Received(drawing, duplicate=False)
        except IntegrityError:  # another request brought the same file a moment ago
            there = session.exec(same).one()
    storage.delete(folder(lesson.studio_id, drawing_id))
    if there.state is DrawingState.FAILED and there.facts is None:
        request_drafts(session, now, [there]) if draft else measure_again(session, there)
    return Received(there, duplicate=True)


def measure_again(session: Session, drawing: Drawing) -> None:
    """Try once more to measure a drawing whose measuring failed."""
    drawing.state, drawing.refusal = DrawingState.RECEIVED, None
    jobs.retry(session, f"measure:{drawing.id}")


def measure_allowed(session: Session, drawing: Drawing) -> None:
    """Have the drawing measured if it waited for a consent that is not missing any more: its guardian agreed,
    or it turned out to be another child's.
    """
    session.flush()  # a worker that leaves the drawing at this moment looks at the consent once more
    student = session.get(Student, drawing.student_id) if drawing.student_id else None
    if drawing.facts is None and drawing.refusal is None and may_process(student):
        jobs.retry(session, f"measure:{drawing.id}")


def agree(session: Session, now: datetime, student: Student, kind: consents.Kind) -> None:
    """Record a guardian's consent, and begin what waited for it. Afterwards commit, and wake the drafting
    queue.
    """
    consents.grant(student, now, kind)
    for drawing in session.exec(select(Drawing).where(Drawing.student_id == student.id)).all():
        measure_allowed(session, drawing)


def request_drafts(
    session: Session,
    now: datetime,
    drawings: Sequence[Drawing],
    instruction: Instruction | None = None,
    *,
    asked_by: Membership | None = None,
) -> Asked:
    """Have drafts written for each drawing that may be drafted now, and mark those that are not measured yet.

    A class larger than what is left of the studio's comments is drafted in the order given. ``asked_by`` is
    None for what was asked for before. Afterwards commit, and wake the drafting queue.
    """
    result, begun = Asked(), []
    if asked_by is not None and not has_seat(session, now, asked_by):
        result.no_seat = [drawing.id for drawing in drawings]
        return result
    for drawing in drawings:
        before = drawing.state
        student = session.get(Student, drawing.student_id) if drawing.student_id else None
        if drawing.state is DrawingState.FAILED and drawing.facts is None:
            measure_again(session, drawing)
        if not may_process(student):
            drawing.wanted = False  # nothing will come by itself, so nobody need wait for it
            result.no_consent.append(drawing.id)
        elif drawing.state is DrawingState.RECEIVED:
            drawing.wanted = True
            result.later.append(drawing.id)
        elif drawing.state not in _ASKABLE:
            result.passed.append(drawing.id)
        elif (round_ := next_round(session, drawing)) >= MOST_ROUNDS:
            result.exhausted.append(drawing.id)
        elif _begin(session, drawing):
            begun.append((drawing, before, round_))
        else:
            result.passed.append(drawing.id)
    # The drawings are locked by now, the quota comes last: so two requests never wait for one another.
    studio_id = begun[0][0].studio_id if begun else ""
    refused = set(quota.reserve(session, now, studio_id, [drawing.id for drawing, _, _ in begun]))
    for drawing, before, round_ in begun:
        if drawing.id in refused:
            drawing.state, drawing.refusal = before, NO_QUOTA
            result.no_quota.append(drawing.id)
            continue
        args = {"round": round_, "instruction": instruction.id if instruction else None}
        _enqueue(session, drawing, "draft", f"draft:{drawing.id}:{round_}:{new_id()}", **args)
        result.asked.append(drawing.id)
    return result


def request_sentence(
    session: Session, now: datetime, drawing: Drawing, text: str, start: int, end: int, instruction: str = ""
) -> Rewrite:
    """Have other wordings written for the sentence ``text[start:end]``; the worker fills in
    ``Rewrite.options``.

    ``text`` is the whole comment, with ``{student}``. ValueError when there is no sentence at this place.
    Afterwards commit, and wake the drafting queue.
    """
    if not 0 <= start < end <= len(text) or not text[start:end].strip():
        raise ValueError("there is no sentence at this place")
    rewrite = Rewrite(
        studio_id=drawing.studio_id,
        drawing_id=drawing.id,
        text=text,
        start=start,
        end=end,
        instruction=instruction[: LIMITS["instruction"]],
        created_at=now,
    )
    session.add(rewrite)
    session.flush()
    _enqueue(session, drawing, "sentence", f"sentence:{rewrite.id}", rewrite=rewrite.id)
    return rewrite


def next_round(session: Session, drawing: Drawing) -> int:
    """The number of the drawing's next drafting, from 0."""
    last = session.exec(select(func.max(Draft.round)).where(Draft.drawing_id == drawing.id)).one()
    return 0 if last is None else last + 1


def _begin(session: Session, drawing: Drawing) -> bool:
    """Move the drawing to ``drafting``; False when another request did so first."""
    session.flush()
    moved = session.exec(
        sa.update(Drawing)
        .where(col(Drawing.id) == drawing.id, col(Drawing.state).in_(_ASKABLE))
        .values(state=DrawingState.DRAFTING, refusal=None, wanted=False)
        .execution_options(synchronize_session=False)
    )
    session.refresh(drawing)
    return bool(moved.rowcount == 1)


def _enqueue(session: Session, drawing: Drawing, kind: str, key: str, **args: object) -> None:
    jobs.enqueue(
        session,
        queue=jobs.DRAFTING,
        kind=kind,
        key=key,
        args={"drawing": drawing.id, **args},
        studio_id=drawing.studio_id,
        bundle=drawing.lesson_id,
    )


def _next_position(session: Session, lesson: Lesson) -> int:
    last = session.exec(select(func.max(Drawing.position)).where(Drawing.lesson_id == lesson.id)).one()
    return 0 if last is None else last + 1
