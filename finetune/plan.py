"""Which records of a file are for what. Made once a night and kept, so that a resumed night does the same."""

import random
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from drafting.bases import open_adapter
from drafting.bases.preparing import sha256
from finetune.demonstrations import lessons
from finetune.files import read_json, write_json
from finetune.recipe import Recipe
from finetune.records import Record, in_utc, lesson_of, read, teacher_of, with_final
from finetune.replay import choose, worth_sieving
from finetune.scrub import scrub
from finetune.sieve import sieve, superseded
from finetune.split import (
    MOST_EXAMINED,
    MOST_HELD_OUT,
    held_out_teachers,
    some_lessons,
    split,
)
from prompts.vocabulary import Language

LEAST_CHOICES, MOST_CHOICES = 10, 60
"""So many records with a choice among drafts tell whether an order is a better one; more are not needed."""
# Of so many times what a night learns from at most, one teacher's records are new; earlier ones count as old.
_ENOUGH = 2

_PARTS = ("train", "exam", "held_out", "choices")


class NothingToLearnError(ValueError):
    """No record of the file is left to learn from. The message says what became of them."""


@dataclass(frozen=True)
class Plan:
    """``train`` is learned from; ``exam`` are later lessons of known teachers, ``held_out`` all of some
    others'. ``choices`` are neither learned from nor examined on: by them it is judged whether the reward
    orders drafts well. Of a file without enough of these it is empty.

    ``counts`` say what became of every record of the file. Of lines with one id the last counts, the others
    are ``same_id``. The rest of its language (``read``) are the sum of
    ``passed_over``, ``may_not_train``, ``dropped``, ``exam``, ``held_out``, ``not_replayed`` (of
    teachers held out, or of a lesson that is: old ones, and new ones beyond what is examined), ``new`` and
    ``old``; of the last two ``choices`` and, but for the ``demonstrations``, what is learned from (``train``)
    were drawn. That a guard had no case is told by its 0. ``until`` is the time of the newest one: what an
    adapter made from this plan has seen.
    """

    language: Language
    train: Sequence[Record]
    exam: Sequence[Record]
    held_out: Sequence[Record]
    choices: Sequence[Record]
    counts: dict[str, Any]
    sha256: str
    until: str


def majority(feedback: Path) -> Language:
    """The language of most records of a file. NothingToLearnError for a file without any."""
    languages = Counter(one.language for one in read(feedback))
    if not languages:
        raise NothingToLearnError(f"{feedback.name} holds no record.")
    return languages.most_common(1)[0][0]


def plan_for(
    feedback: Path, work: Path, recipe: Recipe, *, language: Language | None, start: Path | None, seed: int
) -> Plan:
    """The plan that lies in ``work``, else a new one.

    Records of before ``until`` of the adapter one starts from are old: a bounded sample of them is replayed,
    and no more of them are looked at than that takes.
    NothingToLearnError when nothing is left to learn from.
    """
    kept = work / "plan.json"
    language = language or majority(feedback)
    shown = _demonstrations(language, recipe.demonstrations, seed)
    if (told := read_json(kept)) is not None:
        plan = _taken_up(told, feedback, language)
    else:
        plan, mended = _made(feedback, len(shown), recipe, language=language, start=start, seed=seed)
        ids = {name: [one.id for one in getattr(plan, name)] for name in _PARTS}
        write_json(kept, ids | {"mended": mended, "counts": plan.counts, "until": plan.until})
    return replace(plan, train=[*plan.train, *shown])


def _taken_up(told: Mapping[str, Any], feedback: Path, language: Language) -> Plan:
    """A kept plan as it was made, without the demonstrations."""
    mended, ids = told["mended"], {id_ for name in _PARTS for id_ in told[name]}
    by_id = {
        clean.id: with_final(clean, mended.get(clean.id, clean.final))
        for one in read(feedback)
        if one.language == language and one.id in ids and (clean := scrub(one)) is not None
    }
    parts = {name: [by_id[id_] for id_ in told[name]] for name in _PARTS}
    return Plan(language, **parts, counts=told["counts"], sha256=sha256(feedback), until=told["until"])


