from hypothesis import given
from hypothesis import strategies as st

from tests.factories import DrawingFactory
from tests.webapp.conftest import FACTS as MEASURED
from webapp.lessons.facts import _turn_place, known_facts, turn

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


def test_what_the_teacher_corrected_turns_with_the_picture() -> None:
    said = {
        "composition": {"place": "top left"},
        "line": {"direction": "vertical"},
        "sheet": {"paper": "kraft"},
    }
    drawing = DrawingFactory.build(
        facts=MEASURED, corrections=said, lesson=None, lesson_id="l", studio_id="s"
    )
    turn(drawing, 1)
    facts = known_facts(drawing)
    assert (facts["composition"]["place"], facts["line"]["direction"]) == ("top right", "horizontal")
    assert facts["sheet"] == {"found": True, "orientation": "portrait", "paper": "kraft"}
    turn(drawing, -1)
    assert (drawing.turned, drawing.corrections) == (0, said)


@given(
    st.sampled_from(["portrait", "landscape", "square"]),
    st.sampled_from(["horizontal", "vertical", "diagonal", "mixed"]),
    st.tuples(st.integers(0, 1000), st.integers(0, 1000)),
)
def test_any_correction_there_and_back_is_the_same(
    orientation: str, direction: str, centre: tuple[int, int]
) -> None:
    said = {
        "warmth": 0.2,
        "sheet": {"orientation": orientation},
        "line": {"direction": direction},
        "composition": {"centre": [each / 1000 for each in centre]},
    }
    drawing = DrawingFactory.build(corrections=said, lesson=None, lesson_id="l", studio_id="s")
    for _ in range(2):
        turn(drawing, 1)
    for _ in range(2):
        turn(drawing, -1)
    assert drawing.corrections == said


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
