"""What of the model's own samples is imitated: the best that passes every guard."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from drafting.write.request import Request, Style, Writer, Written
from finetune import policy
from finetune.loop import Pace, optimise
from finetune.model import LearningModel
from finetune.policy import away_from_base, best_of, sample
from finetune.recipe import Stage
from finetune.records import Record, record
from finetune.sft import imitation
from finetune.stages import Material, Run, Trained, run_stage
from prompts import Context
from tests.finetune import teachers
from tests.finetune.conftest import line
from tests.finetune.teachers import made

Open = Callable[..., LearningModel]
THINGS = [("a cat", "the cat sits on a mat."), ("a sea", "the sea is blue and the sky is red.")]

FINAL = "{student}, the orange cat fills the sheet, and the blue holds it. What could come next here?"
GOOD = "Your orange cat is large, {student}, and the blue holds it well. What will you draw after that?"
FALSE = GOOD.replace("blue", "green")
LONG = f"{GOOD} The cat looks at us, and the sheet is full from one side to the other and to the very end."


class Told(Writer):
    """Writes these texts, the first the most fluently."""

    model, chat, needs_leading, prompt, reward = "told", False, False, "", None

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.asked: list[int] = []
        self.read: list[str] = []

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        self.asked.append(n)
        self.read += [one.rendered.text for one in requests]
        return [[Written(text, -0.2 * at) for at, text in enumerate(self.texts)] for _ in requests]


@pytest.mark.parametrize(
    ("texts", "best"),
    [
        ((FALSE, GOOD), GOOD),  # the drawing has no green
        ((LONG, GOOD), GOOD),  # too long for what the teacher wrote
        ((FALSE, LONG), None),
        ((), None),
    ],
)
def test_the_best_sample_that_passes(texts: tuple[str, ...], best: str | None) -> None:
    one = made(final=FINAL)
    assert list(best_of([one], Told(*texts), candidates=4)) == [(one, best)]


def test_as_many_are_drawn_as_the_recipe_says() -> None:
    writer, stage = Told(GOOD), Stage(stage="policy", candidates=8)
    list(best_of([made(final=FINAL)], writer, candidates=stage.candidates))
    assert writer.asked == [8]


def test_it_tells_how_far_it_is_while_it_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "NOBODY_WAITS", (2,))
    writer, told = Told(GOOD), list[tuple[int, int, int]]()
    sample(
        teachers.night("ann", 5),
        writer,
        tell=lambda done, of: told.append((done, of, len(writer.asked))),
    )
    # The last number: for how many groups the model had written by then.
    assert told == [(1, 5, 1), (2, 5, 1), (3, 5, 2), (4, 5, 2), (5, 5, 3)]


@pytest.mark.parametrize(("until", "drawings"), [(None, 7), (25.0, 6), (10.0, 2), (0.0, 2)])
def test_when_the_time_is_over_what_was_sampled_is_used(
    monkeypatch: pytest.MonkeyPatch, until: float | None, drawings: int
) -> None:
    """Groups of two, each of which takes ten seconds."""
    monkeypatch.setattr(policy, "NOBODY_WAITS", (2,))
    writer = Told(GOOD)
    monkeypatch.setattr(policy, "time", SimpleNamespace(monotonic=lambda: 10.0 * len(writer.asked)))
    records = [made(id=f"r{number}", lesson={"id": f"l{number}"}, final=FINAL) for number in range(7)]
    samples = sample(records, writer, candidates=4, until=until)
    assert list(samples.values()) == [GOOD] * drawings
    if drawings == 2:  # not those that come first, which are the oldest
        others = [set(sample(records, writer, seed=seed, until=until)) for seed in range(4)]
        assert any(some != set(samples) for some in others)


def test_a_sample_is_imitated_on_the_prompt_that_it_was_drawn_on() -> None:
    model: Any = SimpleNamespace(example=lambda context, text, weight=1.0: (context, text, weight))
    one = made(final=FINAL, context={"instruction": "name the sea"})
    drawn = Told(GOOD)
    samples = sample([one], drawn)
    teachers_, own = policy.examples(model, [one], samples)
    assert teachers_ == [(one.context, FINAL, 1.0)]
    assert own == [(replace(one.context, instruction=""), GOOD, 0.5)]
    assert "name the sea" not in drawn.read[0]


def test_the_distance_from_the_base_is_the_mean_log_ratio(learner: Open) -> None:
    model = learner()
    few = [model.example(Context(facts={}, theme=theme), text) for theme, text in THINGS]
    measure, learned = away_from_base(model, few), set(model.learned)
    assert measure() == {"n": 2, "per_text": 0.0, "per_token": 0.0}  # a fresh adapter adds nothing
    with torch.no_grad():
        base = [float(one.sum()) for one in model.logprobs(few)]
    optimise(model, few, partial(imitation, model), Pace(2, 10, 1e-2))
    with torch.no_grad():
        now = [float(one.sum()) for one in model.logprobs(few)]
    ratios = [one - other for one, other in zip(now, base, strict=True)]
    assert measure()["per_text"] == pytest.approx(sum(ratios) / 2, abs=0.1)
    assert measure()["per_token"] == pytest.approx(
        sum(ratios) / sum(len(one.comment) for one in few), abs=1e-2
    )
    assert measure()["per_text"] > 1
    assert set(model.learned) == learned
    assert away_from_base(model, [])() == {"n": 0}
    assert away_from_base(model, few * 50)()["n"] == 50


def test_a_stage_tells_how_far_it_went_and_goes_on_with_what_it_sampled(
    learner: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [record(line(number)) for number in range(8)]
    asked = list[float | None]()

    def sampled(some: Sequence[Record], *_: object, until: float | None, **__: object) -> dict[str, str]:
        asked.append(until)
        return {one.id: THINGS[0][1] for one in some[:6]}

    monkeypatch.setattr(policy, "sample", sampled)
    stage = Stage(stage="policy", epochs=4, rate=1e-2, share=0.5)
    run = Run(2, 0, tmp_path / "3.safetensors", writer=Told, seconds=1000.0)
    figures = run_stage(stage, learner(), Material(records, []), run).figures
    assert asked == [run.began + 500.0]
    assert (figures["examples"], figures["samples"]) == (14, 6)
    for of, many in (("teachers", 8), ("samples", 6)):
        before, after = (figures["from_base"][of][when] for when in ("before", "after"))
        assert (before["n"], before["per_text"], after["n"]) == (many, 0.0, many)
        assert after["per_text"] > 1
    # Killed and taken up again: the same samples, and their time counts again.
    kept = tmp_path / "3.samples.json"
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"seconds": 300.0}), encoding="utf-8")
    (tmp_path / "3.safetensors").unlink()
    again = run_stage(stage, learner(), Material(records, []), Run(2, 0, run.checkpoint, writer=Told))
    assert len(asked) == 1
    assert again.figures["loss"] == pytest.approx(figures["loss"], abs=1e-3)
    assert again.seconds > 300


def test_without_a_sample_that_passes_the_stage_is_left_out(
    learner: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would be one epoch more of imitation, under the name of policy."""
    model, records = learner(), [record(line(number)) for number in range(8)]
    before = {name: tensor.detach().clone() for name, tensor in model.learned.items()}
    monkeypatch.setattr(policy, "sample", lambda *_, **__: {})
    stage, checkpoint = Stage(stage="policy", rate=1e-2), tmp_path / "3.safetensors"

    def trained() -> Trained:
        return run_stage(stage, model, Material(records, []), Run(2, 0, checkpoint, writer=Told))

    once = trained()
    assert once.figures == {"left out": "no sample passed", "samples": 0, "picked_by": "score"}
    assert (once.steps, once.reward) == ([], None)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.learned.items())
    # Killed before that was written down, it has taken what the sampling took.
    kept = tmp_path / "3.samples.json"
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"seconds": 300.0}), encoding="utf-8")
    assert trained().seconds > 300
