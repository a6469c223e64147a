"""Parts the records into what is learned from and what is only examined on."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from finetune.figures import LEAST_LESSONS
from finetune.records import Record, Teacher, lesson_of, teacher_of

# The share of a teacher's records, the latest ones, that are examined on; a lesson is never parted. Where the
# first makes an exam of few lessons it is the second: less is learned, but whether it helped can be seen.
_EXAM, _MORE = 0.2, 0.5
# So many records make an exam.
_ENOUGH = 10
# One teacher of so many is never learned from.
_ONE_OF = 8
MOST_EXAMINED, MOST_HELD_OUT = 120, 40
"""So many cases are enough; with more, exams would take the longer the more teachers there are."""


@dataclass(frozen=True)
class Split:
    """Three parts that share no lesson, each in time.

    ``exam`` are later lessons of known teachers: does it write better for them?
    ``held_out`` has all records of some teachers: does it write worse for others?
    """

    train: list[Record]
    exam: list[Record]
    held_out: list[Record]


def held_out_teachers(
    records: Sequence[Record], *, taught: Collection[str] = (), seed: int
) -> frozenset[Teacher]:
    """The teachers, as (studio, teacher), who are held out: each with a chance of one in eight, nobody of
    fewer than eight, and nobody whose voice is among the ``taught``, the codes that a model has learned.

    A teacher's own ids and the seed decide. So with one seed who was learned from never comes to be held out,
    who is held out stays so as long as there are eight, and whoever comes or goes changes nothing for others.
    """
    voices: dict[Teacher, set[str]] = defaultdict(set)
    for one in records:
        voices[teacher_of(one)].add(one.context.voice)
    if len(voices) < _ONE_OF:
        return frozenset()
    return frozenset(
        teacher
        for teacher, theirs in voices.items()
        if theirs.isdisjoint(taught) and _draw(seed, teacher) % _ONE_OF == 0
    )


def split(
    records: Sequence[Record],
    *,
    held_out: Collection[Teacher] = (),
    begun: Collection[Teacher] = (),
    going_on: Collection[str] = (),
) -> Split:
    """Parts the records. Every record is in one part: all of the ``held_out`` teachers' in the third.

    Of each other teacher with two lessons or more the last lessons go to the exam, about a fifth of the
    records (up to half, where only so ``LEAST_LESSONS`` lessons of all teachers come together) but more than
    half only where the last lesson alone is; never one of those ``going_on``, of which an earlier night had
    a part. ``begun`` are the teachers of whom earlier nights learned: who is new beside them is learned from
    whole, for a first day's lessons are few enough, if the others' exam has ``_ENOUGH`` records without hers.
    """
    if begun:
        found = _with_lessons(records, held_out, begun, going_on)
        if len(found.exam) >= _ENOUGH:
            return found
    return _with_lessons(records, held_out, None, going_on)


def _with_lessons(
    records: Sequence[Record],
    held_out: Collection[Teacher],
    begun: Collection[Teacher] | None,
    going_on: Collection[str],
) -> Split:
    """As ``split``, with the share that the number of lessons asks for."""
    usual, more = (_parted(records, held_out, begun, going_on, share) for share in (_EXAM, _MORE))
    few, enough = (len(set(map(lesson_of, one.exam))) for one in (usual, more))
    return more if few < LEAST_LESSONS <= enough else usual


def some_lessons(records: Sequence[Record], most: int, *, seed: int) -> tuple[list[Record], list[Record]]:
    """Whole lessons of ``most`` records together, one lesson of every teacher before a second of any, drawn
    by lot; and the rest. One lesson is taken however long it is."""
    lessons: dict[str, list[Record]] = defaultdict(list)
    for one in records:
        lessons[lesson_of(one)].append(one)
    by_teacher: dict[Teacher, list[str]] = defaultdict(list)
    by_lot = sorted(lessons, key=lambda name: Random(f"{seed} {name}").random())
    for name in by_lot:
        by_teacher[teacher_of(lessons[name][0])].append(name)
    turn = {name: place for theirs in by_teacher.values() for place, name in enumerate(theirs)}
    taken: set[str] = set()
    left = most
    for name in sorted(by_lot, key=turn.__getitem__):  # stable: within a turn they stay as drawn
        if not taken or len(lessons[name]) <= left:
            taken.add(name)
            left -= len(lessons[name])
    parts: tuple[list[Record], list[Record]] = [], []
    for one in records:
        parts[lesson_of(one) not in taken].append(one)
    return parts


def _parted(
    records: Sequence[Record],
    held_out: Collection[Teacher],
    begun: Collection[Teacher] | None,
    going_on: Collection[str],
    share: float,
) -> Split:
    """As ``split``, with ``share`` of each teacher's records in the exam; without ``begun`` everybody is
    examined."""
    lessons: dict[str, list[Record]] = defaultdict(list)
    for one in sorted(records, key=_when):
        lessons[lesson_of(one)].append(one)
    by_teacher: dict[Teacher, list[list[Record]]] = defaultdict(list)
    kept_back: list[Record] = []
    # Lessons stand in the order of their first record.
    for lesson in lessons.values():
        if any(teacher_of(one) in held_out for one in lesson):
            kept_back += lesson
        else:
            # Of two who share a lesson, the first to accept counts as its teacher.
            by_teacher[teacher_of(lesson[0])].append(lesson)
    train: list[Record] = []
    exam: list[Record] = []
    for teacher, theirs in by_teacher.items():
        # What must be learned from stands first.
        theirs.sort(key=lambda lesson: lesson_of(lesson[0]) not in going_on)
        known = begun is None or teacher in begun
        least = sum(lesson_of(lesson[0]) in going_on for lesson in theirs)
        last = _last(list(map(len, theirs)), least, share) if known else len(theirs)
        for place, lesson in enumerate(theirs):
            (exam if place >= last else train).extend(lesson)
    return Split(*(sorted(part, key=_when) for part in (train, exam, kept_back)))


def _last(sizes: list[int], least: int, share: float) -> int:
    """From which lesson on a teacher is examined, given how many records each of the lessons has: never from
    the first, nor from one before ``least``."""
    enough, most = share * sum(sizes), sum(sizes) / 2
    at, examined = len(sizes), 0
    while at > max(1, least) and examined < enough and (examined == 0 or examined + sizes[at - 1] <= most):
        at -= 1
        examined += sizes[at]
    return at


def _when(one: Record) -> str:
    return one.accepted_at


def _draw(seed: int, teacher: Teacher) -> int:
    return int.from_bytes(sha256(repr((seed, teacher)).encode()).digest())
