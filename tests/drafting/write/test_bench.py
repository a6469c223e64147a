"""What the benchmark of drafting compares, with a writer that takes longer where it has a reward."""

import time
from collections.abc import Sequence

import pytest

from drafting.write.bench import _ranking
from drafting.write.request import Request, Style, Writer, Written


class Slow(Writer):
    """Notes for how many drawings it wrote, and the size of its reward."""

    model, chat, needs_leading, prompt, reward = "slow", False, False, "", None

    def __init__(self) -> None:
        self.asked: list[tuple[int, int, int]] = []

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        self.asked.append((len(requests), n, 0 if self.reward is None else len(self.reward.states)))
        time.sleep(0.04 if self.reward is None else 0.12)
        return [[Written("Orange.")] * n for _ in requests]


def test_the_same_class_is_drafted_with_a_reward_and_without() -> None:
    writer = Slow()
    figures = _ranking(writer, 7, 3)
    plain, ordered = [(2, 8, 0), (1, 8, 0)], [(2, 8, 7), (1, 8, 7)]
    # After a first one to warm up; what is flagged is not written anew.
    assert writer.asked == [(2, 8, 0), *plain, *ordered, *ordered, *plain]
    assert figures["ordered"] == [False, True, True, False]
    first, second, third, fourth = figures["seconds"]
    assert figures["ratio"] == pytest.approx((second + third) / (first + fourth), rel=0.3)  # rounded seconds
