"""Sentences, and pieces of sentences, that are put on drawings which they have nothing to do with.

A teacher has habits, and they are to be learned: a greeting, a farewell, a short question to go on with, a
pattern filled from the drawing, a sentence kept for the drawings of one weakness. What is left when these are
taken away, and still stands on a large part of somebody's drawings, is boilerplate at best. What several
accounts have in common, and no draft, is found at a smaller share.

A share is one of all that a teacher wrote, of what she wrote tonight, and of what she wrote one after the
other at any time: many honest comments of long ago are no licence for what an account does now.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from drafting.check.sentences import normalised, split
from drafting.standing import SHARED, without
from finetune.records import Record, author_of, with_final
from finetune.sieve.told import GAP, shape
from finetune.words import is_ordinary
from prompts.vocabulary import Language

Units = tuple[str, ...]

# Pasted is what stands on more than such a share of a teacher's drawings, and on so many at least,
_SHARE, _LEAST = 0.25, 4
# or on such a share of the drawings of each of so many teachers.
_COMMON_SHARE, _COMMON_LEAST, _TEACHERS = 0.1, 2, 3
# So many drawings one after the other are looked at by themselves.
_WINDOW = 24
# A pattern is filled truly nearly always; measuring errs, too.
_TRUE = 0.9
# So unlikely it is that a sentence which has nothing to do with the weakness misses whole weaknesses.
_CHANCE = 0.01
# A run of so many words (characters) is no common turn of phrase.
_RUN: dict[Language, int] = {"en": 8, "zh": 14}
# In fewer surroundings a run is the fixed part of a pattern.
_SURROUNDINGS = 3
# A question shorter than this is a habit.
_QUESTION: dict[Language, int] = {"en": 10, "zh": 18}


@dataclass(frozen=True)
class _Said:
    """A sentence where it stands: in which record (by its place), by whom, and its shape on this drawing.

    ``own`` and ``own_runs`` are what no draft had that the teacher was shown.
    """

    place: int
    teacher: Hashable
    units: Units
    shape: Units
    own: bool
    runs: frozenset[Units]
    own_runs: frozenset[Units]


def pasted(records: Sequence[Record], *, since: str = "") -> list[Record | None]:
    """The records in their order without the sentences that were pasted, None where the rest does not
    stand. What was accepted after ``since`` is of tonight."""
    said = [each for place, one in enumerate(records) for each in _said(place, one)]
    rows = _Rows(records, since)
    unwanted: set[tuple[Hashable, Units]] = set()
    for sentence, each in _grouped(said, lambda one: [one.units]):
        if not _fills_a_pattern(each):
            heavy = {teacher for teacher in _heavily_used(each, rows)
                     if not _kept_for_a_weakness(teacher, each, rows)}  # fmt: skip
            common = _commonly_used([one for one in each if one.own], rows)
            unwanted |= {(teacher, sentence) for teacher in heavy | common}
    for run, each in _grouped(said, lambda one: one.runs):
        heavy = {teacher for teacher in _heavily_used(each, rows) if _wanders(teacher, each)}
        common = {one.teacher for one in each if run in one.own_runs}
        if len(each) < _LEAST or len(common) < _TEACHERS:
            common = set()
        unwanted |= {(teacher, run) for teacher in heavy | common}
    lost: dict[int, set[Units]] = defaultdict(set)
    for one in said:
        if any((one.teacher, words) in unwanted for words in (one.units, *one.runs)):
            lost[one.place].add(one.units)
    return [_mended(one, lost[place]) if place in lost else one for place, one in enumerate(records)]


def _said(place: int, one: Record) -> Iterator[_Said]:
    """The sentences of a record that by their length are more than a habit."""
    drafted = [sentence.text for draft in one.drafts for sentence in split(draft.text, one.language)]
    drafted_units = {normalised(text, one.language) for text in drafted}
    drafted_runs = {run for text in drafted for run in _runs(shape(one, text), one.language)}
    for sentence in split(one.final, one.language):
        units = normalised(sentence.text, one.language)
        if len(units) >= SHARED[one.language] and not _is_short_question(sentence.text, units, one.language):
            form = shape(one, sentence.text)
            runs = _runs(form, one.language)
            own = units not in drafted_units
            yield _Said(place, author_of(one), units, form, own, runs, runs - drafted_runs)


def _grouped(
    said: Iterable[_Said], keys: Callable[[_Said], Iterable[Units]]
) -> Iterator[tuple[Units, list[_Said]]]:
    """What stands in more than one sentence, with these sentences."""
    groups: dict[Units, list[_Said]] = defaultdict(list)
    for one in said:
        for key in keys(one):
            groups[key].append(one)
    return ((key, each) for key, each in groups.items() if len(each) > 1)


class _Rows:
    """Each teacher's drawings in time."""

    def __init__(self, records: Sequence[Record], since: str) -> None:
        self._records = records
        self._rows: dict[Hashable, list[int]] = defaultdict(list)
        self._at: dict[int, int] = {}
        for place in sorted(range(len(records)), key=lambda place: records[place].accepted_at):
            row = self._rows[author_of(records[place])]
            self._at[place] = len(row)
            row.append(place)
        self._new = {place for place, one in enumerate(records) if since and one.accepted_at > since}
        self._new_of: Counter[Hashable] = Counter(author_of(records[place]) for place in self._new)

    def over(self, teacher: Hashable, places: set[int], *, share: float, least: int) -> bool:
        """Whether these of a teacher's places are so many at least, and more than such a share of all of
        them, of tonight's, or of any ``_WINDOW`` in a row."""
        of_tonight = len(places & self._new)
        if any(
            many >= least and many > share * of
            for many, of in ((len(places), len(self._rows[teacher])), (of_tonight, self._new_of[teacher]))
        ):
            return True
        many = max(least, int(share * _WINDOW) + 1)
        at = sorted(self._at[place] for place in places)
        return any(last - first < _WINDOW for first, last in zip(at, at[many - 1 :], strict=False))

    def since_first(self, teacher: Hashable, places: set[int]) -> list[Record]:
        """What the teacher wrote since the first of these."""
        return [self._records[i] for i in self._rows[teacher][min(self._at[place] for place in places) :]]

    def weakest(self, place: int) -> object:
        """The weakest quality of the drawing there."""
        return self._records[place].context.facts.get("weakest")


