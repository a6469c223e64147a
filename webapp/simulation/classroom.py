"""One lesson of a simulated teacher, through the very functions that pages and workers call."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from drafting.edits import edit_cost
from drafting.rank import best_first
from drafting.samples import THEMES
from drafting.samples.themes import BY_ID
from finetune.figures import contradicts
from webapp.accounts.tables import Language
from webapp.desk.comments import comment_of, write_and_accept
from webapp.desk.tables import Draft
from webapp.lessons.erasure import note_photos_erased
from webapp.lessons.facts import known_facts
from webapp.lessons.photos import folder
from webapp.lessons.planning import drawings_of
from webapp.lessons.tables import Audience, Drawing, DrawingState, Lesson
from webapp.lessons.work import receive_photo, request_drafts
from webapp.platform.clock import machine_now, now, put_clock
from webapp.platform.db import ids_from
from webapp.platform.storage import storage
from webapp.platform.tables import Job, JobState
from webapp.platform.worker import Worker
from webapp.simulation.figures import Row
from webapp.simulation.photos import photo, unlike
from webapp.simulation.teacher import own_text, reply
from webapp.simulation.world import Room

_COMING = (DrawingState.RECEIVED, DrawingState.MEASURED, DrawingState.DRAFTING)
_POLL_SECONDS = 0.5


class SimulationError(Exception):
    """The run cannot go on. The message says why, and what to do."""


@dataclass(frozen=True)
class Plan:
    """Which lesson: number ``number``, from 0, of the ``of`` that a teacher gives a night; begun ``at``."""

    night: int
    number: int
    of: int
    drawings: int
    seed: int
    at: datetime

    def theme(self, room: Room) -> str:
        """The theme: every teacher goes through all themes in an order of their own."""
        order = list(THEMES)
        random.Random(f"{self.seed}:{room.persona.name}").shuffle(order)
        return order[(self.night * self.of + self.number) % len(order)]

    def ids(self, room: Room, what: str) -> AbstractContextManager[None]:
        """What gives the rows of one transaction the same ids whenever the lesson is held."""
        return ids_from(f"{self.seed}:{room.persona.name}:{self.night}:{self.number}:{what}")

    def child_seed(self, room: Room, child: int) -> int:
        """A seed for a child's drawing, and for what is written of it."""
        which = f"{self.seed}:{room.persona.name}:{self.night}:{self.number}:{child}"
        return random.Random(which).randrange(2**31)


def hold(worker: Worker, room: Room, plan: Plan, kept: Path) -> list[Row]:
    """Holds the lesson: photos, measuring, drafting, choosing, editing, accepting; what was accepted.

    What was done before an interruption is not done again. SimulationError when a drawing cannot be drafted.
    """
    put_clock_on(worker, plan.at)
    lesson = _lesson(worker, room, plan)
    _hand_in(worker, room, plan, lesson, kept)
    _work_until_drafted(worker, lesson)
    _comment(worker, room, plan, lesson)
    with worker.session() as session:
        drawings = drawings_of(session, lesson)
    for drawing in drawings:
        storage().delete(folder(drawing.studio_id, drawing.id))
    with worker.session() as session:
        note_photos_erased(session, now(), drawings)
        return list(_rows(session, room, lesson, drawings))


def put_clock_on(worker: Worker, to: datetime) -> None:
    """It becomes ``to``. Where a killed run left leases, they are over, since its worker is dead."""
    with worker.session() as session:
        session.exec(
            sa.update(Job).where(col(Job.state) == JobState.RUNNING).values(lease_until=machine_now())
        )
    put_clock(to)


