"""Gradient descent that can be killed at any step and goes on to the same result.

Everything random follows from the seed and the step's number, so a checkpoint needs no generator's state: the
weights, Adam's two moments and the number of steps done are all. Several processes share each batch and add
up their gradients, so they end where one would.
"""

import json
import math
import os
import time
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from accelerate.utils import gather_object, reduce
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from finetune.model import LearningModel
from finetune.together import once, team

WARM_UP = 0.1  # of the steps, while the rate rises
LARGEST_GRADIENT = 1.0  # the norm at which gradients are clipped
_STEPS_THAT_TELL = 5  # after so many the pace is known; after so many more, and at the end, it is asked again
_TIME_THAT_TELLS = 0.25  # of what there is: before it is over, a slow beginning shortens nothing
_KEPT_EVERY = 25  # steps: so many at most are done again after a kill
_BUCKET = 8  # batches whose examples are sorted by length together


T = TypeVar("T", bound=Sized)  # what can be put into a batch: its length is its number of tokens


@dataclass(frozen=True)
class Loss:
    """The sum of a batch's losses, over what number they are averaged, and figures worth a curve: each a sum,
    and over how many it is."""

    total: Tensor
    over: float
    figures: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One finished step. ``figures`` are means, the loss among them."""

    number: int
    of: int
    rate: float
    tokens: int
    seconds: float
    figures: dict[str, float]


def figures_of(steps: Sequence[Step]) -> dict[str, float]:
    """The mean of each figure over those of the steps that have it."""
    told: dict[str, list[float]] = {}
    for step in steps:
        for name, value in step.figures.items():
            told.setdefault(name, []).append(value)
    return {name: sum(values) / len(values) for name, values in told.items()}


@dataclass(frozen=True)
class Pace:
    """How to descend: examples a step, times through all of them, the highest rate of Adam."""

    batch: int = 8
    epochs: int = 3
    rate: float = 1e-3


def optimise(
    model: LearningModel,
    examples: Sequence[T],
    loss: Callable[[Sequence[T]], Loss],
    pace: Pace,
    *,
    seed: int = 0,
    checkpoint: Path | None = None,
    seconds: float | None = None,
    tell: Callable[[Step], None] | None = None,
) -> list[Step]:
    """Trains ``model`` in place and returns all steps, also those from before an interruption.

    With ``checkpoint``, a file, the state is kept there every 25 steps and taken up again from it.
    ``seconds`` is how long all of it may take: where a quarter of it is over and the steps so far say that it
    will not suffice, fewer are done, and the rate falls accordingly; more again where they become faster, up
    to all that are planned. Only such a descent depends on how fast the machine is.
    Adam (Kingma and Ba 2015), the rate rising over a tenth of the steps and falling as a cosine. The adapter
    may be in bf16, whose steps are too coarse to learn in: what learns is a copy in fp32, rounded into the
    model after each step (Micikevicius et al. 2018).
    """
    us = team()
    plan = batches([len(example) for example in examples], pace, seed)
    learned = model.learned
    masters = {name: p.detach().float().clone() for name, p in learned.items()}
    optimiser = torch.optim.Adam(list(masters.values()), lr=pace.rate)
    done: list[Step] = []
    if checkpoint is not None and checkpoint.exists():
        done = _resume(checkpoint, masters, optimiser)
        _round_into(learned, masters)
    of = done[-1].of if done else len(plan)
    ended = time.monotonic()
    while (number := len(done)) < of:
        rate = rate_at(number, of, pace.rate)
        batch = [examples[i] for i in plan[number]]
        mine = batch[us.process_index :: us.num_processes]
        part = loss(mine) if mine else Loss(torch.zeros(()), 0.0)
        if mine:
            part.total.backward()
        over, figures = _added_up(part, mine)
        for name, p in learned.items():
            gradient = torch.zeros_like(masters[name]) if p.grad is None else p.grad.float()
            masters[name].grad = reduce(gradient, "sum") / max(over, 1e-9)
            p.grad = None
        torch.nn.utils.clip_grad_norm_(list(masters.values()), LARGEST_GRADIENT)
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.step()
        _round_into(learned, masters)
        # From one step's end to the next, so that no time is nobody's.
        began, ended = ended, time.monotonic()
        step = Step(number + 1, of, rate, sum(map(len, batch)), round(ended - began, 3), figures)
        done.append(step)
        if seconds is not None and (len(done) % _STEPS_THAT_TELL == 0 or len(done) == of):
            of = max(len(done), once(partial(_affordable, done, plan, examples, seconds, of)))
            done[-1] = step = replace(step, of=of)
        if tell and us.is_main_process:
            tell(step)
        last = number + 1 == of
        if checkpoint is not None and us.is_main_process and (last or (number + 1) % _KEPT_EVERY == 0):
            _keep(checkpoint, masters, optimiser, done)
    return done


def batches(lengths: Sequence[int], pace: Pace, seed: int) -> list[list[int]]:
    """Which examples each step sees: every epoch all of them once, in another order.

    Examples of like length come together, so that little is computed for padding: of some batches' worth of
    shuffled examples, the sorted neighbours make a batch, and the batches are shuffled again.
    """
    plan: list[list[int]] = []
    for epoch in range(pace.epochs):
        rng = np.random.default_rng((seed, epoch))
        order = rng.permutation(len(lengths))
        epoch_plan = []
        for start in range(0, len(order), pace.batch * _BUCKET):
            bucket = sorted(order[start : start + pace.batch * _BUCKET].tolist(), key=lambda i: lengths[i])
            epoch_plan += [bucket[i : i + pace.batch] for i in range(0, len(bucket), pace.batch)]
        plan += [epoch_plan[i] for i in rng.permutation(len(epoch_plan))]
    return plan


def rate_at(step: int, steps: int, highest: float) -> float:
    """The rate of a step (from 0): a line up, then half a cosine down to nothing."""
    warm = max(1, round(WARM_UP * steps))
    if step < warm:
        return highest * (step + 1) / warm
    return highest * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _affordable(
    done: Sequence[Step], plan: Sequence[Sequence[int]], examples: Sequence[Sized], seconds: float, of: int
) -> int:
    """How many of the planned steps fit into the time, by the tokens a second of the steps that are done; as
    many as before, ``of``, while these tell little yet."""
    spent = sum(step.seconds for step in done)
    if spent < _TIME_THAT_TELLS * seconds:
        return of
    pace = sum(step.tokens for step in done) / max(1e-9, spent)
    tokens = 0
    for number, batch in enumerate(plan):
        tokens += sum(len(examples[i]) for i in batch)
        if tokens / pace > seconds:
            return number
    return len(plan)


def _added_up(part: Loss, mine: Sequence[object]) -> tuple[float, dict[str, float]]:
    """What all processes' parts are averaged over together, and the means of their figures. Of a figure that
    nothing in the batch has there is none."""
    told = {"loss": (float(part.total.detach()), part.over), **part.figures} if mine else {}
    every = [told] if team().num_processes == 1 else gather_object([told])
    sums = {
        name: [sum(numbers) for numbers in zip(*(one[name] for one in every if name in one), strict=True)]
        for name in sorted({name for one in every for name in one})
    }
    over = sums["loss"][1] if sums else 0.0
    return over, {name: total / many for name, (total, many) in sums.items() if many > 0}


@torch.no_grad()
def _round_into(learned: dict[str, torch.nn.Parameter], masters: dict[str, Tensor]) -> None:
    for name, p in learned.items():
        p.copy_(masters[name])


def _keep(path: Path, masters: dict[str, Tensor], optimiser: torch.optim.Optimizer, done: list[Step]) -> None:
    state = {f"weight.{name}": tensor for name, tensor in masters.items()}
    for name, tensor in masters.items():
        moments = optimiser.state[tensor]
        state |= {f"first.{name}": moments["exp_avg"], f"second.{name}": moments["exp_avg_sq"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(".making")
    steps = json.dumps([vars(step) for step in done])
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, making, {"steps": steps})
    os.replace(making, path)  # a kill leaves the old file or the new one


def _resume(path: Path, masters: dict[str, Tensor], optimiser: torch.optim.Optimizer) -> list[Step]:
    with safe_open(path, "pt") as state:
        done = [Step(**step) for step in json.loads(state.metadata()["steps"])]
        for name, tensor in masters.items():
            tensor.copy_(state.get_tensor(f"weight.{name}"))
            optimiser.state[tensor] = {
                "step": torch.tensor(float(len(done))),
                "exp_avg": state.get_tensor(f"first.{name}").to(tensor.device),
                "exp_avg_sq": state.get_tensor(f"second.{name}").to(tensor.device),
            }
    return done
