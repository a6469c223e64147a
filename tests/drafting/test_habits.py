"""What a teacher tells several children of one class."""

from collections import defaultdict

import pytest

from drafting.check.case import Case
from drafting.check.repetition import check_shared
from drafting.check.sentences import normalised, split
from drafting.habits import habits
from drafting.standing import SHARED
from finetune.demonstrations import lessons
from finetune.records import read
from prompts import Context
from prompts.vocabulary import Language


def test_a_sentence_in_two_comments_of_one_lesson_is_a_habit() -> None:
    lesson = ["{student}, what a day! See you on Saturday.", "Well begun. See you on Saturday!"]
    assert habits([lesson], "en") == {("see", "you", "on", "saturday")}
    chinese = ["你画得真满。周六再见！", "{student}，颜色很多。周六再见。"]
    assert habits([chinese], "zh") == {tuple("周六再见")}


def test_a_phrase_in_which_the_colours_change_is_a_habit() -> None:
    phrase = "By the end of the hour the sheet was about half full, with {} still awake."
    lesson = [phrase.format("red"), phrase.format("blue")]
    known = habits([[*lesson, "Blue leads here."]], "en")
    assert len(known) == 2
    other = Case(phrase.format("green"), Context(facts={}), "en")
    assert list(check_shared(other, "sibling", lesson))
    assert not list(check_shared(other, "sibling", lesson, known))


def test_said_twice_to_one_child_or_in_two_lessons_it_is_none() -> None:
    assert not habits([["Look again. Look again."], ["Look again."]], "en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_has_no_habit_says_nothing_twice(language: Language) -> None:
    """So two drawings are enough for one: what is written afresh is not the same even where the facts are."""
    by_voice: dict[str, list[str]] = defaultdict(list)
    for one in read(lessons(language)):
        by_voice[one.context.voice].append(one.final)
    for texts in by_voice.values():
        for at in range(0, len(texts), 10):
            said = [
                words
                for text in texts[at : at + 10]
                for words in {normalised(sentence.text, language) for sentence in split(text, language)}
                if len(words) >= SHARED[language]
            ]
            assert len(said) == len(set(said))
