"""The starter's own plain comments are learned again, on drawings that a night teaches in voices."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drafting.bases import Base
from drafting.check.flag import Flag
from drafting.draft import Draft, Work
from finetune import night, rehearsal
from finetune.progress import Progress, Tell
from finetune.recipe import Recipe, Stage
from finetune.records import Record, write
from finetune.rehearsal import rehearsed, with_rehearsed
from finetune.report import Report
from tests.finetune import teachers

FALSE = Flag(span=[0, 5], kind="colour", reason="no such colour")


def draft(text: str, *flags: Flag) -> Draft:
    return Draft(text, flags, score=0.0, seed=0, prompt="tiny@1", model="tiny")


def voiced(many: int) -> list[Record]:
    return [
        replace(one, context=replace(one.context, voice="k7", instruction="shorter"))
        for one in teachers.night("ann", many)
    ]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Work]:
    """What the starter was asked for; its first draft is false, and of the first drawing the second, too."""
    works: list[Work] = []

    def draft_class(some: Sequence[Work], _writer: object, **_: Any) -> Iterator[tuple[str, list[Draft]]]:
        for work in some:
            second = draft(f"Plain {work.id}.", *([] if works else [FALSE]))
            works.append(work)
            yield work.id, [draft("Mauve.", FALSE), second]

    monkeypatch.setattr(rehearsal, "draft_class", draft_class)
    return works


def test_the_plain_voice_is_asked_for_the_same_drawings(asked: list[Work]) -> None:
    records = [*voiced(6), *teachers.night("plain", 3)]  # the last have no voice that could differ
    texts = rehearsed(records, None, many=4, seed=1)  # type: ignore[arg-type]
    assert len(asked) == 4
    told: list[tuple[int, int]] = []
    rehearsed(voiced(2), None, many=4, seed=1, tell=lambda *so_far: told.append(so_far))  # type: ignore[arg-type]
    assert told == [(1, 2), (2, 2)]
    del asked[4:]
    assert {(work.context.voice, work.context.instruction) for work in asked} == {("", "")}
    assert set(texts) == {work.id for work in asked[1:]}  # nothing sound was written of the first
    assert rehearsed(records, None, many=4, seed=1).keys() == {work.id for work in asked[4:]}  # type: ignore[arg-type]


@pytest.mark.usefixtures("asked")
def test_what_is_rehearsed_stands_beside_what_the_teacher_wrote() -> None:
    records = voiced(5)
    texts = rehearsed(records, None, many=5, seed=0)  # type: ignore[arg-type]
    learned = with_rehearsed(records, texts)
    assert learned[:5] == records
    by_id = {one.id: one for one in records}
    assert len(learned) == 9
    for one in learned[5:]:
        of = by_id[one.id.removesuffix("-plain")]
        assert one.final == f"Plain {one.id}."
        assert one.context == replace(of.context, voice="", instruction="")
        assert (one.draft, one.teacher, one.studio) == (None, "", of.studio)


class Died(Exception):  # noqa: N818
    """Instead of kill -9."""


def test_a_night_learns_them_and_keeps_them(
    tiny: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "feedback.jsonl", teachers.night("ann", 8, lessons=2))
    recipe = Recipe(name="r", fresh=True, exam=False, rehearsed=3, stages=(Stage(stage="sft", epochs=1),))
    calls: list[int] = []
    stages: list[str] = []

    def three(
        records: Sequence[Record], _writer: object, *, many: int, seed: int, tell: Callable[[int, int], None]
    ) -> dict[str, str]:
        calls.append(many)
        tell(many, many)
        return {f"{one.id}-plain": "the cat sits." for one in records[:many]}

    monkeypatch.setattr(night, "rehearsed", three)
    monkeypatch.setattr(night, "default_base", lambda _: tiny.name)
    monkeypatch.setattr(night, "starter", lambda _: tmp_path)
    monkeypatch.setattr(night, "open_writer", lambda *_, **__: None)

    def learn(tell: Tell | None = None) -> Report:
        file, out = tmp_path / "feedback.jsonl", tmp_path / "out"
        return night.learn(file, out, home=tmp_path, base=tiny.name, recipe=recipe, tell=tell)

    def die(progress: Progress) -> None:
        stages.append(progress.stage)
        if progress.stage == "sft":
            raise Died

    with pytest.raises(Died):
        learn(die)
    assert calls == [3]
    assert stages == ["rehearsal", "sft"]
    report = learn()
    assert report.data["stages"][0]["figures"]["examples"] == 8 + 3
    assert calls == [3]
