"""No teacher is more than a share of a night."""

import random
from collections import defaultdict
from collections.abc import Sequence
from statistics import median_low

from finetune.records import Record, Teacher, teacher_of

# So many records a night are nobody's flood, and so many times the usual number are one.
_ALWAYS, _TIMES = 20, 2


def capped(records: Sequence[Record], *, since: str = "", seed: int) -> set[int]:
    """The places of the records that go over a teacher's most of a night: 20, or twice the median of the
    teachers. Those of before ``since`` are of other nights; what is replayed of them is shared out anyway.

    The lower median, so that of two teachers the busy one does not set the measure. What stays is spread over
    the teacher's night: it is cut into as many pieces of time as may stay, and one of each does.
    """
    by_teacher: dict[Teacher, list[int]] = defaultdict(list)
    for place, one in enumerate(records):
        if not one.accepted_at or one.accepted_at > since:
            by_teacher[teacher_of(one)].append(place)
    if not by_teacher:
        return set()
    most = max(_ALWAYS, _TIMES * median_low(map(len, by_teacher.values())))
    over: set[int] = set()
    for teacher, places in by_teacher.items():
        if len(places) <= most:
            continue
        rng = random.Random(f"{seed} {teacher}")
        in_time = sorted(places, key=lambda place: records[place].accepted_at)
        edges = [len(places) * piece // most for piece in range(most + 1)]
        stay = {in_time[rng.randrange(edges[i], edges[i + 1])] for i in range(most)}
        over |= set(places) - stay
    return over
