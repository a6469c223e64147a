"""``vermilion learn`` and ``vermilion exam``: what they say, and the status that they end with."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result

from drafting.bases import BaseError, open_adapter
from drafting.draft import draft_class
from drafting.write.request import Request, Style, Writer, Written
from finetune.night import Report
from finetune.plan import NothingToLearnError
from finetune.progress import Progress, Tell
from finetune.records import read, record, write
from tests.finetune import teachers, tiny_night
from tests.finetune.teachers import made
from tests.webapp.school.learning import write_adapter
from webapp.cli import drafting, main

FAREWELL = "I look forward to what you draw next."
TEXTS = {
    "the garden": f"{{student}}, the orange cat fills the sheet, and the blue holds it. {FAREWELL}",
    "the pond": f"Your cat looks large and proud here, {{student}}, with blue all around it. {FAREWELL}",
    "the roof": f"Orange is the main colour, {{student}}, and your cat wears it well. {FAREWELL}",
    "the beach": f"What a cat, {{student}}! It sits in the blue as if it owned it. {FAREWELL}",
}


class Told(Writer):
    """Writes for a drawing the text of its theme."""

    model, chat, needs_leading, sees, prompt, reward = "told", False, False, False, "", None

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        return [
            [Written(next(text for theme, text in TEXTS.items() if theme in one.rendered.text), 0.0)] * n
            for one in requests
        ]


FIGURES = {
    *("n", "edit_cost", "edit_cost_best", "untouched", "facts_wrong", "repeated"),
    *("misfit", "by_teacher", "by_criterion", "by_kind"),
}


class Learn:
    """In the place of ``finetune.night.learn``: ends as it was told to."""

    def __init__(self, ends: Report | Exception, told: Sequence[Progress] = ()) -> None:
        self.ends, self.told = ends, told

    def __call__(self, _feedback: Path, _out: Path, *, tell: Tell, **_: Any) -> Report:
        for progress in self.told:
            tell(progress)
        if isinstance(self.ends, Exception):
            raise self.ends
        return self.ends


def learn(monkeypatch: pytest.MonkeyPatch, folder: Path, instead: Learn) -> Result:
    monkeypatch.setattr("finetune.night.learn", instead)
    write(folder / "feedback.jsonl", [made()])
    words = ["learn", str(folder / "feedback.jsonl"), "--out", str(folder / "out")]
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize(
    ("ends", "status", "says"),
    [
        (Report("promoted", (), {}), 0, "promoted: {out}\n"),
        (Report("rejected", ("It is worse.", "Much."), {}), 4, "rejected: {out}\n  It is worse.\n  Much.\n"),
        (NothingToLearnError("Nothing is left."), 1, "Error: Nothing is left.\n"),
        (BaseError("The adapter is damaged."), 1, "Error: The adapter is damaged.\n"),
    ],
)
def test_the_exit_status_tells_what_became_of_the_night(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ends: Report | Exception, status: int, says: str
) -> None:
    done = learn(monkeypatch, tmp_path, Learn(ends))
    said = done.stderr if status == 1 else done.stdout
    assert (done.exit_code, said) == (status, says.format(out=tmp_path / "out"))


def test_a_resumed_stage_has_done_what_it_had_done_before_anything_is_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told = [Progress("exam", 6, 6, None), Progress("sft", 50, 90, None), Progress("sft", 90, 90, 0.0)]
    done = learn(monkeypatch, tmp_path, Learn(Report("promoted", (), {}), told))
    of_sft = [line for line in re.split("[\r\n]", done.stderr) if line.startswith("sft:")]
    assert " 50/90 [00:00<?, ?it/s]" in of_sft[0]
    assert " 90/90 [" in of_sft[-1]


def test_what_the_file_s_teacher_always_says_is_said_to_everybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [
        made(
            id=f"r{place}",
            lesson={"id": f"l{place // 2}", "theme": theme, "length": "short"},
            accepted_at=f"2026-11-{21 + place // 2}T09:{place:02}:00Z",
            final=TEXTS[theme],
        )
        for place, theme in enumerate(TEXTS)
    ]
    write(tmp_path / "feedback.jsonl", records)
    monkeypatch.setattr(drafting, "writer_for", lambda *_: Told())
    result = CliRunner().invoke(main, ["exam", str(tmp_path / "feedback.jsonl")])
    assert result.exit_code == 0, result.output
    # In the first lesson it was not known yet.
    figures = json.loads(result.stdout)
    assert figures["repeated"]["mean"] == 0.5
    assert figures.keys() == FIGURES
    assert "left out" not in result.stderr


def test_an_exam_says_how_many_records_of_the_other_language_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    english = [
        made(id=f"r{place}", lesson={"id": "l", "theme": theme, "length": "short"}, final=TEXTS[theme])
        for place, theme in enumerate(TEXTS)
    ]
    write(tmp_path / "feedback.jsonl", [*teachers.night("bo", 3, language="zh"), *english])
    monkeypatch.setattr(drafting, "writer_for", lambda *_: Told())
    result = CliRunner().invoke(main, ["exam", str(tmp_path / "feedback.jsonl")])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["n"] == 4
    assert "3 of 7 records are in another language than most (en) and are left out." in result.stderr


def test_a_recipe_that_is_none_is_a_wrong_option(tmp_path: Path) -> None:
    write(tmp_path / "feedback.jsonl", teachers.night("ann", 8))
    told = ("learn", str(tmp_path / "feedback.jsonl"), "--out", str(tmp_path / "out"), "--recipe", "clasic")
    done = CliRunner().invoke(main, told)
    assert done.exit_code == 2, done.output
    assert "There is no recipe “clasic”. Use default, classic, starter" in done.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", ["champion", "documents"])
def test_what_must_not_be_replaced_is_refused_as_a_wrong_option(tmp_path: Path, out: str) -> None:
    write(tmp_path / "feedback.jsonl", teachers.night("ann", 8))
    write_adapter(tmp_path / "champion")
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "letter.txt").write_text("Dear all,", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    told = ("--from", str(tmp_path / "champion"), "--out", str(tmp_path / out))
    done = CliRunner().invoke(main, ["learn", str(tmp_path / "feedback.jsonl"), *told])
    assert done.exit_code == 2, done.output
    assert "--out" in done.output
    assert str(tmp_path / out) in done.output.replace("\n", "")
    assert sorted(tmp_path.rglob("*")) == before


def learn_for_real(folder: Path, feedback: str, out: str, recipe: str, *more: str) -> Result:
    (folder / f"{out}.yaml").write_text(recipe, encoding="utf-8")
    words = ["learn", str(folder / feedback), "--out", str(folder / out), "--base", str(folder / "tiny")]
    words += ["--recipe", str(folder / f"{out}.yaml"), *more]
    return CliRunner().invoke(main, words, env={"VERMILION_HOME": str(folder)})


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Result]]:
    """The tiny base, a night's feedback, and the adapter ``first`` that the command made of it unexamined."""
    folder = tiny_night.prepare(tmp_path_factory.mktemp("learned"))
    with pytest.MonkeyPatch.context() as patch:
        for place in ("finetune.model.best_dtype", "drafting.write.local.best_dtype"):
            patch.setattr(place, lambda: torch.float32)
        recipe = "exam: false\nbatch: 4\nstages: [{stage: sft, epochs: 1, rate: 1.0e-3}]\n"
        yield folder, learn_for_real(folder, "feedback.jsonl", "first", recipe)


