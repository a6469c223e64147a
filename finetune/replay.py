"""What a night learns from: its own feedback, and some older, so that what was learned is not forgotten.

Training on new examples alone unlearns old ones; a few of the old, replayed among the new, prevent most of it
(Robins 1995). Which: of every teacher, every audience and every length some, since the busiest teacher would
otherwise be all that is remembered, and of each the recent ones likelier, since habits change.
"""

import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from drafting.check.sentences import units
from finetune.records import Record, Teacher, teacher_of
from prompts.vocabulary import table

# Of what is drawn some is sieved out, so so many times as much is looked at,
_SPARE = 1.5
# each with so many of its teacher's before it and after it, or it could not be told what was pasted.
_AROUND = 12
# After so many days a record is half as likely to be replayed.
_HALF_LIFE = 30.0
# Fewer comments show no manner: said twice, they would only be learned by heart.
_A_MANNER = 5

T = TypeVar("T")


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

    def half_lives(one: Record) -> float:
        time = _time(one)
        return (now - (first if time is None else time)) / _HALF_LIFE

    chosen = _share_out(new, most_new, lambda _: 0.0, rng, seed)
    chosen += _share_out(rest, most_old, half_lives, rng, seed)
    return sorted(chosen, key=lambda one: one.accepted_at)


def evened(records: Sequence[Record], most: int) -> list[Record]:
    """The records, those of whoever has fewer than the busiest teacher up to ``most`` times over.

    A newcomer's few comments would be drowned among what the others wrote for weeks, and she would wait as
    long to be heard. What has no voice (the plain comments) stands as it is, and so do a teacher's comments
    of which there are fewer than ``_A_MANNER``.
    """
    sizes = Counter(teacher_of(one) for one in records if one.context.voice)
    busiest = max(sizes.values(), default=0)
    times = {t: min(most, round(busiest / size)) for t, size in sizes.items() if size >= _A_MANNER}

    def often(one: Record) -> int:
        return times.get(teacher_of(one), 1) if one.context.voice else 1

    return [one for one in records for _ in range(often(one))]


def latest(records: Sequence[Record], most: int) -> list[Record]:
    """So many, in their order: of every teacher the last one, then of every teacher the one before."""
    behind: Counter[Teacher] = Counter()
    turns: list[tuple[int, int]] = []
    for place in range(len(records) - 1, -1, -1):
        teacher = teacher_of(records[place])
        turns.append((behind[teacher], place))
        behind[teacher] += 1
    kept = sorted(turns, key=lambda turn: (turn[0], -turn[1]))[:most]
    return [records[place] for place in sorted(place for _, place in kept)]


def worth_sieving(
    new: Sequence[Record], old: Sequence[Record], *, most_old: int, always: Collection[str], seed: int
) -> list[Record]:
    """The old records that are sieved with the new ones, in their order: those that ``choose`` may draw, and
    those beside which it is seen what is pasted, the last of every teacher of a new one among them.

    Their number is bounded by the night's, however long the history is. ``always`` are ids of further ones.
    """
    some = choose([], old, most_new=0, most_old=int(_SPARE * most_old), seed=seed)
    drawn = {one.id for one in some}.union(always)
    tonight = set(map(teacher_of, new))
    places: set[int] = set()
    in_time = sorted(range(len(old)), key=lambda place: old[place].accepted_at)
    for teacher, row in _groups(in_time, lambda place: teacher_of(old[place])).items():
        for at, place in enumerate(row):
            if old[place].id in drawn:
                places.update(row[max(0, at - _AROUND) : at + _AROUND + 1])
        if teacher in tonight:
            places.update(row[-2 * _AROUND :])
    return [old[place] for place in sorted(places)]


def _share_out(
    records: Sequence[Record],
    most: int,
    half_lives: Callable[[Record], float],
    rng: random.Random,
    seed: int,
) -> list[Record]:
    chosen: list[Record] = []
    teachers = _groups(records, teacher_of)
    for teacher, many in _even({t: len(each) for t, each in teachers.items()}, most, rng).items():
        kinds = _groups(teachers[teacher], lambda one: (one.language, one.context.audience, _length(one)))
        for kind, some in _even({k: len(each) for k, each in kinds.items()}, many, rng).items():
            chosen += _drawn(kinds[kind], some, half_lives, seed)
    return chosen


def _groups(records: Sequence[T], key: Callable[[T], Hashable]) -> dict[Hashable, list[T]]:
    groups: dict[Hashable, list[T]] = defaultdict(list)
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
    records: Sequence[Record], many: int, half_lives: Callable[[Record], float], seed: int
) -> list[Record]:
    """A weighted sample without replacement: the smallest of e/w, e drawn from an exponential distribution
    (Efraimidis and Spirakis 2006), w halved with each half-life. Each e is the record's own, so that who is
    drawn out of many is drawn out of some of them, too."""

    def drawn(one: Record) -> float:
        # log(e/w): the w of a date mistyped by a century is too small for a number.
        e = random.Random(f"{seed} {one.id}").expovariate(1.0)
        return math.log(max(e, sys.float_info.min)) + half_lives(one) * math.log(2)

    return sorted(records, key=drawn)[:many]


def _length(one: Record) -> str:
    """What the accepted comment is by its length: whatever was asked for, this is how it reads."""
    counted = "words" if one.language == "en" else "characters"
    long = len(units(one.final, one.language))
    return next((name for name, row in table()["lengths"].items() if long <= row[counted][1]), "long")


def _time(one: Record) -> float | None:
    """Days since 1970; None when the record does not say."""
    try:
        return datetime.fromisoformat(one.accepted_at).timestamp() / 86400
    except ValueError:
        return None
