"""A fifth of a night turned hostile, by one account or by ten: what the defences leave of it."""

from collections.abc import Sequence
from itertools import islice

import pytest

from finetune.demonstrations import lessons
from finetune.exam import Examined, Outcome, summary
from finetune.gate import judge
from finetune.records import Record, read, record
from finetune.scrub import scrub
from finetune.sieve import Sieved, sieve
from prompts.vocabulary import Language
from tests.finetune import poison
from webapp.simulation.persona import load, shipped
from webapp.simulation.teacher import own_text


def honest(language: Language, many: int) -> list[Record]:
    """What the simulated teachers, in turn a lesson of five drawings each, write of demonstrations' drawings.

    The one draft that each was shown is the demonstration's own comment.
    """
    path = shipped(f"{language}.yaml")
    assert path is not None
    personas = load(path)
    came = []
    for number, one in enumerate(islice(read(lessons(language)), many)):
        lesson = number // 5
        persona = personas[lesson % len(personas)]
        told = {
            "id": f"r{number}",
            "teacher": persona.name,
            "accepted_at": f"2026-11-21T{8 + number // 60:02}:{number % 60:02}:00Z",
            "lesson": {**one.line["lesson"], "id": f"l{lesson}"},
            "context": {},  # no voice: everybody teaches the plain one, in which the exam is drafted
            "drafts": [{"text": one.final}],
            "chosen": 0,
            "final": own_text(persona, one.context.facts, number, theme=one.context.theme),
        }
        came.append(record({**one.line, **told}))
    return came


def sieved(records: Sequence[Record]) -> Sieved:
    """As a night does it."""
    return sieve([clean for one in records if (clean := scrub(one)) is not None])


@pytest.fixture(scope="module", params=["en", "zh"])
def tonight(request: pytest.FixtureRequest) -> list[Record]:
    """An honest night of 140 drawings."""
    return honest(request.param, 140)


def test_an_honest_night_is_learned_from(tonight: list[Record]) -> None:
    kept = sieved(tonight).kept
    assert sum(one in tonight for one in kept) >= 0.96 * len(tonight)


@pytest.mark.parametrize("accounts", [1, 10])
@pytest.mark.parametrize("kind", poison.ALL)
def test_of_a_poisoned_fifth_almost_nothing_is_left(tonight: list[Record], kind: str, accounts: int) -> None:
    night = poison.poisoned(tonight, kind, accounts=accounts)
    assert len(night.hostile) == 28
    kept = sieved(night.records).kept
    # A comment that is true of two drawings may stand under either, and no measurement tells.
    most = {"swapped": 5, "mixed": 1}.get(kind, 0)
    assert len(night.poison_in(kept)) <= most
    unharmed = [one for one in kept if one.id in night.honest and one == night.honest[one.id]]
    assert len(unharmed) >= 0.94 * len(night.honest)


@pytest.mark.parametrize("kind", poison.ALL)
def test_without_defences_most_of_it_would_teach(tonight: list[Record], kind: str) -> None:
    night = poison.poisoned(tonight, kind, accounts=10)
    left = night.poison_in(sieve(night.records, defend=False).kept)
    assert len(left) >= 0.9 * len(night.hostile)


def test_the_gate_refuses_what_got_worse() -> None:
    better = exam(0.4)
    assert judge(better, exam(0.6)).promoted
    assert not judge(exam(0.6), exam(0.6)).promoted
    assert not judge(exam(0.8), exam(0.6)).promoted
    for name in ("facts_wrong", "misfit", "repeated"):
        [rose] = judge(exam(0.4, **{name: 0.25}), exam(0.6)).reasons
        assert (rose.code, rose.numbers) == ("rose", {"what": name, "before": 0.0, "after": 0.25})
    for guard in ("held_out", "golden"):
        [reason] = judge(better, exam(0.6), guards={guard: (exam(0.5), exam(0.4))}).reasons
        assert (reason.code, reason.numbers["cases"]) == ("guard_cost", guard)
    # Better for most, and worse for one teacher.
    mixed = Examined((*exam(0.2).cases, *exam(0.7, teacher="t2").cases), better.figures)
    before = Examined((*exam(0.6).cases, *exam(0.6, teacher="t2").cases), better.figures)
    [reason] = judge(mixed, before).said
    assert reason.startswith("Teacher t2")


def exam(
    cost: float, *, facts_wrong: float = 0, misfit: float = 0, repeated: float = 0, teacher: str = "t1"
) -> Examined:
    """An exam of 40 drawings in 8 lessons, of which some drafts have faults."""
    cases = tuple(
        Outcome(
            id=f"{teacher}-{number}",
            lesson=f"{teacher}-l{number // 5}",
            teacher=teacher,
            edit_cost=cost + 0.01 * (number % 3),
            edit_cost_best=cost,
            facts_wrong=facts_wrong,
            misfit=misfit,
            repeated=number < repeated * 40,
            best="",
        )
        for number in range(40)
    )
    return Examined(cases, summary(cases))