def _made(
    feedback: Path,
    demonstrations: int,
    recipe: Recipe,
    *,
    language: Language,
    start: Path | None,
    seed: int,
) -> tuple[Plan, dict[str, str]]:
    """A new plan, without the demonstrations, of which there will be so many; and by their ids the texts of
    what the sieve mended: what it took out of a comment must stay out of it."""
    read_in_all = [one for one in read(feedback) if one.language == language]
    others = sum(1 for one in read(feedback)) - len(read_in_all)
    # Whoever puts two exports into one file has many lines twice, the older perhaps behind the newer: what
    # either says must not teach does not.
    last = {one.id: place for place, one in enumerate(read_in_all)}
    barred = {one.id for one in read_in_all if not one.trains}
    records = [
        replace(one, trains=one.id not in barred)
        for place, one in enumerate(read_in_all)
        if last[one.id] == place
    ]
    seen, examined = _seen_until(start), _examined_on(start)
    tonights = _new(records, seen, _ENOUGH * recipe.most_new)
    came = _looked_at(records, tonights, examined, recipe, seed)
    scrubbed = [clean for one in came if (clean := scrub(one)) is not None]
    # Of a drawing's acceptances the last teaches, and none if that one must not.
    gone = {came[place].id for place in superseded(came)}
    sieved = sieve(scrubbed, gone=gone, defend=recipe.defend, since=seen, seed=seed)
    old = [one for one in sieved.kept if one.id not in tonights]
    new = [one for one in sieved.kept if one.id in tonights]
    train, exam, held_out, unasked, going_on = new, list[Record](), list[Record](), list[Record](), set[str]()
    if recipe.exam:
        # The same teachers are held out every night, from the replay too: what had taught once would be no
        # test of the untaught.
        able = [one for one in records if one.trains]
        before = [one for one in able if one.id not in tonights]
        kept_back = held_out_teachers(able, taught=_voices(start), seed=0)
        going_on = set(map(lesson_of, before))
        parted = split(new, held_out=kept_back, begun=set(map(teacher_of, before)), going_on=going_on)
        exam, further = some_lessons(parted.exam, MOST_EXAMINED, seed=seed)
        held_out, unasked = some_lessons(parted.held_out, MOST_HELD_OUT, seed=seed)
        train = sorted((*parted.train, *further), key=lambda one: one.accepted_at)
        # Of a lesson that a held-out teacher shares, another's earlier part would tell of the later.
        sat = set(map(lesson_of, parted.held_out))
        old = [one for one in old if teacher_of(one) not in kept_back and lesson_of(one) not in sat]
    not_replayed = sum(one.id not in tonights for one in sieved.kept) - len(old) + len(unasked)
    chosen, choices = _chosen(train, old, examined, going_on, recipe, seed)
    if not chosen:
        raise NothingToLearnError(
            f"Nothing is left to learn from: of {len(came)} records {len(came) - len(scrubbed)} must not "
            f"train, and {sum(sieved.dropped.values())} were dropped"
            + "".join(f"; {reason}: {many}" for reason, many in sieved.dropped.items())
            + "."
        )
    counts = {
        "other_language": others,
        "same_id": len(read_in_all) - len(records),
        "read": len(records),
        "passed_over": len(records) - len(came),
        "may_not_train": len(came) - len(scrubbed),
        "dropped": dict(sieved.dropped),
        "new": len(train),
        "old": len(old),
        "not_replayed": not_replayed,
        "train": len(chosen),
        "demonstrations": demonstrations,
        "exam": len(exam),
        "choices": len(choices),
        "held_out": len(held_out),
        "teachers": len({one.teacher for one in chosen}),
    }
    until = max((one.accepted_at for one in sieved.kept), default="")
    plan = Plan(language, chosen, exam, held_out, choices, counts, sha256(feedback), max(until, seen))
    finals = {one.id: one.final for one in scrubbed}
    return plan, {one.id: one.final for one in sieved.kept if one.final != finals[one.id]}


def _new(records: Sequence[Record], seen: str, most: int) -> frozenset[str]:
    """The ids of what was accepted since, of each teacher at most the last so many."""
    rows: dict[object, list[Record]] = defaultdict(list)
    for one in sorted(records, key=lambda one: one.accepted_at):
        if not (seen and one.accepted_at and one.accepted_at <= seen):
            rows[teacher_of(one)].append(one)
    return frozenset(one.id for row in rows.values() for one in row[-most:])


