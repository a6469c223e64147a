"""Who sits which exam of a night. What was sat is kept, so that a resumed night does not sit it again."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from drafting.bases import Base
from drafting.write import open_writer
from finetune.demonstrations import golden
from finetune.exam import Examined, Outcome, examine, summary
from finetune.files import read_json, write_json
from finetune.plan import Plan
from finetune.progress import Tell, teller
from finetune.records import Record

GOLDEN = "golden.json"
"""How an adapter fared on the golden cases: the next night need not let it sit them again."""


@dataclass(frozen=True)
class Sitting:
    """The exams of one night; ``work`` is its folder, and ``seed`` what it is drafted with.

    Who sits is a name, for the report, and the folder of an adapter, None for the base alone.
    """

    base: Base
    home: Path
    plan: Plan
    work: Path
    seed: int
    tell: Tell

    def of(self, name: str, folder: Path | None) -> dict[str, Examined]:
        """What one adapter does on later lessons of known teachers, and on those of teachers held out."""
        return {
            "exam": self._examined(f"{name}: exam", folder, self.plan.exam, self.seed),
            "held_out": self._examined(f"{name}: held_out", folder, self.plan.held_out, self.seed),
        }

    def golden(self, name: str, folder: Path | None) -> Examined:
        """What one adapter does on the golden cases, which it may have sat on the night it was made."""
        records = golden(self.plan.language)
        told = read_json(folder / GOLDEN) if folder else None
        if told and told.get("drafting") == drafting():
            cases = tuple(Outcome(**case) for case in told["cases"])
            if [case.id for case in cases] == [one.id for one in records]:
                return Examined(cases, summary(cases))
        # Every night's with one seed, so that they can be held against each other.
        return self._examined(f"{name}: golden", folder, records, seed=0)

    @property
    def golden_cases(self) -> int:
        """How many of them there are."""
        return len(golden(self.plan.language))

    @property
    def seconds(self) -> float:
        """How long the exams took that were sat so far."""
        return sum(float(read_json(path)["seconds"]) for path in sorted(self.work.glob("exam-*.json")))

    def _examined(self, name: str, folder: Path | None, records: Sequence[Record], seed: int) -> Examined:
        kept = self.work / f"exam-{name.replace(': ', '-')}.json"
        if (told := read_json(kept)) is not None:
            cases = tuple(Outcome(**case) for case in told["cases"])
            return Examined(cases, summary(cases, seed))
        if not records:
            return Examined((), summary(()))
        began = time.monotonic()
        tell = teller(f"exam of {name}", self.tell)
        tell(0, len(records))  # the weights, and a whole group of drawings, may take a minute
        writer = open_writer(self.base, adapter=folder, home=self.home)
        done = examine(records, writer, taught=self.plan.train, seed=seed, tell=tell)
        seconds = round(time.monotonic() - began, 1)
        write_json(kept, {"seconds": seconds, "cases": [asdict(case) for case in done.cases]})
        return done


def keep_golden(folder: Path, sat: Examined) -> None:
    """Puts what an adapter did on the golden cases into its folder."""
    cases = [asdict(case) for case in sat.cases]
    write_json(folder / GOLDEN, {"drafting": drafting(), "cases": cases})


@cache
def drafting() -> str:
    """Changes with any code, prompt or word that drafting consists of: only what was drafted alike can be
    compared."""
    told = sha256()
    for package in ("drafting", "prompts"):
        root = Path(str(files(package)))
        for path in sorted(one for one in root.rglob("*") if one.suffix in {".py", ".yaml"}):
            told.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return told.hexdigest()[:16]
