"""Leaks, repetition, shared sentences, the name, length, language and a proper end."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drafting.check import Flag, check
from drafting.check.sentences import normalised, split, units
from prompts import builtin, render
from prompts.vocabulary import Language
from tests.drafting.check.drawing import CONTEXT, flags, phrases

GOOD = "{student}, your cat sits on its red mat and the orange glows. Next time, try a few thin lines."
GOOD_ZH = "{student}，你的小猫坐在红垫子上，橙色和浅蓝色放在一起很暖和。下次可以试试用细线画胡须。"


def test_a_good_comment_has_no_flag() -> None:
    assert flags(GOOD) == []
    assert flags(GOOD_ZH, "zh") == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Comment: fine.", ["Comment:"]),
        ("A **bold** cat.", ["**", "**"]),
        ("A cat.<|im_end|>", ["<|im_end|>"]),
        ("{name}, {student}, {{student}}.", ["{name}", "{{", "}}"]),
        ("As an AI, I cannot see it.", ["As an AI", "I cannot see"]),
        ("Sure! Here is a short comment for you.", ["Sure!", "Here is a short comment"]),
        ("See www.art.com or mail me@school.org.", ["www.art.com", "me@school.org."]),
        ("lines: bold, contrast: strong", ["lines:", "contrast:"]),
        ("The hex is #e88b2d.", ["#e88b2d"]),
        ("Look at this: a cat.", []),
    ],
)
def test_english_leaks(text: str, wrong: list[str]) -> None:
    assert phrases("leak", text) == wrong


def test_chinese_leaks() -> None:
    assert phrases("leak", "评语：小猫很好。作为一个AI，颜色：橙色。", "zh") == [
        "评语：",
        "作为一个AI",
        "颜色：",
    ]
    assert phrases("leak", "我想说：小猫很好。", "zh") == []


def test_words_copied_from_the_prompt() -> None:
    prompt_text = render(builtin("en", "comment-long"), CONTEXT["en"]).text
    copied = "It names what is in it and one or two things that were done well."
    assert phrases("leak", f"{GOOD} {copied}", prompt_text=prompt_text) == [copied]


def test_repetition() -> None:
    assert phrases("repetition", "The cat is warm on the mat. Good! The cat is warm on the mat!") == [
        "The cat is warm on the mat!"
    ]
    assert phrases("repetition", "I see a cat on mats and I see a cat on rugs.") == ["I see a cat on"]
    assert len(phrases("repetition", "Nice nice nice nice cat.")) == 1
    assert phrases("repetition", "小猫很暖和地躺着，小猫很暖和地躺着。", "zh") != []
    assert phrases("repetition", GOOD) == []


def test_sentences_of_other_students_and_of_earlier_comments() -> None:
    own, shared = (
        "The light blue answers the orange of the cat.",
        "Next time, leave one corner of the sheet quiet.",
    )
    text = f"{{student}}, welcome! {own} {shared}"
    assert phrases("sibling", text, siblings=[f"A dog runs. {shared.upper()}"]) == [shared]
    assert phrases("earlier", text, earlier=["Next time leave one corner of this sheet quiet!"]) == []
    assert phrases(
        "earlier", text, earlier=["{student}, next time leave one corner of the sheet quiet!"]
    ) == [shared]
    assert (
        phrases("sibling", text, siblings=["{student}, welcome! The green answers the pink of the pig."])
        == []
    )


def test_chinese_shared_sentences() -> None:
    text = "小猫坐得很稳。下次可以试试把背景涂得再深一点。"
    assert phrases("sibling", text, "zh", siblings=["下次可以试试把背景涂得再深一点！"]) == [
        "下次可以试试把背景涂得再深一点。"
    ]


@pytest.mark.parametrize(
    ("language", "text", "length", "wrong"),
    [
        ("en", GOOD, "medium", 0),
        ("en", "Nice cat.", "medium", 1),
        ("en", "word " * 200, "long", 1),
        ("en", "", "short", 1),
        ("zh", GOOD_ZH, "medium", 0),
        ("zh", "很好。", "short", 1),
        ("zh", "很好" * 200 + "。", "medium", 1),
    ],
)
def test_length(language: Language, text: str, length: str, wrong: int) -> None:
    assert len(phrases("length", text, language, length=length)) == wrong


def test_an_instruction_may_ask_for_another_length() -> None:
    assert phrases("length", "The cat glows.", instruction="much shorter please") == []
    assert phrases("length", "太短了。", "zh", instruction="再短一点") == []
    assert phrases("length", "The cat glows.", instruction="mention the mat") != []
    assert phrases("length", "word " * 90, instruction="in more detail") == []


def test_language() -> None:
    assert phrases("language", "The cat is 很好.") == ["很好"]
    spanish = "El gato naranja duerme sobre una alfombra roja muy bonita hoy."
    assert phrases("language", spanish) == [spanish]
    assert phrases("language", "很 good boy 的小猫，用A4纸。", "zh") == ["good boy"]
    assert phrases("language", "Totoro坐着。", "zh", changes={"subjects": ["Totoro"]}) == []
    assert phrases("language", "Привет, the cat.") == ["Привет"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("添几朵小龙舟，画面更满。", ["朵小龙舟"]),
        ("还可以再画一棵小狗。", ["棵小狗"]),
        ("在右上方添几朵小仙人掌。", ["朵小仙人掌"]),
        ("添3朵可爱的小狗。", ["朵可爱的小狗"]),
        ("添几棵苹果树、几朵大大的云、一座灯塔和一艘龙舟。", []),
        ("几位守门员站好，每位观众都看着足球。", []),
        ("三朵向日葵，每朵都朝着太阳。", []),
        ("两棵树，一棵在房子左边，这棵比房子还高。", []),
        ("一朵飘在城堡上方的白云很轻，一棵挂满苹果和星星的树也在。", []),
        ("一朵长得像小狗一样的云。", []),
        ("一座足球场很大，一棵葡萄藤爬满了架子，一辆挖掘机在旁边。", []),
        ("桥的那头是房子，这位置留给房子很合适。", []),
        ("添几只小狗。", []),
    ],
)
def test_a_thing_has_the_measure_word_that_it_is_counted_with(text: str, wrong: list[str]) -> None:
    subjects = {"subjects": ["龙舟", "足球", "守门员", "小狗"]}
    assert phrases("language", text, "zh", changes=subjects) == wrong


def test_words_that_are_none() -> None:
    assert phrases("language", "The cat stoodyre on my abebele mat, andalid.") == [
        "stoodyre",
        "abebele",
        "andalid",
    ]
    fine = (
        "A sooo-happy, zigzaggy cat’s whiskers: crosshatched and scumbled, half-finished,"
        " outshouting all. It's Hokusai's blue!"
    )
    assert phrases("language", fine) == []
    assert phrases("language", "The zorblax waits.", changes={"subjects": ["zorblax"]}) == []
    assert phrases("language", "The umbrelays wait in {student}’s rain.") == ["umbrelays"]
    assert phrases("language", "这只小猫OK。", "zh") == []


def test_an_unfinished_end() -> None:
    assert phrases("unfinished", "The cat glows. Next time you") == ["Next time you"]
    assert phrases("unfinished", "她说“很好。”", "zh") == []
    assert phrases("unfinished", "小猫很好，", "zh") == ["小猫很好，"]


def test_sentences_are_split_where_they_end() -> None:
    def texts(text: str, language: Language) -> list[str]:
        return [sentence.text for sentence in split(text, language)]

    english = "A cat, e.g. Tom. Look! “Oh?” 3.5 cm. End"
    assert texts(english, "en") == ["A cat, e.g. Tom.", "Look!", "“Oh?”", "3.5 cm.", "End"]
    assert texts("小猫很好。真的吗？！“好。”再见", "zh") == ["小猫很好。", "真的吗？！", "“好。”", "再见"]


languages = st.sampled_from(["en", "zh"])
scraps = st.sampled_from([*GOOD.split(), *GOOD_ZH, "{student}", "50%", "blue", "蓝", "left "])
anything = st.lists(st.one_of(st.text(max_size=8), scraps), max_size=25).map("".join)


@given(anything, languages)
def test_sentences_lose_no_word_and_overlap_nowhere(text: str, language: Language) -> None:
    sentences = split(text, language)
    assert all(text[s.start : s.end] == s.text and s.text.strip() == s.text for s in sentences)
    assert all(one.end <= other.start for one, other in pairwise(sentences))
    assert "".join("".join(s.text for s in sentences).split()) == "".join(text.split())
    assert len(normalised(text, language)) <= len(units(text, language))


@given(anything, languages)
def test_whatever_is_written_is_checked_with_spans_inside_it(text: str, language: Language) -> None:
    found: list[Flag] = check(
        text, context=CONTEXT[language], language=language, student_names=["Mia", "王小明"]
    )
    for flag in found:
        start, end = flag["span"]
        assert 0 <= start <= end <= len(text)
        assert start < end or not text
        assert flag["reason"]
        assert "{words}" not in flag["reason"]


def test_a_sentence_that_circles_around_one_word() -> None:
    assert phrases("repetition", "{student}, the mat is a cat, a cat and a cat. It glows.")[:1] == ["cat"]
    assert phrases("repetition", "{student}，小猫的猫和猫的垫子像猫一样。", "zh")[:1] == ["猫"]
    assert phrases("repetition", "The cat sits on the mat and the cat looks at me. The cat is warm.") == []


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [
        ("zh", "可以请谁来画一棵树，让画面更满。", ["可以请谁来"]),
        ("zh", "建议请一位同学添一笔。", ["建议请一位同学"]),
        ("zh", "空着的纸上，请谁来当观众？", []),
        ("en", "Next time, ask someone to add a tree.", ["ask someone"]),
        ("zh", "还可以再拉开一些，可以请谁来画章鱼和海草？", ["可以请谁来"]),
        ("zh", "可以请几个小伙伴到画里来，可以请谁坐在这把空椅子上呢？", []),
        ("en", "Ask yourself what is missing. The wide path would let anyone in.", []),
    ],
)
def test_nobody_is_asked_whom_nobody_knows(language: Language, text: str, wrong: list[str]) -> None:
    assert phrases("address", text, language) == wrong


@pytest.mark.parametrize(
    ("language", "text", "audience", "reasons"),
    [
        ("zh", "可以请{student}在左边画一颗星星。", "student", ["这里应该说“你”"]),
        ("zh", "可以请{student}在左边画一颗星星。", "guardians", []),
        ("zh", "{student}可以请{student}画一条波浪。", "guardians", ["出现了两次"]),
        ("zh", "{student}，画得真稳。{student}还可以再画一条波浪。", "student", []),
        ("en", "Ask {student} to add a star.", "student", ["nobody else"]),
        ("en", "Ask {student} to add a star.", "guardians", []),
        ("en", "{student}, the cat of {student} glows.", "student", ["twice"]),
        ("en", "Your task, {student}: a star.", "student", []),
        ("zh", "可以请教{student}再画一颗星星。", "guardians", ["请教"]),
    ],
)
def test_the_name_is_said_once_and_to_whom_it_belongs(
    language: Language, text: str, audience: str, reasons: list[str]
) -> None:
    found = [one for one in flags(text, language, audience=audience) if one["kind"] == "address"]
    assert [text[slice(*one["span"])] for one in found] == ["{student}"] * len(reasons)
    assert all(said in one["reason"] for said, one in zip(reasons, found, strict=True))
