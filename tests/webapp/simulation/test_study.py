"""The study: which runs there are, which part is best, what its table says; and that its file is whole."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from webapp.cli import main
from webapp.simulation.study import Part, parts, study, table

SHIPPED = Path(str(files("webapp.simulation").joinpath("study.yaml")))


def night(cost: float) -> dict[str, Any]:
    return {"edit_cost": {"mean": cost}, "untouched": 0.25, "facts_wrong": 0.0, "repeated": 0.5}


class Simulated:
    """In the place of ``simulate``: the edit cost of a part's last night is set by the test."""

    def __init__(self, last: dict[str, float]) -> None:
        self.last = last
        self.asked: list[tuple[str, int]] = []

    def __call__(self, wanted: Sequence[tuple[Part, int]]) -> Iterator[dict[str, Any]]:
        for part, seed in wanted:
            self.asked.append((part.name, seed))
            yield {"simulated": True, "nights": [night(0.9), night(self.last[part.name])]}


def test_off_and_the_best_alone_are_run_with_more_seeds() -> None:
    compared = parts(SHIPPED)
    simulated = Simulated({"off": 0.1, "sft": 0.5, "dpo": 0.95, "joint": 0.4, "joint+policy": 0.6})
    kept: list[int] = []
    result = study(compared, 3, simulated, lambda done: kept.append(len(done["runs"])))
    assert simulated.asked == [
        *((part.name, 0) for part in compared),
        *(("off", 1), ("off", 2), ("joint", 1), ("joint", 2)),
    ]
    assert result["best"] == "joint"
    assert result["simulated"]
    assert kept == [*range(1, 10), 9]


def test_the_table_has_a_line_for_each_run_and_a_column_for_each_night() -> None:
    simulated = Simulated({"off": 0.91, "sft": 0.5, "dpo": 0.95, "joint": 0.4, "joint+policy": 0.6})
    lines = table(study(parts(SHIPPED), 1, simulated)).splitlines()
    assert lines[:2] == ["**Simulated teachers:** edit cost of each night.", ""]
    assert lines[2] == "| part | seed | night 0 | night 1 | untouched | wrong | repeated |"
    assert len(lines) == 4 + 5
    assert lines[-1] == "| off | 0 | 0.900 | 0.910 | 25% | 0% | 50% |"


def test_what_learns_is_not_examined_and_off_learns_nothing() -> None:
    by_name = {part.name: part.recipe for part in parts(SHIPPED)}
    assert by_name.pop("off") is None
    assert all(recipe is not None and not recipe.exam for recipe in by_name.values())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {name: magic, stages: [{stage: magic}]}", "stage"),
        ("- {name: off}", "string"),  # YAML reads a bare off as false
        ("- {name: ../elsewhere, stages: [{stage: sft}]}", "pattern"),
        ('- {name: "off"}', "nothing would learn"),
        ("- {name: [", "parts.yaml"),
    ],
)
def test_a_file_that_is_wrong_says_how(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "parts.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        parts(path)
    done = CliRunner().invoke(main, ["study", str(path), "--out", str(tmp_path / "out.json")])
    assert done.exit_code == 2
    assert says in done.output


def test_a_part_with_other_stages_is_another_part(tmp_path: Path) -> None:
    path = tmp_path / "parts.yaml"
    keys = set()
    for rate in ("1.0e-3", "2.0e-3"):
        path.write_text(f"- {{name: sft, stages: [{{stage: sft, rate: {rate}}}]}}", encoding="utf-8")
        keys |= {part.key for part in parts(path)}
    assert len(keys) == 2
