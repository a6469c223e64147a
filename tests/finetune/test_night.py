"""What a night begins from, what it may replace, and what it tells."""

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any

import pytest

from drafting.bases import Base, open_adapter, preparing
from drafting.write import Writer
from finetune import files, night, sitting
from finetune.exam import Examined, Outcome, summary
from finetune.files import OutError
from finetune.gate import Judged
from finetune.plan import NothingToLearnError, Plan
from finetune.progress import Progress
from finetune.reasons import Reason
from finetune.recipe import Recipe, Stage
from finetune.records import Record, record, write
from finetune.report import Report
from tests.finetune import teachers
from tests.finetune.test_plan import eight

SFT = Stage(stage="sft", epochs=1)
RECIPE = Recipe(name="sft", exam=False, stages=(SFT,))
EXAMINED = Recipe(name="examined", defend=False, stages=(SFT,))
DPO = Recipe(name="dpo", exam=False, batch=2, stages=(Stage(stage="dpo", epochs=2, rate=1e-2),))


def learn(tiny: Base, folder: Path, out: str, **options: Any) -> Report:
    feedback = folder / "feedback.jsonl"
    if not feedback.exists():
        write(feedback, teachers.night("ann", 8, lessons=2))
    more = {"recipe": RECIPE, "base": tiny.name} | options
    return night.learn(feedback, folder / out, home=folder, **more)


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_night_replaces_what_a_night_left_and_nothing_else(tiny: Base, tmp_path: Path) -> None:
    learn(tiny, tmp_path, "a")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "report.json").write_text("[1]", encoding="utf-8")
    (tmp_path / "file").write_text("a text", encoding="utf-8")
    shutil.copytree(tmp_path / "a", tmp_path / "b.work" / "0-sft")
    before = everything(tmp_path)
    for out, start in (("a", "a"), ("link", "a"), ("b", "b.work/0-sft"), ("documents", ""), ("file", "")):
        with pytest.raises(OutError, match=str(tmp_path)):
            learn(tiny, tmp_path, out, start=tmp_path / start if start else None)
        assert everything(tmp_path) == before, out
    (tmp_path / "empty").mkdir()
    for out in ("empty", "a"):
        learn(tiny, tmp_path, out, seed=5)
        assert open_adapter(tmp_path / out).meta["seed"] == 5
        assert not (tmp_path / f"{out}.work").exists()


def test_feedback_is_not_deleted_with_the_adapter_beside_it(tiny: Base, tmp_path: Path) -> None:
    learn(tiny, tmp_path, "a")
    inside = tmp_path / "a" / "feedback.jsonl"
    inside.write_bytes((tmp_path / "feedback.jsonl").read_bytes())
    with pytest.raises(OutError, match="reads it"):
        night.learn(inside, tmp_path / "a", home=tmp_path, base=tiny.name, recipe=RECIPE, seed=1)
    assert inside.exists()


def test_a_night_with_nothing_to_learn_leaves_nothing(tiny: Base, tmp_path: Path) -> None:
    barred = [record({**one.line, "training": False}) for one in teachers.night("ann", 8, lessons=2)]
    write(tmp_path / "feedback.jsonl", barred)
    before = everything(tmp_path)
    with pytest.raises(NothingToLearnError, match="8 must not train"):
        learn(tiny, tmp_path, "a")
    assert everything(tmp_path) == before


@pytest.mark.parametrize("then", [1, 2])
def test_a_night_killed_while_it_replaces_an_adapter_leaves_one(
    tiny: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: int
) -> None:
    """``then`` is the seed of the night after it: the same one, or another of which nothing fits."""
    learn(tiny, tmp_path, "out")
    out = tmp_path / "out"
    before = everything(out)

    def replace(source: Path, target: Path) -> None:
        if target == out:
            raise KeyboardInterrupt
        os.rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(files, "os", type("os", (), {"replace": staticmethod(replace)}))
        with pytest.raises(KeyboardInterrupt):
            learn(tiny, tmp_path, "out", seed=1)
    assert not out.exists()

    def stop(_progress: Progress) -> None:
        assert everything(out) == before
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(tiny, tmp_path, "out", seed=9, tell=stop)
    learn(tiny, tmp_path, "out", seed=then)
    assert open_adapter(out).meta["seed"] == then


@pytest.mark.parametrize(("named", "begins"), [(True, ["starter"]), (False, [])])
def test_who_names_the_default_base_begins_from_its_starter(
    tiny: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: bool, begins: list[str]
) -> None:
    learn(tiny, tmp_path, "starter")
    monkeypatch.setattr(night, "default_base", lambda _: tiny.name if named else "another")
    monkeypatch.setattr(night, "starter", lambda _: tmp_path / "starter")
    learn(tiny, tmp_path, "out")
    assert open_adapter(tmp_path / "out").meta["parents"] == begins


