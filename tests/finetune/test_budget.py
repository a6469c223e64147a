"""A night is over in its time, exam and all."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest

from drafting.bases import Base
from finetune import night, sitting, stages
from finetune.budget import Budget
from finetune.exam import Examined, Outcome, summary
from finetune.files import write_json
from finetune.loop import Step
from finetune.plan import Plan
from finetune.recipe import Recipe, Stage
from finetune.stages import Material, Run, Trained, run_stage
from tests.finetune import teachers

RECIPE = Recipe.model_validate(
    {
        "name": "two",
        "minutes": 10,
        "stages": [
            {"stage": "sft"},
            {"stage": "reward", "examined": True},
            {"stage": "joint", "examined": True},
        ],
    }
)


def test_the_descents_share_what_the_exams_leave() -> None:
    budget = Budget(600, pace=2.0, cases=100)
    assert budget.reserved == 200
    two = ["sft", "joint"]
    assert budget.of_a_descent(100, two, []) == 150
    assert (
        budget.of_a_descent(100, two, [250]) == 50 + 100
    )  # a quarter of the whole, not the 50 that are left
    assert Budget(600).of_a_descent(0, two, []) == 300


def test_for_what_is_learned_again_after_a_descent_time_is_put_aside() -> None:
    stages = ["sft", "reward", "joint", "reward", "policy", "reward"]
    assert Budget(600).of_a_descent(0, stages, [200, 40]) == (600 - 240 - 2 * 40) / 2
    assert Budget(600).of_a_descent(0, stages, [200, 40, 100, 60]) == 600 - 400 - 40
    assert Budget(600).of_a_descent(0, stages[:3], [200, 40]) == 600 - 240


@pytest.mark.parametrize(("a_drawing", "first", "second"), [(1.0, 278.0, 455.0), (20.0, 75.0, 150.0)])
def test_a_night_puts_time_aside_for_its_exams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, a_drawing: float, first: float, second: float
) -> None:
    """Eight drawings are examined on, by the champion and two arms, and ten golden ones by two."""
    clock, given = [0.0], list[float]()

    def examine(records: list[Any], *_: Any, **__: Any) -> Examined:
        clock[0] += a_drawing * len(records)
        cases = tuple(Outcome(one.id, "l", "t", 0.5, 0.5, 0, 0, False, "") for one in records)
        return Examined(cases, summary(cases))

    def run_stage(stage: Any, _model: Any, _material: Any, run: Run) -> Trained:
        took = 100.0 if stage.stage == "sft" else 1.0
        clock[0] += took
        given.extend([run.seconds or 0.0] * (stage.stage != "reward"))
        return Trained({}, seconds=took)

    def keep(self: Any, number: int, _model: Any, trained: Trained) -> None:
        self._folder(number).mkdir()
        write_json(self._folder(number) / "stage.json", {"seconds": trained.seconds})

    for module in (night, sitting):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(sitting, "golden", lambda _language: [None] * 10)
    monkeypatch.setattr(sitting, "examine", examine)
    monkeypatch.setattr(night, "run_stage", run_stage)
    monkeypatch.setattr(night._Night, "_keep", keep)
    monkeypatch.setattr(night, "open_model", lambda *_, **__: None)
    for module in (night, sitting):
        monkeypatch.setattr(module, "open_writer", lambda *_, **__: None)
    plan = Plan("en", [], teachers.night("ann", 8), [], [], {}, "", "")
    (tmp_path / "work").mkdir()
    whole = night._Night(
        Base("tiny", "folder"), tmp_path, plan, RECIPE, None, 0, tmp_path / "out", tmp_path / "work",
        lambda _progress: None, {},
    )  # fmt: skip
    whole._train(whole._budget())
    # The second has what the first and the reward left, and both a quarter of the whole in any case.
    assert given == [first, second]


@pytest.mark.parametrize("kind", ["policy", "joint"])
def test_what_comes_before_a_descent_is_of_its_time_and_so_are_steps_from_before_a_kill(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: Any
) -> None:
    clock, given = [1000.0], list[float | None]()

    def slow(*_: Any, **__: Any) -> list[Any]:
        clock[0] += 40
        return [None] * 2

    def optimise(*_: Any, seconds: float | None, **__: Any) -> list[Step]:
        given.append(seconds)
        clock[0] += 10  # the second step; the first was done before the kill
        return [
            Step(number, 2, 1e-3, 8, seconds, {"loss": 1.0}) for number, seconds in ((1, 15.0), (2, 10.0))
        ]

    monkeypatch.setattr(stages, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(stages.policy, "sample", lambda *_, **__: slow() and {})
    monkeypatch.setattr(stages.policy, "examples", lambda *_, **__: ([None], [None]))
    monkeypatch.setattr(stages.policy, "away_from_base", lambda *_: dict)
    monkeypatch.setattr(stages.preference, "edits", lambda *_, **__: [None])
    monkeypatch.setattr(stages.preference, "with_reference", slow)
    monkeypatch.setattr(stages, "optimise", optimise)
    run = Run(2, 0, tmp_path / "none", writer=Mock(), seconds=100.0, began=1000.0)
    trained = run_stage(Stage(stage=kind), None, Material([], []), run)  # type: ignore[arg-type]
    assert given == [60.0]
    assert trained.seconds == 40 + 15 + 10
