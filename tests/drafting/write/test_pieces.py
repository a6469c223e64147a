"""Which letters a comment in a language is spelled with."""

import pytest

from drafting.write.pieces import has_only_letters_of
from prompts.vocabulary import Language


@pytest.mark.parametrize(
    ("language", "text", "whole"),
    [
        ("en", "{student}, a café by Édouard Manet: 3 × blue!", True),
        ("en", "A ﬁne line.", False),  # a ligature, as text out of a PDF has it
        ("en", "A cafe\u0301.", False),  # the accent by itself
        ("en", "A blue 猫.", False),
        ("zh", "{student}，蓝色的猫很醒目！", True),
        ("zh", "用iPad画的猫。", False),
        ("zh", "用ｉＰａｄ画的猫。", False),
        ("zh", "浮氷很美。", False),  # a Japanese form
    ],
)
def test_a_letter_that_cannot_be_written_is_seen(language: Language, text: str, whole: bool) -> None:
    assert has_only_letters_of(language, text) == whole
