"""Days and nights of simulated teachers: lessons by day, learning by night, and the figures of each.

A run may be killed at any moment. Everything it does is in its database, and what it has counted stands in a
file beside that; given the same arguments again, it goes on.
"""

import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from drafting.draft import NOBODY_WAITS
from webapp.accounts.tables import Language
from webapp.desk.tables import Draft
from webapp.handlers import GIVEN_UP, HANDLERS
from webapp.lessons import writing
from webapp.lessons.tables import Drawing, Lesson
from webapp.platform import jobs
from webapp.platform.clock import put_clock
from webapp.platform.settings import Settings
from webapp.platform.worker import Handler, Worker
from webapp.school.serving import base_of
from webapp.simulation.classroom import Plan, SimulationError, hold, put_clock_on
from webapp.simulation.figures import Row, by_teacher, summary
from webapp.simulation.persona import Persona
from webapp.simulation.world import CLASSES, Room, enrol, open_world

LearnNight = Callable[[Session, datetime, Settings], Mapping[str, str]]
"""One night on this database, at this time, which the clock of workers shows too: what became of it in words,
by language. Killed, it is called again with the same time."""

# Nobody looks at the first drafts while the others are written.
_HANDLERS: Mapping[str, Handler] = {**HANDLERS, "draft": partial(writing.draft, groups=NOBODY_WAITS)}
_FIRST_LESSON, _NIGHT = timedelta(hours=9), timedelta(hours=2)
# Night 0 of every run, since what is drawn by lot in a night follows from its date.
_BEGAN = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Run:
    """What is simulated. ``lessons``: of each teacher on each night; ``drawings``: of each lesson."""

    personas: Sequence[Persona]
    nights: int
    lessons: int
    drawings: int = 5
    seed: int = 0

    def teachers(self, night: int) -> list[Persona]:
        """Who teaches on this night."""
        return [persona for persona in self.personas if persona.from_night <= night]

    def lessons_from(self, night: int) -> int:
        """How many lessons there are on this night and the later ones."""
        return self.lessons * sum(len(self.teachers(n)) for n in range(night, self.nights + 1))


@dataclass(frozen=True)
class Progress:
    """What was just done, and how long the rest will take; None before there is anything to tell it by."""

    done: str
    seconds_left: float | None


def simulate(
    run: Run,
    work: Path,
    settings: Settings,
    learn_night: LearnNight,
    *,
    kept: Path | None = None,
    tell: Callable[[Progress], None] = lambda _progress: None,
    save: Callable[[dict[str, Any]], None] = lambda _result: None,
) -> dict[str, Any]:
    """All nights of the run, in the form that ``vermilion simulate`` writes; ``save`` gets it after each one.

    The database and everything else is in the folder ``work``; photos are kept in ``kept``. Night 0 is before
    any learning; on each later night first the learning is done, then the lessons are held. SimulationError
    when ``work`` belongs to another run, or a drawing cannot be drafted.
    """
    notes = _Notes.open(work, run)
    app = open_world(work, settings)
    try:
        with app.app_context():
            worker = Worker(app, jobs.DRAFTING, _HANDLERS, GIVEN_UP)
            going = _Going(run, worker, notes, _Pace(), kept or work / "photos", tell)
            for night in range(len(notes.nights), run.nights + 1):
                if night and str(night) not in notes.verdicts:
                    going.learn(night, learn_night)
                notes.nights.append(going.entry(night, going.teach(night)))
                notes.write()
                save(notes.result())
    finally:
        put_clock(None)
    return notes.result()


