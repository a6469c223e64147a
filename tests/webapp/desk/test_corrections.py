"""Corrections: laid over what was measured, checked against the vocabulary, and taken back whole."""

import pytest
from sqlmodel import Session

from prompts.vocabulary import Language
from tests.webapp.conftest import FACTS, Class
from webapp.desk import corrections
from webapp.desk.wording import dabs, worded
from webapp.lessons.facts import known_facts, split_subjects


@pytest.mark.parametrize(
    ("fact", "word"),
    [
        ("place", "top left"),
        ("paper", "kraft"),
        ("weight", "fine"),
        ("direction", "vertical"),
        ("coverage", "full"),
        ("contrast", "soft"),
        ("warmth", "cool"),
        ("saturation", "muted"),
        ("balance", "one-sided"),
    ],
)
def test_each_fact_can_be_set_to_each_of_its_words(
    session: Session, room: Class, fact: str, word: str
) -> None:
    drawing = room.drawings[0]
    corrections.correct_fact(session, drawing, fact, word)
    shown = {each.name: each.value for each in worded(known_facts(drawing), "en")}
    assert shown[fact] == word
    assert drawing.facts == FACTS


def test_a_palette_is_made_to_sum_to_one(session: Session, room: Class) -> None:
    given = [{"name": "red", "hex": "#c8202c", "share": 30}, {"name": "blue", "hex": "nonsense", "share": 90}]
    corrections.correct_fact(session, room.drawings[0], "palette", given)
    assert [(d.name, d.percent) for d in dabs(known_facts(room.drawings[0]), "en")] == [
        ("blue", 75),
        ("red", 25),
    ]


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("place", "nowhere"),
        ("coverage", "huge"),
        ("age", "7"),
        ("palette", []),
        ("palette", [{"name": "octarine"}]),
    ],
)
def test_what_the_vocabulary_does_not_know_is_refused(
    session: Session, room: Class, fact: str, value: object
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        corrections.correct_fact(session, room.drawings[0], fact, value)
    assert room.drawings[0].corrections == {}


def test_the_drafts_are_held_against_the_corrected_facts_and_back(session: Session, room: Class) -> None:
    drawing, first = room.drawings[0], room.drafts[0][0]
    red = [{"name": "red", "hex": "#c8202c", "share": 100}]
    corrections.correct_fact(session, drawing, "palette", red)
    session.flush()
    assert [flag["kind"] for flag in first.flags] == ["colour"]
    start, end = first.flags[0]["span"]
    assert first.text[start:end] == "orange"
    corrections.measured_again(session, drawing)
    assert (first.flags, drawing.corrections) == ([], {})


def test_other_doubts_outlive_a_correction(session: Session, room: Class) -> None:
    shared = {"span": [0, 5], "kind": "sibling", "reason": "Another student has nearly the same sentence."}
    room.drafts[0][0].flags = [shared]
    corrections.name_subjects(session, room.drawings[0], ["cat", "mat"])
    assert room.drafts[0][0].flags == [shared]


@pytest.mark.parametrize(
    ("typed", "subjects"),
    [
        ("cat, red mat", ["cat", "red mat"]),
        ("猫、红垫子，毛线球", ["猫", "红垫子", "毛线球"]),
        (" ; ,\n", []),
        ("cat, cat,  red   mat", ["cat", "red mat"]),
        (",".join(map(str, range(20))), [str(n) for n in range(12)]),
        ("kite\ngrandma", ["kite", "grandma"]),
    ],
)
def test_subjects_are_split_as_people_type_them(typed: str, subjects: list[str]) -> None:
    assert split_subjects(typed) == subjects


def test_subjects_are_each_named_once(session: Session, room: Class) -> None:
    corrections.name_subjects(session, room.drawings[0], ["cat", "cat", "moon"])
    assert known_facts(room.drawings[0])["subjects"] == ["cat", "moon"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_fact_has_a_value_that_reads_as_its_label(language: Language) -> None:
    for fact in worded(FACTS, language):
        assert fact.label.lower() not in [word.lower() for _, word in fact.options]
