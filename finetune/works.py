"""Records as drafting is given them: the same contexts, to be drafted anew."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from drafting.draft import Work
from drafting.habits import NONE, Habits, habits
from finetune.records import Record
from prompts.vocabulary import Language


def works(records: Sequence[Record], taught: Sequence[Record] = ()) -> list[Work]:
    """What to draft for each record. From the ``taught`` ones it is known what a teacher tells everybody.

    Teachers' instructions are left out: they were about drafts that are not there any more. What belongs to
    no lesson is compared with nothing.
    """
    known = _habits(taught)
    return [
        Work(
            one.id,
            replace(one.context, instruction=""),
            one.language,
            lesson=one.lesson or one.id,
            habits=known.get((one.studio, one.teacher, one.language), NONE),
        )
        for one in records
    ]


def _habits(records: Sequence[Record]) -> dict[tuple[str, str, Language], Habits]:
    lessons: dict[tuple[str, str, Language], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in records:
        lessons[one.studio, one.teacher, one.language][one.lesson or one.id].append(one.final)
    return {who: habits(theirs.values(), who[2]) for who, theirs in lessons.items()}
