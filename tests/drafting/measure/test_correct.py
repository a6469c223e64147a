"""A teacher's corrections are taken, checked, and carried through to what depends on them."""

import copy
import json
import re

import pytest

from drafting.measure import FactError, correct
from prompts.facts import Facts

FACTS: Facts = {
    "schema": 1,
    "subjects": ["cat"],
    "sheet": {"found": True, "orientation": "landscape", "paper": "white"},
    "palette": [
        {"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 0.6},
        {"name": "blue", "zh": "蓝色", "hex": "#2a62c8", "share": 0.4},
    ],
    "warmth": 0.4,
    "saturation": 0.4,
    "contrast": 0.5,
    "coverage": 0.9,
    "composition": {"place": "centre", "centre": (0.5, 0.5), "balance": 0.7, "symmetry": 0.2},
    "line": {"density": 0.1, "direction": "mixed", "weight": "bold", "curved": 0.5},
    "strengths": ["coverage"],
    "weakest": "line",
}


def test_the_facts_given_stay_as_they_are() -> None:
    before = copy.deepcopy(FACTS)
    changed = correct(FACTS, {"contrast": 0.9, "sheet": {"paper": "kraft"}})
    assert before == FACTS
    assert changed["contrast"] == 0.9
    assert changed["sheet"] == {"found": True, "orientation": "landscape", "paper": "kraft"}


def test_strengths_and_weakest_follow() -> None:
    changed = correct(FACTS, {"contrast": 0.95, "coverage": 0.05})
    assert changed["strengths"][0] == "contrast"
    assert "coverage" not in changed["strengths"]
    assert changed["weakest"] == "coverage"
    told = correct(FACTS, {"contrast": 0.95, "weakest": "balance", "strengths": ["line"]})
    assert told["weakest"] == "balance"
    assert told["strengths"] == ["line"]
    assert correct(FACTS, {"weakest": None})["weakest"] is None


def test_a_palette_is_named_in_either_language_merged_and_scaled() -> None:
    changed = correct(
        FACTS,
        {
            "palette": [
                {"name": "红色", "share": 0.2},
                {"name": "red", "share": 0.1},
                {"name": "blue", "share": 0.1},
            ]
        },
    )
    assert [(c["name"], c["zh"], c["share"]) for c in changed["palette"]] == [
        ("red", "红色", 0.75),
        ("blue", "蓝色", 0.25),
    ]
    assert changed["palette"][1]["hex"] == "#2a62c8"  # what was measured of it stays
    assert correct(FACTS, {"palette": []})["palette"] == []


def test_place_and_centre_do_not_contradict_each_other() -> None:
    moved = correct(FACTS, {"composition": {"centre": [0.2, 0.9]}})
    assert moved["composition"]["place"] == "bottom left"
    named = correct(FACTS, {"composition": {"place": "top"}})
    assert named["composition"]["place"] == "top"
    assert "centre" not in named["composition"]
    assert named["composition"]["balance"] == 0.7
    with pytest.raises(ValueError, match="does not lie top"):
        correct(FACTS, {"composition": {"place": "top", "centre": [0.5, 0.9]}})


def test_subjects_are_tidied() -> None:
    assert correct(FACTS, {"subjects": ["  red   mat ", "", "cat"]})["subjects"] == ["red mat", "cat"]


def test_facts_not_known_may_be_given() -> None:
    assert correct({}, {"line": {"weight": "fine"}, "contrast": 0.2})["line"] == {"weight": "fine"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"colour": "red"}, "no fact called 'colour'"),
        ({"coverage": 1.2}, "coverage must be a number from 0 to 1"),
        ({"coverage": True}, "coverage must be a number"),
        ({"contrast": float("nan")}, "contrast must be a number"),
        ({"warmth": "hot"}, "warmth must be a number from -1 to 1"),
        ({"palette": [{"name": "blurple", "share": 1}]}, "no colour called 'blurple'; there are red, orange"),
        ({"palette": [{"name": "red"}]}, "needs a name and a share"),
        ({"palette": [{"name": "red", "share": 0}]}, "sum to more than nothing"),
        ({"palette": [{"name": "red", "share": 1, "hex": "red"}]}, "must look like #e88b2d"),
        ({"palette": "red"}, "must be a list"),
        ({"composition": {"place": "upstairs"}}, "composition.place must be one of top left"),
        ({"composition": {"centre": [0.5]}}, "two fractions"),
        ({"line": {"colour": "red"}}, "line has no part called 'colour'"),
        ({"line": "bold"}, "line must be given as its parts"),
        ({"sheet": {"paper": "silk"}}, "sheet.paper must be one of white, grey, kraft"),
        ({"sheet": {"found": "yes"}}, "true or false"),
        ({"subjects": "cat"}, "list of words"),
        ({"subjects": ["x" * 41]}, "at most 40 characters"),
        ({"weakest": "effort"}, "weakest must be one of contrast"),
        ({"strengths": ["talent"]}, "strengths must be one of"),
    ],
)
def test_nonsense_is_refused_in_words(changes: dict, says: str) -> None:
    with pytest.raises(FactError, match=says.replace("[", r"\[")) as refused:
        correct(FACTS, changes)
    assert refused.value.words("en") == str(refused.value)
    assert re.search("[\u4e00-\u9fff]", refused.value.words("zh"))


def test_corrected_facts_are_plain() -> None:
    changed = correct(FACTS, {"composition": {"centre": [0.3, 0.3]}})
    assert json.loads(json.dumps(changed))["composition"]["centre"] == [0.3, 0.3]
