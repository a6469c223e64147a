"""One model, teachers who contradict each other: with their voices in the prompt it can tell them apart.

The teachers are those of the simulation, who follow rules, on drawings that were measured. What is held
against each other is how likely one writer finds what each teacher wrote of drawings that it has not seen,
under that teacher's code and under another's.
"""

import os
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from drafting.bases import default_base, find, starter
from finetune.demonstrations import lessons
from finetune.loop import Pace, optimise
from finetune.model import LearningModel, open_model
from finetune.night import PROMPT
from finetune.records import Record, read
from finetune.sft import imitation
from prompts import builtin
from webapp.simulation.persona import Persona, load, shipped
from webapp.simulation.teacher import own_text

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
    home = Path(os.environ.get("VERMILION_HOME", "var"))
    model = open_model(find(default_base("en")), home, builtin("en", PROMPT), start=starter("en"))
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


@pytest.mark.model
def test_two_teachers_who_contradict_each_other_are_told_apart_by_their_voices() -> None:
    records = taught(personas("concrete-and-warm", "line-before-colour"), 20)
    gain, share = heard(learned(records[:-10], QUICK), records[-10:])
    print(f"\n{gain:.2f} nats, {share:.0%} of the comments")
    assert gain > 0.1, (gain, share)
    assert share >= 0.7, (gain, share)


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
