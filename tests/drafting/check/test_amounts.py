"""Words for how much of it there is: equal colours, and a sheet that is mostly filled."""

from typing import Any

import pytest

from tests.drafting.check.drawing import phrases


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [
        ("en", "Orange and light blue are equal.", ["equal"]),
        ("en", "Orange and light blue are nearly equal, and yellow follows.", ["nearly equal"]),
        ("en", "You used equal amounts of orange and light blue.", ["equal amounts"]),
        ("en", "There is some yellow, and light blue and green are equal.", []),
        ("en", "There is some yellow, and light blue and black are nearly equal.", ["nearly equal"]),
        ("en", "Orange and light blue are not equal.", []),
        ("en", "Orange and light blue are equally bright.", []),
        ("en", "Orange and light blue warm the page, and its two halves are equal.", []),
        ("en", "Light blue is close behind the orange.", []),
        ("zh", "橙色和浅蓝色用量相等。", ["用量相等"]),
        ("zh", "橙色和浅蓝色一样多。", ["一样多"]),
        ("zh", "橙色和浅蓝色相当。", ["相当"]),
        ("zh", "等量的橙色和浅蓝色。", ["等量"]),
        ("zh", "浅蓝色和绿色相当。", []),
        ("zh", "橙色和浅蓝色不一样多。", []),
        ("zh", "橙色很暖，左右两边分量相当。", []),
        ("zh", "橙色和浅蓝色用量接近。", []),
    ],
)
def test_equal_is_more_than_near(language: Any, text: str, wrong: list[str]) -> None:
    shares = {"orange": 0.31, "light blue": 0.22, "green": 0.2, "yellow": 0.14, "black": 0.13}
    palette = [{"name": name, "share": share} for name, share in shares.items()]
    assert phrases("number", text, language, changes={"palette": palette}) == wrong


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [
        ("en", "The paper is mostly filled.", ["paper is mostly filled"]),
        ("en", "With the sheet nearly covered, it glows.", ["sheet nearly covered"]),
        ("en", "A mostly filled sheet.", ["mostly filled sheet"]),
        ("en", "You filled the paper.", ["filled the paper"]),
        ("en", "The left half of the paper is mostly filled.", []),
        ("en", "The paper is not mostly filled.", []),
        ("en", "The paper is about half full.", []),
        ("zh", "画面大部分都画上了颜色。", ["画面大部分都画上"]),
        ("zh", "大部分纸面都涂了颜色。", ["大部分纸面都涂了"]),
        ("zh", "画面比较满。", ["画面比较满"]),
        ("zh", "画面大部分还空着。", []),
        ("zh", "画面不够满。", []),
        ("zh", "画面约半满。", []),
    ],
)
def test_half_a_sheet_is_not_mostly_filled(language: Any, text: str, wrong: list[str]) -> None:
    assert phrases("degree", text, language, changes={"coverage": 0.52}) == wrong


@pytest.mark.parametrize(
    ("changes", "text", "wrong"),
    [
        ({"composition": {"balance": 0.1}}, "猫在左下，左右也均衡。", ["左右也均衡"]),
        ({"composition": {"balance": 0.1}}, "左右的分量很接近。", ["左右的分量很接近"]),
        ({"composition": {"balance": 0.1}}, "左右还不均衡，下次可以让两边均衡。", []),
        ({"composition": {"balance": 0.1}}, "左右相当不同，猫的左右接近纸边。", []),
        ({"coverage": 1.0}, "纸上还有空的地方。", ["空的地方"]),
        ({"coverage": 1.0}, "天空的地方涂了浅蓝色，空的地方很少。", []),
        ({"coverage": 1.0}, "颜色盖住了纸，没有漏下空的地方。", []),
        ({"coverage": 0.4}, "篮子快要满了。", []),
        ({"coverage": 0.4}, "画面也快要满了。", ["画面也快要满"]),
        ({"coverage": 0.11}, "画面约半满。", ["约半满"]),
        ({"coverage": 0.55}, "画面约半满，纸上空着一半。", []),
        ({"contrast": 0.1}, "深浅也分明。", ["深浅也分明"]),
        ({"contrast": 0.7}, "橙色和浅蓝色深浅相近，深的地方和浅的地方一样好看。", []),
        ({"contrast": 0.7}, "深的地方和浅的地方差不多。", ["深的地方和浅的地方差不多"]),
        ({"saturation": 0.1}, "颜色很鲜明。", ["颜色很鲜明"]),
        ({"line": {"curved": 0.1}}, "线条弯弯的。", ["线条弯弯"]),
    ],
)
def test_what_chinese_drafts_say_of_degrees(changes: Any, text: str, wrong: list[str]) -> None:
    assert phrases("degree", text, "zh", changes=changes) == wrong