def test_a_stage_that_comes_again_is_told_apart(tiny: Base, tmp_path: Path) -> None:
    stages = (SFT, Stage(stage="reward"), SFT, Stage(stage="reward"))
    told: list[str] = []
    recipe = Recipe(name="twice", exam=False, stages=stages)
    learn(tiny, tmp_path, "out", recipe=recipe, tell=lambda progress: told.append(progress.stage))
    assert list(dict.fromkeys(told)) == ["sft", "reward", "sft 2", "reward 2"]


def test_a_policy_is_optimised_against_a_reward_that_nothing_could_judge_and_no_draft_is_ordered_by(
    tiny: Base, tmp_path: Path
) -> None:
    stages = (SFT, Stage(stage="reward"), Stage(stage="policy", candidates=2))
    report = learn(tiny, tmp_path, "out", recipe=Recipe(name="classic", exam=False, stages=stages))
    _, fitted, sampled = (stage["figures"] for stage in report.data["stages"])
    assert (fitted["judged_on"], fitted["orders_drafts"], sampled["picked_by"]) == (None, False, "reward")
    ends = learn(tiny, tmp_path, "ends", recipe=Recipe(name="ends", exam=False, stages=stages[:2]))
    assert ends.data["stages"][1]["figures"] == fitted
    assert not [*tmp_path.glob("*/reward*")]


REWARDED, LEFT_OUT, DESCENDED = {"orders": True}, {"left out": "why"}, {"loss": 1.0}


@pytest.mark.parametrize(
    ("stages", "arms"),
    [
        ([("sft", DESCENDED), ("reward", REWARDED), ("joint", DESCENDED)], ["1", "2"]),
        # A joint stage without edits leaves the second reward nothing else to read.
        ([("sft", DESCENDED), ("reward", REWARDED), ("joint", LEFT_OUT), ("reward", REWARDED)], ["1"]),
        ([("sft", DESCENDED), ("reward", LEFT_OUT), ("joint", DESCENDED), ("reward", LEFT_OUT)], ["1", "2"]),
        ([("sft", DESCENDED), ("dpo", LEFT_OUT), ("reward", REWARDED)], ["1", "2"]),
        ([("sft", DESCENDED), ("reward", {}), ("reward", LEFT_OUT)], ["1"]),
        ([("dpo", LEFT_OUT), ("joint", LEFT_OUT), ("sft", DESCENDED)], ["1", "2"]),
    ],
)
def test_an_arm_that_is_the_one_before_it_is_not_examined_again(
    tmp_path: Path, stages: list[tuple[Any, dict[str, Any]]], arms: list[str]
) -> None:
    """All stages but the first are to be examined; ``arms`` are the numbers of those that are."""
    several = tuple(Stage(stage=kind, examined=place > 0) for place, (kind, _) in enumerate(stages))
    # Not as a recipe is made, which may examine two stages only.
    recipe = Recipe(name="some", stages=several[:1]).model_copy(update={"stages": several})
    whole = night._Night(
        Base("tiny", "folder"), tmp_path, Plan("en", [], [], [], [], {}, "", ""), recipe, None, 0,
        tmp_path / "out", tmp_path, lambda _progress: None, {},
    )  # fmt: skip
    for place, (kind, figures) in enumerate(stages):
        told = {"name": kind, "figures": figures, "curve": [[1, 1.0]] if figures is DESCENDED else []}
        whole._folder(place).mkdir()
        files.write_json(whole._folder(place) / "stage.json", told)
        if figures is REWARDED:
            (whole._folder(place) / night.REWARD).touch()
    found = whole._arms()
    assert [folder.name.split("-")[0] for folder in found.values()] == arms
    for name, folder in found.items():
        done = stages[: int(folder.name.split("-")[0]) + 1]
        did = "+".join(kind for kind, figures in done if figures is not LEFT_OUT)
        assert name == (did or "unchanged")
    assert len(whole._examined) == len(stages) - 1  # for so many time is put aside


