"""What could reach somebody is gone from every text, and ordinary comments pass as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.demonstrations import golden, lessons
from finetune.names import called
from finetune.records import Record, read
from finetune.scrub import contact, plain, scrub
from prompts.vocabulary import Language
from tests.finetune.teachers import made, night

REST = "{student}, the orange cat fills the sheet, and the blue holds it."
PRIVATE = [
    "Write to me at anna.b@school.co.uk.",
    "Mail anna at gmail dot com.",
    "See https://art.example/x?y=1.",
    "More on www.artshop.biz/paint.",
    "It is on artshop.com.",
    "Call 138 0013 8000.",
    "Call +44 (0)20 7946 0958.",
    "Ring １３８００１３８０００.",
    "Follow @anna_paints.",
    "WeChat: anna77.",
    "Add me on WhatsApp.",
    "My WeChat anna_77 is open.",
    "Her number is 11010519491231002X.",
    "The key is sk9f8e7d6c5b4a39.",
    "Call one three eight zero zero one three eight.",
    "Mail anna\u200b@\u200bschool.com.",
    "Bring it to 12 Baker Street.",
    "We meet at 221b Old Mill Lane.",
]
PRIVATE_ZH = [
    "加我微信吧。",
    "微信号：anna77。",
    "请打一三八零零一三八零零零。",
    "QQ：1234567。",
    "电话１３８００１３８０００。",
    "看artshop.cn。",
    "关注@anna_paints。",
    "我家在朝阳路12号。",
    "送到3号楼2单元吧。",
]
REST_ZH = "{student}，橙色的小猫画满了纸，蓝色托住了它。"
HARMLESS = [
    "The orange is 70% of it, the blue 30%.",
    "Drawn on 2026-11-21, at 9:30, on A4 paper.",
    "It is 20 x 30 cm.",
    "Your cat is at the dot in the middle.",
    "From 2019-2025 you drew cats.",
    "I count 1, 2, 3, 4, 5, 6, 7, 8.",
    "Look at the net.The cat is in it.",
    "A 20th-century-style sky, well done.",
    "Wow... what a cat!",
    "The 2 houses on the road and the 3 red cars in the street are fine.",
]


@pytest.mark.parametrize("sentence", PRIVATE)
def test_a_sentence_with_a_contact_goes(sentence: str) -> None:
    one = scrub(made(final=f"{REST} {sentence}"))
    assert one is not None
    assert one.final == one.line["final"] == REST


@pytest.mark.parametrize("sentence", PRIVATE_ZH)
def test_in_chinese_too(sentence: str) -> None:
    one = scrub(made(language="zh", final=f"{REST_ZH}{sentence}"))
    assert one is not None
    assert one.final == REST_ZH


@pytest.mark.parametrize("sentence", HARMLESS)
def test_numbers_and_dates_are_no_contacts(sentence: str) -> None:
    one = made(final=f"{REST} {sentence}")
    assert scrub(one) == one


@pytest.mark.parametrize("sentence", PRIVATE)
def test_what_does_not_stand_without_it_is_refused(sentence: str) -> None:
    assert scrub(made(final=sentence)) is None


def test_what_must_not_train_is_refused() -> None:
    assert scrub(made(final=REST, training=False)) is None


def test_drafts_and_what_the_prompt_was_filled_with_are_scrubbed() -> None:
    one = made(
        final=REST,
        drafts=[
            {"text": f"{REST} See artshop.com.", "flags": [{"kind": "leak", "span": [70, 80], "reason": ""}]}
        ],
        lesson={"id": "l1", "theme": "artshop.com", "criteria": ["colour", "@anna_paints"]},
        facts={"subjects": ["cat", "13800138000"]},
        context={
            "style": ["short", "signs a@b.com"],
            "examples": ["See www.a.org."],
            "instruction": "vx: anna77",
        },
    )
    scrubbed = scrub(one)
    assert scrubbed is not None
    assert scrubbed.drafts[0].text == REST
    assert scrubbed.line["drafts"][0]["flags"][0]["kind"] == "leak"
    context = scrubbed.context
    assert (context.theme, context.instruction) == ("", "")
    assert (context.criteria, context.style, context.examples) == (("colour",), ("short",), ())
    assert scrubbed.line["facts"]["subjects"] == ["cat"]


def test_a_records_own_ids_are_private() -> None:
    one = scrub(
        made(final=f"{REST} This is stu-ab-cd.", student={"id": "stu-ab-cd", "age": 8}, training=True)
    )
    assert one is not None
    assert one.final == REST


def test_an_untouched_draft_stays_untouched() -> None:
    text = f"{REST} Mail a@b.com."
    one = scrub(made(final=text, drafts=[{"text": text}]))
    assert one is not None
    assert one.draft is not None
    assert one.final == one.draft.text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("habits", [0, 1, 2])
def test_honest_comments_pass_unchanged(language: str, habits: int) -> None:
    records = night("ann", 40, language=language, habits=habits)  # type: ignore[arg-type]
    assert [scrub(one) for one in records] == records


@given(st.lists(st.sampled_from([REST, "A quiet sky.", *PRIVATE, *HARMLESS]), min_size=1, max_size=6))
def test_nothing_private_is_ever_left_and_twice_is_once(sentences: list[str]) -> None:
    one: Record | None = scrub(made(final=" ".join(sentences)))
    if one is not None:
        assert not contact().search(plain(one.final))
        assert scrub(one) == one


@pytest.mark.parametrize(
    ("language", "text", "scrubbed"),
    [
        ("en", "Dear Siobhan, the cat fills the sheet.", "Dear {student}, the cat fills the sheet."),
        ("en", "Dear Ella, the cat fills the sheet.", "Dear {student}, the cat fills the sheet."),
        ("en", "Well done, Anna! Anna's orange cat fills the sheet.",
         "Well done, {student}! {student}'s orange cat fills the sheet."),
        ("en", "Anna, your orange cat fills the sheet.", "{student}, your orange cat fills the sheet."),
        ("en", "Your orange cat fills the sheet, Emma!", "Your orange cat fills the sheet, {student}!"),
        ("en", "Your orange cat fills the sheet, Aoife!", None),  # or a place
        ("en", "Dear Mrs Brown, the orange cat fills the sheet.", None),
        ("zh", "亲爱的子涵，橙色的猫占满了整张画纸。", "亲爱的{student}，橙色的猫占满了整张画纸。"),
        ("zh", "王小雨同学，橙色的猫占满了整张画纸。", "{student}同学，橙色的猫占满了整张画纸。"),
        ("zh", "子涵，你的橙色的猫占满了整张画纸。", "{student}，你的橙色的猫占满了整张画纸。"),
        ("zh", "小明，你的橙色的猫占满了整张画纸。", None),
    ],
)  # fmt: skip
def test_who_is_called_by_a_name(language: Language, text: str, scrubbed: str | None) -> None:
    one = made(
        language=language,
        final=text,
        drafts=[{"text": text}],
        lesson={"theme": ""},
        facts={"subjects": ["cat", "umbrella"]},
    )
    done = scrub(one)
    assert (done and done.final) == scrubbed
    assert (done and done.drafts[0].text) == scrubbed


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hello, Panda! Your bamboo is mostly black, with some green."),
        ("en", "Dear Parents, the orange cat fills the sheet, and the blue holds it."),
        ("en", "Yum, your cake is pink. Orange, yellow and red appear. Below, the sea waits for you."),
        ("en", "Well done, {student}! You and {student}'s cat, Monet, would agree."),
        ("zh", "亲爱的小画家，橙色的猫占满了整张画纸。"),
        ("zh", "小蜗牛，你好呀！你用了好多紫色。"),
        ("zh", "黄色，这是最亮的颜色。小心，这里的线条很细。"),
    ],
)
def test_what_is_no_name(language: Language, text: str) -> None:
    assert called(text, language, "") == {}


def test_nobody_is_called_by_a_name_in_what_was_written_by_hand() -> None:
    for one in (*read(lessons("en")), *golden("en"), *read(lessons("zh")), *golden("zh")):
        assert called(one.final, one.language, "") == {}, one.id


def test_the_theme_is_no_name() -> None:
    text = "Hello, Mars! The orange cat fills the sheet, and the blue holds it."
    one = made(final=text, drafts=[], chosen=None, lesson={"theme": "A hot day on Mars"})
    assert scrub(one) == one


def test_what_the_prompt_was_filled_with_calls_nobody_by_a_name() -> None:
    text = "The orange cat fills the sheet, and the blue holds it. What could Freya paint next?"
    told = {
        "style": ["ends: Well done, Freya!"],
        "examples": ["Dear Freya, the grey dog looks out at me.", "Emma, your sky is quiet."],
        "instruction": "Dear Freya, shorter.",
    }
    one = scrub(made(final=text, drafts=[{"text": text}], context=told))
    assert one is not None
    assert one.final == one.drafts[0].text == text.replace("Freya", "{student}")
    assert one.context.style == ("ends: Well done, {student}!",)
    assert one.context.examples == (
        "Dear {student}, the grey dog looks out at me.",
        "{student}, your sky is quiet.",
    )
    assert one.context.instruction == "Dear {student}, shorter."


def test_a_name_in_doubt_in_an_example_refuses_the_record() -> None:
    example = "Your orange cat fills the sheet, Aoife!"
    assert scrub(made(final=REST, context={"examples": [example]})) is None


def test_an_instruction_makes_no_name_a_word_of_the_lesson() -> None:
    text = "Dear Siobhan, the orange cat fills the sheet."
    one = scrub(made(final=text, context={"instruction": "Tell Siobhan of the sky"}))
    assert one is not None
    assert one.final == text.replace("Siobhan", "{student}")
    assert one.context.instruction == "Tell {student} of the sky"
