"""What the gate says is told in both languages, from the report too."""

import json
import re

import pytest

from finetune.exam import MISFITS
from finetune.gate import GAIN_OF_FEW
from finetune.reasons import Reason
from finetune.words import lexicon

EVERY = [
    Reason("few_drawings", {"drawings": 3, "least": 5}),
    Reason("not_clear", {"mean": 0.1, "low": -0.05, "high": 0.2}),
    Reason("few_lessons", {"mean": 0.1, "lessons": 1, "least": 4, "gain": GAIN_OF_FEW}),
    Reason("teacher", {"teacher": "t3", "worse": 0.4}),
    Reason("rose", {"what": "facts_wrong", "before": 0.0, "after": 0.1}),
    Reason("rose", {"what": "misfit", "before": 0.0, "after": 0.1}, (("length", 0.0, 0.1),)),
    Reason("guard_cost", {"cases": "golden", "worse": 0.05}),
    Reason("guard_facts", {"cases": "held_out", "worse": 0.05}),
]


def test_these_are_all_and_every_kind_of_fault_has_a_chinese_name() -> None:
    words = lexicon("reasons")
    assert {reason.code for reason in EVERY} == set(words["sentences"])
    assert set(MISFITS) <= words["names"]["zh"].keys()
    assert words["names"]["en"].keys() <= words["names"]["zh"].keys()


@pytest.mark.parametrize("reason", EVERY, ids=lambda reason: str(reason.code))
def test_every_reason_is_a_sentence_in_both_languages(reason: Reason) -> None:
    kept = Reason.of(json.loads(json.dumps(reason.line)))
    assert kept == reason
    english, chinese = kept.in_words("en"), kept.in_words("zh")
    assert english.endswith(".")
    assert "{" not in english + chinese
    assert not set(re.findall("[A-Za-z]+[0-9]*", chinese)) - {"t3"}
    assert re.findall(r"\d\.\d+", english) == re.findall(r"\d\.\d+", chinese)


def test_the_kinds_of_a_rise_stand_in_brackets() -> None:
    assert (
        EVERY[5].in_words("en")
        == "More drafts cannot be used: from 0.000 to 0.100 (length from 0.000 to 0.100)."
    )
    assert EVERY[5].in_words("zh") == "不合用的草稿从0.000升到0.100（长度从0.000升到0.100）。"
