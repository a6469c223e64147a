"""Colours, places, numbers and degrees against the measured facts: a text, and what must be flagged in it."""

from typing import Any

import pytest

from drafting.check import CONTRADICTIONS, check, forbidden_words
from drafting.check.colour import colour_words
from drafting.rank import score
from prompts import Context, Prompt, builtins
from prompts.facts import Facts
from prompts.vocabulary import table
from tests.drafting.check.drawing import FACTS, flags, phrases


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("The orange glows beside the light blue.", []),
        ("The purple glows beside the orange.", ["purple"]),
        ("Light-blue waves and pale blue foam.", []),
        ("A dark blue shadow and blue sky.", ["dark blue", "blue"]),  # light blue is another colour
        ("Amber and tangerine, golden and lemon yellow.", []),  # other words for what is there
        ("Reddish brown fur.", ["brown"]),  # a brown that leans to red
        ("A greenish light.", ["green"]),
        ("Greens and violet tones.", ["Green", "violet"]),
        ("The sun rose over a golden hour, out of the blue, in the white space.", []),
        ("The mat is red.", []),  # the teacher said so
        ("The white of the sheet.", []),  # the paper's own
        ("A reduced, orangutan-like greenhouse.", []),
        ("Maroon stripes.", []),  # as red as the mat
        ("Burgundy and khaki.", ["khaki"]),
    ],
)
def test_english_colours(text: str, wrong: list[str]) -> None:
    assert phrases("colour", text) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("橙色和浅蓝色很和谐。", []),
        ("紫色的猫。", ["紫色"]),
        ("蓝色的天，蓝天。", ["蓝色", "蓝"]),
        ("淡蓝、天蓝、橘黄、金黄。", []),
        ("绿叶衬着红垫子。", ["绿"]),
        ("青春明白，黄昏留白，粉笔空白。", []),
        ("粉色和青色。", ["粉色", "青色"]),
        ("白纸上的白。", []),
    ],
)
def test_chinese_colours(text: str, wrong: list[str]) -> None:
    assert phrases("colour", text, "zh") == wrong


def test_the_reason_names_what_the_drawing_has() -> None:
    (english,) = [flag for flag in flags("The purple glows.") if flag["kind"] == "colour"]
    assert english["reason"] == "The drawing has no purple; its colours are orange, light blue and yellow."
    (chinese,) = [flag for flag in flags("绿叶。", "zh") if flag["kind"] == "colour"]
    assert chinese["reason"] == "画里没有绿色，它的颜色是橙色、浅蓝色和黄色。"


def test_a_thing_keeps_the_colour_that_the_teacher_noted() -> None:
    assert phrases("colour", "The orange mat, the red mat.") == ["orange"]
    assert phrases("colour", "橙色的垫子，红垫子，红色的垫子。", "zh") == ["橙色"]
    (flag,) = [flag for flag in flags("The orange mat.") if flag["kind"] == "colour"]
    assert flag["reason"] == "The teacher noted red for this, not orange."


def test_an_orange_may_be_a_fruit() -> None:
    still_life = {
        "palette": [{"name": "green", "zh": "绿色", "hex": "", "share": 1.0}],
        "subjects": ["two oranges"],
    }
    assert phrases("colour", "The oranges sit on green.", changes=still_life) == []
    assert phrases(
        "colour", "The orange paint is on green.", changes={**still_life, "subjects": ["bowl"]}
    ) == ["orange"]


def test_unmeasured_colours_are_a_guess_and_no_contradiction() -> None:
    (flag,) = [f for f in flags("The green glows.", changes={"palette": None}) if "green" in f["reason"]]
    assert flag["kind"] == "unknowable"


