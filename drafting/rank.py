"""Which draft is best, and in which order a teacher sees them."""

import random
from collections.abc import Iterable, Sequence
from math import prod
from typing import Protocol, TypeVar

from drafting.check import CONTRADICTIONS, Flag
from drafting.check.case import Case
from drafting.check.colour import mentions, palette
from drafting.check.degree import facts_told
from drafting.check.sentences import units
from drafting.check.things import names_subject
from prompts import Context
from prompts.vocabulary import Language, table

# What each part of a good comment is worth; parts that the drawing gives no occasion for are not counted.
_WORTH = {"subjects": 0.3, "colours": 0.25, "facts": 0.1, "specific": 0.15, "criteria": 0.1, "length": 0.1}
# Two colours and two other facts are enough: a comment is no inventory.
_ENOUGH = 2
# What a flag leaves of a draft's score.
_KEEPS = {"contradiction": 0.4, "other": 0.7}


class Ranked(Protocol):
    """What ranking asks of a draft."""

    @property
    def flags(self) -> Sequence[Flag]: ...
    @property
    def score(self) -> float: ...


R = TypeVar("R", bound=Ranked)


def score(text: str, flags: Sequence[Flag], *, context: Context, language: Language) -> float:
    """How good a draft is, 0..1: what it names truly, what it covers, its length; less its flags."""
    case = Case(text, context, language)
    parts = {
        "subjects": _subjects(case),
        "colours": _colours(case),
        "facts": min(1.0, len(facts_told(case)) / _ENOUGH) if context.facts.get("line") else None,
        "specific": _specific(case),
        "criteria": _criteria(case),
        "length": _length(case),
    }
    counted = {name: value for name, value in parts.items() if value is not None}
    worth = sum(_WORTH[name] * value for name, value in counted.items()) / sum(
        _WORTH[name] for name in counted
    )
    kept = prod(_KEEPS["contradiction" if flag["kind"] in CONTRADICTIONS else "other"] for flag in flags)
    return round(worth * kept, 4)


def best_first(drafts: Iterable[R]) -> list[R]:
    """Those without a flag before those with one, and the higher score first."""
    return sorted(drafts, key=lambda draft: (bool(draft.flags), -draft.score))


def show_order(drafts: Iterable[R], seed: int) -> list[R]:
    """The order on the desk: those that passed shuffled by ``seed``, since the choice among them is learned
    from and must not follow our own ranking; flagged ones last, the best of them first."""
    ordered = best_first(drafts)
    passed = [draft for draft in ordered if not draft.flags]
    random.Random(seed).shuffle(passed)
    return passed + [draft for draft in ordered if draft.flags]


def _specific(case: Case) -> float:
    """The share of sentences that say something of this drawing: "Great job!" would fit any."""
    subjects = case.context.facts.get("subjects") or ()
    has = set(palette(case.context.facts))
    telling = 0
    for sentence in case.sentences:
        part = Case(sentence.text, case.context, case.language)
        telling += bool(
            any(names_subject(part.text, subject, case.language) for subject in subjects if subject)
            or any(names & has for _, names in mentions(part.text, case.language))
            or facts_told(part)
        )
    return telling / max(1, len(case.sentences))


def _subjects(case: Case) -> float | None:
    subjects = [subject for subject in case.context.facts.get("subjects") or () if subject.strip()]
    if not subjects:
        return None
    named = sum(names_subject(case.text, subject, case.language) for subject in subjects)
    return min(1.0, named / min(_ENOUGH, len(subjects)))


def _colours(case: Case) -> float | None:
    has = set(palette(case.context.facts))
    if not has:
        return None
    named = {name for _, names in mentions(case.text, case.language) for name in names & has}
    return min(1.0, len(named) / min(_ENOUGH, len(has)))


def _criteria(case: Case) -> float | None:
    """The share of the lesson's criteria that the text speaks of, in their own words or by their meaning."""
    criteria = [criterion.casefold() for criterion in case.context.criteria if criterion.strip()]
    if not criteria:
        return None
    told = facts_told(case)
    if mentions(case.text, case.language):
        told = told | {"colour"}
    meanings: dict[str, list[str]] = table()["criteria"]
    covered = sum(
        criterion in case.text.casefold()
        or any(word in criterion and not told.isdisjoint(facts) for word, facts in meanings.items())
        for criterion in criteria
    )
    return float(covered) / len(criteria)


def _length(case: Case) -> float:
    """1 in the middle half of the asked length, falling to 0 at its bounds."""
    counted = "words" if case.language == "en" else "characters"
    least, most = map(int, table()["lengths"][case.context.length][counted])
    n, margin = len(units(case.text, case.language)), (most - least) / 4
    return max(0.0, min(1.0, (n - least) / margin, (most - n) / margin))