def _heavily_used(said: Iterable[_Said], rows: _Rows) -> set[Hashable]:
    """The teachers on too many of whose drawings it stands."""
    places = _places(said)
    return {t for t, its in places.items() if rows.over(t, its, share=_SHARE, least=_LEAST)}


def _commonly_used(said: Iterable[_Said], rows: _Rows) -> set[Hashable]:
    """The teachers who use it as several others do."""
    places = _places(said)
    using = {t for t, its in places.items() if rows.over(t, its, share=_COMMON_SHARE, least=_COMMON_LEAST)}
    return using if len(using) >= _TEACHERS else set()


def _places(said: Iterable[_Said]) -> dict[Hashable, set[int]]:
    """On which drawings of each teacher."""
    places: dict[Hashable, set[int]] = defaultdict(set)
    for one in said:
        places[one.teacher].add(one.place)
    return places


def _fills_a_pattern(said: Sequence[_Said]) -> bool:
    """Whether the sentence tells of its drawing wherever it stands."""
    return sum(GAP in one.shape for one in said) >= _TRUE * len(said)


def _kept_for_a_weakness(teacher: Hashable, said: Sequence[_Said], rows: _Rows) -> bool:
    """Whether the teacher says it of some weakest qualities and so clearly never of others.

    If it stood on a share p of the drawings whatever their weakness, it would miss n drawings with
    probability (1 - p)^n. What she wrote before she began to say it tells nothing.
    """
    places = _places(said)[teacher]
    every = rows.since_first(teacher, places)
    weaknesses = {rows.weakest(place) for place in places}
    missed = sum(one.context.facts.get("weakest") not in weaknesses for one in every)
    return (1 - len(places) / len(every)) ** missed < _CHANCE if missed else False


def _wanders(teacher: Hashable, said: Sequence[_Said]) -> bool:
    """Whether it stands in ever other surroundings of the teacher's, and is no fixed part of one pattern."""
    shapes = Counter(one.shape for one in said if one.teacher == teacher)
    return len(shapes) >= _SURROUNDINGS and max(shapes.values()) <= shapes.total() / 2


def _is_short_question(sentence: str, units: Units, language: Language) -> bool:
    ordinary = all(is_ordinary(unit) for unit in units if unit.isascii() and unit.isalpha())
    return sentence.endswith(("?", "？")) and len(units) < _QUESTION[language] and ordinary


def _runs(units: Units, language: Language) -> frozenset[Units]:
    size = _RUN[language]
    runs = (units[at : at + size] for at in range(len(units) - size + 1))
    return frozenset(run for run in runs if GAP not in run)


def _mended(one: Record, lost: set[Units]) -> Record | None:
    rest = without(one.final, one.language, lambda sentence: normalised(sentence, one.language) in lost)
    return None if rest is None else with_final(one, rest)
