"""One model, teachers who contradict each other: with their voices in the prompt it can tell them apart.

The teachers are those of the simulation, who follow rules, on drawings that were measured. What is held
against each other is how likely one writer finds what each teacher wrote of drawings that it has not seen,
under that teacher's code and under another's.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from drafting.bases import default_base, find, starter
from finetune import voice
from finetune.demonstrations import lessons
from finetune.loop import Pace, optimise
from finetune.model import LearningModel, open_model
from finetune.night import PROMPT
from finetune.records import Record, read, record
from finetune.sft import imitation
from prompts import builtin
from tests.conftest import HOME
from tests.finetune.conftest import line
from webapp.simulation.persona import Persona, load, shipped
from webapp.simulation.teacher import own_text

Open = Callable[..., LearningModel]
CODES = ("k7", "q2", "m4", "x9", "t3", "w5")
PACE = Pace(batch=2, epochs=3, rate=1e-3)
QUICK = Pace(batch=4, epochs=3, rate=1e-3)


def personas(*names: str) -> list[Persona]:
    """Those of the shipped six with these names; all six without any."""
    six = [one for one in load(shipped("en.yaml") or Path()) if not one.from_night]
    return [one for one in six if not names or one.name in names]


def taught(teachers: Sequence[Persona], each: int) -> list[Record]:
    """What the teachers would have written of ``each`` drawings of their own, every one in their voice."""
    drawings = list(read(lessons("en")))
    random.Random(0).shuffle(drawings)
    records = []
    for number, one in enumerate(drawings[: each * len(teachers)]):
        who = number % len(teachers)
        context = replace(one.context, voice=CODES[who], audience=teachers[who].audience)
        final = own_text(teachers[who], one.context.facts, number, theme=one.context.theme)
        records.append(replace(one, teacher=teachers[who].name, context=context, final=final))
    return records


def learned(records: Sequence[Record], pace: Pace = PACE) -> LearningModel:
    """What comes of the English starter."""
    model = open_model(find(default_base("en")), HOME, builtin("en", PROMPT), start=starter("en"))
    examples = [model.example(one.context, one.final) for one in records]
    optimise(model, examples, partial(imitation, model), pace)
    return model


def heard(model: LearningModel, unseen: Sequence[Record]) -> tuple[float, float]:
    """By how many nats the model finds the comments likelier under their teachers' codes than under
    another's, and of what share of them it does at all."""
    codes = sorted({one.context.voice for one in unseen})
    gains = []
    with torch.inference_mode():
        for one in unseen:
            other = codes[(codes.index(one.context.voice) + 1) % len(codes)]
            wrong = replace(one.context, voice=other)
            mine, theirs = model.logprobs(
                [model.example(one.context, one.final), model.example(wrong, one.final)]
            )
            gains.append(float(mine.sum() - theirs.sum()))
    return sum(gains) / len(gains), sum(gain > 0 for gain in gains) / len(gains)


def loss(model: LearningModel, unseen: Sequence[Record]) -> float:
    """Nats a token of the comments."""
    with torch.inference_mode():
        read = [model.logprobs([model.example(one.context, one.final)])[0] for one in unseen]
    return -sum(float(one.sum()) for one in read) / sum(map(len, read))


def said(teachers: int, each: int) -> list[Record]:
    """What some teachers wrote of the same drawings, each in a manner of their own."""
    manners = ("the red cat sits.", "look at the sea, and go on.", "blue and grey.", "a mat, a cat.")
    return [
        record({**line(n, lesson={"id": f"l{n}", "theme": f"a cat {n}"}), "final": manners[who],
                "context": {"voice": CODES[who][0]}})
        for who in range(teachers)
        for n in range(each)
    ]  # fmt: skip


def test_a_comment_is_held_against_the_codes_of_others(learner: Open) -> None:
    model, records = learner(), said(4, 3)
    examples = voice.heard(model, records, seed=0)
    for one, example in zip(records, examples, strict=True):
        assert example.own == model.example(one.context, one.final)
        asked = {model.example(replace(one.context, voice=code[0]), one.final).prompt for code in CODES[:4]}
        assert {example.own.prompt, *(other.prompt for other in example.others)} == asked
        assert {other.comment for other in example.others} == {example.own.comment[:16]}
    many = [replace(one, context=replace(one.context, voice=chr(97 + n))) for n, one in enumerate(records)]
    drawn, again, other = (voice.heard(model, many, seed=seed) for seed in (0, 0, 1))
    assert drawn == again != other
    assert all(len(set(one.others)) == 3 for one in drawn)


@pytest.mark.usefixtures("exact")
def test_the_loss_is_what_imitating_says_and_the_doubt_whose_it_is(learner: Open) -> None:
    model = learner()
    examples = voice.heard(model, said(3, 2), seed=0)
    with torch.no_grad():
        told = voice.telling_apart(model, examples, contrast=5.0)
        plain = imitation(model, [one.own for one in examples])
        codes = [torch.stack([part[:16].sum() for part in model.logprobs(one.texts)]) for one in examples]
    doubt = -sum(float(one.softmax(0)[0].log()) for one in codes)
    assert told.over == plain.over
    assert float(told.total) == pytest.approx(float(plain.total) + 5 * doubt, rel=1e-4)
    assert told.figures["imitation"] == (pytest.approx(float(plain.total), rel=1e-4), plain.over)
    assert told.figures["told apart"] == (sum(int(one.argmax()) == 0 for one in codes), len(examples))
    alone = voice.heard(model, said(1, 4), seed=0)
    with torch.no_grad():
        told = voice.telling_apart(model, alone, contrast=5.0)
        plain = imitation(model, [one.own for one in alone])
    assert float(told.total) == pytest.approx(float(plain.total), rel=1e-4)


def test_what_asks_for_the_code_hears_it_sooner(learner: Open) -> None:
    doubt = {}
    for contrast in (0.0, 5.0):
        model = learner()
        examples = voice.heard(model, said(4, 4), seed=0)
        optimise(model, examples, partial(voice.telling_apart, model, contrast=contrast), Pace(4, 3, 1e-2))
        with torch.no_grad():
            less, more = (voice.telling_apart(model, examples, contrast=c).total for c in (0.0, 1.0))
        doubt[contrast] = float(more - less) / len(examples)
    assert doubt[5.0] < doubt[0.0] / 2


@pytest.mark.model
@pytest.mark.timeout(900)
def test_two_teachers_who_contradict_each_other_are_told_apart_by_their_voices() -> None:
    records = taught(personas("concrete-and-warm", "line-before-colour"), 20)
    gain, share = heard(learned(records[:-10], QUICK), records[-10:])
    print(f"\n{gain:.2f} nats, {share:.0%} of the comments")
    # The starter by itself hears 0.0 to 0.1 nats.
    assert gain > 1, (gain, share)
    assert share >= 0.9, (gain, share)


@pytest.mark.soak
@pytest.mark.model
@pytest.mark.timeout(1800)  # it learns twice
def test_six_teachers_with_their_voices_and_without() -> None:
    records = taught(personas(), 30)
    nameless = [replace(one, context=replace(one.context, voice="")) for one in records]
    model = learned(records[:-36])
    gain, share = heard(model, records[-36:])
    told, untold = loss(model, records[-36:]), loss(learned(nameless[:-36]), nameless[-36:])
    print(f"\n{gain:.2f} nats, {share:.0%} of the comments; a token {told:.3f} with, {untold:.3f} without")
    assert gain > 0.5
    assert share > 0.8
    assert told < untold
