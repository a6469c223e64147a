"""Doubtful phrases: whatever the flags, the text stays whole."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from webapp.desk.marks import pieces, remarks
from webapp.lessons.naming import STUDENT, with_name


@dataclass
class Child:
    name: str = "Mia Chen"
    called: str = "Mia"


def flag(start: int, end: int, reason: str = "why") -> dict[str, Any]:
    return {"span": [start, end], "kind": "colour", "reason": reason}


words = st.lists(st.sampled_from(["a", "red", " ", STUDENT, "猫", ","]), max_size=12).map("".join)
flags = st.lists(st.tuples(st.integers(-3, 80), st.integers(-3, 80)).map(lambda s: flag(*s)), max_size=5)


@given(text=words, flags=flags)
def test_the_pieces_are_the_text(text: str, flags: list[dict[str, Any]]) -> None:
    assert "".join(piece.text for piece in pieces(text, flags, Child())) == with_name(text, Child())


def test_overlapping_doubts_each_keep_their_reasons() -> None:
    found = pieces("a purple sky", [flag(2, 8, "colour"), flag(2, 12, "thing")], None)
    assert [tuple(piece) for piece in found] == [
        ("a ", ()),
        ("purple", ("colour", "thing")),
        (" sky", ("thing",)),
    ]


def test_a_doubt_about_the_whole_text_marks_nothing_but_is_said() -> None:
    whole = flag(0, 0, "It is too short, {student}.")
    assert pieces("Nice.", [whole], Child()) == [("Nice.", ())]
    assert remarks([whole, whole], Child()) == ["It is too short, Mia."]
