"""Which colour is said to be the largest, or the second, against what was measured."""

from typing import Any

import pytest

from tests.drafting.check.drawing import flags, phrases

# In English and Chinese alike: orange 40%, white 30%, green 20%, black 10%.
SHARES = {"orange": 0.4, "white": 0.3, "green": 0.2, "black": 0.1}
PALETTE = {"palette": [{"name": name, "share": share} for name, share in SHARES.items()]}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("White is the biggest colour.", ["White is the biggest colour"]),
        ("White is the main colour, and it suits the cat.", ["White is the main colour"]),
        ("{student}, white is clearly your largest colour!", ["white is clearly your largest colour"]),
        ("White is the strongest colour by amount.", ["White is the strongest colour by amount"]),
        ("White leads, and green follows.", ["White leads"]),
        ("White is first.", ["White is first"]),
        ("White leads clearly, with green next to it.", ["White leads clearly"]),
        ("White is by far your main colour.", ["White is by far your main colour"]),
        ("White takes the largest share.", ["White takes the largest share"]),
        ("The main colour is white.", ["The main colour is white"]),
        ("A cat on a mat, with white as the main colour.", ["white as the main colour"]),
        ("Your picture is mostly white.", ["picture is mostly white"]),
        ("Most of the work is done in white and black.", ["Most of the work is done in white and black"]),
        ("{student} used mostly white, with some orange.", ["used mostly white"]),
        ("Mostly white, with a little green.", ["Mostly white"]),
        ("Most of the picture is white.", ["Most of the picture is white"]),
        ("Green and white lead.", ["Green and white lead"]),
        ("Green and white are the main colours.", ["Green and white are the main colours"]),
        ("White is the biggest colour, and orange is second.",
         ["White is the biggest colour", "orange is second"]),
        ("A cat, with white first and orange second.", ["white first", "orange second"]),
        ("Orange leads, and green comes second.", ["green comes second"]),
        ("Orange leads, and green comes next.", ["green comes next"]),
        ("Orange is the biggest colour, followed by black.", ["followed by black"]),
        ("White is third.", ["White is third"]),
        ("Black comes third.", ["Black comes third"]),
        ("Green is the smallest colour.", ["Green is the smallest colour"]),
    ],
)  # fmt: skip
def test_a_wrong_order_in_english(text: str, wrong: list[str]) -> None:
    assert phrases("number", text, changes=PALETTE) == wrong


@pytest.mark.parametrize(
    "text",
    [
        "Orange is the biggest colour, and white is second.",
        "Orange leads, white comes next, and green is next after that.",
        "Orange leads, white is second, green is third, and black is used least.",
        "White is a third of the picture.",
        "Orange and white lead, and green is second.",
        "White and orange are the main colours, and green comes next.",
        "Orange is the main colour, followed by white, green and black.",
        "You used mostly orange, with some white.",
        "You used mostly orange and white.",
        "Most of the drawing is done in orange and white.",
        "Most of the drawing is done in white chalk.",
        "White is one of the main colours.",
        # Of a thing or a part, and not of the sheet:
        "The biggest white apple leads us in.",
        "You drew mostly white clouds.",
        "The cat is mostly white.",
        "You used mostly white for the cat.",
        "In the clouds, white leads.",
        "On the mat, green is the main colour.",
        "White is the main colour of the cat.",
        "White leads the eye to the cat.",
        # Only suggested:
        "You could make white the main colour.",
        "What if white were the biggest colour?",
        "Next time, try a picture in which white leads.",
        "Try a cat that is calm, with white as the main colour.",
    ],
)
def test_a_true_order_in_english(text: str) -> None:
    assert phrases("number", text, changes=PALETTE) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("白色最多。", ["白色最多"]),
        ("白色用得最多，很安静。", ["白色用得最多"]),
        ("画面以白色为主。", ["以白色为主"]),
        ("{student}以白色为主，很清爽。", ["以白色为主"]),
        ("主要是白色。", ["主要是白色"]),
        ("画里白色最多，绿色少一些。", ["白色最多"]),
        ("白色是这张画的主色。", ["白色是这张画的主色"]),
        ("用得最多的颜色是白色。", ["用得最多的颜色是白色"]),
        ("白色占了大部分。", ["白色占了大部分"]),
        ("白色领头，绿色跟着。", ["白色领头"]),
        ("白色和绿色最多。", ["白色和绿色最多"]),
        ("白色第一，橙色第二。", ["白色第一", "橙色第二"]),
        ("白色最多，橙色其次。", ["白色最多", "橙色其次"]),
        ("橙色最多，绿色第二。", ["绿色第二"]),
        ("橙色最多，其次是黑色。", ["其次是黑色"]),
        ("橙色最多，白色第三。", ["白色第三"]),
        ("黑色第三。", ["黑色第三"]),
        ("绿色最少，黑色也少。", ["绿色最少"]),
        ("橙色最多，白色只有一点点。", ["白色只有一点点"]),
    ],
)
def test_a_wrong_order_in_chinese(text: str, wrong: list[str]) -> None:
    assert phrases("number", text, "zh", changes=PALETTE) == wrong