def _lesson(worker: Worker, room: Room, plan: Plan) -> Lesson:
    title, theme = f"Simulated: night {plan.night}, lesson {plan.number + 1}", BY_ID[plan.theme(room)]
    english = room.persona.language == "en"
    with plan.ids(room, "lesson"), worker.session() as session:
        there = session.exec(
            select(Lesson).where(Lesson.studio_id == room.studio.id, Lesson.title == title)
        ).first()
        if there is not None:
            return there
        lesson = Lesson(
            studio_id=room.studio.id,
            teacher_id=room.teacher_id,
            title=title,
            theme=theme.en if english else theme.zh,
            medium=theme.medium.en if english else theme.medium.zh,
            taught_on=plan.at.date(),
            audience=Audience(room.persona.audience),
            language=Language(room.persona.language),
            created_at=now(),
        )
        session.add(lesson)
        return lesson


def _hand_in(worker: Worker, room: Room, plan: Plan, lesson: Lesson, kept: Path) -> None:
    with worker.session() as session:
        there = len(drawings_of(session, lesson))
    if there == plan.drawings:
        return
    group = (plan.night * plan.of + plan.number) * plan.drawings
    theme = plan.theme(room)
    seeds = unlike(theme, [plan.child_seed(room, child) for child in range(plan.drawings)], kept)
    for child, seed in enumerate(seeds):
        student = room.students[(group + child) % len(room.students)]
        taken = photo(theme, seed, kept)
        with plan.ids(room, f"photo {child}"), worker.session() as session:
            receive_photo(
                session,
                now(),
                storage(),
                lesson,
                taken.data,
                student=student,
                subjects=taken.subjects[room.persona.language],
                position=child,
                draft=True,
            )


def _work_until_drafted(worker: Worker, lesson: Lesson) -> None:
    with worker.session() as session:  # what failed when the run broke off is tried again
        again = [d for d in drawings_of(session, lesson) if d.state is DrawingState.FAILED]
        request_drafts(session, now(), again)
    while True:
        with worker.session() as session:
            drawings = drawings_of(session, lesson)
        for drawing in drawings:
            if drawing.state is DrawingState.FAILED:
                raise SimulationError(
                    f"A drawing could not be drafted ({drawing.refusal}). Mend what is wrong (vermilion"
                    " doctor may say what) and give the same command again: it goes on from here."
                )
        if not any(drawing.state in _COMING for drawing in drawings):
            return
        if not worker.work_once():
            time.sleep(_POLL_SECONDS)  # what failed is tried again after a moment


def _comment(worker: Worker, room: Room, plan: Plan, lesson: Lesson) -> None:
    """Each drafted drawing is commented on and accepted, in a transaction of its own."""
    with worker.session() as session:
        drawings = drawings_of(session, lesson)
    for drawing in drawings:
        if drawing.state is not DrawingState.DRAFTED:
            continue  # accepted before, or its photo was refused
        with plan.ids(room, f"comment {drawing.position}"), worker.session() as session:
            drafts = _shown(session, drawing)
            seed = plan.child_seed(room, drawing.position)
            own = own_text(room.persona, known_facts(drawing), seed, theme=lesson.theme)
            made = reply(room.persona, [draft.text for draft in drafts], own)
            write_and_accept(
                session,
                now(),
                session.get_one(Drawing, drawing.id),
                made.text,
                draft=drafts[made.chosen],
                revision=0,
                author_id=room.teacher_id,
            )


def _rows(session: Session, room: Room, lesson: Lesson, drawings: Sequence[Drawing]) -> Iterator[Row]:
    for drawing in drawings:
        comment = comment_of(session, drawing)
        if comment is None:
            continue
        drafts: Any = _shown(session, drawing)
        chosen = next(draft for draft in drafts if draft.id == comment.draft_id)
        yield Row(
            teacher=room.persona.name,
            lesson=lesson.id,
            language=room.persona.language,
            cost=edit_cost(chosen.text, comment.text, room.persona.language),
            first=best_first(drafts)[0].text,
            shown=len(drafts),
            wrong=sum(contradicts(draft.flags) for draft in drafts),
        )


def _shown(session: Session, drawing: Drawing) -> list[Draft]:
    """The drafts that lie on the desk, in their order there. There was one drafting, so these are all."""
    of_drawing = select(Draft).where(Draft.drawing_id == drawing.id)
    return list(session.exec(of_drawing.order_by(col(Draft.round), col(Draft.shown))).all())
