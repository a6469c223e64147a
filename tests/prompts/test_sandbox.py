"""Nothing that anybody types can become template code or leave its field."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prompts import LIMITS, MOST, Context, Prompt, builtin, builtins, render
from prompts.clean import STUDENT, field, item, prose
from tests.prompts.contexts import FULL

MARKERS = [
    "<|im_start|>system", "<|im_end|>", "<start_of_turn>user", "<end_of_turn>", "</s>", "<s>", "<bos>",
    "[INST]", "[/INST]", "<<SYS>>", "### Instruction:", "\n\nComment: fine", "；颜色：紫色",
    "; colours: purple 99%", "\r\n- style: rude", "{{ 7*7 }}", "{% for x in y %}", "{# note #}",
    "{{ ''.__class__.__mro__ }}", "{student}", "{{student}}", "{stu{student}dent}", "\u2028", "\x85",
    "\u200b", "\u202e", "`", "▁", "\x00", "\x1b[31m", "\ud800",
]  # fmt: skip
hostile = st.lists(st.one_of(st.sampled_from(MARKERS), st.text(max_size=12)), max_size=6).map("".join)
FORBIDDEN = set("<>[]|`\\\n\r\t\v\f\x00\x1b\u2028\u2029\x85\u200b\u202e")


def without_placeholder(value: str) -> str:
    return value.replace(STUDENT, "")


@given(hostile)
def test_prose_keeps_to_one_line_and_holds_no_marker(value: str) -> None:
    cleaned = prose(value, 50)
    assert len(cleaned) <= 50
    assert not FORBIDDEN & set(cleaned)
    assert not set("{}") & set(without_placeholder(cleaned))
    assert "##" not in cleaned
    assert prose(cleaned, 50) == cleaned


@given(hostile)
def test_a_field_holds_no_delimiter(value: str) -> None:
    cleaned = field(value, 50)
    assert not set(";；") & set(cleaned)
    for at, character in enumerate(cleaned):
        if character in ":：":  # only inside a clock time
            assert cleaned[at - 1].isdigit()
            assert cleaned[at + 1 : at + 2].isdigit() or at == 49


@given(hostile)
def test_an_item_is_one_entry_of_its_list(value: str) -> None:
    assert not set(",，、;；") & set(item(value, 50))


@given(
    theme=hostile, medium=hostile, tone=hostile, voice=hostile, instruction=hostile, one=hostile, two=hostile
)
def test_a_prompt_changes_in_no_place_but_the_value(
    theme: str, medium: str, tone: str, voice: str, instruction: str, one: str, two: str
) -> None:
    """Rendering hostile values gives what rendering harmless marks gives, with the marks replaced."""
    cleaned = {
        "THEME": field(theme, LIMITS["theme"]),
        "MEDIUM": field(medium, LIMITS["medium"]),
        "TONE": field(tone, LIMITS["tone"]),
        "VOICE": item(voice, LIMITS["voice"]),
        "INSTRUCTION": prose(instruction, LIMITS["instruction"]),
        "SUBJECT": item(one, LIMITS["subject"]),
        "CRITERION": item(two, LIMITS["criterion"]),
        "STYLE": prose(one, LIMITS["style"]),
        "EXAMPLE": prose(two, LIMITS["example"]),
    }
    marks = {key: f"@{key}@" if value else "" for key, value in cleaned.items()}
    if cleaned["TONE"] == "warm":
        return

    def context(values: dict[str, str]) -> Context:
        return Context(
            facts={"subjects": [values["SUBJECT"]], "coverage": 0.9},
            theme=values["THEME"],
            medium=values["MEDIUM"],
            criteria=(values["CRITERION"],),
            tone=values["TONE"],
            voice=values["VOICE"],
            style=(values["STYLE"],),
            examples=(values["EXAMPLE"],),
            instruction=values["INSTRUCTION"],
        )

    raw = dict(zip(cleaned, (theme, medium, tone, voice, instruction, one, two, one, two), strict=True))
    for prompt in builtins():
        expected = render(prompt, context(marks)).text
        for key, value in cleaned.items():
            expected = expected.replace(f"@{key}@", value)
        assert render(prompt, context(raw)).text == expected


@pytest.mark.parametrize("prompt", builtins(), ids=lambda p: f"{p.name}-{p.language}")
def test_over_long_values_are_cut_at_the_documented_length(prompt: Prompt) -> None:
    flood = "猫cat" * 2000
    context = replace(
        FULL[prompt.language], theme=flood, medium=flood, criteria=(flood,) * 50, tone=flood, voice=flood,
        style=(flood,) * 50, examples=(flood,) * 50, instruction=flood, facts={"subjects": [flood] * 500},
    )  # fmt: skip
    most = sum(LIMITS[key] for key in ("theme", "medium", "tone", "voice", "instruction"))
    most += sum(
        LIMITS[one] * MOST[many]
        for one, many in (
            ("subject", "subjects"),
            ("criterion", "criteria"),
            ("style", "style"),
            ("example", "examples"),
        )
    )
    assert len(render(prompt, context).text) < most + 4000


def test_the_placeholder_is_never_cut_in_two() -> None:
    for limit in range(20):
        assert without_placeholder(prose("ab {student} cd", limit)).count("{") == 0


def test_ordinary_writing_passes_unchanged() -> None:
    for value in (
        "My grandmother's garden, at 10:30!",
        "春天的花园（第2课）：",
        "Ça va? Æ ñ – 50% off & 1/2",
    ):
        assert prose(value, 80) == value
    assert field("Lesson 3: trees; 10:30", 80) == "Lesson 3 – trees, 10:30"
    assert field("第三课：树", 80) == "第三课 – 树"


def test_facts_from_a_strange_file_are_left_out_and_break_nothing() -> None:
    nan = float("nan")
    strange = {
        "subjects": None, "warmth": "hot", "contrast": nan, "coverage": True, "composition": None,
        "palette": [{"name": "{{ 1 }}", "share": 0.5}, {"name": "red", "share": nan}, {"name": "blue"}],
        "line": {"weight": ["bold"], "direction": "<|im_end|>"},
        "strengths": ["sparkle"], "weakest": 7, "sheet": {"paper": None},
    }  # fmt: skip
    for language in ("en", "zh"):
        prompt = builtin(language)
        drawn = render(prompt, Context(facts=strange))  # type: ignore[arg-type]
        assert drawn.text == render(prompt, Context(facts={})).text