def _looked_at(
    records: Sequence[Record], new: Collection[str], examined: Collection[str], recipe: Recipe, seed: int
) -> list[Record]:
    """What is new, and of what is old as much as a night needs, in their order: all of a long history would
    take longer to sieve every night."""
    tonight = [one for one in records if one.id in new]
    gone = superseded(records)  # by what must not teach, too
    old = [one for place, one in enumerate(records) if place not in gone and one.trains and one.id not in new]
    some = worth_sieving(tonight, old, most_old=recipe.most_old, always=examined, seed=seed)
    wanted = {one.id for one in (*tonight, *some)}
    return [one for one in records if one.id in wanted]


def _chosen(
    train: Sequence[Record],
    old: Sequence[Record],
    examined: Collection[str],
    going_on: Collection[str],
    recipe: Recipe,
    seed: int,
) -> tuple[list[Record], list[Record]]:
    """What is learned from, and the records by whose choices the reward is judged.

    The latter are whole lessons: what a night leaves out to keep its bounds is left out by the lesson, as far
    as that goes. None, where they are too few to tell.
    """
    draw = partial(choose, most_new=recipe.most_new, most_old=recipe.most_old, seed=seed)
    chosen = draw(train, old)
    if not recipe.exam:
        return chosen, []
    aside = _aside(train, old, {one.id for one in chosen}, examined, going_on)
    choices = [one for one in aside if _is_choice(one)]
    if len(choices) < LEAST_CHOICES:
        return chosen, []
    apart = {one.id for one in aside}
    chosen = draw(*([one for one in some if one.id not in apart] for some in (train, old)))
    return chosen, sorted(choices, key=lambda one: one.accepted_at)


def _aside(
    train: Sequence[Record],
    old: Sequence[Record],
    chosen: Collection[str],
    examined: Collection[str],
    going_on: Collection[str],
) -> list[Record]:
    """Lessons, the latest first, that can be set aside so that as much of every teacher is learned from as if
    they were not.

    Of such a lesson the writer has imitated nothing, or it would know which draft was taken, or what is said
    of a class: it is tonight's alone, or one that the adapter one starts from was examined on.
    """
    tonights = {one.id for one in train}

    def whose(one: Record) -> tuple[object, bool]:
        return teacher_of(one), one.id in tonights

    by_lesson: dict[str, list[Record]] = defaultdict(list)
    for one in (*train, *old):
        by_lesson[lesson_of(one)].append(one)
    left = Counter(whose(one) for one in (*train, *old) if one.id not in chosen)
    aside: list[Record] = []
    many = 0
    for name, lesson in sorted(by_lesson.items(), key=lambda item: _last(item[1]), reverse=True):
        unheard = name not in going_on or all(one.id in examined for one in lesson)
        more, needed = sum(map(_is_choice, lesson)), Counter(map(whose, lesson))
        if unheard and 0 < more <= MOST_CHOICES - many and needed <= left:
            left -= needed
            many += more
            aside += lesson
    return aside


def _last(lesson: Sequence[Record]) -> str:
    return max(one.accepted_at for one in lesson)


def _is_choice(one: Record) -> bool:
    texts = {draft.text for draft in one.drafts if draft.text.strip()}
    return one.draft is not None and one.draft.text in texts and len(texts) > 1


def _demonstrations(language: Language, many: int, seed: int) -> list[Record]:
    """So many of what was written by hand: a night that teaches new voices alone unlearns the plain one."""
    known = list(read(lessons(language))) if many else []
    return random.Random(seed).sample(known, min(many, len(known)))


def _examined_on(start: Path | None) -> frozenset[str]:
    """The ids of the records that an adapter was examined on, and so had not learned from."""
    return frozenset(open_adapter(start).meta.get("examined") or ()) if start else frozenset()


def _voices(start: Path | None) -> frozenset[str]:
    """The codes of the teachers whom an adapter learned from."""
    return open_adapter(start).voices if start else frozenset()


def _seen_until(start: Path | None) -> str:
    return in_utc(str((open_adapter(start).meta.get("data") or {}).get("until") or "")) if start else ""
