"""The comments written by hand: true, of one language, different, and apart from the golden ones."""

import re
from collections import Counter
from typing import get_args

import pytest

from drafting.bases import open_adapter, starter
from drafting.bases.preparing import sha256
from drafting.check import check
from drafting.check.colour import mentions, palette
from drafting.check.sentences import split
from drafting.check.things import names_subject
from drafting.edits import units
from finetune.demonstrations import golden, lessons
from finetune.records import read
from prompts import Audience
from prompts.vocabulary import Language, table
from tests.finetune.demonstrated import facts_of

LANGUAGES: list[Language] = ["en", "zh"]
TO_TRY = {
    "en": re.compile(
        r"\?|\b(could|can|would|might|try|next|what if|let)\b"
        # Or told to do something: such a word begins what it belongs to.
        r"|(?:^|[.!;:,–—] ?|\b(?:and|then|or) )(?:now |then )?(?:add|use|make|mix|draw|paint|cut|choose|leave"
        r"|put|look|take|press|give|keep|go|fill|find|show|turn|start|begin|change|tear|stick|lay)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("[？吧]|可以|试|建议|不妨|接下来|下次|下一|请|今后|以后|再[^现次]"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_demonstration_is_true(language: Language) -> None:
    records = [*read(lessons(language)), *golden(language)]
    assert len(records) > 400
    for one in records:
        assert one.language == language
        assert check(one.final, context=one.context, language=language) == [], one.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_for_every_reader(language: Language) -> None:
    readers = Counter(one.context.audience for one in read(lessons(language)))
    assert sum(readers.values()) >= 250
    assert set(readers) == set(get_args(Audience))
    assert min(readers.values()) >= 80


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_demonstration_names_what_is_drawn_or_a_colour_of_it(language: Language) -> None:
    for one in [*read(lessons(language)), *golden(language)]:
        subjects = one.context.facts.get("subjects") or ()
        colours = palette(one.context.facts)
        assert any(names_subject(one.final, subject, language) for subject in subjects) or any(
            names.intersection(colours) for _, names in mentions(one.final, language)
        ), one.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_demonstrations_end_with_something_to_try(language: Language) -> None:
    """Not each: of the many ways to say it a list of words knows some. It does tell them from praise, with
    which comments begin."""
    sentences = [split(one.final, language) for one in read(lessons(language))]

    def share(part: slice) -> float:
        texts = ["".join(sentence.text for sentence in one[part]) for one in sentences]
        return sum(TO_TRY[language].search(text) is not None for text in texts) / len(texts)

    assert share(slice(-2, None)) > 0.9
    assert share(slice(0, 1)) < 0.15


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_starter_was_taught_with_what_ships(language: Language) -> None:
    folder = starter(language)
    assert folder is not None
    data = open_adapter(folder).meta["data"]
    assert data["sha256"] == sha256(lessons(language))
    assert data["train"] == len(list(read(lessons(language))))


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