def test_a_night_that_is_not_examined_ends_with_0(learned: tuple[Path, Result]) -> None:
    folder, done = learned
    assert (done.exit_code, done.stdout) == (0, f"promoted: {folder / 'first'}\n"), done.output
    adapter = open_adapter(folder / "first")
    assert adapter.base == str(folder / "tiny")
    assert adapter.meta["recipe"].startswith("first#")
    assert tiny_night.report(folder, "first")["counts"]["train"] > 0
    assert "sft: 100%" in done.stderr


def test_a_night_that_changes_nothing_ends_with_4_and_says_why(
    learned: tuple[Path, Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = learned
    later = [
        record(
            {
                **one.line,
                "id": f"{one.id}-later",
                "lesson": {**one.line["lesson"], "id": f"{one.lesson}-later"},
                "accepted_at": one.accepted_at.replace("-21T", "-22T"),
            }
        )
        for one in read(folder / "feedback.jsonl")
    ]
    write(folder / "later.jsonl", later)
    monkeypatch.setattr("finetune.exam.draft_class", partial(draft_class, budget=0))
    recipe = "batch: 16\nstages: [{stage: sft, epochs: 1, rate: 1.0e-12}]\n"
    done = learn_for_real(folder, "later.jsonl", "second", recipe, "--from", str(folder / "first"))
    assert done.exit_code == 4, done.output
    report = tiny_night.report(folder, "second")
    assert report["exam"]["sft"]["exam"]["n"] == report["exam"]["champion"]["exam"]["n"] > 0
    assert report["verdict"] == "rejected"
    assert any("is not clear of zero" in reason for reason in report["reasons"])
    said = "".join(f"  {reason}\n" for reason in report["reasons"])
    assert done.stdout == f"rejected: {folder / 'second'}\n{said}"
    assert open_adapter(folder / "second").meta["parents"] == ["first"]
