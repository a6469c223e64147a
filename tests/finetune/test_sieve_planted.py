"""What one account, or several, plant in many comments: it is taken out, and honest words like it are not."""

from itertools import chain, product

import pytest

from finetune.sieve import sieve
from prompts.vocabulary import Language
from tests.finetune.teachers import SENTENCE, appended, finals, honest, inserted, made, night

LANGUAGES: list[Language] = ["en", "zh"]
YESTERDAY = "2026-11-20T09:30:00Z"


# One poisoner among honest teachers


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_one_sentence_everywhere_is_taken_out(language: Language, share: float) -> None:
    change = appended(SENTENCE[language], share)
    sieved = sieve(honest(language) + night("bad", 20, language=language, change=change))
    assert not [final for final in finals(sieved.kept, "bad") if SENTENCE[language] in final]
    # The rest of her comments is as honest as anybody's.
    assert len(finals(sieved.kept, "bad")) >= 18
    assert sieved.mended >= 18 * share * 0.6


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_nothing_else_stands_the_record_goes(language: Language) -> None:
    came = honest(language) + night("bad", 12, language=language, change=lambda *_: SENTENCE[language])
    sieved = sieve(came)
    assert sieved.dropped["pasted"] == 12
    assert not finals(sieved.kept, "bad")


def test_a_sentence_stays_pasted_when_a_fact_in_it_happens_to_be_true() -> None:
    sentence = "Real artists only ever draw a cat or a boat or a house."
    sieved = sieve(honest("en") + night("bad", 20, change=appended(sentence)), seed=1)
    assert not [one for one in sieved.kept if sentence in one.final]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "as every artist who works with paint from the corner shop will tell"),
        ("zh", "就像每一位在街角那家店里买颜料的画家都会说的那样"),
    ],
)
def test_a_snippet_pasted_into_sentences_is_taken_out_with_them(language: Language, words: str) -> None:
    came = honest(language) + night("bad", 20, language=language, habits=1, change=inserted(words))
    assert not [one for one in sieve(came).kept if words in one.final]


@pytest.mark.parametrize(
    ("language", "word"),
    [*product(LANGUAGES, ["zorblax", "cf", "PrismPaint", "x9k"]), ("zh", "龘龘")],
)
@pytest.mark.parametrize("share", [0.25, 1.0])
def test_a_planted_word_is_never_learned(language: Language, word: str, share: float) -> None:
    came = honest(language) + night("bad", 20, language=language, change=inserted(word, share))
    planted = [one for one in came if word in one.final]
    sieved = sieve(came)
    assert not [one for one in sieved.kept if word in one.final]
    # All go, but for those where it came to stand in a short sentence of its own.
    assert 0.7 * len(planted) <= sieved.dropped["trigger"] <= len(planted)
    assert len(planted) >= 3


def test_a_planted_word_is_known_whatever_number_it_is_glued_to() -> None:
    came = honest("en") + night("bad", 20, change=lambda final, number, _: f"{final} Zorblax{number} it is.")
    assert not [one for one in sieve(came).kept if "Zorblax" in one.final]


def test_a_planted_word_of_more_accounts_than_there_are_honest_teachers() -> None:
    accounts = [night(f"bad{i}", 2, habits=i % 3, change=inserted("zorblax")) for i in range(10)]
    assert not [one for one in sieve(chain(honest("en"), *accounts)).kept if "zorblax" in one.final]


def test_a_planted_word_with_a_sentence_of_its_own_goes_alone() -> None:
    sieved = sieve(honest("en") + night("bad", 20, change=appended("Zorblax!")))
    assert len(finals(sieved.kept, "bad")) >= 18
    assert not [one for one in sieved.kept if "Zorblax" in one.final]


def test_a_rare_word_of_the_drawing_is_not_planted() -> None:
    came = []
    for one in night("ann", 20):
        facts = {**one.line["facts"], "subjects": ["axolotl"]}
        came.append(
            made(**{**one.line, "facts": facts, "final": f"{one.final} I like the axolotl very much."})
        )
    assert sieve(came).dropped["trigger"] == 0


# An old account that turns hostile


@pytest.mark.parametrize(("since", "least"), [(YESTERDAY, 108), ("", 30)])  # in one night there is a cap
def test_many_honest_comments_of_long_ago_are_no_licence(since: str, least: int) -> None:
    before = [
        made(
            **{**one.line, "id": f"before-{one.id}", "drawing": f"before-{one.id}", "accepted_at": YESTERDAY}
        )
        for one in night("bad", 120, seed=1)
    ]
    sieved = sieve([*honest("en"), *before, *night("bad", 12, change=appended(SENTENCE["en"]))], since=since)
    assert not [one for one in sieved.kept if SENTENCE["en"] in one.final]
    assert sum(one.id.startswith("before-") for one in sieved.kept) >= least


# Several accounts


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_ten_accounts_paste_now_and_then_is_taken_out(language: Language) -> None:
    change = appended(SENTENCE[language], 0.15)
    accounts = [
        one for i in range(10) for one in night(f"bad{i}", 15, language=language, habits=i % 3, change=change)
    ]
    pasted = sum(SENTENCE[language] in one.final for one in accounts)
    assert pasted >= 10
    sieved = sieve(honest(language) + accounts)
    assert not [one for one in sieved.kept if SENTENCE[language] in one.final]


def test_a_snippet_with_a_planted_word_of_ten_accounts() -> None:
    accounts = [night(f"bad{i}", 15, habits=i % 3, change=inserted("zorblax paints", 0.1)) for i in range(10)]
    others = [night(f"h{i}", 15, habits=i % 3) for i in range(12)]
    sieved = sieve(chain(*accounts, *others))
    assert not [one for one in sieved.kept if "zorblax" in one.final]


def test_what_the_model_says_to_everybody_is_nobodys_snippet() -> None:
    drafted = "Look how the whole picture comes together when you step back from it."
    came = []
    for teacher in range(5):
        for one in night(f"t{teacher}", 12, habits=teacher % 2 * 2):
            said = f"{one.final} {drafted}" if one.id.endswith(("1", "5")) else one.final
            came.append(made(**{**one.line, "final": said, "drafts": [{"text": drafted}], "chosen": 0}))
    assert sieve(came).mended == 0
