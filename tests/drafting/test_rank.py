"""Scoring and ordering drafts."""

from dataclasses import dataclass, field, replace

from drafting.check import Flag, check
from drafting.rank import best_first, score, show_order
from prompts.vocabulary import Language
from tests.drafting.check.drawing import CONTEXT

FLAG: Flag = {"span": [0, 3], "kind": "colour", "reason": "No."}


@dataclass
class Candidate:
    score: float
    flags: list[Flag] = field(default_factory=list)


def scored(text: str, language: Language = "en") -> float:
    context = CONTEXT[language]
    return score(text, check(text, context=context, language=language), context=context, language=language)


def test_a_true_and_telling_draft_beats_an_empty_one_and_a_false_one() -> None:
    telling = (
        "{student}, your cat sits on its red mat, and the orange glows against the light blue. "
        "The bold diagonal lines give it energy."
    )
    empty = "{student}, great job on this one, it is really very nice to look at. Keep up the good work!"
    false = telling.replace("orange", "purple").replace("light blue", "green").replace("bold", "fine")
    assert scored(telling) > 0.8
    assert max(scored(empty), scored(false)) < 0.2


def test_the_same_in_chinese() -> None:
    telling = "你的小猫坐在红垫子上，橙色和浅蓝色放在一起，对比强烈。粗壮的斜线让画面很有力气，颜色温暖。"
    empty = "你真棒，画得非常好，老师很喜欢，希望你继续加油，以后画出更多更好看的作品，坚持下去。"
    assert scored(telling, "zh") > 0.8 > 0.5 > scored(empty, "zh")


def test_criteria_count() -> None:
    text = "Your cat sits on its red mat, and it looks at us. The cat is wide awake and the mat is soft."
    context = replace(CONTEXT["en"], criteria=("use of line",))
    with_line = text.replace("it looks at us", "bold lines hold it")
    assert score(with_line, [], context=context, language="en") > score(
        text, [], context=context, language="en"
    )


def test_flagged_drafts_come_last_and_the_passed_ones_in_a_seeded_order() -> None:
    passed = [Candidate(value / 10) for value in range(5)]
    flagged = [Candidate(0.9, [FLAG]), Candidate(0.95, [FLAG])]
    assert best_first([*flagged, *passed]) == [*reversed(passed), flagged[1], flagged[0]]
    orders = [show_order([*flagged, *passed], seed) for seed in range(20)]
    assert all(order[5:] == [flagged[1], flagged[0]] for order in orders)
    assert orders[3] == show_order([*passed, *flagged], 3)
    assert len({tuple(candidate.score for candidate in order) for order in orders}) > 10
