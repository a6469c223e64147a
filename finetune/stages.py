"""The stages a recipe can name, each as one function of the model, the records and the checkpoint."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any

from drafting.reward import Reward
from drafting.write.request import Writer
from finetune import policy, preference, reward, sft, voice
from finetune.files import read_json, write_json
from finetune.loop import Pace, Step, figures_of, optimise
from finetune.model import LearningModel
from finetune.plan import LEAST_CHOICES
from finetune.recipe import MOST_EPOCHS, Stage
from finetune.records import Record
from finetune.replay import evened, latest
from finetune.together import once


@dataclass(frozen=True)
class Material:
    """What a night learns from: ``train``, the night's records, of which some are old, with the
    demonstrations and the rehearsed drawings behind them; and ``unseen`` records of later lessons, by which
    stages are judged. ``choices`` are further records that it has not seen, on which nothing else is judged;
    none where there are too few."""

    train: Sequence[Record]
    unseen: Sequence[Record]
    choices: Sequence[Record] = ()


@dataclass(frozen=True)
class Run:
    """How a stage is to be run. ``writer`` drafts with the model's weights as they now are; ``seconds``, from
    ``began`` on, bound all of it: what comes before a descent is taken off its time."""

    batch: int
    seed: int
    checkpoint: Path
    writer: Callable[[], Writer]
    seconds: float | None = None
    tell: Callable[[int, int], None] | None = None
    began: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Trained:
    """What a stage says of itself: figures, its curve, and the reward if that is what it learned, which may
    rank the drafts where it ``orders`` them. ``seconds`` are those that it takes without a kill, so
    that a night that was killed has time for no more and no less.
    """

    figures: dict[str, Any]
    steps: list[Step] = field(default_factory=list)
    reward: Reward | None = None
    orders: bool = False
    seconds: float = 0.0


def run_stage(stage: Stage, model: LearningModel, material: Material, run: Run) -> Trained:
    """Trains the model in place, or fits the reward to it."""
    trained = _STAGES[stage.stage](stage, model, material, run)
    if trained.steps or trained.seconds:
        return trained
    return replace(trained, seconds=time.monotonic() - run.began)


def _sft(stage: Stage, model: LearningModel, material: Material, run: Run) -> Trained:
    records = evened(material.train, stage.evened)
    if stage.contrast:
        contrasted = voice.heard(model, records, seed=run.seed)
        apart = partial(voice.telling_apart, model, contrast=stage.contrast)
        return _descend(stage, model, contrasted, apart, run)
    examples = [model.example(one.context, one.final) for one in records]
    return _descend(stage, model, examples, partial(sft.imitation, model), run)


def _preference(stage: Stage, model: LearningModel, material: Material, run: Run) -> Trained:
    imitation = stage.imitation if stage.stage == "joint" else 0.0
    records = material.train if stage.most is None else latest(material.train, stage.most)
    pairs = preference.edits(model, records, alone=imitation > 0)
    if not pairs:
        return Trained({"left out": "no teacher changed a draft"})
    pairs = preference.with_reference(model, pairs)
    loss = partial(preference.preferring, model, beta=stage.beta, imitation=imitation)
    return _descend(stage, model, pairs, loss, run)


def _policy(stage: Stage, model: LearningModel, material: Material, run: Run) -> Trained:
    # Kept: how many there are may hang on the time, and a descent goes on with what it began with.
    kept = run.checkpoint.with_suffix(".samples.json")

    def sampled() -> dict[str, Any]:
        if (told := read_json(kept)) is not None:
            return dict(told)
        writer = run.writer()
        samples = policy.sample(
            material.train,
            writer,
            candidates=stage.candidates,
            seed=run.seed,
            until=None if run.seconds is None else run.began + policy.SAMPLING * run.seconds,
            tell=run.tell,
        )
        told = {
            "seconds": time.monotonic() - run.began,
            "samples": samples,
            "picked_by": "score" if writer.reward is None else "reward",
        }
        write_json(kept, told)
        return told

    told = once(sampled)
    run = replace(run, began=min(run.began, time.monotonic() - told["seconds"]))
    teachers, own = policy.examples(model, material.train, told["samples"], share=stage.share)
    if not own:  # without a sample it would only imitate once more
        told_of = {"samples": 0, "picked_by": told["picked_by"]}
        return Trained({"left out": "no sample passed", **told_of}, seconds=time.monotonic() - run.began)
    measures = {
        "teachers": policy.away_from_base(model, teachers),
        "samples": policy.away_from_base(model, own),
    }
    before = {of: measure() for of, measure in measures.items()}
    trained = _descend(stage, model, [*teachers, *own], partial(sft.imitation, model), run)
    began = time.monotonic()
    from_base = {of: {"before": before[of], "after": measure()} for of, measure in measures.items()}
    return replace(
        trained,
        figures=trained.figures
        | {"samples": len(own), "picked_by": told["picked_by"], "from_base": from_base},
        seconds=trained.seconds + time.monotonic() - began,
    )


def _reward(_stage: Stage, model: LearningModel, material: Material, run: Run) -> Trained:
    if not reward.comparisons(material.train):
        return Trained({"left out": "no teacher chose or changed a draft"})
    judged = material.choices or material.unseen
    teach = partial(reward.teach, model, material.train, judged, seed=run.seed, tell=run.tell)
    taught = once(teach)
    choices = taught.held_out.get("choice")
    told = choices is not None and choices["n"] >= LEAST_CHOICES
    better = choices is not None and choices["gained"]["mean"] > 0
    figures: dict[str, Any] = {
        "comparisons": taught.counts,
        "held_out": taught.held_out,
        # Where these are the exam's own, it is no longer quite blind to the order; so the figures say it.
        "judged_on": "choices" if material.choices else "exam" if material.unseen else None,
        "orders_drafts": told and better,
    }
    # Only what is seen to rank unseen choices better than the ranking before may rank the drafts. Where there
    # are too few to see it a policy may still be optimised against it; where it is seen not to, nothing may.
    return Trained(figures, reward=taught.reward if better or not told else None, orders=told and better)


def _descend(stage: Stage, model: LearningModel, examples: Any, loss: Any, run: Run) -> Trained:
    batch = stage.batch or run.batch
    steps_an_epoch = ceil(len(examples) / batch)
    epochs = max(stage.epochs, min(MOST_EPOCHS, ceil(stage.least_steps / steps_an_epoch)))
    pace = Pace(batch, epochs, stage.rate)
    tell = run.tell
    before = time.monotonic() - run.began
    steps = optimise(
        model,
        examples,
        loss,
        pace,
        seed=run.seed,
        checkpoint=run.checkpoint,
        seconds=None if run.seconds is None else run.seconds - before,
        tell=(lambda step: tell(step.number, step.of)) if tell else None,
    )
    seconds = sum(step.seconds for step in steps)
    tokens = sum(step.tokens for step in steps)
    last = steps[-max(1, len(steps) // 10) :]
    figures = {name: round(mean, 4) for name, mean in figures_of(last).items()}
    rest = {
        "examples": len(examples),
        "steps": len(steps),
        "tokens_per_second": round(tokens / max(seconds, 1e-9)),
    }
    return Trained(rest | figures, steps, seconds=before + seconds)


_STAGES: dict[str, Callable[[Stage, LearningModel, Material, Run], Trained]] = {
    "sft": _sft,
    "reward": _reward,
    "dpo": _preference,
    "joint": _preference,
    "policy": _policy,
}
