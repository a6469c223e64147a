"""A tiny model that learns, and feedback made in code."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock

from drafting.bases import Base
from finetune.model import LearningModel, open_model
from prompts import Prompt, builtin, load
from tests.drafting.write.tiny import tiny_folder
from tests.finetune import tiny_night

# The tiny model's alphabet has small letters only, and its positions end at 256.
PLAIN = """
id: tiny
version: 1
language: en
form: compact
about: for tests
system: ""
user: "{{ theme }}, {{ voice }}"
start: "comment,"
stop: ["\\n"]
"""


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """The tiny base."""
    return Base(str(tiny_folder(tmp_path_factory.mktemp("tiny"))), "folder")


@pytest.fixture(scope="session")
def prompt() -> Prompt:
    """A prompt that the tiny base can spell."""
    return load(PLAIN)


@pytest.fixture(scope="session")
def tiny_nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for nights on the tiny base; in ``whole`` lies one that nothing interrupted. The processes
    that share the tests share it."""
    of_all = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        of_all = of_all.parent
    folder = of_all / "nights"
    with FileLock(of_all / "nights.lock"):
        if not (folder / "whole" / "report.json").exists():
            folder.mkdir(exist_ok=True)
            assert tiny_night.start(tiny_night.prepare(folder), "whole") == 0
    return folder


@pytest.fixture
def learner(tiny: Base, prompt: Prompt, tmp_path: Path) -> Callable[..., LearningModel]:
    """Opens the tiny base with a fresh adapter."""

    def opened(**options: Any) -> LearningModel:
        return open_model(tiny, tmp_path, prompt, rank=4, **options)

    return opened


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """In bf16 the last bits depend on what stands beside in the batch."""
    for place in ("finetune.model.best_dtype", "drafting.write.local.best_dtype"):
        monkeypatch.setattr(place, lambda: torch.float32)


def line(number: int, **changes: Any) -> dict[str, Any]:
    """A line of feedback: lesson by lesson of five, two teachers in turn."""
    told: dict[str, Any] = {
        "schema": 1,
        "id": f"r{number}",
        "language": "en",
        "teacher": "ab"[number // 5 % 2],
        "accepted_at": f"2026-11-{1 + number // 10:02d}T09:00:00Z",
        "lesson": {"id": f"l{number // 5}", "theme": f"a {['red', 'blue', 'green', 'grey'][number % 4]} cat"},
        "facts": {},
        "context": {"voice": "ab"[number // 5 % 2]},
        "drafts": [{"text": f"draft number {n} of a cat."} for n in range(4)],
        "chosen": number % 4,
        "final": "the cat is red and sits on a mat.",
    }
    return told | changes


ENGLISH = builtin("en", "comment")