def test_the_teachers_instruction_outranks_the_palette_unless_it_forbids() -> None:
    assert phrases("colour", "The purple shoes dance.", instruction="mention her purple shoes") == []
    assert phrases("colour", "The purple shoes dance.", instruction="do not mention purple") == ["purple"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_forbidden_words_are_all_flagged_and_never_cut_an_allowed_one(language: Any) -> None:
    facts: Facts = {**FACTS, "subjects": []}
    banned = forbidden_words(facts, language)
    assert ("purple" if language == "en" else "紫色") in banned
    allowed = [row["name"] if language == "en" else row["zh"] for row in table()["colours"]
               if row["name"] in ("orange", "light blue", "yellow", "white")]  # fmt: skip
    assert not [(word, other) for word in banned for other in allowed if word in other]
    has = {"orange", "light blue", "yellow", "white"}
    assert not [word for word in banned if colour_words(language)[word] & has]


def test_nothing_is_forbidden_when_the_colours_are_unknown() -> None:
    assert forbidden_words({}, "en") == []


@pytest.mark.parametrize(
    ("place", "text", "wrong"),
    [
        ("centre", "The cat sits in the middle, right in the centre.", []),
        ("centre", "The cat sits in the top left corner.", ["top left corner"]),
        ("top left", "Your cat climbs to the left, at the top.", []),
        ("left", "Your cat is in the upper left.", ["upper left"]),
        ("right", "Your cat is on the right side, and you are on the right track.", []),
        ("top", "Lines run from top to bottom and from left to right.", []),
        (
            "top",
            "The button in the middle of the mat, and a mat at the bottom of the page.",
            ["at the bottom"],
        ),
        ("top", "You left some space, right?", []),
        ("top", "Next time, try the cat in the bottom left.", []),
    ],
)
def test_english_places(place: str, text: str, wrong: list[str]) -> None:
    assert phrases("place", text, changes={"composition": {"place": place}}) == wrong


@pytest.mark.parametrize(
    ("place", "text", "wrong"),
    [
        ("centre", "小猫坐在画面中央，正中间。", []),
        ("centre", "小猫在左上角。", ["左上角"]),
        ("left", "小猫在画面左侧。", []),
        ("bottom", "小猫在画面上方。", ["上方"]),
        ("bottom", "小猫的上方留出了地方，中间色很好看。", []),
        ("bottom", "下次可以把小猫放在右上角。", []),
    ],
)
def test_chinese_places(place: str, text: str, wrong: list[str]) -> None:
    assert phrases("place", text, "zh", changes={"composition": {"place": place}}) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Orange takes up 60% of it, light blue 40 percent.", []),
        ("Orange takes up 31% of it.", ["31%"]),
        ("You covered 88% of the sheet.", []),
        ("You covered a quarter of the page.", ["a quarter of the page"]),
        ("Two colours carry it; three colours in all.", []),
        ("All five colours shine.", ["five colours"]),
        ("Three cats on the mat.", ["Three cats"]),
        ("Two ideas and one step.", []),
        ("At 8 years old, this is bold.", []),
        ("At 9 years old, this is bold.", ["9 years old"]),
        ("Lesson 12 was 2024.", ["12", "2024"]),
        ("Next time, try two cats.", []),
    ],
)
def test_english_numbers(text: str, wrong: list[str]) -> None:
    assert phrases("number", text, age=8) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("橙色占了三分之二。", []),
        ("橙色占了30%，百分之三十。", ["30%", "百分之三十"]),
        ("画面有三种颜色。", []),
        ("画面有五种颜色。", ["五种颜色"]),
        ("三只猫趴在垫子上。", ["三只"]),
        ("一只猫，两个部分，几条线。", []),
        ("十二岁的你。", []),
        ("9岁的你。", ["9岁"]),
    ],
)
def test_chinese_numbers(text: str, wrong: list[str]) -> None:
    assert phrases("number", text, "zh", age=8) == wrong


def test_a_count_that_the_teacher_noted_is_true() -> None:
    assert phrases("number", "Two cats share the mat.", changes={"subjects": ["2 cats", "mat"]}) == []
    assert phrases("number", "两只猫。", "zh", changes={"subjects": ["两只猫"]}) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Warm colours, bold lines and a strong contrast fill the whole page.", []),
        ("The cool colours calm it.", ["cool colours"]),
        ("In temperature the whole is cool, with orange in charge.", ["temperature the whole is cool"]),
        ("In temperature, the sheet is balanced.", ["temperature, the sheet is balanced"]),
        ("In temperature the whole is warm, with orange in charge.", []),
        ("The whole drawing is so cool!", []),  # praise
        ("Fine lines, soft contrast.", ["Fine lines", "soft contrast"]),
        ("You left lots of empty space.", ["lots of empty space"]),
        ("Muted colours in a symmetrical picture.", ["Muted colours", "symmetrical"]),
        ("Horizontal lines on black paper.", ["Horizontal lines", "black paper"]),
        ("It is not symmetrical, and no fine lines are needed.", []),
        ("Next time, try a few thin lines and cool colours.", []),
        ("The thin lines are fine; try more.", ["thin lines"]),
    ],
)
def test_english_degrees(text: str, wrong: list[str]) -> None:
    assert phrases("degree", text) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("颜色温暖，线条粗壮，对比强烈，画满了整张纸。", []),
        ("冷色让人安静。", ["冷色"]),
        ("线条纤细，大片留白。", ["线条纤细", "大片留白"]),
        ("画面不对称，不够对称。", []),
        ("构图不均衡。", ["不均衡"]),
        ("下次可以试试冷色和细线。", []),
    ],
)
def test_chinese_degrees(text: str, wrong: list[str]) -> None:
    assert phrases("degree", text, "zh") == wrong


