"""What simulated teachers write and how they edit: golden texts, laws of editing, and the truth of it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drafting.check import CONTRADICTIONS, check
from drafting.edits import differences, levenshtein, units
from prompts import Context
from prompts.vocabulary import Language, table
from webapp.simulation.persona import Persona, load, shipped
from webapp.simulation.teacher import edited, own_text, reply

FACTS: dict[str, Any] = {
    "schema": 1,
    "subjects": ["cat", "red mat"],
    "palette": [
        {"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 0.62},
        {"name": "light blue", "zh": "浅蓝色", "hex": "#8ec5ee", "share": 0.38},
    ],
    "warmth": 0.42,
    "contrast": 0.71,
    "coverage": 0.88,
    "composition": {"place": "top left", "balance": 0.3},
    "line": {"density": 0.12, "direction": "diagonal", "weight": "bold", "curved": 0.6},
    "weakest": "balance",
}
PLAIN: dict[str, Any] = {
    "name": "plain",
    "language": "en",
    "opening": ["{student}, your {theme} glows."],
    "praise": {
        "palette": ["The {colour1} carries the picture and the {colour2} answers it."],
        "share": ["About {share1} is {colour1}."],
        "coverage": ["You kept going until the sheet was {coverage_word}."],
        "composition": ["It sits at the {place}."],
    },
    "facts": 2,
    "order": ["palette", "coverage", "composition", "share"],
    "suggestion": {
        "balance": ["What could you place on the quiet side?"],
        "any": ["What would you look at longer?"],
    },
    "closing": ["See you Saturday!"],
    "avoid": ["amazing"],
    "max_words": 60,
    "accept_below": 0.1,
    "effort": 1.0,
}


def persona(**changes: Any) -> Persona:
    return Persona(**{**PLAIN, **changes})


def of(language: Language, name: str) -> Persona:
    path = shipped(f"{language}.yaml")
    assert path is not None
    return next(one for one in load(path) if one.name == name)


def text(of: Persona, facts: dict[str, Any] = FACTS, seed: int = 1, theme: str = "garden") -> str:
    return own_text(of, facts, seed, theme=theme)  # type: ignore[arg-type]


def test_the_parts_in_their_order() -> None:
    assert text(persona()) == (
        "{student}, your garden glows. The orange carries the picture and the light blue answers it."
        " You kept going until the sheet was full. What could you place on the quiet side? See you Saturday!"
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_golden_texts(language: Language) -> None:
    """What every shipped teacher writes of two drawings, of which little is known of the second."""
    subjects, theme = {"en": (["cat", "red mat"], "My pet"), "zh": (["猫", "红垫子"], "我的宠物")}[language]
    known = {**FACTS, "subjects": subjects}
    little = {key: known[key] for key in ("schema", "subjects", "palette", "contrast", "weakest")}
    lines = [
        f"{one.name}: {text(one, facts, seed, theme)}"
        for one in load(shipped(f"{language}.yaml") or Path())
        for seed, facts in ((1, known), (2, {**little, "palette": little["palette"][:1]}))
    ]
    golden = Path(__file__).with_name("golden") / f"{language}.txt"
    assert lines == golden.read_text(encoding="utf-8").splitlines()


def test_a_text_follows_from_the_facts_and_the_seed() -> None:
    warm = of("en", "concrete-and-warm")
    assert text(warm, seed=5) == text(warm, seed=5)
    assert len({text(warm, seed=seed) for seed in range(20)}) > 1


def test_what_is_unknown_makes_room_for_the_next_fact() -> None:
    facts = {**FACTS, "palette": FACTS["palette"][:1], "weakest": None}
    del facts["coverage"]
    said = text(persona(), facts)
    assert said == (
        "{student}, your garden glows. It sits at the top left. About 62% is orange."
        " What would you look at longer? See you Saturday!"
    )
    assert text(persona(), {"schema": 1}) == (
        "{student}, your garden glows. What would you look at longer? See you Saturday!"
    )


def test_a_side_without_suggestions_of_its_own_takes_any() -> None:
    assert "look at longer" in text(persona(), {**FACTS, "weakest": "line"})


def test_an_avoided_phrase_is_never_said() -> None:
    wordy = persona(
        opening=["{student}, amazing {subject}!", "{student}, Amazing!", "{student}, a good {subject}."]
    )
    assert {text(wordy, seed=seed).split(".")[0] for seed in range(30)} == {"{student}, a good cat"}
    assert "amazing" not in text(wordy, {**FACTS, "subjects": ["amazing cat"]})


@given(st.integers(1, 80), st.integers(0, 50), st.sampled_from(["en", "zh"]))
def test_no_text_is_longer_than_the_teacher_writes(most: int, seed: int, language: Language) -> None:
    name = {"en": "concrete-and-warm", "zh": "具体温暖"}[language]
    said = text(of(language, name).model_copy(update={"max_words": most}), seed=seed)
    assert 1 <= len(units(said, language)) <= most


words = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=25)


@given(words, words)
def test_the_spans_that_differ_are_the_fewest_edits(one: list[str], other: list[str]) -> None:
    spans = differences(one, other)
    made, at = [], 0
    for start, end, new_start, new_end in spans:
        made += one[at:start] + other[new_start:new_end]
        at = end
    assert made + one[at:] == other
    costs = [max(end - start, new_end - new_start) for start, end, new_start, new_end in spans]
    assert sum(costs) == levenshtein(one, other)


@given(words, words.filter(bool))
def test_full_effort_gives_the_own_text_and_half_lies_between(one: list[str], other: list[str]) -> None:
    draft, own = " ".join(one), " ".join(other)
    assert edited(persona(), draft, own) == own
    half = edited(persona(effort=0.5), draft, own)
    way = [levenshtein(*map(str.split, pair)) for pair in ((draft, half), (half, own), (draft, own))]
    assert way[0] + way[1] == way[2]
    spans = len(differences(one, other))
    if spans > 1:
        assert len(differences(half.split(), other)) <= spans - (spans + 1) // 2
        assert half not in (draft, own)


def test_half_of_the_spans() -> None:
    draft, own = "a b c d e f g", "a X c d Y f Z"
    assert edited(persona(effort=0.5), draft, own) == "a X c d Y f g"
    assert edited(persona(effort=0.5, avoid=["g"]), draft, own) == own
    half = edited(
        persona(effort=0.5, language="zh"), "{student}，小猫很好，画得慢。", "{student}，小狗很好，画得快。"
    )
    assert half == "{student}，小狗很好，画得慢。"


def test_the_nearest_draft_is_chosen_and_accepted_when_it_is_near_enough() -> None:
    own = "one two three four five six seven eight nine ten"
    drafts = ["nothing like it", own.replace("two", "2"), own.replace("two three", "2 3")]
    made = reply(persona(accept_below=0.1), drafts, own)
    assert (made.chosen, made.text) == (1, drafts[1])
    assert reply(persona(accept_below=0.09), drafts, own).text == own
    assert reply(persona(accept_below=0.1, avoid=["2"]), drafts, own).text == own


COLOURS = {row["name"]: row["zh"] for row in table()["colours"]}


@st.composite
def facts_of_any_drawing(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(sorted(COLOURS)), min_size=1, max_size=4, unique=True))
    shares = [2.0 ** -(at + 1) for at in range(len(names) - 1)]
    shares.append(1 - sum(shares))
    unit = st.floats(0, 1)
    return {
        "schema": 1,
        "palette": [
            {"name": n, "zh": COLOURS[n], "hex": "#000000", "share": s}
            for n, s in zip(names, shares, strict=True)
        ],
        "warmth": draw(st.floats(-1, 1)),
        "contrast": draw(unit),
        "coverage": draw(unit),
        "saturation": draw(unit),
        "composition": {"place": draw(st.sampled_from(sorted(table()["places"]))), "balance": draw(unit)},
        "line": {
            "weight": draw(st.sampled_from(sorted(table()["weights"]))),
            "direction": draw(st.sampled_from(sorted(table()["directions"]))),
        },
        "weakest": draw(st.sampled_from([None, *table()["qualities"]])),
    }


@pytest.mark.parametrize("language", ["en", "zh"])
@given(facts=facts_of_any_drawing(), seed=st.integers(0, 99))
def test_what_the_shipped_teachers_write_is_true(
    language: Language, facts: dict[str, Any], seed: int
) -> None:
    facts["subjects"] = {"en": ["flowers"], "zh": ["花"]}[language]
    path = shipped(f"{language}.yaml")
    assert path is not None
    for one in load(path):
        said = text(one, facts, seed)
        context = Context(facts=facts, theme="garden", audience=one.audience)  # type: ignore[arg-type]
        flags = check(said, context=context, language=language)
        assert not [flag for flag in flags if flag["kind"] in CONTRADICTIONS], (said, flags)
