from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.lessons.naming import (
    BLANK,
    STUDENT,
    on_paper,
    scrub,
    usual_call,
    with_name,
    without_classmate,
    without_name,
)


@dataclass
class Child:
    name: str
    called: str = ""


MIA = Child("Mia Chen", "Mia")
BEN = Child("Ben")
VIOLET = Child("Violet")
XIAOYU = Child("王小雨", "小雨")
SIYUAN = Child("刘思远", "思远")


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Mia Chen", "Mia"),
        ("Ava", "Ava"),
        ("王小雨", "小雨"),
        ("陈雨", "陈雨"),
        ("欧阳思雨", "思雨"),
        ("欧阳雪", "欧阳雪"),
        ("乐乐", "乐乐"),
        ("O'Neil Jr", "O'Neil"),
        ("J Smith", "J Smith"),
        ("阿依古丽·买买提", "阿依古丽"),
    ],
)
def test_a_child_is_called_as_teachers_call_them(name: str, called: str) -> None:
    assert usual_call(name) == called


@pytest.mark.parametrize(
    ("child", "written", "stored"),
    [
        (MIA, "Mia, your garden glows.", "{student}, your garden glows."),
        (MIA, "Well done, Mia Chen!", "Well done, {student}!"),
        (MIA, "Mia's cat and Miami", "{student}'s cat and Miami"),
        (MIA, "MIA, look!", "{student}, look!"),
        (VIOLET, "Violet, the violet sky", "{student}, the violet sky"),
        (XIAOYU, "王小雨，你的画很亮。小雨加油！", "{student}，你的画很亮。{student}加油！"),
        (Child("José"), "Jose\u0301, look! José!", "{student}, look! {student}!"),
        (Child("Zoë Lang"), "Zoe, look! Zoë Lang's sky.", "{student}, look! {student}'s sky."),
        (Child("Anna Maria Lopez"), "Anna Maria, look! Anna too.", "{student}, look! {student} too."),
        (Child("阿依古丽·买买提"), "阿依古丽，你的画很亮。", "{student}，你的画很亮。"),
        (MIA, "{student} has {student}", "{student} has {student}"),
        (Child("Stu", ""), "{student} and Stu", "{student} and {student}"),
        (Child("student", ""), "the {student} student", "the {student} {student}"),
    ],
)
def test_every_form_of_the_name_is_stored_as_the_placeholder(child: Child, written: str, stored: str) -> None:
    assert without_name(written, child) == stored


def test_an_unknown_child_stays_a_placeholder_on_the_screen_and_is_a_blank_on_paper() -> None:
    text = "{student}, your cat purrs."
    assert with_name(text, None) == text
    assert without_name(text, None) == text
    assert on_paper(text, None) == f"{BLANK}, your cat purrs."
    assert on_paper(text, MIA) == "Mia, your cat purrs."


words_en = st.lists(st.sampled_from(["your", "picture", STUDENT, "the", "Blue,", "sky."]), max_size=12)
words_zh = st.lists(st.sampled_from(["画", "颜色", STUDENT, "，", "很亮", "。"]), max_size=12)


@given(words_en, st.sampled_from([MIA, BEN, VIOLET]))
def test_english_round_trip(words: list[str], child: Child) -> None:
    text = " ".join(words)
    assert without_name(with_name(text, child), child) == text


@given(words_zh, st.sampled_from([XIAOYU, SIYUAN]))
def test_chinese_round_trip(words: list[str], child: Child) -> None:
    text = "".join(words)
    assert without_name(with_name(text, child), child) == text


@given(st.text(max_size=60), st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=2, max_size=8))
def test_storing_twice_is_storing_once(text: str, name: str) -> None:
    child = Child(name)
    once = without_name(text, child)
    assert without_name(once, child) == once


def test_classmates_are_scrubbed() -> None:
    roster = [MIA, BEN, XIAOYU, SIYUAN]
    assert scrub("{student} and Ben shared the red. ben too.", MIA, roster, "en") == (
        "{student} and a classmate shared the red. A classmate too.",
        False,
    )
    assert scrub("{student}和思远一起画的，刘思远很开心。", XIAOYU, roster, "zh").text == (
        "{student}和同学一起画的，同学很开心。"
    )
    assert without_classmate("Ben and Mia built it.", BEN, "en") == "A classmate and Mia built it."


@pytest.mark.parametrize(
    ("text", "child", "language", "doubtful"),
    [
        ("{student}, your sky is wide.", VIOLET, "en", False),
        ("I like how {student} drew it.", VIOLET, "en", False),
        ("{student} fills the sky.", VIOLET, "en", True),
        ("{student} fills the sky.", MIA, "en", False),
        ("The violet is soft, {student}!", VIOLET, "en", False),
        ("Violet fills the sky.", MIA, "en", True),  # Violet is a classmate
        ("A violet sky.", MIA, "en", False),
        ("{student}，你的画很亮。", XIAOYU, "zh", False),
        ("窗外下着{student}。", XIAOYU, "zh", True),
        ("{student}同学，加油！", XIAOYU, "zh", False),
        ("窗外下着小雨。", SIYUAN, "zh", True),
        ("小远，你的画很亮。", SIYUAN, "zh", True),  # a nickname, which no roster has
        ("颜色真好！远远加油，刘同学，你最细心。", SIYUAN, "zh", True),
        ("小船远远地开走了，你的画很亮。", SIYUAN, "zh", False),
    ],
)
def test_a_name_that_is_also_a_word_is_told_apart_or_doubted(
    text: str, child: Child, language: str, doubtful: bool
) -> None:
    assert scrub(text, child, [MIA, VIOLET, XIAOYU, SIYUAN], language).doubtful is doubtful


@given(st.text(max_size=80))
def test_scrubbed_text_names_no_classmate(text: str) -> None:
    roster = [MIA, BEN, SIYUAN]
    clean = scrub(f"{text} Ben {text}思远{text}", MIA, roster, "en").text
    assert "思远" not in clean
    assert " Ben " not in clean
