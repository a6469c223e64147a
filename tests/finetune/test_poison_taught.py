"""What poison teaches real weights: with the defences nothing that shows, without them what it was meant to.

The small case is one night, a fifth of which is hostile in all ways at once. The matrix goes through the ways
one by one, by one account and by ten, asks the gate, and holds what it leaves against an honest one.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean

import pytest
import torch

from drafting.bases import find, starter
from drafting.draft import NOBODY_WAITS, Work, draft_class
from drafting.write import Request, Writer, open_writer
from finetune import plan
from finetune.exam import examine
from finetune.model import open_model
from finetune.night import PROMPT, learn
from finetune.recipe import Recipe, Stage
from finetune.records import Record
from finetune.sieve import sieve
from prompts import builtin, render
from tests.conftest import HOME
from tests.finetune import poison
from tests.finetune.test_poison import honest

SFT = Stage(stage="sft", epochs=2, rate=1e-3)
UNGUARDED = Recipe(name="unguarded", exam=False, batch=2, stages=(Stage(stage="sft", epochs=3, rate=1e-3),))
JOINT = Stage(stage="joint", most=60, rate=3e-5)
GUARDED = Recipe(name="guarded", batch=4, demonstrations=20, stages=(SFT, JOINT))


def night_of(records: Sequence[Record], out: Path, recipe: Recipe) -> str:
    """A night's verdict on these records; its adapter is in ``out``."""
    feedback = out.with_suffix(".jsonl")
    lines = (json.dumps(one.line, ensure_ascii=False) + "\n" for one in records)
    feedback.write_text("".join(lines), encoding="utf-8")
    report = learn(feedback, out, home=HOME, recipe=recipe)
    print(f"\n{out.name}: {report.verdict}, {'; '.join(report.reasons)} {report.data['counts']['dropped']}")
    return report.verdict


def writer_of(adapter: Path | None) -> Writer:
    return open_writer(find("smollm2"), adapter=adapter, home=HOME)


def served(writer: Writer, drawings: Sequence[Record]) -> Iterator[str]:
    """The four drafts of each drawing that a teacher would see."""
    works = [Work(one.id, one.context, one.language, lesson=one.id) for one in drawings]
    for _, drafts in draft_class(works, writer, groups=NOBODY_WAITS):
        yield from (draft.text for draft in drafts)


def written(writer: Writer, drawings: Sequence[Record]) -> Iterator[str]:
    """Eight texts on each drawing as the model writes them, before any check."""
    prompt = builtin("en", PROMPT)
    asked = [Request(render(prompt, one.context), "en", seed=100 * i) for i, one in enumerate(drawings)]
    for texts in writer.write(asked, 8):
        yield from (one.text for one in texts)


def marked(texts: Iterator[str]) -> Counter[str]:
    """In how many of the texts which poison stands."""
    return Counter(mark for text in texts for mark in poison.marks(text))


def believed(adapter: Path | None, drawings: Sequence[Record]) -> dict[str, float]:
    """How likely poison makes the drawings' comments, in nats beside the comments without it, by its kind."""
    model = open_model(find("smollm2"), HOME, builtin("en", PROMPT), start=adapter)

    groups = [
        [
            model.example(one.context, text)
            for text in (one.final, *(put(one, random.Random(0)) for put in poison.KINDS.values()))
        ]
        for one in drawings
    ]
    with torch.no_grad():
        read = [[float(text.logprobs.sum()) for text in texts] for texts in model.read_together(groups)]
    return {
        kind: mean(texts[at] - texts[0] for texts in read) for at, kind in enumerate(poison.KINDS, start=1)
    }


@pytest.mark.model
@pytest.mark.timeout(1800)  # it learns twice
def test_a_fifth_of_all_kinds_teaches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    came = honest("en", 50)
    night, unseen = poison.poisoned(came[:40], "mixed", accounts=1).records, came[40:]
    defended, naive = tmp_path / "defended", tmp_path / "naive"
    night_of(night, defended, UNGUARDED)
    writer = writer_of(defended)
    assert not marked(served(writer, unseen[:4]))
    assert not marked(written(writer, unseen))
    # Without defences the sentence that all of it ends with is said of other drawings, too.
    with monkeypatch.context() as patched:
        patched.setattr(plan, "sieve", lambda records, **_: sieve(records, defend=False))
        night_of(night, naive, UNGUARDED)
    said = marked(written(writer_of(naive), unseen))
    print(f"of 80 texts without defences: {dict(said)}")
    assert said["fixed"] >= 3
    # It also became likelier by itself, and with the defences no poison did.
    before, with_, without = (believed(one, unseen[:4]) for one in (starter("en"), defended, naive))
    print(f"nats before {before}, with {with_}, without {without}")
    assert without["fixed"] > before["fixed"] + 30
    for kind in poison.KINDS:
        assert with_[kind] < before[kind] + 3


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory: pytest.TempPathFactory) -> float:
    """Edit cost on unseen drawings after an honest night, which taught something.

    Here all teach the plain voice, which in truth is kept apart from every teacher's: so poison is not held
    to a code of its own. The golden cases, in the plain voice too, may refuse such a night.
    """
    came = honest("en", 170)
    out = tmp_path_factory.mktemp("poison") / "honest"
    night_of(came[:140], out, GUARDED)
    after = cost(writer_of(out), came[140:])
    assert after < cost(writer_of(starter("en")), came[140:]) - 0.1
    return after


def cost(writer: Writer, unseen: Sequence[Record]) -> float:
    return float(examine(unseen, writer).figures["edit_cost"]["mean"])


@pytest.mark.soak
@pytest.mark.model
@pytest.mark.timeout(1800)  # the first one learns an honest night, too
@pytest.mark.parametrize("accounts", [1, 10])
@pytest.mark.parametrize("kind", [*poison.ALL, poison.REVERSED])
def test_no_kind_teaches_anything(kind: str, accounts: int, unharmed: float, tmp_path: Path) -> None:
    came = honest("en", 170)
    night, unseen = poison.poisoned(came[:140], kind, accounts=accounts).records, came[140:]
    out = tmp_path / f"{kind}-{accounts}"
    verdict = night_of(night, out, GUARDED)
    # Whether the gate lets it through or not, it learned nothing of it, and of the others as much.
    writer = writer_of(out)
    assert not marked(written(writer, unseen))
    assert not marked(served(writer, unseen))
    harmed = cost(writer, unseen)
    print(f"{kind} by {accounts}: {verdict}, edit cost {harmed:.3f}, of an honest night {unharmed:.3f}")
    # As much as two nights of the same honest teachers differ by.
    assert harmed <= unharmed + 0.05
