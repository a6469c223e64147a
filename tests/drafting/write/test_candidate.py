"""The rules of one text while it is written, and how its tokens are drawn."""

from itertools import pairwise

import torch

from drafting.write.candidate import Candidate
from drafting.write.choose import choose
from drafting.write.request import Style

WORDS = ["<end>", " red", " blue", " cat", ".", "\n", " The", " Next", " sat", "{student}"]
GREEDY = Style(temperature=0, no_repeat=0)


class Words:
    def __getitem__(self, token: int, /) -> str:
        return WORDS[token]

    def spell(self, text: str, /) -> list[int]:
        # A first word has no space before it.
        text = text if text[0] in " {" else f" {text}"
        spelt = []
        while text:
            token = max(
                (i for i, word in enumerate(WORDS) if text.startswith(word)), key=lambda i: len(WORDS[i])
            )
            text = text[len(WORDS[token]) :]
            spelt.append(token)
        return spelt


def candidate(**options: object) -> Candidate:
    return Candidate(3, 12, **{"spelling": Words(), "ends": frozenset({0}), **options})  # type: ignore[arg-type]


def run(row: Candidate, *likings: dict[str, float], style: Style = GREEDY) -> str:
    """Lets the row take one token a step from the given scores; the last ones repeat until it ends."""
    steps = 0
    while not row.ended:
        liking = likings[min(steps, len(likings) - 1)]
        logits = torch.tensor([[liking.get(word, -20.0) for word in WORDS]])
        choose(logits, torch.arange(len(WORDS)), [row], style)
        steps += 1
        assert steps < 40
    return row.text


def test_what_is_refused_is_passed_over_for_the_next_likely() -> None:
    row = candidate(refuse=lambda text, new: text[new:] == " red")
    assert run(row, {" red": 3, " blue": 2}, {"<end>": 1}) == " blue"


def test_a_stop_string_ends_and_is_cut_but_not_before_the_first_word() -> None:
    row = candidate(stop=("\n",))
    assert run(row, {"\n": 1}, {" cat": 1}, {"\n": 1}) == "\n cat"


def test_a_text_ends_neither_way_before_it_is_long_enough() -> None:
    for end in ("<end>", "\n"):
        row = candidate(stop=("\n",), long_enough=lambda text: text.count("cat") >= 3)
        assert run(row, {" cat": 1}, {end: 5, " cat": 3, " red": 2}) == " cat cat cat"


def test_no_run_of_tokens_comes_twice() -> None:
    row = candidate()
    run(row, {" red": 6, " blue": 5, " cat": 4, " sat": 3}, style=Style(temperature=0, no_repeat=2))
    pairs = list(pairwise(row.tokens))
    assert len(pairs) > 7
    assert len(set(pairs)) == len(pairs)


def test_openings_begin_the_sentences_and_the_last_one_ends_the_text() -> None:
    row = candidate(openings=("{student}", "The", "Next"))
    # The model would like to end, or to break the line, and may not before its sentences are written.
    text = run(row, {"<end>": 9, " cat": 1}, {"<end>": 9, " cat": 1}, {".": 1}, {"<end>": 9, " sat": 1},
               {"<end>": 9, " sat": 1}, {".": 1}, {"\n": 9, " red": 2}, {" red": 2}, {".": 1})  # fmt: skip
    assert text == "{student} cat. The sat. Next red."


def test_a_long_sentence_is_ended_at_the_first_chance() -> None:
    row = candidate(openings=("The",), long_sentence=4)
    assert run(row, {" cat": 5, ".": 1}) == " The cat cat cat."


def test_fluency_is_the_mean_log_probability_of_what_the_model_chose() -> None:
    sure, torn = candidate(openings=("The",)), candidate(openings=("The",))
    run(sure, {" cat": 9}, {" cat": 9}, {".": 9})
    run(torn, {" cat": 2, " red": 2}, {" cat": 2, " red": 2}, {".": 2, " red": 2})
    assert -0.01 < sure.fluency <= 0
    assert -0.75 < torn.fluency < -0.65  # one of two equally likely tokens at each step: log 0.5


def test_the_seed_alone_decides() -> None:
    free = Style(temperature=1.0, top_p=1.0, no_repeat=0)
    likings = {" red": 1.0, " blue": 1.0, " cat": 1.0, ".": 0.5}

    def text(seed: int) -> str:
        return run(Candidate(seed, 12, spelling=Words(), ends=frozenset({0})), likings, style=free)

    texts = [text(seed) for seed in range(6)]
    assert texts == [text(seed) for seed in range(6)]
    assert len(set(texts)) > 3


def test_the_nucleus_leaves_out_what_is_unlikely() -> None:
    style = Style(temperature=1.0, top_p=0.5, no_repeat=0)
    for seed in range(20):
        row = Candidate(seed, 12, spelling=Words(), ends=frozenset({0}))
        assert set(run(row, {" red": 2.0, " blue": 0.0}, style=style).split()) == {"red"}