def put_copy(work: Path, to: Path) -> None:
    """A copy of a run's folder, that may go on in another way; a kill leaves none rather than a half."""
    making = to.with_name(f"{to.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    shutil.copytree(work, making, symlinks=True)
    os.replace(making, to)


@dataclass(frozen=True)
class _Going:
    """A run under way: its nights and its days."""

    run: Run
    worker: Worker
    notes: "_Notes"
    pace: "_Pace"
    kept: Path
    tell: Callable[[Progress], None]

    def learn(self, night: int, learn_night: LearnNight) -> None:
        """What became of the night is noted at once: it need not be learned again after a kill."""
        at = self._day(night) + _NIGHT
        put_clock_on(self.worker, at)
        with self.pace.taking("night"), self.worker.session() as session:
            verdict = dict(learn_night(session, at, self.worker.settings))
        self.notes.verdicts[str(night)] = verdict
        self.notes.write()
        said = "; ".join(f"{language} {text}" for language, text in verdict.items()) or "nothing was learned"
        self._say(f"night {night}: {said}", night, self.run.lessons_from(night))

    def teach(self, night: int) -> list[Row]:
        """Holds all lessons of the day after the night; what was accepted."""
        first = self._day(night) + _FIRST_LESSON
        rows: list[Row] = []
        left = self.run.lessons_from(night)
        for room in self._rooms(night, first):
            for number in range(self.run.lessons):
                at = first + timedelta(hours=number)
                plan = Plan(night, number, self.run.lessons, self.run.drawings, self.run.seed, at)
                with self.pace.taking("lesson"):
                    rows += hold(self.worker, room, plan, self.kept)
                left -= 1
                lesson = f"lesson {number + 1} of {self.run.lessons}"
                self._say(f"night {night}: {room.persona.name}, {lesson}", night, left)
        return rows

    def entry(self, night: int, rows: Sequence[Row]) -> dict[str, Any]:
        """The night's figures. SimulationError where there is nothing to count."""
        if not rows:
            raise SimulationError(
                f"Night {night}: not one drawing could be measured; nothing can be counted."
            )
        with self.worker.session() as session:
            champion = _champions(session, {row.lesson for row in rows}, self.worker.settings)
        return {
            "night": night,
            **summary(rows, self.run.seed),
            "champion": champion,
            "verdict": self.notes.verdicts.get(str(night), {}),
            "by_teacher": by_teacher(rows, self.run.seed),
        }

    def _day(self, night: int) -> datetime:
        return self.notes.began + timedelta(days=night)

    def _rooms(self, night: int, now: datetime) -> list[Room]:
        children, seed = CLASSES * self.run.drawings, self.run.seed
        with self.worker.session() as session:
            teachers = self.run.teachers(night)
            return [enrol(session, now, persona, children=children, seed=seed) for persona in teachers]

    def _say(self, done: str, night: int, lessons_left: int) -> None:
        self.tell(Progress(done, self.pace.left(self.run.nights - night, lessons_left)))


def _champions(session: Session, lessons: set[str], settings: Settings) -> dict[str, str]:
    """By language the id of the version or starter that wrote these lessons' drafts, or the base's name where
    it wrote alone; of most of them, where a canary wrote some."""
    query = (
        select(Lesson.language, Draft.model, sa.func.count())
        .join(Drawing, col(Drawing.lesson_id) == Lesson.id)
        .join(Draft, col(Draft.drawing_id) == Drawing.id)
        .where(col(Lesson.id).in_(lessons))
        .group_by(col(Lesson.language), col(Draft.model))
    )
    wrote: dict[Language, Counter[str]] = {}
    for language, model, count in session.exec(query).all():
        wrote.setdefault(Language(language), Counter())[model] += count
    return {
        language.value: models.most_common(1)[0][0].removeprefix(f"{base_of(language, settings).title}+")
        for language, models in sorted(wrote.items())
    }


@dataclass
class _Notes:
    """What a run must remember beside its database, in ``work/run.json``."""

    path: Path
    run: dict[str, Any]
    began: datetime
    nights: list[dict[str, Any]] = field(default_factory=list)
    verdicts: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def open(cls, work: Path, run: Run) -> "_Notes":
        """Those of the folder, or new ones. A run may become longer, and nothing else."""
        path = work / "run.json"
        what = {
            "personas": [persona.model_dump(mode="json") for persona in run.personas],
            "lessons": run.lessons,
            "drawings": run.drawings,
            "seed": run.seed,
        }
        if not path.exists():
            work.mkdir(parents=True, exist_ok=True)
            return cls(path, what, _BEGAN)
        noted = json.loads(path.read_text(encoding="utf-8"))
        if noted["run"] != what or len(noted["nights"]) > run.nights + 1:
            raise SimulationError(
                f"{work} holds a run of other personas or numbers. Delete it, or write to another file."
            )
        began = datetime.fromisoformat(noted["began"])
        return cls(path, what, began, noted["nights"], noted["verdicts"])

    def write(self) -> None:
        noted = {
            "run": self.run,
            "began": self.began.isoformat(),
            "nights": self.nights,
            "verdicts": self.verdicts,
        }
        making = self.path.with_suffix(".part")
        making.write_text(json.dumps(noted, ensure_ascii=False), encoding="utf-8")
        os.replace(making, self.path)

    def result(self) -> dict[str, Any]:
        return {"simulated": True, "nights": list(self.nights)}


class _Pace:
    """How long a lesson and a night take, so far."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = {"lesson": [], "night": []}

    @contextmanager
    def taking(self, what: str) -> Iterator[None]:
        """Times a ``lesson`` or a ``night``."""
        since = time.monotonic()
        yield
        self._seconds[what].append(time.monotonic() - since)

    def left(self, nights: int, lessons: int) -> float | None:
        """Seconds for so many more nights and lessons; None while one of them was never seen."""
        total = 0.0
        for what, count in (("night", nights), ("lesson", lessons)):
            seen = self._seconds[what]
            if count and not seen:
                return None
            total += count * sum(seen) / max(1, len(seen))
        return total