@pytest.mark.parametrize(
    "text",
    [
        "橙色最多，白色第二，绿色其次。",
        "橙色最多，白色第二，绿色第三，黑色用得最少。",
        "橙色最多，绿色和黑色只有一点。",
        "右下角，白色只有一点点。",
        "小猫的鼻子，白色只有一点点。远山，橙色最少。",
        "橙色和白色最多，绿色第二。",
        "白色和橙色最多，其次是绿色。",
        "画面以橙色为主，白色为辅。",
        "颜色主要是橙色。",
        # 物件和局部，不是整张画：
        "云朵里白色最多。",
        "在云朵里，白色最多。",
        "小猫以白色为主。",
        "小猫主要是白色。",
        "主要是白色的云。",
        "白色最多的地方很亮。",
        # “最多”是“至多”：
        "白色最多占三成。",
        # 只是建议：
        "下次可以让白色最多。",
        "可以试试以白色为主。",
        "建议以白色为主。",
    ],
)
def test_a_true_order_in_chinese(text: str) -> None:
    assert phrases("number", text, "zh", changes=PALETTE) == []


def test_colours_that_hardly_differ_may_be_named_in_either_order() -> None:
    text = "White is the biggest colour, and orange is second."
    near: Any = {"palette": [{"name": "orange", "share": 0.36}, {"name": "white", "share": 0.33}]}
    assert phrases("number", text, changes=near) == []


def test_what_has_no_measured_share_is_not_judged() -> None:
    # White is the paper's, red is the mat's by the teacher's word.
    assert phrases("number", "White is the main colour. Red leads, and orange is second.") == []
    assert phrases("number", "橙色最多，白色第二，浅蓝色第三。", "zh") == []


def test_the_least_is_that_of_the_largest_four() -> None:
    six = {**SHARES, "red": 0.02, "pink": 0.01}
    palette: Any = {"palette": [{"name": name, "share": share} for name, share in six.items()]}
    assert phrases("number", "黑色最少。", "zh", changes=palette) == []
    assert phrases("number", "绿色最少。", "zh", changes=palette) == ["绿色最少"]


def test_mostly_blue_counts_light_blue_too() -> None:
    blues: Any = {"palette": [{"name": "orange", "share": 0.4}, {"name": "blue", "share": 0.3},
                              {"name": "light blue", "share": 0.3}]}  # fmt: skip
    assert phrases("number", "Your picture is mostly blue.", changes=blues) == []
    assert phrases("number", "Blue is the biggest colour.", changes=blues) != []


@pytest.mark.parametrize(
    ("language", "text", "reasons"),
    [
        ("en", "White leads, and orange is second.", [
            "There is clearly more orange (40%) than white (30%).",
            "There is more orange (40%) than of any other colour, so it comes first."]),
        ("en", "Green comes second.", [
            "There is less green (20%) than orange (40%) and white (30%), so it is not second."]),
        ("zh", "白色最多，橙色第二。", [
            "橙色（40%）明显比白色（30%）多。", "橙色（40%）比别的颜色都多，应该排第一。"]),
        ("zh", "绿色第二。", ["绿色（20%）比橙色（40%）和白色（30%）都少，不是第二。"]),
        ("zh", "白色第三。", ["比白色（30%）多的颜色不到两种，它不是第三。"]),
        ("zh", "橙色只有一点点。", ["橙色（40%）不止一点。"]),
    ],
)  # fmt: skip
def test_the_reason_says_how_the_colours_stand(language: Any, text: str, reasons: list[str]) -> None:
    found = flags(text, language, changes=PALETTE)
    assert [flag["reason"] for flag in found if flag["kind"] == "number"] == reasons
