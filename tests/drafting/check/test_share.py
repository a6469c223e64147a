"""What part of the colour one colour is said to take, or several, against what was measured."""

from typing import Any

import pytest

from tests.drafting.check.drawing import flags, phrases

# In English and Chinese alike: orange 40%, white 30%, green 20%, black 10%.
SHARES = {"orange": 0.4, "white": 0.3, "green": 0.2, "black": 0.1}
PALETTE = {"palette": [{"name": name, "share": share} for name, share in SHARES.items()]}


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [
        # Each of these shares is another colour's, or that of the first two together.
        ("en", "Green takes up nearly half of the colour.", ["Green takes up nearly half of the colour"]),
        ("en", "White is two thirds of your palette.", ["White is two thirds of your palette"]),
        ("en", "Orange is over half.", ["Orange is over half"]),
        ("en", "Orange and green each take a third.", ["Orange and green each take a third"]),
        ("zh", "绿色占了三成，很清爽。", ["绿色占了三成"]),
        ("zh", "绿色占了一半多。", ["绿色占了一半多"]),
        ("zh", "橙色不到三成。", ["橙色不到三成"]),
        ("zh", "橙色占一半以上。", ["橙色占一半以上"]),
        ("zh", "绿色和黑色都占三成。", ["绿色和黑色都占三成"]),
        ("zh", "橙色、白色和绿色各占三成。", ["橙色、白色和绿色各占三成"]),
        ("zh", "画里橙色占三分之二。", ["橙色占三分之二"]),
        ("zh", "橙色最多，黑色约三成。", ["黑色约三成"]),
    ],
)
def test_a_wrong_part(language: Any, text: str, wrong: list[str]) -> None:
    assert phrases("number", text, language, changes=PALETTE) == wrong


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Orange takes up over a third of the colour."),
        ("en", "White is nearly a third of the colour, and green is a fifth."),
        ("en", "Orange and white fill two thirds of the picture."),
        ("en", "White and orange each take about a third."),
        ("en", "Green is third."),
        ("en", "Orange, white and green make up more than half."),
        ("en", "Green takes up half as much space as orange."),
        ("zh", "橙色占四成，绿色约占两成。"),
        ("zh", "橙色占了近四成。"),
        ("zh", "橙色占三成多，黑色不到两成。"),
        ("zh", "橙色和白色占了七成。"),
        ("zh", "白色、橙色各占三成多。"),
        ("zh", "白色与绿色合占一半。"),
        ("zh", "黑色约占一成半，不到三成。"),
        ("zh", "橙色、白色和绿色超过一半。"),
        # 建议不算：
        ("zh", "下次可以让绿色占一半。"),
    ],
)
def test_a_true_part_or_none_of_the_whole(language: Any, text: str) -> None:
    assert phrases("number", text, language, changes=PALETTE) == []


def test_the_reason_says_what_they_have() -> None:
    [found] = [one for one in flags("橙色和绿色各占三成。", "zh", changes=PALETTE) if one["kind"] == "number"]
    assert found["reason"] == "“占三成”不符：橙色（40%）和绿色（20%）。"
    [found] = [one for one in flags("Green takes up half.", changes=PALETTE) if one["kind"] == "number"]
    assert found["reason"] == "“takes up half” does not fit: green (20%)."
