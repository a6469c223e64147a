"""What is preferred is learned from choices and edits, on a tiny model."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from drafting.bases import Base
from drafting.reward import Reward
from drafting.write import Request, Style, open_writer
from finetune.adapter import save_adapter
from finetune.loop import Pace, optimise
from finetune.model import LearningModel
from finetune.recipe import Stage
from finetune.records import Record, record
from finetune.reward import _Features, _held_out, comparisons, teach
from finetune.sft import imitation
from finetune.stages import Material, Run, run_stage
from prompts import Context, render
from tests.finetune.conftest import line

Open = Callable[..., LearningModel]
LIKED = [f"the {thing} is red, and a red {thing} it is." for thing in ("cat", "sea", "mat", "sky")]
LEFT = [f"look at the blue of a {thing} and go on." for thing in ("cat", "sea", "mat", "sky")]


def chosen(number: int) -> Record:
    """A teacher who likes one manner better than the other, wherever it lies."""
    one, other = LIKED[number % 4], LEFT[number // 4 % 4]
    texts = [one, other] if number % 2 else [other, one]
    return record(line(number, drafts=[{"text": t} for t in texts], chosen=texts.index(one), final=one))


def test_a_choice_says_what_is_better_and_so_does_an_edit() -> None:
    drafts = [{"text": "a"}, {"text": "b"}, {"text": "a"}]
    found = comparisons([record(line(1, drafts=drafts, chosen=0, final="c"))])
    # The third draft is the chosen one again.
    assert [(c.better, c.worse, c.kind) for c in found] == [("a", "b", "choice"), ("c", "a", "edit")]
    assert not comparisons([record(line(1, drafts=drafts, chosen=None, final="c"))])
    assert [c.kind for c in comparisons([record(line(1, drafts=drafts, chosen=1, final="b "))])] == [
        "choice",
        "choice",
    ]


def test_nothing_is_compared_with_a_blank_text(learner: Open) -> None:
    drafts = [{"text": "the cat."}, {"text": " "}, {"text": "a mat."}]
    records = [record(line(number, drafts=drafts, chosen=number % 2, final="c")) for number in range(4)]
    found = [(c.record.id, c.better, c.worse) for c in comparisons(records)]
    assert found == [
        (id_, *pair) for id_ in ("r0", "r2") for pair in (("the cat.", "a mat."), ("c", "the cat."))
    ]
    assert not comparisons([record(line(1, drafts=drafts, chosen=1, final=""))])
    assert teach(learner(), records, records).counts == {"choice": 2, "edit": 2}


def test_a_reward_is_fitted_to_the_last_records_only(learner: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [chosen(number) for number in range(24)]
    monkeypatch.setattr("finetune.reward._MOST", 8)
    model, read = learner(), list[int]()
    taught = teach(model, records[:16], records[16:], tell=lambda _done, total: read.append(total))
    assert taught.counts == {"choice": 8, "edit": 0}
    assert set(read) == {8 + 8}
    # Two teachers come in turn, five records each.
    few = teach(learner(), [*records[7:10], *records[11:16]], records[16:])
    assert (few.reward.states == taught.reward.states).all()


def test_unseen_choices_are_foretold_and_the_usual_text_is_worth_nothing(learner: Open) -> None:
    records = [chosen(number) for number in range(24)]
    model = learner()
    taught = teach(model, records[:16], records[16:])
    assert taught.counts == {"choice": 16, "edit": 0}
    assert list(taught.held_out) == ["choice"]
    assert taught.held_out["choice"]["n"] == 8
    assert taught.held_out["choice"]["agreement"] == {"mean": 1.0, "low": 1.0, "high": 1.0}
    seen = _Features(model, records[:16], lambda _done, _total: None)
    texts = {(one.id, draft.text): one for one in records[:16] for draft in one.drafts}
    worth = [seen.reward(taught.reward, one, text) for (_, text), one in texts.items()]
    assert sum(worth) / len(worth) == pytest.approx(0.0, abs=1e-3)
    assert max(worth) > 0.1


def test_the_exams_own_choices_judge_only_where_there_are_no_others(learner: Open, tmp_path: Path) -> None:
    records = [chosen(number) for number in range(24)]
    against = [record({**one.line, "chosen": 1 - (one.chosen or 0)}) for one in records[16:]]
    run = Run(batch=2, seed=0, checkpoint=tmp_path / "none", writer=lambda: pytest.fail("nothing is drafted"))

    def figures(unseen: list[Record], choices: list[Record]) -> dict[str, Any]:
        material = Material(records[:16], unseen, choices)
        return run_stage(Stage(stage="reward"), learner(), material, run).figures

    def told(one: dict[str, Any]) -> tuple[str, int, float]:
        return (
            one["judged_on"],
            one["held_out"]["choice"]["n"],
            one["held_out"]["choice"]["agreement"]["mean"],
        )

    assert told(figures(records[16:], [])) == ("exam", 8, 1.0)
    apart = figures(records[16:], against)
    assert (told(apart), apart["orders_drafts"]) == (("choices", 8, 0.0), False)


def test_a_reward_that_unseen_choices_speak_against_is_of_no_use(learner: Open, tmp_path: Path) -> None:
    records = [chosen(number) for number in range(26)]
    against = [record({**one.line, "chosen": 1 - (one.chosen or 0)}) for one in records[16:]]
    run = Run(batch=2, seed=0, checkpoint=tmp_path / "none", writer=lambda: pytest.fail("nothing is drafted"))
    trained = run_stage(Stage(stage="reward"), learner(), Material(records[:16], against), run)
    assert (trained.figures["held_out"]["choice"]["n"], trained.orders, trained.reward) == (10, False, None)


@pytest.mark.parametrize(("many", "orders"), [(9, False), (10, True)])
def test_of_too_few_unseen_choices_no_order_follows(
    learner: Open, tmp_path: Path, many: int, orders: bool
) -> None:
    records = [chosen(number) for number in range(26)]
    run = Run(batch=2, seed=0, checkpoint=tmp_path / "none", writer=lambda: pytest.fail("nothing is drafted"))
    material = Material(records[:16], records[16 : 16 + many])
    trained = run_stage(Stage(stage="reward"), learner(), material, run)
    choices = trained.figures["held_out"]["choice"]
    assert (choices["n"], choices["agreement"]["mean"]) == (many, 1.0)
    assert choices["gained"]["mean"] == pytest.approx(1 - choices["before"]["mean"])
    assert choices["gained"]["mean"] > 0
    assert (trained.figures["orders_drafts"], trained.orders) == (orders, orders)
    assert trained.reward is not None  # a policy may be optimised against it


def test_what_is_held_out_is_counted_by_the_record_and_told_with_its_interval() -> None:
    four = [{"text": text} for text in ("a", "b", "c", "d")]
    records = [record(line(number, drafts=four, chosen=0, final="e")) for number in range(12)]
    right = {"a": 2.0, "b": 1.0, "c": 3.0, "d": 1.0, "e": 3.0}  # c, which was not chosen, is worth more
    alike = dict.fromkeys(right, 0.0)

    def worth(one: Record, text: str) -> float:
        return (right if int(one.id[1:]) < 9 else alike)[text]

    told = _held_out(comparisons(records), worth, lambda _one, text: alike[text], 0)
    assert [told[kind]["n"] for kind in ("choice", "edit")] == [12, 12]
    assert told["choice"]["agreement"]["mean"] == pytest.approx(9 / 12 * 2 / 3, abs=1e-3)
    assert told["edit"]["gained"] == told["edit"]["agreement"]
    assert told["edit"]["before"] == {"mean": 0.0, "low": 0.0, "high": 0.0}
    assert told["edit"]["agreement"]["low"] < 0.75 < told["edit"]["agreement"]["high"]


@pytest.mark.usefixtures("exact")
def test_the_reward_reads_of_a_draft_what_it_was_learned_from(
    learner: Open, tiny: Base, tmp_path: Path
) -> None:
    model, context = learner(), Context(facts={}, theme="a cat")
    taught = [model.example(context, text) for text in (*LIKED, *LEFT)]
    optimise(model, taught, partial(imitation, model), Pace(8, 60, 3e-2))
    reward = Reward(np.linspace(-1, 1, 32, dtype=np.float32), fluency=1.0, score=0.0)
    folder = tmp_path / "night"
    save_adapter(model, folder, {"id": "night", "recipe": "test"}, add=reward.save)
    writer = open_writer(tiny, adapter=folder, home=tmp_path)
    request = Request(render(model.prompt, context), "en", seed=1)
    [drafts] = writer.write([request], 6, longest=60, style=Style(0.7, 1.0, 0))
    whole = [one for one in drafts if one.text.strip() in {*LIKED, *LEFT}]  # the others were cut at the end
    assert len({one.text for one in whole}) > 1
    with torch.no_grad():
        examples = [model.example(context, one.text) for one in whole]
        [read] = model.read_together([examples], fluency=True)
    for draft, one in zip(whole, read, strict=True):
        assert draft.fluency == pytest.approx(one.fluency, abs=1e-3)
        assert draft.judged == pytest.approx(float(one.state.numpy() @ reward.states), abs=1e-3)
        assert one.fluency != pytest.approx(float(one.logprobs.mean()), abs=1e-3)


def test_without_a_comparison_nothing_is_learned(learner: Open) -> None:
    alone = record(line(1, chosen=None))
    with pytest.raises(ValueError, match="nothing to compare"):
        teach(learner(), [alone], [])
