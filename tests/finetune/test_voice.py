"""One model, teachers who contradict each other: with their voices in the prompt it can tell them apart.

The teachers are those of the simulation, who follow rules, on drawings that were measured. What is held
against each other is how well one writer expects what each teacher wrote of drawings that it has not seen,
when the prompts name their voices and when they do not.
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
from finetune.model import open_model
from finetune.records import Record, read
from finetune.sft import imitation
from prompts import builtin
from webapp.simulation.persona import Persona, load, shipped
from webapp.simulation.teacher import own_text

CODES = ("k7", "q2", "m4", "x9", "t3", "w5")
PACE = Pace(batch=4, epochs=3, rate=1e-3)


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


def surprise(records: Sequence[Record], unseen: int, *, voices: bool) -> float:
    """Nats a token by which the last ``unseen`` records surprise a writer that learned from the others."""
    told = [one if voices else replace(one, context=replace(one.context, voice="")) for one in records]
    base = find(default_base("en"))
    home = Path(os.environ.get("VERMILION_HOME", "var"))
    model = open_model(base, home, builtin("en", "comment"), start=starter("en"))
    examples = [model.example(one.context, one.final) for one in told]
    optimise(model, examples[:-unseen], partial(imitation, model), PACE)
    with torch.inference_mode():
        loss = imitation(model, examples[-unseen:])
        return float(loss.total) / loss.over


@pytest.mark.model
def test_two_teachers_who_contradict_each_other_are_told_apart_by_their_voices() -> None:
    records = taught(personas("concrete-and-warm", "line-before-colour"), 16)
    apart = surprise(records, 8, voices=True)
    mixed = surprise(records, 8, voices=False)
    assert apart < 0.9 * mixed, (apart, mixed)


@pytest.mark.soak
@pytest.mark.model
def test_six_teachers() -> None:
    records = taught(personas(), 30)
    apart = surprise(records, 36, voices=True)
    mixed = surprise(records, 36, voices=False)
    print(f"\nnats a token: {apart:.3f} with voices, {mixed:.3f} without")
    assert apart < 0.8 * mixed
