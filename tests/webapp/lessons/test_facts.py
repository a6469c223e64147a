from hypothesis import given
from hypothesis import strategies as st

from tests.factories import DrawingFactory
from webapp.lessons.facts import _turn_place, known_facts

FACTS = {
    "schema": 1,
    "subjects": [],
    "sheet": {"found": True, "orientation": "landscape", "paper": "white"},
    "composition": {"place": "top left", "centre": [0.2, 0.3], "balance": 0.5, "symmetry": 0.9},
    "line": {"direction": "horizontal", "weight": "bold"},
    "strengths": ["symmetry", "contrast"],
    "weakest": "symmetry",
}


def test_a_quarter_turn_turns_the_facts() -> None:
    drawing = DrawingFactory.build(facts=FACTS, turned=1, lesson=None, lesson_id="l", studio_id="s")
    facts = known_facts(drawing)
    assert facts["sheet"]["orientation"] == "portrait"
    assert facts["composition"] == {"place": "top right", "centre": [0.7, 0.2], "balance": 0.5}
    assert facts["line"]["direction"] == "vertical"
    assert facts["strengths"] == ["contrast"]
    assert facts["weakest"] is None


def test_subjects_are_the_teachers_words_even_before_measuring() -> None:
    drawing = DrawingFactory.build(facts=None, subjects=["cat"], lesson=None, lesson_id="l", studio_id="s")
    assert known_facts(drawing) == {"schema": 1, "subjects": ["cat"]}


@given(
    st.sampled_from(
        ["top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right"]
    )
)
def test_four_quarter_turns_are_none(place: str) -> None:
    turned = place
    for _ in range(4):
        turned = _turn_place(turned)
    assert turned == place
    assert _turn_place("top left") == "top right"
    assert _turn_place("bottom") == "left"
