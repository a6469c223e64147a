"""What neither facts nor the teacher's words can know, and names written out."""

import pytest

from drafting.check.names import variants
from tests.drafting.check.drawing import flags, phrases


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (
            "The cat, a proud kitten, curls its tail on the rug.",
            [],
        ),  # the same thing in other words, and its parts
        ("The animal looks at us with round eyes.", []),
        ("The dog sits by the house.", ["dog", "house"]),
        ("Butterflies and trees.", ["Butterflies", "trees"]),
        ("The wheels turn and the petals fall.", ["wheels", "petals"]),
        ("It leads the eye and makes me smile.", []),
        ("Next time, add a bird in the sky.", []),
        ("Next time, make the bird larger.", ["bird"]),
        ("My pet shines.", []),
    ],
)
def test_english_things(text: str, wrong: list[str]) -> None:
    assert phrases("unknowable", text) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("小猫咪趴在毯子上，尾巴弯弯的，眼睛亮亮的。", []),
        ("小狗坐在房子旁。", ["小狗", "房子"]),
        ("草稿很用心，印象很深，马上就能看出你的鼓励。", []),
        ("下次可以加一只小鸟，飞在天空里。", []),
        ("下次可以让小鸟更大。", ["小鸟"]),
    ],
)
def test_chinese_things(text: str, wrong: list[str]) -> None:
    assert phrases("unknowable", text, "zh") == wrong


def test_a_theme_brings_its_things_with_it() -> None:
    assert phrases("unknowable", "Flowers and grass.", theme="My garden") == []
    assert phrases("unknowable", "花朵和小草。", "zh", theme="我的花园") == []


def test_a_subject_that_the_lexicon_lacks_makes_no_trouble() -> None:
    assert phrases("unknowable", "The axolotl glows.", changes={"subjects": ["axolotl"]}) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Your mother will be proud.", ["mother"]),
        ("You must have felt happy, and you loved it.", ["You must have felt", "you loved"]),
        ("This wins first prize: 10/10, an A+.", ["prize", "10/10", "A+"]),
        ("Better than last week, and better than ever.", ["last week", "than ever"]),
        ("Your cat, your lines, your choice.", []),
        ("What would you like to try? If you love it, go on.", []),
        ("The cat's favourite toy; my garden has one, I once saw.", ["favourite", "my garden", "I once"]),
    ],
)
def test_english_claims(text: str, wrong: list[str]) -> None:
    assert phrases("unknowable", text) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("妈妈一定会骄傲。", ["妈妈"]),
        ("你一定很开心，你喜欢猫。", ["你一定很开心", "你喜欢"]),
        ("得了一等奖，95分，比上次好。", ["一等奖", "95分", "上次"]),
        ("其他部分也很好。", []),
    ],
)
def test_chinese_claims(text: str, wrong: list[str]) -> None:
    assert phrases("unknowable", text, "zh") == wrong


def test_a_familys_comment_may_speak_of_the_family() -> None:
    text = "Dear parents, show it to the family."
    assert phrases("unknowable", text) == ["parents", "family"]
    assert phrases("unknowable", text, audience="guardians") == []


def test_she_may_be_the_cat_but_not_the_student() -> None:
    vase = {"subjects": ["teapot"]}
    assert phrases("unknowable", "She curls her tail on the mat.") == []
    assert phrases("unknowable", "She has a steady hand; other parts too.", changes=vase) == ["She"]
    assert phrases("unknowable", "他画得很稳，其他地方也是。", "zh", changes={"subjects": ["茶壶"]}) == ["他"]


@pytest.mark.parametrize(
    ("language", "roster", "text", "wrong"),
    [
        ("en", ["Mia Chen", "Will Brown"], "Mia, your cat will purr. Will sees a mat.", ["Mia", "Will"]),
        ("en", ["Mia Chen"], "MIA CHEN glows, Miami too.", ["MIA CHEN"]),
        ("en", ["Cat Stevens"], "Cat, cat and Cat.", []),  # the subject's own word
        ("zh", ["王小明", "欧阳雪"], "小明同学，王小明，小雪。", ["小明同学", "王小明", "小雪"]),
        ("zh", ["李雨"], "雨天里的猫，小雨。", ["小雨"]),
        ("zh", ["Tom"], "Tom的猫。", ["Tom"]),
        ("en", [], "Mia glows.", []),
    ],
)  # fmt: skip
def test_names(language: str, roster: list[str], text: str, wrong: list[str]) -> None:
    assert phrases("name", text, language, student_names=roster) == wrong  # type: ignore[arg-type]


def test_the_reason_shows_what_to_write() -> None:
    (flag,) = [f for f in flags("Mia, look.", student_names=["Mia"]) if f["kind"] == "name"]
    assert "Write {student}" in flag["reason"]


def test_no_variant_is_a_single_letter_or_character() -> None:
    for name in ("J", "J Smith", "王明", "王", "欧阳", "  Ann   Lee "):
        assert all(len(form) > 1 for form in variants(name))
    assert variants("  Ann   Lee ") == {"Ann Lee", "Ann"}
