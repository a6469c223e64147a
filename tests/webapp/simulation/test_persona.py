"""Files of personas: what is read, and that an error names the field."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.webapp.simulation.test_teacher import PLAIN
from webapp.simulation.persona import PersonaError, load, shipped


def write(tmp_path: Path, *entries: Any) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(list(entries), allow_unicode=True), encoding="utf-8")
    return path


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    [one] = load(write(tmp_path, PLAIN))
    assert (one.name, one.audience, one.from_night) == ("plain", "student", 0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"language": "fr"}, "language"),
        ({"effort": 2}, "effort"),
        ({"accept_below": "little"}, "accept_below"),
        ({"opening": []}, "opening"),
        ({"opening": ["{student}, {colour3}!"]}, r"opening\.0: \{colour3\} is no field; there are colour1"),
        ({"opening": ["{student"]}, r"opening\.0: expected '\}'"),
        ({"opening": ["{student!r}"]}, r"opening\.0"),
        ({"praise": {"palette": "The {colour1}."}}, r"praise\.palette"),
        ({"order": ["palette", "mood"]}, "order: praise has no sentences for mood"),
        (
            {"suggestion": {"mood": ["Smile."]}},
            "suggestion: mood is no side of a drawing; there are any, balance",
        ),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"from_night": 1}, "from_night: somebody must teach from night 0"),
    ],
)
def test_an_error_names_the_field(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PersonaError, match=said):
        load(write(tmp_path, {**PLAIN, **changes}))


def test_an_error_names_the_persona_and_every_field(tmp_path: Path) -> None:
    with pytest.raises(PersonaError) as raised:
        load(write(tmp_path, PLAIN, {**PLAIN, "name": "other", "facts": -1, "max_words": 0}))
    assert [line.partition("; ")[0] for line in str(raised.value).splitlines()] == [
        "mine.yaml, persona 2 (other): facts: Input should be greater than or equal to 0",
        "mine.yaml, persona 2 (other): max_words: Input should be greater than 0",
    ]


def test_two_of_one_name_a_missing_field_and_no_list_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PersonaError, match="more than one persona has the name plain"):
        load(write(tmp_path, PLAIN, PLAIN))
    with pytest.raises(PersonaError, match=r"persona 1 .*: opening: Field required"):
        load(write(tmp_path, {k: v for k, v in PLAIN.items() if k != "opening"}))
    path = tmp_path / "mine.yaml"
    for text in ("name: x", "[", ""):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(PersonaError, match=r"mine\.yaml"):
            load(path)


def test_those_that_ship() -> None:
    languages = {}
    for name in ("en", "zh", "six", "newcomer"):
        path = shipped(f"{name}.yaml")
        assert path is not None
        languages[name] = [one.language for one in load(path)]
    assert len(languages["en"]) == len(languages["zh"]) == 7
    assert sorted(languages["six"]) == ["en"] * 3 + ["zh"] * 3
    newcomers = load(shipped("newcomer.yaml") or Path())
    assert [one.from_night for one in newcomers if one.from_night] == [3, 3]
    assert shipped("../persona.py") is None


def test_one_that_ships_with_a_change(tmp_path: Path) -> None:
    [one] = load(write(tmp_path, {"shipped": "en/storyteller", "name": "mine", "effort": 0.25}))
    assert (one.name, one.audience, one.effort) == ("mine", "guardians", 0.25)
    with pytest.raises(PersonaError, match="shipped: there is no en/nobody"):
        load(write(tmp_path, {"shipped": "en/nobody"}))
