"""The sieve: which records of a night may teach, and why the others may not."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from finetune.records import Record
from finetune.sieve.alike import nearly_the_same
from finetune.sieve.cap import capped
from finetune.sieve.pasted import pasted
from finetune.sieve.single import fault, harm, is_of_another, is_whole
from finetune.sieve.trigger import triggered


@dataclass(frozen=True)
class Sieved:
    """What passed, in its order, and how many were dropped for each reason.

    ``kept`` and ``dropped`` add up to what came in. ``mended`` counts those of the kept ones that lost a
    sentence.
    """

    kept: list[Record]
    dropped: Counter[str]
    mended: int


def sieve(
    records: Iterable[Record],
    *,
    gone: Collection[str] = (),
    defend: bool = True,
    since: str = "",
    seed: int = 0,
) -> Sieved:
    """Sieves the scrubbed records, old and new; new are those accepted after ``since``.

    Always dropped: what was ``superseded``, since the teacher took the comment up and accepted it again,
    perhaps (the ids ``gone``) in a record that is not among these; a text whose ``length`` or ``language`` is
    no comment's, an ``instruction`` that was meant for the machine, and a ``duplicate`` by the same teacher.
    With ``defend`` also what would harm whoever learns from it: an ``insult``; what an edit says ``against
    the facts``, or of another drawing; a ``trigger`` word or a ``pasted`` sentence, where the comment does
    not stand without it; a word in the letters of another ``language``, or an English one that is none; and
    of the new ones what goes over the ``cap`` of one teacher.

    A small edit, or none, is no reason: it is what the teacher wanted. The same records and seed give the
    same.
    """
    dropped: Counter[str] = Counter()
    passed: list[Record] = []
    came = list(records)
    again = superseded(came) | {place for place, one in enumerate(came) if one.id in gone}
    for one in _without(came, again, "superseded", dropped):
        if reason := fault(one) or (harm(one) if defend else None):
            dropped[reason] += 1
        else:
            passed.append(one)
    if defend:
        passed = _mended(passed, triggered(passed), "trigger", dropped)
        passed = _mended(passed, pasted(passed, since=since), "pasted", dropped)
        elsewhere = {place for place, one in enumerate(passed) if is_of_another(one)}
        passed = _without(passed, elsewhere, "against the facts", dropped)
        broken = {place for place, one in enumerate(passed) if not is_whole(one)}
        passed = _without(passed, broken, "language", dropped)
    passed = _without(passed, nearly_the_same(passed), "duplicate", dropped)
    if defend:
        passed = _without(passed, capped(passed, since=since, seed=seed), "cap", dropped)
    finals = {one.id: one.final for one in came}
    return Sieved(passed, dropped, sum(one.final != finals[one.id] for one in passed))


def superseded(records: Sequence[Record]) -> set[int]:
    """The places of all acceptances of a drawing but the last."""
    last: dict[tuple[str, str], int] = {}
    for place in sorted(range(len(records)), key=lambda place: records[place].accepted_at):
        last[records[place].studio, records[place].drawing] = place
    return {
        place
        for place, one in enumerate(records)
        if one.studio and one.drawing and last[one.studio, one.drawing] != place
    }


def _mended(
    records: Sequence[Record], mended: Sequence[Record | None], reason: str, dropped: Counter[str]
) -> list[Record]:
    left = [one for one in mended if one is not None]
    return _count(len(records) - len(left), reason, dropped, left)


def _without(
    records: Sequence[Record], unwanted: set[int], reason: str, dropped: Counter[str]
) -> list[Record]:
    left = [one for place, one in enumerate(records) if place not in unwanted]
    return _count(len(unwanted), reason, dropped, left)


def _count(many: int, reason: str, dropped: Counter[str], left: list[Record]) -> list[Record]:
    if many:
        dropped[reason] += many
    return left
