"""The comments written by hand: true, of one language, different, and apart from the golden ones."""

import pytest

from drafting.check import check
from drafting.edits import units
from finetune.demonstrations import facts_of, golden, lessons
from finetune.records import read
from prompts.vocabulary import Language, table

LANGUAGES: list[Language] = ["en", "zh"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_demonstration_is_true(language: Language) -> None:
    records = [*read(lessons(language)), *golden(language)]
    assert len(records) > 400
    for one in records:
        assert one.language == language
        assert check(one.final, context=one.context, language=language) == [], one.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_are_the_same_and_none_is_golden_too(language: Language) -> None:
    taught, kept = [one.final for one in read(lessons(language))], [one.final for one in golden(language)]
    assert len(set(taught) | set(kept)) == len(taught) + len(kept)
    starts = [tuple(units(text, language)[:5]) for text in taught]
    assert max(starts.count(start) for start in set(starts)) <= 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_golden_drawing_is_learned_from(language: Language) -> None:
    """Nor the same one mirrored or turned over, which measures alike."""
    files = (read(lessons(language)), golden(language))
    taught, kept = ({one.drawing.rsplit(":", 1)[0] for one in some} for some in files)
    assert not taught & kept
    assert len(golden(language)) >= 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plain_voice_has_its_own(language: Language) -> None:
    voices = [one.context.voice for one in read(lessons(language))]
    assert voices.count("") > 150
    assert {"a1", "a2", "a3", "a4", "a5"} <= set(voices)


def test_the_facts_come_from_the_drawing() -> None:
    [one] = [record for record in read(lessons("en")) if record.id == "en-001"]
    measured = facts_of(one.drawing)["palette"][0]["name"]
    assert measured == one.context.facts["palette"][0]["name"]
    assert measured in {colour["name"] for colour in table()["colours"]}