@pytest.mark.parametrize("language", ["en", "zh"])
def test_facts_from_a_strange_file_break_nothing(language: Any) -> None:
    strange: Any = {
        "subjects": None, "palette": [{"name": "plaid", "share": None}], "coverage": "much",
        "warmth": float("nan"), "composition": None, "line": {"weight": ["bold"]}, "sheet": {"paper": "foil"},
    }  # fmt: skip
    text = "A red cat fills half the page, 30% of it, at the top. 红色的猫占30%，在左上角。"
    found = check(text, context=Context(facts=strange), language=language)
    assert "colour" in {flag["kind"] for flag in found}
    assert 0 <= score(text, found, context=Context(facts=strange), language=language) <= 1


def test_an_unknown_fact_contradicts_nothing() -> None:
    text = "Cool green colours and fine lines at the bottom, with soft contrast, leave lots of empty space."
    kinds = {flag["kind"] for flag in check(text, context=Context(facts={}), language="en")}
    assert not kinds & CONTRADICTIONS
    assert "unknowable" in kinds


@pytest.mark.parametrize("prompt", builtins(), ids=lambda p: f"{p.name}-{p.language}")
def test_the_comments_that_our_prompts_show_as_good_are_true(prompt: Prompt) -> None:
    for shot in prompt.shots:
        assert check(shot.comment, context=shot.context(), language=prompt.language) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Orange takes two thirds of the colour, and light blue answers it.", []),
        ("Orange takes nearly half of your colour.", ["Orange takes nearly half of your colour"]),
        ("More than half of the colour is orange.", []),
        (
            "Light blue makes up more than half of the colour.",
            ["Light blue makes up more than half of the colour"],
        ),
        ("Orange and light blue stand in equal parts.", ["in equal parts"]),
        ("Orange and light blue are here in nearly equal measure.", ["in nearly equal measure"]),
        ("What if orange and light blue came in equal parts?", []),
        ("Orange leads and light blue is close behind.", ["close behind"]),
    ],
)
def test_parts_of_the_colour(text: str, wrong: list[str]) -> None:
    assert [phrase.lower() for phrase in phrases("number", text)] == [phrase.lower() for phrase in wrong]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("橙色占了三分之二，浅蓝色来应和。", []),
        ("浅蓝色占了一半。", ["浅蓝色占了一半"]),
        ("橙色和浅蓝色几乎一样多。", ["几乎一样多"]),
        ("橙色超过一半。", []),
        ("橙色占六成，浅蓝色不到四成。", []),
        ("浅蓝色占七成。", ["浅蓝色占七成"]),
        ("橙色和浅蓝色差不多。", ["差不多"]),
        ("下次可以让橙色和浅蓝色一样多。", []),
    ],
)
def test_chinese_parts_of_the_colour(text: str, wrong: list[str]) -> None:
    assert phrases("number", text, "zh") == wrong


def test_equal_colours_may_be_called_equal() -> None:
    even = {"palette": [{"name": "orange", "share": 0.5}, {"name": "light blue", "share": 0.44}]}
    assert phrases("number", "Orange and light blue share the sheet evenly.", changes=even) == []


@pytest.mark.parametrize(
    ("language", "text", "bare"),
    [
        ("en", "The bare paper waits.", "bare paper"),
        ("zh", "上面还空着一块。", "空着"),
        ("zh", "四周还有空处。", "有空处"),
    ],
)
def test_no_bare_paper_on_a_full_sheet(language: Any, text: str, bare: str) -> None:
    assert phrases("degree", text, language) == [bare]
    assert phrases("degree", text, language, changes={"coverage": 0.7}) == []
    assert phrases("degree", "天空处处是蓝的。", "zh") == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("The cat sits low on the sheet.", ["low on the sheet"]),
        ("The weight lies low, as it should.", ["weight lies low"]),
        ("Everything hangs high up on the page.", ["Everything hangs high"]),
    ],
)
def test_low_and_high_are_places(text: str, wrong: list[str]) -> None:
    assert [phrase[: len(wrong[0])] for phrase in phrases("place", text)][:1] == wrong
    low = {"composition": {"place": "bottom"}}
    assert bool(phrases("place", text, changes=low)) == ("high" in text)


