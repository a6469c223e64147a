"""A night, and what stands in for learning: it keeps its place, tells its progress, writes an adapter."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import Session

from drafting.bases.preparing import sha256
from webapp.accounts.tables import Language
from webapp.platform.worker import Worker
from webapp.school import nights
from webapp.school.serving import champion
from webapp.school.tables import NightRun

STEPS = 12


@dataclass(frozen=True)
class Progress:
    stage: str
    done: int
    total: int
    seconds_left: float | None = None


@dataclass(frozen=True)
class Report:
    verdict: str
    reasons: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


@dataclass
class Learning:
    """Called as ``learn`` is; keeps what it was given. ``seconds`` is how long a step takes."""

    verdict: str = "promoted"
    seconds: float = 0.0
    on_step: Callable[[int], None] = lambda step: None
    given: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, feedback: Path, out: Path, *, tell: Callable[[Progress], None], **more: Any) -> Report:
        lines = feedback.read_text(encoding="utf-8").splitlines()
        given = {"records": [json.loads(line) for line in lines], "mode": feedback.stat().st_mode & 0o777}
        self.given.append({**more, **given, "feedback": feedback})
        place = out.with_name(f"{out.name}.work") / "place"
        place.parent.mkdir(parents=True, exist_ok=True)
        done = int(place.read_text()) if place.exists() else 0
        for step in range(done, STEPS):
            self.on_step(step)
            time.sleep(self.seconds)
            place.write_text(str(step + 1))
            tell(Progress("imitating", step + 1, STEPS, 60.0))
        exam = {"exam": {"edit_cost": {"mean": 0.31, "low": 0.28, "high": 0.34}}}
        write_adapter(out, base=more["base"], metrics=exam, data={"train": len(lines)})
        reasons = () if self.verdict == "promoted" else ("Edit cost rose.",)
        return Report(self.verdict, reasons, {"exam": {"sft": exam}, "counts": {"train": len(lines)}})


def write_adapter(folder: Path, *, base: str = "smollm2", **told: Any) -> None:
    """Whole as far as hashes tell; nothing in it can be loaded."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_config.json").write_text("{}", encoding="utf-8")
    (folder / "adapter_model.safetensors").write_bytes(folder.name.encode())
    hashes = {name: sha256(folder / name) for name in ("adapter_config.json", "adapter_model.safetensors")}
    meta = {"id": folder.name, "base": base, "prompt": "comment@1", "sha256": hashes, **told}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")


def pass_night(session: Session, worker: Worker, *, key: str = "tonight") -> NightRun | None:
    """One night of English, as far as one claim goes."""
    job = nights.enqueue(session, Language.ENGLISH, f"night:{key}")
    session.commit()
    worker.work_once()
    session.rollback()
    session.expire_all()
    return session.get(NightRun, job.id)


def serving(session: Session) -> str | None:
    version = champion(session, Language.ENGLISH)
    return version.id if version else None