def test_a_stage_without_anything_to_learn_is_not_named(tiny: Base, tmp_path: Path) -> None:
    came = teachers.night("ann", 8, lessons=2)
    unchanged = [record({**one.line, "drafts": [{"text": one.final}], "chosen": 0}) for one in came]
    write(tmp_path / "feedback.jsonl", unchanged)
    stages = (SFT.model_copy(update={"examined": True}), Stage(stage="joint", examined=True))
    report = learn(tiny, tmp_path, "out", recipe=Recipe(name="two", exam=False, stages=stages))
    assert [stage["figures"].get("left out") for stage in report.data["stages"]] == [
        None,
        "no teacher changed a draft",
    ]
    assert report.data["arm"] == "sft"


def test_what_simulated_teachers_taught_says_so(tiny: Base, tmp_path: Path) -> None:
    def marks(out: str, **options: Any) -> tuple[bool | None, bool | None, bool]:
        learn(tiny, tmp_path, out, **options)
        report, card = (
            (tmp_path / out / name).read_text(encoding="utf-8") for name in ("report.json", "README.md")
        )
        told = open_adapter(tmp_path / out).meta.get("simulated")
        return told, json.loads(report).get("simulated"), "**Simulated:**" in card

    assert marks("people") == (None, None, False)
    assert marks("simulated", simulated=True) == (True, True, True)
    assert marks("people", simulated=True) == (True, True, True)  # asked for otherwise, it is another night
    # And so does what is made of it.
    assert marks("after", start=tmp_path / "simulated") == (True, True, True)


def test_an_adapter_names_its_recipe_with_the_version(tiny: Base, tmp_path: Path) -> None:
    learn(tiny, tmp_path, "out")
    assert re.fullmatch(r"sft#[0-9a-f]{8}", open_adapter(tmp_path / "out").meta["recipe"])
    numbered = RECIPE.model_copy(update={"version": 2})
    # Nothing else is done under a number, so the night that is over is told again.
    learn(tiny, tmp_path, "out", recipe=numbered, tell=lambda _progress: pytest.fail("it learns again"))
    learn(tiny, tmp_path, "new", recipe=numbered)
    assert open_adapter(tmp_path / "new").meta["recipe"] == "sft@2"
    assert "- Recipe: sft@2, seed 0" in (tmp_path / "new" / "README.md").read_text(encoding="utf-8")


def test_a_changed_adapter_is_another_night(tiny: Base, tmp_path: Path) -> None:
    """A version that is put where the one before stood has its path, and other weights."""
    start = tmp_path / "champion"
    learn(tiny, tmp_path, "champion")
    made = learn(tiny, tmp_path, "out", start=start)
    told: list[Progress] = []
    again = learn(tiny, tmp_path, "out", start=start, tell=told.append)
    assert (again, told) == (made, [])
    learn(tiny, tmp_path, "champion", seed=5)
    other = learn(tiny, tmp_path, "out", start=start, tell=told.append)
    assert told
    assert other.data["asked"]["start"] == made.data["asked"]["start"] == str(start)
    assert other.data["asked"]["start_sha256"] != made.data["asked"]["start_sha256"]


