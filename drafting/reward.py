"""What a tuned writer's teachers prefer: a number for each draft, by which the desk's candidates are ordered.

A straight line through the writer's own states, the likelihood of its words and the hand-made score. It is
learned in ``finetune.reward`` and lies in the adapter's folder, since it reads that adapter's states alone.
"""

from dataclasses import dataclass
from math import exp
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

FILE = "reward.safetensors"


@dataclass(frozen=True)
class Reward:
    """``states`` ``[hidden]`` weighs the mean of the normed states that a draft's tokens came from.

    ``usual`` is taken off: the mean over the texts that it was learned from. Preferences tell nothing of a
    reward's height, and far from 0 all drafts would be as good as certain, or as good as hopeless.
    """

    states: NDArray[np.float32]
    fluency: float
    score: float
    usual: float = 0.0

    def of(self, states: NDArray[np.float32], fluency: float, score: float) -> float:
        """The reward of a draft with these mean states; only differences on one drawing mean something."""
        return self.sum(float(states @ self.states), fluency, score)

    def sum(self, judged: float, fluency: float, score: float) -> float:
        """The same, where the part of the states was added up while writing."""
        return judged + self.fluency * fluency + self.score * score - self.usual

    def save(self, folder: Path) -> None:
        """Writes ``reward.safetensors`` into an adapter's folder."""
        rest = np.array([self.fluency, self.score, self.usual], np.float32)
        save_file({"states": self.states.astype(np.float32), "rest": rest}, folder / FILE)


def load_reward(folder: Path) -> Reward | None:
    """The reward in an adapter's folder; None where there is none."""
    if not (folder / FILE).is_file():
        return None
    tensors = load_file(folder / FILE)
    return Reward(tensors["states"], *map(float, tensors["rest"]))


def squashed(reward: float) -> float:
    """A reward as a draft's score, 0..1, the logistic function of it."""
    return 1 / (1 + exp(-max(-60.0, min(60.0, reward))))
