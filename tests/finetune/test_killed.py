"""A night goes on where it was killed, and comes to what it would have come to."""

import random
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from finetune.plan import plan_for
from tests.finetune import tiny_night
from tests.finetune.tiny_night import ends_alike, start, told_of

# In the order of the night: before and after a checkpoint, between two, in every kind of stage.
POINTS = (
    "exam of champion: exam:6",
    "sft:10",
    "sft:40",
    "reward:24",
    "joint:30",
    "policy:5",  # while it samples: a group of four is written, and more are to be
    "policy:30",
    "exam of sft+reward: exam:6",
    "exam of champion: golden:1",
    "report",
)


def killed_at(folder: Path, out: str, points: Sequence[str]) -> None:
    for point in points:
        assert start(folder, out, point) == -signal.SIGKILL, point
        assert not (folder / out).exists()
    assert start(folder, out) == 0


def test_a_night_that_is_killed_ten_times_ends_as_one_that_is_not(tiny_nights: Path) -> None:
    killed_at(tiny_nights, "killed", POINTS)
    ends_alike(tiny_nights, "killed", "whole")
    told = told_of(tiny_nights, "killed")
    # Of the steps only those were done again that no checkpoint held (there is one at every 25th), of an exam
    # what was not over, and of a stage that was done nothing.
    assert [told[f"sft:{step}"] for step in (1, 10, 25, 26, 40, 41)] == [2, 2, 1, 2, 2, 1]
    assert [told[f"joint:{step}"] for step in (1, 25, 26)] == [1, 1, 2]
    assert [told[f"exam of {who}: exam:1"] for who in ("champion", "sft+reward")] == [2, 2]
    assert [told[f"{reward}:8"] for reward in ("reward", "reward 2")] == [2, 1]


def test_a_night_that_is_over_is_reported_again_and_leaves_nothing_behind(tiny_nights: Path) -> None:
    left = tiny_nights / "whole.work"
    left.mkdir()  # killed while it cleaned up
    assert start(tiny_nights, "whole") == 0
    assert not left.exists()


def test_a_plan_is_taken_up_as_it_was_made(tiny_nights: Path, tmp_path: Path) -> None:
    def plan() -> Any:
        feedback = tiny_nights / "feedback.jsonl"
        return plan_for(feedback, tmp_path, tiny_night.RECIPE, language=None, start=None, seed=0)

    made, kept = plan(), plan()
    assert kept == made
    assert [one.line["final"] for one in kept.train] == [one.line["final"] for one in made.train]
    assert not [one for one in kept.train if tiny_night.PASTED in one.final]


@pytest.mark.soak
@pytest.mark.parametrize("point", POINTS)
def test_a_night_that_is_killed_once(tiny_nights: Path, point: str) -> None:
    killed_at(tiny_nights, point.replace(":", "-"), [point])
    ends_alike(tiny_nights, point.replace(":", "-"), "whole")


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_a_night_that_is_killed_at_any_time(tiny_nights: Path, seed: int) -> None:
    rng, out = random.Random(seed), f"any{seed}"
    end = time.monotonic() + 120
    while start(tiny_nights, out, seconds=rng.uniform(0.5, 6)) != 0:
        assert time.monotonic() < end, "it never comes to an end"
    ends_alike(tiny_nights, out, "whole")
