"""Records as drafting is given them: the same contexts, to be drafted anew."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from drafting.draft import Work
from drafting.habits import NONE, Habits, habits
from finetune.records import Record, author_of, class_of
from prompts.vocabulary import Language

# As many as the desk looks at, see ``webapp.lessons.briefs``: of so many of a student's last comments no
# sentence is said again, and from so many lessons, the present one among them, it is known what a teacher
# tells everybody.
EARLIER, HABITUAL = 5, 10


def works(records: Sequence[Record], taught: Sequence[Record] = ()) -> list[Work]:
    """What to draft for each record. From the ``taught`` ones it is known what a teacher tells everybody.

    Teachers' instructions are left out: they were about drafts that are not there any more. What belongs to
    no lesson is compared with nothing.
    """
    known = _by_teacher(taught)
    return [
        Work(
            one.id,
            replace(one.context, instruction=""),
            one.language,
            lesson=class_of(one),
            habits=known.get(author_of(one), NONE),
        )
        for one in records
    ]


def as_served(records: Sequence[Record], taught: Sequence[Record] = ()) -> list[Work]:
    """The same with what the desk knew before a lesson's first comment was accepted, as far as these records
    and the ``taught`` ones tell: the student's last comments, and what the teacher told everybody in the last
    lessons.

    Of two records without a time neither is older. What no record tells is left out: the names on the roster,
    the picture, what was accepted and is not among these.
    """
    past = _Past([*taught, *records])
    return [
        replace(work, earlier=past.told_student(one), habits=past.told_everybody(one))
        for one, work in zip(records, works(records), strict=True)
    ]


class _Past:
    """What was accepted before a lesson, of which the records tell."""

    def __init__(self, records: Iterable[Record]) -> None:
        once = {one.id: one for one in records if one.accepted_at}
        self._in_time = sorted(once.values(), key=lambda one: one.accepted_at)
        self._began: dict[str, str] = {}
        for one in self._in_time:
            self._began.setdefault(class_of(one), one.accepted_at)
        self._before: dict[str, list[Record]] = {}

    def told_student(self, one: Record) -> tuple[str, ...]:
        """The student's last comments, newest first."""
        theirs = [
            other.final
            for other in self._before_lesson(class_of(one))
            if other.student and (other.studio, other.student) == (one.studio, one.student)
        ]
        return tuple(theirs[::-1][:EARLIER])

    def told_everybody(self, one: Record) -> Habits:
        """What the teacher told several children of one class in the last lessons."""
        lessons: dict[str, list[str]] = defaultdict(list)
        for other in self._before_lesson(class_of(one)):
            if author_of(other) == author_of(one):
                lessons[class_of(other)].append(other.final)
        last = sorted(lessons, key=self._began.__getitem__)[-(HABITUAL - 1) :]
        return NONE.union(*(_of_a_class(tuple(lessons[lesson]), one.language) for lesson in last))

    def _before_lesson(self, lesson: str) -> list[Record]:
        """In time; of a comment that was accepted again, as it stood then."""
        if lesson not in self._before:
            began = self._began.get(lesson, "")
            stood = {_drawing(one): one for one in self._in_time if one.accepted_at < began}
            self._before[lesson] = sorted(stood.values(), key=lambda one: one.accepted_at)
        return self._before[lesson]


def _by_teacher(records: Sequence[Record]) -> dict[tuple[str, str, Language], Habits]:
    lessons: dict[tuple[str, str, Language], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in records:
        lessons[author_of(one)][class_of(one)].append(one.final)
    return {who: habits(theirs.values(), who[2]) for who, theirs in lessons.items()}


@lru_cache(maxsize=1024)
def _of_a_class(texts: tuple[str, ...], language: Language) -> Habits:
    return habits([texts], language)


def _drawing(one: Record) -> tuple[str, str]:
    return one.studio, one.drawing if one.studio and one.drawing else one.id
