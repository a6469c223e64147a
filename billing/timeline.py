"""How prepaid passes lie in time: one after another, and only while nothing as good is paid for otherwise.

A pass begins when it is paid, or when what is left of others like it has run out. A larger pass bought
meanwhile runs at once, and the rest of the smaller one follows it. While a trial or a subscription covers the
same, a pass waits. All follows from what was paid when, so it is the same in whatever order it became known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.months import Month, add_months, month_from
from billing.plans import Rank


@dataclass(frozen=True)
class Paid:
    """A pass: so many months from ``at`` on; ``revoked`` ends it whatever is left."""

    id: str
    rank: Rank
    months: int
    at: datetime
    revoked: datetime | None = None


@dataclass(frozen=True)
class Cover:
    """Something else that covers ``begins`` to ``ends`` (None: until further notice)."""

    rank: Rank
    begins: datetime
    ends: datetime | None


@dataclass(frozen=True)
class Stretch:
    """A time in which a pass runs. ``late`` is how long it was held up since its very beginning."""

    id: str
    begins: datetime
    ends: datetime
    first: datetime
    late: timedelta

    def month(self, moment: datetime) -> Month:
        """The quota month of the pass at a moment of this stretch. Being held up moves its end, and takes
        nothing away.
        """
        number, begins, ends = month_from(self.first, moment - self.late)
        return Month(number, begins + self.late, ends + self.late)


@dataclass(frozen=True)
class Waiting:
    """A pass, or the rest of one, that waits for the end of a cover whose end nobody knows. ``left``: how
    long it still is; None for one that has not begun, which has all its months.
    """

    id: str
    left: timedelta | None


def waiting(passes: Sequence[Paid], covers: Sequence[Cover]) -> list[Waiting]:
    """The passes that wait for an open cover, in the order in which they will run: all that are not used up,
    for whatever nothing covers for ever has its stretch.
    """
    first: dict[str, datetime] = {}
    spent: dict[str, timedelta] = {}
    for stretch in lay_out(passes, covers):
        first[stretch.id] = stretch.first
        spent[stretch.id] = spent.get(stretch.id, timedelta()) + (stretch.ends - stretch.begins)
    found = []
    for paid in sorted(passes, key=lambda paid: (-paid.rank.plan, -paid.rank.seats, paid.at, paid.id)):
        if paid.revoked is None and not _used_up(paid, first, spent):
            begun = first.get(paid.id)
            left = add_months(begun, paid.months) - begun - spent[paid.id] if begun else None
            found.append(Waiting(paid.id, left))
    return found


def lay_out(passes: Sequence[Paid], covers: Sequence[Cover]) -> list[Stretch]:
    """When each pass runs, in order of time. A pass that still waits for an open cover is not in it."""
    turns = {paid.at for paid in passes} | {paid.revoked for paid in passes if paid.revoked}
    turns |= {cover.begins for cover in covers} | {cover.ends for cover in covers if cover.ends}
    first: dict[str, datetime] = {}
    spent: dict[str, timedelta] = {}
    stretches: list[Stretch] = []
    at = min((paid.at for paid in passes), default=None)
    while at is not None:
        after = min((turn for turn in turns if turn > at), default=None)
        running = _running(at, passes, covers, first, spent)
        if running is not None:
            begun = first.setdefault(running.id, at)
            had = spent.get(running.id, timedelta())
            over = at + (add_months(begun, running.months) - begun - had)
            until = over if after is None else min(over, after)
            _append(stretches, Stretch(running.id, at, until, begun, at - begun - had))
            spent[running.id] = had + (until - at)
            after = until
        at = after
    return stretches


def _running(
    at: datetime,
    passes: Sequence[Paid],
    covers: Sequence[Cover],
    first: dict[str, datetime],
    spent: dict[str, timedelta],
) -> Paid | None:
    covered = [c.rank for c in covers if c.begins <= at and (c.ends is None or at < c.ends)]
    able = [
        paid
        for paid in passes
        if paid.at <= at
        and (paid.revoked is None or at < paid.revoked)
        and not any(rank >= paid.rank for rank in covered)
        and not _used_up(paid, first, spent)
    ]
    if not able:
        return None
    best = max(paid.rank for paid in able)
    return min((paid for paid in able if paid.rank == best), key=lambda paid: (paid.at, paid.id))


def _used_up(paid: Paid, first: dict[str, datetime], spent: dict[str, timedelta]) -> bool:
    if paid.id not in first:
        return False
    begun = first[paid.id]
    return spent[paid.id] >= add_months(begun, paid.months) - begun


def _append(stretches: list[Stretch], new: Stretch) -> None:
    """Add a stretch, or lengthen the last one where nothing came between."""
    last = stretches[-1] if stretches else None
    if last is not None and last.id == new.id and last.ends == new.begins:
        stretches[-1] = Stretch(last.id, last.begins, new.ends, last.first, last.late)
    else:
        stretches.append(new)
