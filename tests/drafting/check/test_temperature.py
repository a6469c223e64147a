"""Colours said to be on the wrong side of warm and cool; all else said of warm and cool is left alone."""

import pytest

from drafting.check.case import Case
from drafting.check.temperature import check_temperature
from prompts import Context
from prompts.vocabulary import Language
from tests.drafting.check.drawing import flags


def _claims(text: str, language: Language) -> list[str]:
    case = Case(text, Context(facts={}), language)
    return [text[slice(*flag["span"])] for flag in check_temperature(case)]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Orange and red add a cool touch.", "cool touch"),
        ("The drawing is bold, and the blue adds a touch of warmth.", "warmth"),
        ("Light blue and turquoise give the whole picture a warm feel.", "warm feel"),
        ("Red tones bring a cold feeling.", "cold feeling"),
        ("Blue leads, and turquoise keeps them warm.", "warm"),
        ("Red and yellow make the day feel cold, {student}.", "cold"),
        ("Orange and red are cool colours.", "cool colours"),
        ("I like the warm glow of the blue.", "warm glow"),
        ("The warmth of the blue and turquoise fills the page.", "warmth"),
        ("Cool colours such as orange and red fill the sheet.", "Cool colours"),
    ],
)
def test_english_contradictions(text: str, wrong: str) -> None:
    assert _claims(text, "en") == [wrong]


@pytest.mark.parametrize(
    "text",
    [
        "Blue adds a cool touch, orange and red warm it.",
        "Blue and orange add warmth.",  # one of them does
        "Green adds a cool touch, and purple a warm one.",  # nobody can say
        "The blue next to the orange adds a warm touch.",
        "With orange in the lead, blue adds a cool touch.",
        "Blue brings out the warmth of the orange.",
        "Blue gives the orange a warm neighbour.",
        "Blue adds a cool touch to the warm mood.",
        "Turquoise gives the warm mood a rest.",
        "Orange adds no coolness, and red does not bring a cool feeling.",
        "The warmth of the blue kitchen is lovely.",
        "A warm blue sits beside a cool red.",  # a shade of its own
        "The red mat is cool, and orange makes it look cool.",
        "Blue makes the orange feel warm, and light blue keeps the warm colours cold.",
        "What if blue added a warm touch? Next time, let red give a cool feel.",
        "The blue sky brings warmth.",
    ],
)
def test_english_that_is_left_alone(text: str) -> None:
    assert _claims(text, "en") == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("蓝色带来一丝暖意。", "暖意"),
        ("橙色和红色增添了一丝清凉。", "清凉"),
        ("橙色、红色和黄色给画面带来凉意。", "凉意"),
        ("线条很稳，浅蓝色让整张画暖洋洋的。", "暖洋洋"),
        ("蓝色给人温暖的感觉。", "温暖"),
        ("蓝色是暖色，很好看。", "暖色"),
        ("橙色和红色等冷色用得很多。", "冷色"),
    ],
)
def test_chinese_contradictions(text: str, wrong: str) -> None:
    assert _claims(text, "zh") == [wrong]


@pytest.mark.parametrize(
    "text",
    [
        "蓝色带来一丝凉意，橙色让雨天的街道有了暖意。",
        "蓝色和橙色让画面暖起来，冷暖均衡。",
        "绿色带来一点清凉，紫色也很温暖。",
        "橙色让蓝色的夜晚温暖起来，蓝色衬出橙色的暖意。",
        "蓝色给温暖的画面带来凉意，蓝色让温暖的橙色更亮。",
        "橙色让凉意退去，蓝色让暖意更明显。",
        "橙色没有带来凉意，下次可以试试用蓝色带来暖意。",
        "蓝色旁边的黄色带来暖意，蓝色使人想到冬天里温暖的家。",
        "蓝色为主，整体偏暖。",
        "红色让冷色更亮，蓝色是暖色的好邻居。",
    ],
)
def test_chinese_that_is_left_alone(text: str) -> None:
    assert _claims(text, "zh") == []


def test_the_reason_names_the_colours() -> None:
    [english] = flags("{student}, orange and yellow add a cool touch to your cat, which sits on its red mat.")
    assert english["kind"] == "degree"
    assert english["reason"] == "“cool touch” does not fit orange and yellow: that is warm, not cool."
    [chinese] = flags(
        "{student}，你的小猫坐在红垫子上，线条斜着走，浅蓝色给画面带来了一丝暖意，看上去很安静。", "zh"
    )
    assert chinese["reason"] == "“暖意”不符：浅蓝色是冷的。"
