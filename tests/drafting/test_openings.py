"""How sentences begin comes from the facts, and only from those that are known."""

import re
from typing import Any

import pytest

from drafting.openings import openings
from prompts import Context
from prompts.vocabulary import Language

FACTS: Any = {
    "subjects": ["cat", "red mat", "window"],
    "palette": [
        {"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 0.6},
        {"name": "blue", "zh": "蓝色", "hex": "#2a62c8", "share": 0.39},
        {"name": "black", "zh": "黑色", "hex": "#151515", "share": 0.01},
    ],
    "coverage": 0.9,
    "contrast": 0.7,
    "line": {"weight": "bold", "direction": "diagonal"},
}
BOTH = pytest.mark.parametrize("language", ["en", "zh"])


@BOTH
@pytest.mark.parametrize("length", ["short", "medium", "long"])
def test_plans_differ_and_fill_every_field(language: Language, length: Any) -> None:
    plans = openings(Context(facts=FACTS, length=length), language, 4, seed=5)
    assert len(set(plans)) == 4
    assert len({plan[0] for plan in plans}) == 4
    for plan in plans:
        assert len(plan) == {"short": 2, "medium": 4, "long": 6}[length]
        assert set(re.findall(r"\{.*?\}", " ".join(plan))) <= {"{student}"}


@BOTH
def test_the_same_seed_gives_the_same_plans(language: Language) -> None:
    context = Context(facts=FACTS)
    assert openings(context, language, 4, 1) == openings(context, language, 4, 1)
    assert openings(context, language, 4, 1) != openings(context, language, 4, 2)


@BOTH
def test_nothing_known_leaves_what_needs_no_fact(language: Language) -> None:
    plans = openings(Context(facts={}), language, 3, 0)
    said = " ".join(line for plan in plans for line in plan)
    assert ("drawing" if language == "en" else "画") in said
    assert not re.search(r"lines|contrast|full|线条|对比|很满", said)


def test_a_colour_too_small_to_mention_is_not_led_to() -> None:
    only: Any = {**FACTS, "palette": [FACTS["palette"][0], FACTS["palette"][2]]}
    for seed in range(10):
        assert "black" not in str(openings(Context(facts=only), "en", 4, seed))


def test_a_subject_is_data_and_never_a_field() -> None:
    hostile: Any = {**FACTS, "subjects": ["{colour1}", "{0.__class__}"]}
    said = str(openings(Context(facts=hostile), "en", 6, 0))
    assert "<class" not in said
    assert set(re.findall(r"\{.*?\}", said)) <= {"{student}"}
