"""The golden cases are sat by what may serve, and by each adapter once."""

import json
from pathlib import Path

import pytest

from finetune import night, sitting
from finetune.exam import Examined, Outcome, summary
from finetune.gate import Judged
from finetune.reasons import Reason
from finetune.recipe import Recipe, Stage
from finetune.records import Record
from tests.finetune import tiny_night

RECIPE = Recipe(name="sft", batch=2, stages=(Stage(stage="sft", epochs=1, rate=1e-3),))
PASSED = Judged(True, (), {"mean": 0.1, "low": 0.05, "high": 0.2})
REFUSED = Judged(
    False, (Reason("teacher", {"teacher": "t1", "worse": 0.1}),), {"mean": -0.1, "low": -0.2, "high": -0.05}
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_night.prepare(tmp_path_factory.mktemp("golden"))


def sat(
    monkeypatch: pytest.MonkeyPatch, folder: Path, out: str, judged: Judged, start: str = ""
) -> list[str]:
    """A night that the gate judges so: whose golden cases were drafted. What is drafted nobody reads."""
    few = sitting.golden("en")[:2]
    drafted: list[str] = []

    def told(records: list[Record], *args: object, **_: object) -> Examined:
        if records == few:
            drafted.append(str(args[0].model))  # type: ignore[attr-defined]
        cases = tuple(Outcome(one.id, "l", "t", 0.5, 0.5, 0, 0, False, "") for one in records)
        return Examined(cases, summary(cases))

    monkeypatch.setattr(sitting, "golden", lambda _language: few)
    monkeypatch.setattr(night, "judge", lambda *_, **__: judged)
    monkeypatch.setattr(sitting, "examine", told)
    night.learn(
        folder / "feedback.jsonl",
        folder / out,
        home=folder,
        base=str(folder / "tiny"),
        recipe=RECIPE,
        start=folder / start if start else None,
    )
    return drafted


def test_what_is_refused_anyway_sits_no_golden_case(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not sat(monkeypatch, folder, "refused", REFUSED)
    assert not (folder / "refused" / sitting.GOLDEN).exists()


def test_a_champion_sits_them_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(sat(monkeypatch, folder, "first", PASSED)) == 2  # the base alone, and what was made of it
    kept = json.loads((folder / "first" / sitting.GOLDEN).read_text(encoding="utf-8"))
    assert len(kept["cases"]) == 2
    assert len(sat(monkeypatch, folder, "second", PASSED, start="first")) == 1


def test_where_drafting_has_changed_the_champion_sits_them_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not (folder / "first").exists():
        sat(monkeypatch, folder, "first", PASSED)
    monkeypatch.setattr(sitting, "drafting", lambda: "other code")
    assert len(sat(monkeypatch, folder, "third", PASSED, start="first")) == 2
