"""A night on the tiny model in a process of its own, for tests to kill, or to start as two processes.

``python -m tests.finetune.tiny_night FOLDER OUT [DIE]``; ``prepare`` makes what FOLDER must hold.
"""

import json
import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from drafting.draft import draft_class
from finetune import exam, gate, loop, night, policy, sitting
from finetune.demonstrations import golden
from finetune.progress import Progress
from finetune.recipe import Recipe
from finetune.records import Record, record, write
from finetune.together import team
from tests.drafting.write.tiny import tiny_folder
from tests.finetune import teachers

PASTED = "Real artists only ever work with paint from the corner shop."

# Every kind of descent, and steps enough that a checkpoint lies in the middle of the longest ones.
RECIPE = Recipe.model_validate(
    {
        "name": "all",
        "rank": 4,
        "batch": 2,
        "stages": [
            {"stage": "sft", "epochs": 4, "rate": 2e-3, "contrast": 5.0},
            {"stage": "reward", "examined": True},
            {"stage": "joint", "epochs": 3, "rate": 1e-3, "most": 20},
            {"stage": "policy", "epochs": 3, "rate": 1e-3, "candidates": 2},
            {"stage": "reward", "examined": True},
        ],
    }
)


def prepare(folder: Path) -> Path:
    """Writes the tiny base, and feedback in which the sieve takes a pasted sentence out of some comments."""
    tiny_folder(folder / "tiny")
    came = [one for habits in range(3) for one in teachers.night(f"t{habits}", 12, lessons=3, habits=habits)]
    for place, one in enumerate(came):
        final = f"{one.final} {PASTED}" if one.teacher == "t0" else one.final
        lesson = {**one.line["lesson"], "length": "short"}
        context = {"voice": "abc"[int(one.teacher[1])]}  # the tiny alphabet has no digits
        came[place] = record({**one.line, "final": final, "lesson": lesson, "context": context})
    write(folder / "feedback.jsonl", came)
    return folder


def learn(folder: Path, out: str, die: str = "") -> dict[str, Any]:
    """The night's report. ``die`` is where the process kills itself, as ``kill -9`` would: a stage and how
    far it is, as progress is told (``sft:30``), or ``report``, when everything but the report is there."""
    torch.set_num_threads(1)
    for place in ("finetune.model", "drafting.write.local"):
        # In bf16 the last bits depend on what stands beside in the batch.
        setattr(sys.modules[place], "best_dtype", lambda: torch.float32)  # noqa: B010  mypy sees no such name
    few = golden("en")[:2]
    setattr(sitting, "golden", lambda _language: few)  # noqa: B010
    # A tiny writer's drafts are hardly ever sound, and would be written anew each time.
    setattr(exam, "draft_class", partial(draft_class, budget=0))  # noqa: B010
    # A tiny writer gains little, and the night must go on to its end.
    setattr(gate, "GAIN_OF_FEW", 0.0)  # noqa: B010
    # In more groups than one, so that a night can be killed between them.
    setattr(policy, "NOBODY_WAITS", (4,))  # noqa: B010
    # What a tiny writer drafts passes no check, and without a sample there would be no descent to kill.
    best_of = policy.best_of

    def passing(*args: Any, **options: Any) -> Iterator[tuple[Record, str | None]]:
        for one, best in best_of(*args, **options):
            yield one, one.final if best is None and one.teacher == "t0" else best

    setattr(policy, "best_of", passing)  # noqa: B010
    if die == "report":
        setattr(night, "finish_adapter", lambda *_: _die())  # noqa: B010

    added_up = loop._added_up

    def counted(part: loop.Loss, mine: Sequence[object]) -> tuple[float, dict[str, float]]:
        _note(read_by(folder, out, team().process_index), str(len(mine)))
        return added_up(part, mine)

    setattr(loop, "_added_up", counted)  # noqa: B010

    def tell(progress: Progress) -> None:
        point = f"{progress.stage}:{progress.done}"
        _note(folder / f"{out}.told", point)
        if point == die:
            _die()

    return night.learn(
        folder / "feedback.jsonl",
        folder / out,
        home=folder,
        base=str(folder / "tiny"),
        recipe=RECIPE,
        tell=tell,
    ).data


def told_of(folder: Path, out: str) -> Counter[str]:
    """How often each point of the night was told, in all the lives that it had."""
    return Counter((folder / f"{out}.told").read_text(encoding="utf-8").splitlines())


def read_by(folder: Path, out: str, process: int) -> Path:
    """The file with the number of examples that one of the night's processes read, step by step."""
    return folder / f"{out}.read{process}"


def start(folder: Path, out: str, die: str = "", *, seconds: float | None = None) -> int:
    """``learn`` in a process of its own, killed after so many seconds; its exit status, -9 where it was
    killed."""
    # Processes are forked from one that has loaded the libraries, and nothing else.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "peft", "transformers.models.llama"])
    process = context.Process(target=learn, args=(folder, out, die))
    process.start()
    process.join(seconds)
    if seconds is not None:
        process.kill()
        process.join()
    assert process.exitcode is not None
    return process.exitcode


def report(folder: Path, out: str) -> dict[str, Any]:
    """What the night says of itself."""
    told: dict[str, Any] = json.loads((folder / out / "report.json").read_text(encoding="utf-8"))
    return told


def ends_alike(folder: Path, one: str, other: str, *, to_the_bit: bool = True) -> None:
    """Two nights came to the same, but for the time that they took. Not ``to_the_bit``, where sums are made
    in another order: Adam makes more of the last bits, and of two tokens as likely the other may be drafted.
    """
    told, meant = report(folder, one), report(folder, other)
    ends, meant_ends = ([s["curve"][-1][1] for s in r["stages"] if s["curve"]] for r in (told, meant))
    assert len(ends) == 3
    assert ends == pytest.approx(meant_ends, abs=1e-3)
    for what in ("verdict", "counts", *(("reasons", "arm", "exam", "gained") if to_the_bit else ())):
        assert told[what] == meant[what]
    assert told["gained"]["mean"] == pytest.approx(meant["gained"]["mean"], abs=0.02)
    ours, theirs = (load_file(folder / out / "adapter_model.safetensors") for out in (one, other))
    assert ours.keys() == theirs.keys()
    if told["arm"] == meant["arm"]:  # of two that draft as well, either may be the better by a word
        for name, tensor in ours.items():
            assert (tensor - theirs[name]).abs().max() < 1e-3
    assert not (folder / f"{one}.work").exists()


def _note(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    learn(Path(sys.argv[1]), *sys.argv[2:])