def test_preparing_the_base_is_told_before_anything_else(
    tiny: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def prepare(base: Base, _home: Path, progress: preparing.Progress) -> Path:
        for step in range(3):
            progress(step, 2, "writing")
        return Path(base.name)

    monkeypatch.setattr(night, "prepare", prepare)
    told: list[Progress] = []
    learn(tiny, tmp_path, "out", tell=told.append)
    assert told[:3] == [Progress("preparing the base", step, 2, None) for step in range(3)]
    assert {one.stage for one in told[3:]} == {"sft"}


def test_a_night_keeps_its_time(tiny: Base, tmp_path: Path) -> None:
    write(tmp_path / "feedback.jsonl", teachers.night("ann", 40))
    stages = (Stage(stage="sft", epochs=20),)
    recipe = Recipe(name="short", minutes=0.01, exam=False, batch=1, stages=stages)
    report = learn(tiny, tmp_path, "out", recipe=recipe)
    [stage] = report.data["stages"]
    planned = 20 * stage["figures"]["examples"]
    assert planned == 20 * report.data["counts"]["train"] == 800
    assert stage["figures"]["steps"] == len(stage["curve"]) < planned / 2
    assert report.data["seconds"]["budget"] == 0.6
    assert open_adapter(tmp_path / "out").id == "out"  # what there was time for is kept


@pytest.mark.usefixtures("exact")
def test_dpo_begins_with_no_preference_and_comes_to_have_the_teachers(tiny: Base, tmp_path: Path) -> None:
    report = learn(tiny, tmp_path, "out", recipe=DPO)
    [stage] = report.data["stages"]
    assert stage["name"] == "dpo"
    assert stage["figures"]["examples"] == 8
    # Of a model that is its own reference: -log sigma(0).
    assert stage["curve"][0][1] == pytest.approx(log(2), abs=1e-3)
    [right] = [stage["figures"][name] for name in ("right", "accuracy") if name in stage["figures"]]
    assert right > 0.5
    assert stage["figures"]["margin"] > 0
    assert (tmp_path / "out" / stage["drawn"]).is_file()


@pytest.mark.parametrize("kind", ["dpo", "joint"])
def test_where_no_teacher_changed_a_draft_preferences_are_left_out(
    tiny: Base, tmp_path: Path, kind: Any
) -> None:
    taken = [record({**one.line, "final": one.line["drafts"][0]["text"]}) for one in teachers.night("ann", 8)]
    write(tmp_path / "feedback.jsonl", taken)
    stages = (Stage(stage=kind, epochs=2, rate=1e-2),)
    report = learn(tiny, tmp_path, "out", recipe=DPO.model_copy(update={"stages": stages}))
    [stage] = report.data["stages"]
    assert report.data["counts"]["train"] > 0
    assert stage["figures"] == {"left out": "no teacher changed a draft"}
    assert (stage["curve"], stage["drawn"]) == ([], None)
    assert not [*(tmp_path / "out").glob("*.svg")]


def fares(
    monkeypatch: pytest.MonkeyPatch, costs: Callable[[Record, bool], float], golden: Sequence[Record]
) -> None:
    """Nothing is drafted in exams: what each drawing costs to edit is told, of a candidate or of who served
    before."""

    def examine(records: Sequence[Record], writer: Writer, **_: Any) -> Examined:
        told = [(one, costs(one, "+" in writer.model)) for one in records]
        cases = tuple(
            Outcome(one.id, one.lesson, one.teacher, cost, cost, 0.0, 0.0, False, "") for one, cost in told
        )
        return Examined(cases, summary(cases))

    monkeypatch.setattr(sitting, "examine", examine)
    monkeypatch.setattr(sitting, "golden", lambda _language: golden)


def test_what_passes_is_asked_again_with_the_golden_cases(
    tiny: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "feedback.jsonl", teachers.night("ann", 16))
    golden = sitting.golden("en")[:2]
    fares(monkeypatch, lambda _one, candidate: 0.4 if candidate else 0.9, golden)
    asked: list[dict[str, tuple[list[str], float, float]]] = []
    passed = Judged(True, (), {"mean": 0.5, "low": 0.5, "high": 0.5})
    refused = Judged(False, (Reason("guard_cost", {"cases": "golden", "worse": 0.1}),), passed.gained)

    def judge(
        candidate: Examined,
        _champion: Examined,
        *,
        guards: Mapping[str, tuple[Examined, Examined]],
        **_: Any,
    ) -> Judged:
        assert candidate.cases
        told = {
            name: (
                [case.id for case in one.cases],
                *(each.figures["edit_cost"]["mean"] for each in (one, other)),
            )
            for name, (one, other) in guards.items()
            if one.cases
        }
        asked.append(told)
        return refused if "golden" in guards else passed

    monkeypatch.setattr(night, "judge", judge)
    report = learn(tiny, tmp_path, "out", recipe=EXAMINED)
    assert asked == [{}, {"golden": ([one.id for one in golden], 0.4, 0.9)}]
    assert (report.verdict, report.reasons) == ("rejected", refused.said)
    assert report.data["exam"]["sft"]["golden"]["n"] == report.data["exam"]["champion"]["golden"]["n"] == 2
    assert open_adapter(tmp_path / "out").id == "out"


@pytest.mark.parametrize(("worse", "verdict"), [(0.0, "promoted"), (0.05, "rejected")])
def test_what_writes_worse_for_a_teacher_held_out_is_refused(
    tiny: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worse: float, verdict: str
) -> None:
    unseen, *others = eight()
    write(
        tmp_path / "feedback.jsonl",
        [one for name in (unseen, *others) for one in teachers.night(name, 4, lessons=2)],
    )

    def costs(one: Record, candidate: bool) -> float:
        if one.teacher == unseen:
            return 0.9 + worse * candidate
        return 0.4 if candidate else 0.9

    fares(monkeypatch, costs, sitting.golden("en")[:2])
    report = learn(tiny, tmp_path, "out", recipe=EXAMINED)
    assert report.data["counts"]["held_out"] == report.data["exam"]["sft"]["held_out"]["n"] == 4
    assert report.verdict == verdict
    told = [(cause["code"], cause["numbers"]) for cause in report.data["causes"]]
    guard = ("guard_cost", {"cases": "held_out", "worse": pytest.approx(worse)})
    assert told == ([guard] if worse else [])
