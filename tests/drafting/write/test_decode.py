"""The fast path writes what transformers writes."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from drafting.write.candidate import Candidate
from drafting.write.decode import _still_written, decode
from drafting.write.linear import linear
from drafting.write.net import Net, Unsupported
from drafting.write.prefill import Shared, common_start, read, read_shared
from drafting.write.request import Style
from tests.drafting.write.tiny import tiny_gemma, tiny_llama

GREEDY = Style(temperature=0, no_repeat=0)
VOCABULARY = 120
BOTH = pytest.mark.parametrize("make", [tiny_llama, tiny_gemma])


@pytest.fixture(params=["apart", "in front"])
def start_lies(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What prompts begin with is kept once, or in front of each."""
    if request.param == "apart":
        monkeypatch.setattr("drafting.write.prefill._LAID_IN_FRONT", 0)


class Spelled:
    """Each token is its own number."""

    def __getitem__(self, token: int, /) -> str:
        return f"{token} "

    def spell(self, text: str, /) -> list[int]:
        return [int(word) for word in text.split()]


def candidates(
    net: Net,
    prompts: list[list[int]],
    n: int,
    longest: int,
    *,
    style: Style = GREEDY,
    seeds: list[int] | None = None,
    ends: frozenset[int] = frozenset(),
    judge: torch.Tensor | None = None,
) -> list[list[Candidate]]:
    """What was written, per prompt and candidate."""
    with torch.inference_mode():
        start = read_shared(net, common_start(prompts))
        groups = [
            [Candidate(seed * 100 + i, longest, spelling=Spelled(), ends=ends) for i in range(n)]
            for seed in seeds or range(len(prompts))
        ]
        read_all = read(net, start, prompts)
        words = torch.arange(VOCABULARY)
        decode(net, read_all, groups, head=linear(net.head), words=words, style=style, judge=judge)
    return groups


def written(net: Net, prompts: list[list[int]], n: int, longest: int, **how: Any) -> list[list[list[int]]]:
    """Token ids per prompt and candidate."""
    return [
        [candidate.tokens for candidate in group] for group in candidates(net, prompts, n, longest, **how)
    ]


def generated(model: nn.Module, prompt: list[int], longest: int) -> list[int]:
    out = model.generate(
        torch.tensor([prompt]),
        attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
        do_sample=False,
        max_new_tokens=longest,
        min_new_tokens=longest,
        pad_token_id=0,
    )
    tokens: list[int] = out[0, len(prompt) :].tolist()
    return tokens


def some_prompts(lengths: list[int], start: int) -> list[list[int]]:
    """Different prompts that begin with the same ``start`` tokens."""
    torch.manual_seed(7)
    beginning = torch.randint(3, VOCABULARY, (start,)).tolist()
    return [beginning + torch.randint(3, VOCABULARY, (length,)).tolist() for length in lengths]


@pytest.mark.usefixtures("start_lies")
@BOTH
@pytest.mark.parametrize("start", [0, 5, 20])
def test_greedy_tokens_are_those_of_generate(make: Callable[[], nn.Module], start: int) -> None:
    model = make()
    model.generation_config.eos_token_id = None
    prompts = some_prompts([3, 14, 1, 9], start)
    expected = [generated(model, prompt, 24) for prompt in prompts]
    assert len({tuple(tokens) for tokens in expected}) > 1, "the model says the same whatever it reads"
    for one, two in zip(written(Net(model), prompts, 2, 24), expected, strict=True):
        assert one == [two, two]


@pytest.mark.usefixtures("start_lies")
@BOTH
def test_a_text_does_not_depend_on_what_else_is_written(make: Callable[[], nn.Module]) -> None:
    net, prompts, free = Net(make()), some_prompts([4, 11, 7], 6), Style(temperature=1.0, no_repeat=0)
    together = written(net, prompts, 3, 20, style=free, seeds=[5, 6, 7])
    assert together[0][0] != together[0][1]
    alone = [
        written(net, [p], 3, 20, style=free, seeds=[s])[0] for p, s in zip(prompts, [5, 6, 7], strict=True)
    ]
    assert alone == together


@pytest.mark.usefixtures("start_lies")
@BOTH
def test_those_that_end_early_leave_the_others_as_they_were(make: Callable[[], nn.Module]) -> None:
    net, prompts, free = Net(make()), some_prompts([4, 11, 7, 5], 3), Style(temperature=1.0, no_repeat=0)
    whole = written(net, prompts, 4, 30, style=free)
    ends = frozenset(range(0, VOCABULARY, 9))
    short = written(net, prompts, 4, 30, style=free, ends=ends)
    cut = [[list(_until(tokens, ends)) for tokens in group] for group in whole]
    assert short == cut
    assert len({len(tokens) for group in short for tokens in group}) > 3


def test_of_each_drawing_as_many_rows_go_on_as_of_the_one_that_has_most() -> None:
    ended = [True, False, True, False, *[True] * 4, False, True, True, True]
    assert _still_written(ended, 4) == [1, 3, 8, 9]  # 9 has ended, and fills up
    assert _still_written([False] * 6, 3) == [0, 1, 2, 3, 4, 5]


def test_what_a_reward_reads_of_a_text_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    net, prompts = Net(tiny_llama()), some_prompts([4, 11, 7, 5], 3)
    judged = []
    for ended_of_ten in (0, 10):  # those that have ended are taken out at once, or stay to the last
        monkeypatch.setattr("drafting.write.decode._ENDED_OF_TEN", ended_of_ten)
        groups = candidates(
            net,
            prompts,
            4,
            30,
            style=Style(temperature=1.0, no_repeat=0),
            ends=frozenset(range(0, VOCABULARY, 9)),
            judge=torch.linspace(-1, 1, net.head.shape[1]),
        )
        judged.append([one.judged for group in groups for one in group])
    assert len({len(one.tokens) for group in groups for one in group}) > 3
    assert judged[0] == pytest.approx(judged[1], abs=1e-3)


def _until(tokens: list[int], ends: frozenset[int]) -> list[int]:
    stop = next((i for i, token in enumerate(tokens) if token in ends), len(tokens))
    return tokens[:stop]


def test_the_common_start_leaves_every_prompt_a_token_of_its_own() -> None:
    assert common_start([[1, 2, 3], [1, 2, 4, 5]]) == (1, 2)
    assert common_start([[1, 2], [1, 2, 3]]) == (1,)
    assert common_start([[4, 4], [4, 4]]) == (4,)
    assert common_start([[1], [2]]) == ()


def test_long_prompts_are_read_in_pieces_of_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    net, prompts = Net(tiny_llama()), some_prompts([30, 22, 29], 0)
    whole = written(net, prompts, 1, 8)
    monkeypatch.setattr("drafting.write.prefill._TOKENS_AT_ONCE", 32)
    assert written(net, prompts, 1, 8) == whole


def test_other_architectures_are_refused() -> None:
    model = tiny_llama()
    model.config.attention_bias = True
    with pytest.raises(Unsupported):
        Net(model)
    assert Shared((), [], []).tokens == ()
