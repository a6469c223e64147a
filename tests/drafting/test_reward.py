"""The reward orders drafts, whatever its height, and is found again in an adapter's folder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from drafting.draft import Work, draft_class
from drafting.reward import FILE, Reward, load_reward, squashed
from drafting.write.request import Request, Style, Writer, Written
from tests.drafting.check.drawing import CONTEXT

TEXTS = [
    "{student}, your cat sits on its red mat, and the orange glows against the light blue of the sheet.",
    "The bold lines give your cat energy, {student}, and the contrast of orange and light blue is strong.",
    "On its red mat the cat looks wide awake, {student}; a little yellow warms the orange around it.",
]
STATES = np.array([0.5, -1.0, 2.0], np.float32)


class Told(Writer):
    """Writes all texts, the later the more to the teachers' liking, by ever so little."""

    model, chat, needs_leading, prompt = "told", False, False, ""
    reward = Reward(STATES, fluency=0.0, score=0.0)
    height = 12.0

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        texts = [Written(text, -0.5, self.height + at / 10) for at, text in enumerate(TEXTS)]
        return [texts for _ in requests]


@pytest.mark.parametrize("height", [-12.0, 0.0, 12.0])
def test_drafts_are_in_the_order_of_their_reward(height: float) -> None:
    writer = Told()
    writer.height = height
    [(_, drafts)] = draft_class([Work("d", CONTEXT["en"], "en")], writer, n=3, budget=0)
    assert [draft.flags for draft in drafts] == [()] * 3
    assert [draft.text for draft in drafts] == TEXTS[::-1]
    assert all(0 < draft.score < 1 for draft in drafts)


def test_a_reward_is_found_again(tmp_path: Path) -> None:
    assert load_reward(tmp_path) is None
    reward = Reward(STATES, fluency=0.25, score=-0.5, usual=3.0)
    reward.save(tmp_path)
    found = load_reward(tmp_path)
    assert found is not None
    states = np.array([1.0, 1.0, 1.0], np.float32)
    assert found.of(states, 2.0, 1.0) == reward.of(states, 2.0, 1.0) == 1.5 + 0.5 - 0.5 - 3.0


def test_a_reward_of_before_it_was_centred_is_still_read(tmp_path: Path) -> None:
    save_file({"states": STATES, "rest": np.array([0.25, -0.5], np.float32)}, tmp_path / FILE)
    found = load_reward(tmp_path)
    assert found is not None
    assert (found.fluency, found.score, found.usual) == (0.25, -0.5, 0.0)


def test_a_score_lies_between_0_and_1_whatever_the_reward() -> None:
    assert [round(squashed(value), 3) for value in (-1e9, -1.0, 0.0, 1.0, 1e9)] == [0, 0.269, 0.5, 0.731, 1]
