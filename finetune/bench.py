"""How fast the learning is, and how good, against TRL's trainers on the same examples; and what the compact
prompt saves."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from drafting.bases import Base, find
from drafting.check.colour import mentions, palette, said
from drafting.check.sentences import split
from finetune import bench_trl
from finetune.bench_trl import Took
from finetune.demonstrations import golden, lessons
from finetune.loop import Pace, optimise
from finetune.model import Example, LearningModel, open_model
from finetune.preference import Pair, preferring, with_reference
from finetune.recipe import Stage, load
from finetune.records import Record, read
from finetune.sft import imitation
from prompts import builtin
from prompts.vocabulary import Language, table

EXAMPLES, QUICK_EXAMPLES = 64, 16
COMPACT, LONG = "comment@2", "comment-long@1"
_WARM_UP = 2  # steps, on a model of their own, before the clock runs
_AT_ONCE = 8

Contender = Callable[[LearningModel, Any, Pace], Took]
Judge = Callable[[LearningModel], dict[str, NDArray[Any]]]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Setting:
    """What all contenders have in common."""

    base: Base
    home: Path
    rank: int
    seed: int

    @property
    def language(self) -> Language:
        """The first one that the base is there for."""
        return self.base.languages[0]

    def open(self, start: Mapping[str, Tensor] | None = None, *, prompt: str = COMPACT) -> LearningModel:
        """The base with a fresh adapter, the same each time, or with the weights in ``start``."""
        written = builtin(self.language, prompt)
        model = open_model(self.base, self.home, written, rank=self.rank, seed=self.seed)
        for name, weight in (start or {}).items():
            model.learned[name].data.copy_(weight)
        return model


def bench_learn(
    name: str = "smollm2",
    *,
    quick: bool = False,
    seed: int = 0,
    home: Path | None = None,
    tell: Tell = lambda _what: None,
) -> dict[str, Any]:
    """Learns 64 demonstrations and 64 pairs (``quick``: 16) on a base, with this loop and with TRL's.

    Rank, rates, batches and epochs are those of the built-in recipe; pairs are learned from where our
    imitation ended. ``ratio`` is TRL's time over ours with the adapter in the base's type, ``ratio_full``
    with TRL's adapter in fp32. A token is one of prompt or comment, a pair's prompt counted once, padding
    not: the same number for all. Held-out losses are of the golden demonstrations, by one function for all;
    ``over_ours`` is by how much a loss is higher than ours, with the standard error of the mean difference.
    ``prompts`` is one epoch of ours with the compact and with the long prompt.
    """
    recipe = load("default")
    stages = {stage.stage: stage for stage in recipe.stages}
    sft, joint = stages["sft"], stages["joint"]
    at = Setting(find(name), home or Path(os.environ.get("VERMILION_HOME", "var")), recipe.rank, seed)
    records, unseen = list(read(lessons(at.language))), golden(at.language)
    order = np.random.default_rng(seed).permutation(len(records))
    chosen = [records[i] for i in order[: QUICK_EXAMPLES if quick else EXAMPLES]]
    reason = bench_trl.missing()

    model = at.open()
    examples, held_out = (
        [model.example(one.context, one.final) for one in part] for part in (chosen, unseen)
    )
    judge: Judge = partial(_unlikelihood, examples=held_out)
    copying, weights = _contest(
        at, "sft", _contenders(model, _imitate, bench_trl.sft, reason, seed=seed),
        examples, _pace(sft, recipe.batch), judge, None, tell,
    )  # fmt: skip

    model = at.open(weights)
    pairs, held_out_pairs = (list(_pairs(model, part, seed)) for part in (chosen, unseen))
    judge = partial(_misjudgement, pairs=with_reference(model, held_out_pairs), beta=joint.beta)
    choosing, _ = _contest(
        at, "dpo", _contenders(model, _prefer, bench_trl.dpo, reason, seed=seed, beta=joint.beta),
        pairs, _pace(joint, recipe.batch), judge, weights, tell,
    )  # fmt: skip

    figures: dict[str, Any] = {
        "base": at.base.title,
        "prompt": COMPACT,
        "examples": len(chosen),
        "held_out": len(unseen),
        "rank": at.rank,
        "seed": seed,
        "threads": torch.get_num_threads(),
        "dtype": str(_dtype(model)).removeprefix("torch."),
        "our_vocabulary": len(model.vocabulary),
        "whole_vocabulary": len(model.net.get_output_embeddings().weight),
        "sft": copying,
        "dpo": {"beta": joint.beta, **choosing},
        "prompts": _prompts(at, chosen, Pace(recipe.batch, 1, sft.rate), tell),
    }
    return {"learn": figures | ({"trl": reason} if reason else {"trl": bench_trl.TRIED})}


def _contenders(
    model: LearningModel, ours: Callable[..., Took], theirs: Callable[..., Took], reason: str, **options: Any
) -> dict[str, Contender]:
    found: dict[str, Contender] = {"ours": partial(ours, **options)}
    if not reason:
        found["trl"] = partial(theirs, **options)
        if _dtype(model) != torch.float32:
            found["trl_full"] = partial(theirs, **options, full=True)
    return found


def _contest(
    at: Setting,
    stage: str,
    contenders: Mapping[str, Contender],
    examples: Sequence[Any],
    pace: Pace,
    judge: Judge,
    start: Mapping[str, Tensor] | None,
    tell: Tell,
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Figures of each contender on a model of its own, and the weights that ours ended with."""
    tokens = pace.epochs * sum(map(len, examples))
    longest = sorted(examples, key=len)[-pace.batch * _WARM_UP :]
    before = judge(at.open(start))
    figures: dict[str, Any] = {
        "tokens": tokens,
        "steps": pace.epochs * -(-len(examples) // pace.batch),
        "batch": pace.batch,
        "epochs": pace.epochs,
        "rate": pace.rate,
        "before": {name: round(float(values.mean()), 4) for name, values in before.items()},
    }
    losses: dict[str, NDArray[Any]] = {}
    weights: dict[str, Tensor] = {}
    took: dict[str, Took] = {}
    for name, contender in contenders.items():
        contender(at.open(start), longest, Pace(pace.batch, 1, pace.rate))
        model = at.open(start)
        learned = dict(model.learned)
        took[name] = contender(model, examples, pace)
        tell(f"{stage}, {name}: {took[name].descent:.1f} s")
        judged = judge(model)
        losses[name] = judged["held_out_loss"]
        figures[name] = {
            "seconds": round(took[name].descent, 2),
            "tokens_per_second": round(tokens / took[name].descent, 1),
            **{figure: round(float(values.mean()), 4) for figure, values in judged.items()},
        }
        if took[name].reference:
            figures[name]["reference_seconds"] = round(took[name].reference, 2)
        if name == "ours":
            weights = {key: p.detach().clone() for key, p in learned.items()}
        else:
            over = losses[name] - losses["ours"]
            error = float(over.std(ddof=1)) / len(over) ** 0.5
            figures[name]["over_ours"] = [round(float(over.mean()), 4), round(error, 4)]
    ours = took["ours"]
    for name, key in (("trl", "ratio"), ("trl_full", "ratio_full")):
        other = took.get(name)
        figures[key] = other and round(other.descent / ours.descent, 2)
        if ours.reference:
            figures[f"{key}_with_reference"] = other and round(
                (other.descent + other.reference) / (ours.descent + ours.reference), 2
            )
    return figures, weights


def _imitate(model: LearningModel, examples: Sequence[Example], pace: Pace, *, seed: int) -> Took:
    started = time.perf_counter()
    optimise(model, examples, partial(imitation, model), pace, seed=seed)
    return Took(time.perf_counter() - started)


def _prefer(model: LearningModel, pairs: Sequence[Pair], pace: Pace, *, seed: int, beta: float) -> Took:
    started = time.perf_counter()
    known = with_reference(model, pairs)
    reference = time.perf_counter() - started
    loss = partial(preferring, model, beta=beta, imitation=0.0)
    optimise(model, known, loss, pace, seed=seed)
    return Took(time.perf_counter() - started - reference, reference)


@torch.no_grad()
def _unlikelihood(model: LearningModel, examples: Sequence[Example]) -> dict[str, NDArray[Any]]:
    """For each comment its nats a token: among the tokens that drafting may write, and among all."""
    among, of_all = [], []
    for one in examples:
        [logprobs] = model.logprobs([one])
        among.append(-float(logprobs.mean()))
        tokens = torch.tensor([[*one.prompt, *one.comment]], device=model.device)
        logits = model.net(input_ids=tokens).logits[0, len(one.prompt) - 1 : -1].float()
        of_all.append(float(F.cross_entropy(logits, tokens[0, len(one.prompt) :])))
    return {"held_out_loss": np.array(among), "held_out_loss_whole_vocabulary": np.array(of_all)}


@torch.no_grad()
def _misjudgement(model: LearningModel, pairs: Sequence[Pair], beta: float) -> dict[str, NDArray[Any]]:
    """For each pair the loss of DPO, and whether the model moved towards the better text.

    Read in the same batches as the reference: in bf16 the way of reading shows.
    """
    order = sorted(pairs, key=len)
    losses, right = [], []
    for start in range(0, len(order), _AT_ONCE):
        some = order[start : start + _AT_ONCE]
        read_now = model.read_together([pair.texts for pair in some])
        for pair, (better, worse) in zip(some, read_now, strict=True):
            gained, other = pair.gained(better.logprobs, worse.logprobs)
            margin = beta * (gained - other)
            losses.append(float(-F.logsigmoid(margin)))
            right.append(float(margin > 0))
    return {"held_out_loss": np.array(losses), "held_out_right": np.array(right)}


def _pairs(model: LearningModel, records: Sequence[Record], seed: int) -> Iterator[Pair]:
    """(demonstration ≻ a draft of it that a teacher would mend)."""
    for number, one in enumerate(records):
        rng = np.random.default_rng((seed, number))
        other = records[(number + int(rng.integers(1, len(records)))) % len(records)]
        draft = spoiled(one, other, rng)
        yield Pair(model.example(one.context, one.final), model.example(one.context, draft))


def spoiled(one: Record, other: Record, rng: np.random.Generator) -> str:
    """What a small model might have drafted for ``one``: its comment, naming colours that the drawing lacks,
    with the end of another comment."""
    language, text = one.language, one.final
    own = set(palette(one.context.facts))
    lacking = rng.permutation([row["name"] for row in table()["colours"] if row["name"] not in own])
    for number, ((start, end), _names) in reversed(list(enumerate(mentions(text, language)))):
        word = said(str(lacking[number % len(lacking)]), language)
        if text[start].isupper():
            word = word.capitalize()
        text = text[:start] + word + text[end:]
    last = split(text, language)[-1]
    return text[: last.start] + split(other.final, language)[-1].text


def _prompts(at: Setting, records: Sequence[Record], pace: Pace, tell: Tell) -> dict[str, Any]:
    """By now the process is warm."""
    figures: dict[str, Any] = {}
    for prompt in (COMPACT, LONG):
        model = at.open(prompt=prompt)
        examples = [model.example(one.context, one.final) for one in records]
        seconds = _imitate(model, examples, pace, seed=at.seed).descent
        tell(f"{prompt}: {seconds:.1f} s")
        figures[prompt] = {
            "tokens": sum(map(len, examples)),
            "prompt_tokens": round(sum(len(one.prompt) for one in examples) / len(examples)),
            "seconds": round(seconds, 2),
        }
    compact, long = figures[COMPACT], figures[LONG]
    return figures | {
        "ratio_tokens": round(long["tokens"] / compact["tokens"], 2),
        "ratio": round(long["seconds"] / compact["seconds"], 2),
    }


def _pace(stage: Stage, batch: int) -> Pace:
    return Pace(stage.batch or batch, stage.epochs, stage.rate)


def _dtype(model: LearningModel) -> torch.dtype:
    dtype: torch.dtype = next(model.net.parameters()).dtype
    return dtype