def test_the_weight_in_chinese() -> None:
    assert phrases("place", "重心偏低，很稳。", "zh") == ["重心偏低"]
    assert phrases("place", "重心偏低，很稳。", "zh", changes={"composition": {"place": "bottom"}}) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("米色、粉色和黑色用得一样多。", ["一样多"]),
        ("粉色和黑色接近。", []),
        ("青色最多，粉色和黑色差不多。", []),
        ("青色占了大部分，黑色接近四成。", ["四成"]),
    ],
)
def test_all_that_are_listed_as_equal_are(text: str, wrong: list[str]) -> None:
    shares = {"turquoise": 0.68, "beige": 0.14, "pink": 0.06, "black": 0.05}
    palette = [{"name": name, "share": share} for name, share in shares.items()]
    assert phrases("number", text, "zh", changes={"palette": palette}) == wrong


def test_where_the_composition_leans() -> None:
    low = {"composition": {"place": "bottom"}}
    assert phrases("place", "构图偏上，有点轻。", "zh", changes=low) == ["构图偏上"]
    assert phrases("place", "构图偏下，很稳。", "zh", changes=low) == []


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [
        ("en", "You painted the whole sheet.", ["painted the whole sheet"]),
        ("en", "You filled most of the paper.", ["filled most of the paper"]),
        ("en", "You filled the paper.", ["filled the paper"]),
        ("en", "The whole sheet is painted.", ["whole sheet is painted"]),
        ("en", "You painted right to the edges.", ["painted right to the edges"]),
        ("en", "Try filling the whole sheet.", []),
        ("en", "You could fill the paper.", []),
        ("en", "To fill more of the paper, paint the mat.", []),
        ("en", "You did not fill the paper.", []),
        ("en", "You painted the cat up to the edges of its mat.", []),
        ("zh", "纸上涂满了。", ["纸上涂满"]),
        ("zh", "整张纸都有颜色。", ["整张纸都有颜色"]),
        ("zh", "颜色一直涂到了纸边。", ["颜色一直涂到了纸边"]),
        ("zh", "下次可以把整张纸涂满。", []),
        ("zh", "建议把整张纸涂满颜色。", []),
        ("zh", "没有把整张纸画满。", []),
        ("zh", "再画一些，画到纸边也没关系。", []),
    ],
)
def test_a_sheet_that_is_not_full(language: Any, text: str, wrong: list[str]) -> None:
    assert phrases("degree", text, language, changes={"coverage": 0.4}) == wrong
    assert phrases("degree", text, language, changes={"coverage": 0.95}) == []


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [
        ("en", "Most of the sheet is empty.", ["Most of the sheet is empty"]),
        ("en", "You left most of the paper white.", ["most of the paper white"]),
        ("en", "A mostly open sheet.", ["mostly open sheet"]),
        ("zh", "大部分纸还空着。", ["大部分纸还空着"]),
        ("zh", "你留出了大片空白。", ["留出了大片空白"]),
        ("zh", "大片留白很安静。", ["大片留白"]),
        ("zh", "没有大片留白。", []),
    ],
)
def test_a_sheet_that_is_not_open(language: Any, text: str, wrong: list[str]) -> None:
    assert phrases("degree", text, language, changes={"coverage": 0.95}) == wrong


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [
        ("en", "Try a dark blue behind the cat.", []),
        ("en", "I suggest purple.", []),
        ("en", "What would happen if the mat were purple?", []),
        ("en", "You could make the purple stronger.", ["purple"]),  # as if it were there
        ("en", "Try the purple and green again.", ["purple", "green"]),
        ("en", "The purple glows; try more of it.", ["purple"]),
        ("zh", "建议用深蓝色画夜空。", []),
        ("zh", "可以试试紫色。", []),
        ("zh", "下次可以把背景画成紫色。", []),
        ("zh", "可以让紫色更深。", ["紫色"]),
        ("zh", "建议在紫色旁边加一点绿色。", ["紫色"]),
        ("zh", "紫色很亮，建议再画大一点。", ["紫色"]),
    ],
)
def test_a_colour_that_is_only_suggested(language: Any, text: str, wrong: list[str]) -> None:
    assert phrases("colour", text, language) == wrong


@pytest.mark.parametrize(
    ("warmth", "wrong"),
    [(-0.4, ["warm", "balanced"]), (-0.3, ["warm"]), (0.0, []), (0.3, ["cool"]), (0.4, ["cool", "balanced"])],
)
def test_what_is_said_of_the_temperature_of_the_whole(warmth: float, wrong: list[str]) -> None:
    said = {
        word: phrases("degree", f"The temperature is {word}.", changes={"warmth": warmth})
        for word in ("warm", "cool", "balanced")
    }
    assert [word for word, found in said.items() if found] == wrong
    chinese = phrases("degree", "整体冷暖均衡。", "zh", changes={"warmth": warmth})
    assert chinese == (["冷暖均衡"] if "balanced" in wrong else [])
