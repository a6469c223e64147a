"""What a night learns from: its own feedback, and some older, so that what was learned is not forgotten.

Training on new examples alone unlearns old ones; a few of the old, replayed among the new, prevent most of it
(Robins 1995). Which: of every teacher, every audience and every length some, since the busiest teacher would
otherwise be all that is remembered, and of each the recent ones likelier, since habits change.
"""

import math
import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime

from drafting.check.sentences import units
from finetune.records import Record
from prompts.vocabulary import table

# After so many days a record is half as likely to be replayed.
_HALF_LIFE = 30.0


def choose(
    new: Sequence[Record], old: Sequence[Record], *, most_new: int, most_old: int, seed: int
) -> list[Record]:
    """At most ``most_new`` of the new records and ``most_old`` of the old ones, in time.

    What there is is shared out evenly: first among the teachers, then among each teacher's audiences and
    lengths of comment. Whoever has fewer than an even share gives all, and the others share the rest. Within
    such a group of old records the chance halves with every 30 days of age, counted from the newest record of
    all (a record without a time counts as the oldest); new ones are equally likely. An old record that is
    among the new ones, by its id, is left out. The same records and seed give the same.
    """
    rng = random.Random(seed)
    known = {one.id for one in new}
    rest = [one for one in old if one.id not in known]
    times = [time for one in (*new, *rest) if (time := _time(one)) is not None]
    now, first = max(times, default=0.0), min(times, default=0.0)

    def weight(one: Record) -> float:
        time = _time(one)
        return math.pow(0.5, (now - (first if time is None else time)) / _HALF_LIFE)

    chosen = _share_out(new, most_new, lambda _: 1.0, rng) + _share_out(rest, most_old, weight, rng)
    return sorted(chosen, key=lambda one: one.accepted_at)


def _share_out(
    records: Sequence[Record], most: int, weight: Callable[[Record], float], rng: random.Random
) -> list[Record]:
    chosen: list[Record] = []
    teachers = _groups(records, lambda one: (one.studio, one.teacher))
    for teacher, many in _even({t: len(each) for t, each in teachers.items()}, most, rng).items():
        kinds = _groups(teachers[teacher], lambda one: (one.language, one.context.audience, _length(one)))
        for kind, some in _even({k: len(each) for k, each in kinds.items()}, many, rng).items():
            chosen += _drawn(kinds[kind], some, weight, rng)
    return chosen


def _groups(records: Sequence[Record], key: Callable[[Record], Hashable]) -> dict[Hashable, list[Record]]:
    groups: dict[Hashable, list[Record]] = defaultdict(list)
    for one in records:
        groups[key(one)].append(one)
    return groups


def _even(sizes: Mapping[Hashable, int], most: int, rng: random.Random) -> dict[Hashable, int]:
    """How many of each group: one in turn, until ``most`` are out or nothing is left.

    Who is first in the turn that is not finished is drawn.
    """
    shares = dict.fromkeys(sizes, 0)
    left = min(most, sum(sizes.values()))
    while left > 0:
        open_ = [name for name in sizes if shares[name] < sizes[name]]
        whole = min(left // len(open_), min(sizes[name] - shares[name] for name in open_))
        for name in open_ if whole else rng.sample(open_, left):
            shares[name] += whole or 1
            left -= whole or 1
    return shares


def _drawn(
    records: Sequence[Record], many: int, weight: Callable[[Record], float], rng: random.Random
) -> list[Record]:
    """A weighted sample without replacement: the smallest of e/w, e drawn from an exponential distribution
    (Efraimidis and Spirakis 2006)."""
    return sorted(records, key=lambda one: rng.expovariate(1.0) / weight(one))[:many]


def _length(one: Record) -> str:
    """What the accepted comment is by its length: whatever was asked for, this is how it reads."""
    counted = "words" if one.language == "en" else "characters"
    long = len(units(one.final, one.language))
    return next((name for name, row in table()["lengths"].items() if long <= row[counted][1]), "long")


def _time(one: Record) -> float | None:
    """Days since 1970; None when the record does not say."""
    try:
        read = datetime.fromisoformat(one.accepted_at)
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() / 86400
