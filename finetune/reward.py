"""Step two, a reward model: what do teachers prefer?

Every acceptance says twice what is better: the draft that was chosen beats those beside it, and the text that
the teacher made of it beats the draft. By Bradley and Terry (1952), P(a beats b) = σ(r(x, a) − r(x, b)); the
reward of a comment y on a prompt x is linear,

    r(x, y) = w·h + a·l + b·s − c,

in what the writer has at hand while it writes: h ``[width]``, the mean of the last normed states that predict
y's tokens; l, y's fluency in nats a token (both in ``Reading``); and s, the hand-made score, 0 to 1. c is
what is usual, so that r is 0 in the mean of the texts compared: preferences tell of differences alone. A
linear model on frozen states learns from a few hundred pairs in seconds, and costs nothing when drafting. One
chosen of four counts as three pairs, as if they were independent (Plackett and Luce would give the exact
likelihood).

What it is fitted to, sft has just imitated. The better text of an edit is one that the model has learned, and
a chosen draft is much like it: so fluency, above all, may look a better sign there than it is of new drafts.
Therefore the reward is judged on choices that neither has seen, and ranks the drafts only where it agrees
with these more often, in the mean, than the ranking before (``stages``). Of few choices chance may decide
that. Against it the exam protects, which measures the four drafts that it would have shown, of eight.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from drafting.check import check
from drafting.rank import score
from drafting.reward import Reward
from finetune.figures import interval
from finetune.model import Example, LearningModel
from finetune.records import Record, lesson_of
from finetune.replay import latest

# Strengths of the L2 penalty that are tried; which is best is seen on lessons left out. Where that cannot be
# seen, of one lesson, it is the strongest.
_RIDGES = (1.0, 0.1, 0.01, 0.001)
_FOLDS = 4
KINDS = ("choice", "edit")
_MOST = 80  # records, the last of every teacher, that a reward is fitted to: all are long to read
_AT_ONCE = 8
_ROW = 480  # tokens of texts on one drawing that are read together, so that a batch fits into memory


@dataclass(frozen=True)
class Comparison:
    """Two texts on one drawing, of which the first is preferred. ``kind`` is ``choice`` or ``edit``."""

    record: Record
    better: str
    worse: str
    kind: str


@dataclass(frozen=True)
class Taught:
    """The reward, of how many comparisons of each kind it was learned, and by kind how it does on records
    that it had not seen; see ``_held_out``."""

    reward: Reward
    counts: dict[str, int]
    held_out: dict[str, dict[str, Any]]


def comparisons(records: Sequence[Record]) -> list[Comparison]:
    """What the records say: chosen over not chosen, edited over chosen. Nothing where the two are equal, or
    one is blank."""
    found = []
    for one in records:
        chosen = one.draft
        if chosen is None:
            continue
        others = [d.text for i, d in enumerate(one.drafts) if i != one.chosen and d.text != chosen.text]
        found += [Comparison(one, chosen.text, other, "choice") for other in others]
        if one.final.strip() != chosen.text.strip():
            found.append(Comparison(one, one.final, chosen.text, "edit"))
    return [pair for pair in found if pair.better.strip() and pair.worse.strip()]


def teach(
    model: LearningModel,
    learn: Sequence[Record],
    held_out: Sequence[Record],
    *,
    seed: int = 0,
    tell: Callable[[int, int], None] | None = None,
) -> Taught:
    """Fits the reward to ``_MOST`` records of ``learn`` that compare, which stand in time: the last of every
    teacher, one after another. Tells how often it agrees with ``held_out``.

    ValueError when nothing is compared in ``learn``.
    """
    telling = [one for one in learn if comparisons([one])]
    pairs, unseen = comparisons(latest(telling, _MOST)), comparisons(held_out)
    if not pairs:
        raise ValueError("no teacher chose or changed a draft: there is nothing to compare")
    compared = list({pair.record.id: pair.record for pair in (*pairs, *unseen)}.values())
    features = _Features(model, compared, tell or (lambda _done, _total: None))
    reward = _centred(features, pairs, _fit(features, pairs, _best_ridge(features, pairs, seed)))
    return Taught(
        reward=reward,
        counts={kind: sum(pair.kind == kind for pair in pairs) for kind in KINDS},
        held_out=_held_out(
            unseen, lambda one, text: features.reward(reward, one, text), features.before, seed
        ),
    )


_Worth = Callable[[Record, str], float]


def _held_out(pairs: Sequence[Comparison], worth: _Worth, before: _Worth, seed: int) -> dict[str, Any]:
    """By kind of comparison: ``n`` records, how often the reward (``agreement``) and the hand-made order
    (``before``) find the better text worth more, and by how much more often the reward does (``gained``).

    The last three are means over records with their intervals: of three drafts that were not chosen each is a
    comparison, but they are one choice.
    """
    told = {}
    for kind in KINDS:
        rows: dict[str, list[Comparison]] = {}
        for pair in (pair for pair in pairs if pair.kind == kind):
            rows.setdefault(pair.record.id, []).append(pair)
        if not rows:
            continue
        lessons = [lesson_of(row[0].record) for row in rows.values()]
        now, then = ([_right(row, by) for row in rows.values()] for by in (worth, before))
        gained = [one - other for one, other in zip(now, then, strict=True)]
        told[kind] = {"n": len(rows)} | {
            name: interval(values, seed, lessons=lessons)
            for name, values in (("agreement", now), ("before", then), ("gained", gained))
        }
    return told


def _right(pairs: Sequence[Comparison], worth: _Worth) -> float:
    return sum(worth(p.record, p.better) > worth(p.record, p.worse) for p in pairs) / len(pairs)


class _Features:
    """What is known of each text on each drawing: states, fluency, hand-made score; computed once."""

    def __init__(
        self, model: LearningModel, records: Sequence[Record], tell: Callable[[int, int], None]
    ) -> None:
        self._states: dict[tuple[str, str], Tensor] = {}
        self._fluency: dict[tuple[str, str], float] = {}
        self._scores: dict[tuple[str, str], float] = {}
        groups = sorted((group for one in records for group in _groups(model, one)), key=_tokens)
        with torch.inference_mode():
            for start in range(0, len(groups), _AT_ONCE):
                some = groups[start : start + _AT_ONCE]
                readings = model.read_together([group.examples for group in some], fluency=True)
                for group, read in zip(some, readings, strict=True):
                    for text, one in zip(group.texts, read, strict=True):
                        key = (group.record.id, text)
                        self._states[key], self._fluency[key] = one.state.cpu().clone(), one.fluency
                        self._scores[key] = _score(group.record, text)
                tell(min(start + _AT_ONCE, len(groups)), len(groups))

    def difference(self, comparison: Comparison) -> Tensor:
        """What the better text has more of than the worse."""
        one = comparison.record.id
        return self._of((one, comparison.better)) - self._of((one, comparison.worse))

    def reward(self, reward: Reward, record: Record, text: str) -> float:
        key = (record.id, text)
        return reward.of(self._states[key].numpy(), self._fluency[key], self._scores[key])

    def before(self, record: Record, text: str) -> float:
        """The order that ranking has without a reward; see ``drafting.draft``."""
        key = (record.id, text)
        return float(self._scores[key] * torch.tensor(self._fluency[key] / 2).exp())

    def _of(self, key: tuple[str, str]) -> Tensor:
        return torch.cat([self._states[key], torch.tensor([self._fluency[key], self._scores[key]])])


@dataclass(frozen=True)
class _Group:
    """Texts on one drawing, read together."""

    record: Record
    texts: list[str]
    examples: list[Example]


def _groups(model: LearningModel, record: Record) -> Iterator[_Group]:
    """The record's different texts, as many together as fit into a row."""
    texts = dict.fromkeys(text for text in (*(draft.text for draft in record.drafts), record.final))
    group = _Group(record, [], [])
    for text in filter(str.strip, texts):
        example = model.example(record.context, text)
        if group.texts and _tokens(group) + len(example.comment) > _ROW:
            yield group
            group = _Group(record, [], [])
        group.texts.append(text)
        group.examples.append(example)
    if group.texts:
        yield group


