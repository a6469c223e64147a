"""Words that a drawing gives no reason for are refused while a draft is written."""

from typing import Any

import pytest

from drafting.avoid import refusal
from prompts import Context

FACTS: Any = {
    "subjects": ["cat", "mat"],
    "palette": [
        {"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 0.6},
        {"name": "light blue", "zh": "浅蓝色", "hex": "#8ec5ee", "share": 0.4},
    ],
    "coverage": 0.3,
}
EN = Context(facts=FACTS)
ZH = Context(facts=FACTS | {"subjects": ["小猫", "垫子"]})


@pytest.mark.parametrize(
    ("text", "new", "refused"),
    [
        ("Your red", " red", True),
        ("Your Red,", " Red,", True),
        ("They redu", " redu", False),
        ("The orange", " orange", False),
        ("The light blue", " blue", False),
        ("The purple", "ple", True),
        ("A dog", " dog", True),
        ("Two dogs", " dogs", True),
        ("Your cat", " cat", False),
        ("and your mother", " mother", True),
    ],
)
def test_english(text: str, new: str, refused: bool) -> None:
    assert refusal(EN, "en")(text, len(text) - len(new)) is refused


@pytest.mark.parametrize(
    ("text", "new", "refused"),
    [
        ("你的红色", "红色", True),
        ("橙色", "色", False),
        ("浅蓝色", "蓝色", False),
        ("蓝色", "蓝色", True),
        ("小狗", "狗", True),
        ("一只小狗在", "小狗在", True),
        ("小猫", "猫", False),
        ("画面画满", "画满", True),
    ],
)
def test_chinese(text: str, new: str, refused: bool) -> None:
    assert refusal(ZH, "zh")(text, len(text) - len(new)) is refused


@pytest.mark.parametrize(
    ("text", "new", "audience", "refused"),
    [
        ("可以请{", "{", "student", True),
        ("可以请{", "请{", "student", True),
        ("可以请{student", "{student", "guardians", False),
        ("可以请你", "你", "student", False),
        ("你好，{", "{", "student", False),
        ("{student}可以请{", "{", "guardians", True),
        ("{student}画得好。可以请{", "{", "guardians", False),
    ],
)
def test_a_name_out_of_place_is_not_begun(text: str, new: str, audience: Any, refused: bool) -> None:
    context = Context(facts=FACTS, audience=audience)
    assert refusal(context, "zh")(text, len(text) - len(new)) is refused


def test_a_word_that_came_before_is_not_refused_again() -> None:
    assert not refusal(EN, "en")("The red cat", len("The red"))


def test_the_colour_of_the_paper_is_not_led_to() -> None:
    paper: Any = FACTS | {"sheet": {"paper": "white"}}
    assert refusal(Context(facts=paper), "en")("The white", len("The"))
