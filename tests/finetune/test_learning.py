"""The model that learns, the loop, and the losses, on a tiny model."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from drafting.bases import Base, BaseError
from drafting.write import Request, Style, open_writer
from finetune.adapter import save_adapter
from finetune.loop import Loss, Pace, Step, batches, optimise, rate_at
from finetune.model import Example, LearningModel, open_model
from finetune.preference import Pair, preferring, with_reference
from finetune.sft import imitation
from prompts import Context, Prompt, load, render
from tests.drafting.write.tiny import tiny_gemma, tiny_llama
from tests.finetune.conftest import PLAIN

TEXTS = ["the cat sits.", "a red mat, and a cat on it.", "blue.", "look at the sea for once, and then go on."]
Open = Callable[..., LearningModel]


def examples(model: LearningModel) -> list[Example]:
    themes = "abcdefghijklmnop"
    return [
        model.example(Context(facts={}, theme=theme), text)
        for theme, text in zip(themes, TEXTS * 4, strict=True)
    ]


def pair(model: LearningModel, better: str, worse: str) -> Pair:
    context = Context(facts={}, theme="the sea")
    return Pair(model.example(context, better), model.example(context, worse))


def losses(steps: Sequence[Step]) -> list[float]:
    return [step.figures["loss"] for step in steps]


def test_an_example_is_the_prompt_that_drafting_reads_and_the_answer_it_would_write(
    learner: Open, prompt: Prompt
) -> None:
    model = learner()
    context = Context(facts={}, theme="a cat", voice="kx")
    one = model.example(context, "the cat, 3 红 times.")
    assert model.tokenizer.decode(one.prompt) == render(prompt, context).text
    # A digit and a Chinese character are not in the English alphabet of the tiny base.
    assert model.tokenizer.decode(one.comment[:-1]) == " the cat,   times."
    assert one.comment[-1] == model.tokenizer.eos_token_id


def test_in_a_chat_the_voice_is_the_last_that_is_read_before_the_answer(tiny: Base, tmp_path: Path) -> None:
    told = load(PLAIN.replace("stop:", 'lead: "{% if voice %}{{ voice }},{% endif %}"\nstop:'))
    model = open_model(tiny, tmp_path, told, rank=4)
    model.tokenizer.chat_template = "{% for one in messages %}{{ one.content }}{% endfor %}. "
    one = model.example(Context(facts={}, theme="a cat", voice="kx"), "the cat.")
    assert model.tokenizer.decode(one.prompt) == "a cat, kx. kx,"
    assert model.tokenizer.decode(one.comment[:-1]) == " the cat."
    # Without a voice the answer stands on a line of its own.
    plain = model.example(Context(facts={}, theme="a cat"), "the cat.")
    assert model.tokenizer.decode(plain.prompt) == "a cat,. "
    assert model.tokenizer.decode(plain.comment[:-1]) == "the cat."


@pytest.mark.usefixtures("exact")
def test_log_probabilities_are_those_of_the_whole_model_among_what_may_be_written(learner: Open) -> None:
    model = learner()
    some = examples(model)[:3]
    with torch.no_grad():
        ours = model.logprobs(some)
        for one, part in zip(some, ours, strict=True):
            logits = model.net(torch.tensor([[*one.prompt, *one.comment]])).logits[0].float()
            among = logits[len(one.prompt) - 1 : -1, model.vocabulary].log_softmax(-1)
            places = [int((model.vocabulary == token).nonzero()) for token in one.comment]
            assert torch.allclose(part, among[range(len(places)), places], atol=1e-4)


@pytest.mark.usefixtures("exact")
def test_a_pair_is_read_as_each_of_its_comments_alone(learner: Open) -> None:
    model = learner()
    pairs = [pair(model, TEXTS[0], TEXTS[3]), pair(model, TEXTS[1], TEXTS[2])]
    with torch.no_grad():
        together = model.read_together([(one.better, one.worse) for one in pairs])
        for one, (better, worse) in zip(pairs, together, strict=True):
            [alone] = model.logprobs([one.better])
            [other] = model.logprobs([one.worse])
            assert torch.allclose(better.logprobs, alone, atol=1e-4)
            assert torch.allclose(worse.logprobs, other, atol=1e-4)


@pytest.mark.parametrize("make", [tiny_llama, tiny_gemma])
def test_texts_longer_than_a_window_are_read_together_as_alone(make: Callable[[], Any]) -> None:
    net = make()  # its Gemma looks back 8 positions in one of its layers
    model = LearningModel.__new__(LearningModel)
    model.net = SimpleNamespace(get_base_model=lambda: net, parameters=net.parameters)
    model._head, model._place = net.lm_head.weight, {token: token for token in range(120)}
    prompt = tuple(range(3, 9))
    some = [
        Example(prompt, tuple(range(start, start + long))) for start, long in ((20, 5), (40, 9), (60, 14))
    ]
    with torch.no_grad():
        [together] = model.read_together([some])
        alone = model.logprobs(some)
    for read, one in zip(together, alone, strict=True):
        assert torch.allclose(read.logprobs, one, atol=1e-4)


@pytest.mark.usefixtures("exact")
def test_what_prompts_begin_with_alike_is_read_once(learner: Open) -> None:
    model = learner()
    voices = [
        model.example(Context(facts={}, theme="a cat", voice=voice), TEXTS[1]) for voice in ("k", "kx", "m")
    ]
    with torch.no_grad():
        [together] = model.read_together([voices])
        for one, read in zip(voices, together, strict=True):
            [alone] = model.logprobs([one])
            assert torch.allclose(read.logprobs, alone, atol=1e-4)


def test_imitating_makes_what_was_imitated_likely(learner: Open) -> None:
    model = learner()
    steps = optimise(model, examples(model), partial(imitation, model), Pace(4, 12, 2e-2))
    curve = losses(steps)
    assert sum(curve[-4:]) < 0.6 * sum(curve[:4])


def test_a_weight_counts(learner: Open) -> None:
    model = learner()
    context = Context(facts={})
    light, heavy = model.example(context, "a.", weight=0.5), model.example(context, "a.", weight=1.0)
    with torch.no_grad():
        one, other = imitation(model, [light]), imitation(model, [heavy])
    assert one.over == pytest.approx(other.over / 2)
    assert float(one.total) == pytest.approx(float(other.total) / 2, rel=1e-3)


class Killed(Exception):  # noqa: N818
    """Instead of kill -9, from inside a step."""


def test_a_descent_that_was_killed_ends_where_one_that_was_not_does(
    learner: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finetune.loop._KEPT_EVERY", 3)
    pace = Pace(4, 4, 1e-2)
    model = learner()
    whole = optimise(model, examples(model), partial(imitation, model), pace, seed=3)
    weights = {name: p.detach().clone() for name, p in model.learned.items()}

    def die(step: Step) -> None:
        if step.number == 11:
            raise Killed

    again = learner()
    options: Any = {"seed": 3, "checkpoint": tmp_path / "state.safetensors"}
    with pytest.raises(Killed):
        optimise(again, examples(again), partial(imitation, again), pace, tell=die, **options)
    resumed = learner()
    numbers: list[int] = []
    steps = optimise(
        resumed, examples(resumed), partial(imitation, resumed), pace,
        tell=lambda step: numbers.append(step.number), **options,
    )  # fmt: skip
    assert numbers[0] == 10
    assert losses(steps) == pytest.approx(losses(whole), abs=1e-3)
    for name, p in resumed.learned.items():
        assert torch.allclose(p, weights[name], atol=1e-3)


def test_a_descent_without_time_does_fewer_steps_and_still_comes_to_rest(learner: Open) -> None:
    model = learner()
    steps = optimise(model, examples(model), partial(imitation, model), Pace(2, 20, 1e-2), seconds=1e-6)
    assert len(steps) == 5
    assert steps[-1].of == 5


def test_a_descent_that_becomes_slow_keeps_its_time(learner: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    model, clock, done = learner(), [0.0], [0]
    monkeypatch.setattr("finetune.loop.time", SimpleNamespace(monotonic=lambda: clock[0]))

    def loss(batch: Sequence[Example]) -> Loss:
        done[0] += 1
        clock[0] += 1 if done[0] <= 7 else 10  # somebody else wants the machine
        return imitation(model, batch)

    steps = optimise(model, examples(model), loss, Pace(4, 20, 1e-2), seconds=100)
    assert len(steps) < 20
    assert clock[0] < 120
    assert steps[-1].of == len(steps)


@pytest.mark.parametrize(("seconds", "least", "most"), [(150, 80, 80), (80, 30, 40)])
def test_a_descent_that_begins_slowly_does_what_its_time_allows(
    learner: Open, monkeypatch: pytest.MonkeyPatch, seconds: float, least: int, most: int
) -> None:
    model, clock, done = learner(), [0.0], [0]
    monkeypatch.setattr("finetune.loop.time", SimpleNamespace(monotonic=lambda: clock[0]))

    def loss(batch: Sequence[Example]) -> Loss:
        done[0] += 1
        clock[0] += 10 if done[0] <= 5 else 1
        return imitation(model, batch)

    steps = optimise(model, examples(model), loss, Pace(4, 20, 1e-3), seconds=seconds)
    assert least <= len(steps) <= most
    assert steps[-1].of == len(steps)
    assert clock[0] < seconds + 5


def test_a_slow_beginning_changes_nothing_where_there_is_time(
    learner: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, clock = learner(), [0.0]
    monkeypatch.setattr("finetune.loop.time", SimpleNamespace(monotonic=lambda: clock[0]))

    def loss(batch: Sequence[Example]) -> Loss:
        clock[0] += 10 if clock[0] < 50 else 1
        return imitation(model, batch)

    steps = optimise(model, examples(model), loss, Pace(4, 20, 1e-3), seconds=400)
    assert [step.rate for step in steps] == [rate_at(number, 80, 1e-3) for number in range(80)]


def test_what_passes_between_two_steps_is_counted(learner: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    model, clock = learner(), [0.0]
    monkeypatch.setattr("finetune.loop.time", SimpleNamespace(monotonic=lambda: clock[0]))

    def tell(_step: Step) -> None:
        clock[0] += 2

    steps = optimise(model, examples(model), partial(imitation, model), Pace(4, 1, 1e-3), tell=tell)
    assert [step.seconds for step in steps] == [0, 2, 2, 2]


def test_every_example_is_seen_once_an_epoch_and_like_lengths_together() -> None:
    lengths = [7, 90, 8, 91, 9, 92, 10, 93, 11]
    plan = batches(lengths, Pace(batch=3, epochs=2), seed=1)
    first = [i for batch in plan[:3] for i in batch]
    assert sorted(first) == sorted(i for batch in plan[3:] for i in batch) == list(range(9))
    assert plan == batches(lengths, Pace(batch=3, epochs=2), seed=1)
    assert plan != batches(lengths, Pace(batch=3, epochs=2), seed=2)
    assert sum(max(lengths[i] for i in b) - min(lengths[i] for i in b) for b in plan[:3]) < 100


def test_the_rate_rises_and_falls_to_nothing() -> None:
    rates = [rate_at(step, 40, 1.0) for step in range(40)]
    assert rates[:5] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rates[-1] < 0.01


def test_preferring_moves_the_better_up_and_the_worse_down(learner: Open) -> None:
    model = learner()
    pairs = with_reference(model, [pair(model, TEXTS[0], TEXTS[1]), pair(model, TEXTS[3], TEXTS[2])] * 4)
    with torch.no_grad():
        start = preferring(model, pairs, beta=0.1, imitation=0.0)
    assert start.figures["margin"] == (pytest.approx(0.0, abs=1e-3), 8)
    assert float(start.total) / start.over == pytest.approx(0.6931, abs=1e-3)
    loss = partial(preferring, model, beta=0.1, imitation=1.0)
    steps = optimise(model, pairs, loss, Pace(4, 10, 1e-2))
    assert steps[-1].figures["accuracy"] == 1.0
    assert steps[-1].figures["better"] > 0


def test_a_pair_whose_reference_was_forgotten_is_not_learned_from(learner: Open) -> None:
    model = learner()
    one = pair(model, TEXTS[0], TEXTS[1])
    with pytest.raises(ValueError, match="no reference: take it by with_reference"):
        preferring(model, [one], beta=0.1, imitation=1.0)
    # What stands against nothing needs none.
    alone = Pair(one.better, None)
    assert with_reference(model, [alone]) == [alone]
    assert preferring(model, [alone], beta=0.1, imitation=1.0).figures["margin"] == (0, 0)


@pytest.mark.usefixtures("exact")
def test_an_adapter_that_was_learned_serves(learner: Open, tiny: Base, tmp_path: Path) -> None:
    model = learner()
    context = Context(facts={}, theme="a cat")
    one = model.example(context, "the cat sits on a mat.")
    optimise(model, [one] * 4, partial(imitation, model), Pace(4, 60, 3e-2))
    folder = tmp_path / "night"
    save_adapter(model, folder, {"id": "night", "recipe": "test"})
    writer = open_writer(tiny, adapter=folder, home=tmp_path)
    rendered = render(model.prompt, context)
    [[written]] = writer.write([Request(rendered, "en")], 1, longest=40, style=Style(0, 1.0, 0))
    assert written.text.strip() == "the cat sits on a mat."
    assert writer.prompt == "tiny@1"
    text = (folder / "adapter_config.json").read_text(encoding="utf-8")
    assert "modules_to_save" in text
    (folder / "README.md").write_text("changed", encoding="utf-8")
    with pytest.raises(BaseError, match=r"README\.md is not what was written"):
        open_writer(tiny, adapter=folder, home=tmp_path)


def test_a_loss_is_a_mean(learner: Open) -> None:
    model = learner()
    some = examples(model)[:2]

    def loss(batch: Sequence[Example]) -> Loss:
        part = imitation(model, batch)
        return Loss(part.total, part.over, {"one": (part.over, part.over)})

    [step] = optimise(model, some, loss, Pace(2, 1, 1e-3))
    assert step.figures["one"] == pytest.approx(1.0)
    assert step.tokens == sum(map(len, some))