def _tokens(group: _Group) -> int:
    return len(group.examples[0].prompt) + sum(len(one.comment) for one in group.examples)


def _score(record: Record, text: str) -> float:
    flags = check(text, context=record.context, language=record.language)
    return score(text, flags, context=record.context, language=record.language)


def _best_ridge(features: _Features, pairs: Sequence[Comparison], seed: int) -> float:
    """The L2 penalty that agrees best with lessons left out in turn."""
    lessons = sorted({lesson_of(pair.record) for pair in pairs})
    turn = torch.randperm(len(lessons), generator=torch.Generator().manual_seed(seed)).tolist()
    fold = {lessons[i]: place % _FOLDS for place, i in enumerate(turn)}

    def right(ridge: float) -> float:
        hits = 0
        for out in range(_FOLDS):
            inside = [pair for pair in pairs if fold[lesson_of(pair.record)] != out]
            outside = [pair for pair in pairs if fold[lesson_of(pair.record)] == out]
            if inside and outside:
                weights = _weights(features, inside, ridge)
                hits += sum(float(features.difference(pair) @ weights) > 0 for pair in outside)
        return hits

    return max(_RIDGES, key=right)


def _fit(features: _Features, pairs: Sequence[Comparison], ridge: float) -> Reward:
    weights = _weights(features, pairs, ridge)
    return Reward(weights[:-2].numpy(), float(weights[-2]), float(weights[-1]))


def _centred(features: _Features, pairs: Sequence[Comparison], reward: Reward) -> Reward:
    """The reward that is 0 in the mean of the texts that were compared."""
    texts = {(pair.record.id, text): pair.record for pair in pairs for text in (pair.better, pair.worse)}
    worth = [features.reward(reward, record, text) for (_, text), record in texts.items()]
    return replace(reward, usual=sum(worth) / len(worth))


def _weights(features: _Features, pairs: Sequence[Comparison], ridge: float) -> Tensor:
    """The weights of all features, ``[width + 2]``: of the states, of fluency and of the score (w, a, b).

    They minimise the mean of −log σ(w·d), each kind of comparison weighing the same in sum, plus the L2
    penalty ridge·Σᵢ(wᵢ·mᵢ)². d are a pair's differences, and mᵢ is how large feature i's are (the root of
    their mean square): so all are measured alike, whichever text is the better one.
    """
    differences = torch.stack([features.difference(pair) for pair in pairs])
    spread = differences.square().mean(0).sqrt() + 1e-6
    scaled = differences / spread
    kinds = [pair.kind for pair in pairs]
    weigh = torch.tensor([1 / kinds.count(kind) for kind in kinds])
    weights = torch.zeros(scaled.shape[1], requires_grad=True)
    optimiser = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        total = (weigh * F.softplus(-scaled @ weights)).sum() / weigh.sum() + ridge * weights.square().sum()
        total.backward()
        return total

    optimiser.step(loss)
    return weights.detach() / spread
