"""A night is over in its time, exam and all."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from drafting.bases import Base
from finetune import night
from finetune.budget import Budget
from finetune.exam import Case, Examined, summary
from finetune.files import write_json
from finetune.plan import Plan
from finetune.recipe import Recipe
from finetune.stages import Run, Trained
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
    assert budget.of_a_descent(100, 2) == 150
    assert budget.of_a_descent(350, 1) == 50 + 100  # a quarter of the whole, not the 50 that are left
    assert Budget(600).of_a_descent(0, 2) == 300


@pytest.mark.parametrize(("a_drawing", "first", "second"), [(1.0, 278.0, 455.0), (20.0, 75.0, 150.0)])
def test_a_night_puts_time_aside_for_its_exams(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, a_drawing: float, first: float, second: float
) -> None:
    """Eight drawings are examined on, by the champion and two arms, and ten golden ones by two."""
    clock, given = [0.0], list[float]()

    def examine(records: list[Any], *_: Any, **__: Any) -> Examined:
        clock[0] += a_drawing * len(records)
        cases = tuple(Case(one.id, "l", "t", 0.5, 0.5, 0, 0, False, "") for one in records)
        return Examined(cases, summary(cases))

    def run_stage(stage: Any, _model: Any, _material: Any, run: Run) -> Trained:
        took = 100.0 if stage.stage == "sft" else 1.0
        clock[0] += took
        given.extend([run.seconds or 0.0] * (stage.stage != "reward"))
        return Trained({})

    def keep(self: Any, number: int, _model: Any, _trained: Any, seconds: float) -> None:
        self._folder(number).mkdir()
        write_json(self._folder(number) / "stage.json", {"seconds": seconds})

    monkeypatch.setattr(night, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(night, "golden", lambda _language: [None] * 10)
    monkeypatch.setattr(night, "examine", examine)
    monkeypatch.setattr(night, "run_stage", run_stage)
    monkeypatch.setattr(night._Night, "_keep", keep)
    for what in ("open_model", "open_writer"):
        monkeypatch.setattr(night, what, lambda *_, **__: None)
    plan = Plan("en", [], teachers.night("ann", 8), [], [], {}, "", "")
    (tmp_path / "work").mkdir()
    whole = night._Night(
        Base("tiny", "folder"), tmp_path, plan, RECIPE, None, 0, tmp_path / "out", tmp_path / "work",
        lambda _progress: None, {},
    )  # fmt: skip
    whole._train(whole._budget())
    # The second has what the first and the reward left, and both a quarter of the whole in any case.
    assert given == [first, second]
