"""The benchmark of the learning, on a tiny model and without TRL, which the tests do not need."""

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from drafting.bases import Base
from drafting.check import check
from drafting.check.sentences import split
from finetune import bench, bench_trl
from finetune.demonstrations import golden
from prompts.vocabulary import Language
from tests.conftest import skip_unless
from webapp.cli import main


def absent(_name: str) -> str:
    raise PackageNotFoundError


def test_without_trl_it_measures_itself_and_says_what_to_install(
    tiny: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_trl, "version", absent)
    monkeypatch.setattr(bench, "QUICK_EXAMPLES", 12)
    monkeypatch.setattr(bench, "golden", lambda language: golden(language)[:6])
    told: list[str] = []
    figures = bench.bench_learn(tiny.name, quick=True, home=tmp_path, tell=told.append)["learn"]
    assert json.loads(json.dumps(figures)) == figures
    assert "pip install -c constraints.txt -e '.[bench]'" in figures["trl"]
    assert (figures["examples"], figures["held_out"], figures["prompt"]) == (12, 6, "comment@2")
    for stage in ("sft", "dpo"):
        part = figures[stage]
        assert part["ratio"] is part["ratio_full"] is None
        assert part["ours"]["tokens_per_second"] == pytest.approx(
            part["tokens"] / part["ours"]["seconds"], rel=0.05
        )
        assert part["steps"] == part["epochs"] * -(-12 // part["batch"])
    assert figures["sft"]["ours"]["held_out_loss"] < figures["sft"]["before"]["held_out_loss"]
    assert figures["dpo"]["before"]["held_out_loss"] == pytest.approx(0.6931, abs=1e-3)
    prompts = figures["prompts"]
    assert prompts["comment@2"]["tokens"] * figures["sft"]["epochs"] == figures["sft"]["tokens"]
    assert prompts["comment-long@1"]["prompt_tokens"] > 3 * prompts["comment@2"]["prompt_tokens"]
    assert len(told) == 4


def test_what_is_compared(tiny: Base, tmp_path: Path) -> None:
    """Every contender begins at the same weights, and is measured against ours."""
    at = bench.Setting(tiny, tmp_path, 4, 1)
    starts: list[Any] = []

    def contender(seconds: float) -> Any:
        def learn(model: Any, _examples: Any, _pace: Any) -> bench_trl.Took:
            starts.append({name: p.detach().clone() for name, p in model.learned.items()})
            for p in model.learned.values():
                p.data += seconds
            return bench_trl.Took(seconds, 1.0)

        return learn

    def judge(model: Any) -> dict[str, Any]:
        moved = sum(float(p.detach().float().mean()) for p in model.learned.values())
        return {"held_out_loss": np.array([moved, moved + 1])}

    contenders = {"ours": contender(1.0), "trl": contender(2.0), "trl_full": contender(4.0)}
    figures, weights = bench._contest(
        at, "sft", contenders, ["ab", "abc"], bench.Pace(1, 2, 1e-3), judge, None, lambda _what: None
    )
    assert all((start[name] == first).all() for start in starts for name, first in starts[0].items())
    assert all((weights[name] - first - 1.0).abs().max() < 0.01 for name, first in starts[0].items())
    assert (figures["tokens"], figures["steps"]) == (10, 4)
    assert (figures["ratio"], figures["ratio_full"]) == (2.0, 4.0)
    assert (figures["ratio_with_reference"], figures["ratio_full_with_reference"]) == (1.5, 2.5)
    assert figures["trl"]["tokens_per_second"] == 5.0
    higher, error = figures["trl"]["over_ours"]
    assert higher == pytest.approx(
        figures["trl"]["held_out_loss"] - figures["ours"]["held_out_loss"], abs=1e-3
    )
    assert error == pytest.approx(0.0, abs=1e-3)


@pytest.mark.soak
@pytest.mark.usefixtures("exact")
@pytest.mark.filterwarnings("ignore")  # what TRL warns of is no fault of ours
def test_trl_learns_the_same(tiny: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the same weights, on the same examples, at the same rates; in fp32, so that the loss alone
    differs."""
    skip_unless(not bench_trl.missing(), bench_trl.missing())
    monkeypatch.setattr(bench, "golden", lambda language: golden(language)[:6])
    figures = bench.bench_learn(tiny.name, quick=True, home=tmp_path)["learn"]
    assert figures["trl"] == bench_trl.TRIED
    for stage in ("sft", "dpo"):
        part = figures[stage]
        assert part["ratio"] > 0
        assert part["trl"]["tokens_per_second"] > 0
        assert part["ratio_full"] is None  # in fp32 there is nothing else to compare with
    assert figures["dpo"]["ratio_with_reference"] > 0
    sft = figures["sft"]
    before, ours, theirs = (sft[of]["held_out_loss"] for of in ("before", "ours", "trl"))
    assert theirs < before
    # Theirs is a loss over all tokens, ours over those that may be written, and their batches are others.
    assert theirs == pytest.approx(ours, abs=0.25 * (before - ours))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_spoiled_draft_is_false_and_ends_like_another(language: Language) -> None:
    one, other = golden(language)[:2]
    draft = bench.spoiled(one, other, np.random.default_rng(1))
    assert draft == bench.spoiled(one, other, np.random.default_rng(1))
    assert "colour" in {flag["kind"] for flag in check(draft, context=one.context, language=language)}
    assert split(draft, language)[-1].text == split(other.final, language)[-1].text
    assert draft != one.final


def test_another_release_of_trl_is_not_compared_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_trl, "version", lambda _name: "2.0.0")
    assert "TRL 2.0.0 is installed, not 1.16.0" in bench_trl.missing()
    monkeypatch.setattr(bench_trl, "version", lambda _name: bench_trl.TRIED)
    assert bench_trl.missing() == ""


def test_the_command_says_at_once_that_trl_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_trl, "version", absent)
    monkeypatch.setattr(bench, "bench_learn", lambda base, **_options: {"learn": {"base": base}})
    done = CliRunner().invoke(main, ["bench", "learn", "--base", "gemma3"])
    assert done.exit_code == 0
    assert "TRL 1.16.0 is not installed" in done.stderr
    assert json.loads(done.stdout) == {"learn": {"base": "gemma3"}}
