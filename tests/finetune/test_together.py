"""Two processes that learn one night together end where one does."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.finetune import tiny_night
from tests.finetune.tiny_night import ends_alike, read_by, report

ROOT = Path(__file__).parents[2]


TORCHRUN = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2")
# With --cpu it starts one process only; this way it starts two, with graphics cards or without.
ACCELERATE = ("accelerate.commands.launch", "--multi_gpu", "--num_processes", "2")


def two(*arguments: object, launcher: Sequence[str] = TORCHRUN) -> subprocess.CompletedProcess[str]:
    """``python -m …`` as two processes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, "-m", *launcher, "-m", *map(str, arguments)],
        env=environment,
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=120,
    )


def test_two_processes_end_where_one_does(tiny_nights: Path) -> None:
    done = two("tests.finetune.tiny_night", tiny_nights, "two", launcher=ACCELERATE)
    assert done.returncode == 0, done.stderr
    ends_alike(tiny_nights, "two", "whole", to_the_bit=False)
    # Each did a part of the work, and none of it was done by both.
    first, second, alone = (
        sum(map(int, read_by(tiny_nights, out, process).read_text().split()))
        for out, process in (("two", 0), ("two", 1), ("whole", 0))
    )
    assert min(first, second) > 0.3 * alone
    assert first + second == alone


@pytest.mark.soak
def test_two_processes_of_which_one_is_killed_go_on(tiny_nights: Path) -> None:
    died = two("tests.finetune.tiny_night", tiny_nights, "again", "joint:30")
    assert died.returncode != 0
    assert signal.SIGKILL.name in died.stderr
    done = two("tests.finetune.tiny_night", tiny_nights, "again")
    assert done.returncode == 0, done.stderr
    ends_alike(tiny_nights, "again", "whole", to_the_bit=False)


def test_of_two_processes_on_the_command_line_one_speaks(tiny_nights: Path) -> None:
    recipe = tiny_nights / "all.yaml"
    recipe.write_text(yaml.safe_dump(tiny_night.RECIPE.model_dump(mode="json")), encoding="utf-8")
    told = ("--out", tiny_nights / "whole", "--recipe", recipe, "--base", tiny_nights / "tiny")
    done = two("webapp.cli", "learn", tiny_nights / "feedback.jsonl", *told)
    # A launcher would take the status of a rejected night for a crash.
    assert done.returncode == 0, done.stderr
    verdict, *reasons = done.stdout.splitlines()
    whole = report(tiny_nights, "whole")
    assert verdict == f"{whole['verdict']}: {tiny_nights / 'whole'}"
    assert [reason.strip() for reason in reasons] == whole["reasons"]


def test_what_stops_one_stops_both(tiny_nights: Path) -> None:
    empty = tiny_nights / "empty.jsonl"
    empty.write_text("", encoding="utf-8")
    done = two("webapp.cli", "learn", empty, "--out", tiny_nights / "nothing", "--base", tiny_nights / "tiny")
    assert done.returncode != 0
    assert done.stderr.count("empty.jsonl holds no record") == 1
