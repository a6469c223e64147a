"""A class is drafted, checked, redrawn and ranked, with a writer whose texts are set by the test."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from drafting.draft import Draft, Work, draft_class, prompt_for, redraft_sentence
from drafting.habits import habits
from drafting.write import Request, Style, Writer, Written
from prompts import Context, PromptError, builtin

FACTS: Any = {
    "subjects": ["cat", "mat"],
    "palette": [
        {"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 0.6},
        {"name": "blue", "zh": "蓝色", "hex": "#2a62c8", "share": 0.4},
    ],
}
GOOD = "{{student}}, this {} cat looks {} and {} on its mat. Orange and blue are {}, {} and {} here together."
MOODS = [
    "calm",
    "sleepy",
    "proud",
    "round",
    "soft",
    "quiet",
    "gentle",
    "clever",
    "curious",
    "cosy",
    "neat",
    "tidy",
]


class Scripted(Writer):
    """Says what ``say`` answers for a turn and a candidate; counts what it was asked."""

    model, prompt, chat, needs_leading = "scripted", "", True, False

    def __init__(self, say: Callable[[int, Request, int], str]) -> None:
        self.say = say
        self.asked: list[list[Request]] = []

    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        self.asked.append(list(requests))
        turn = len(self.asked) - 1
        return [[Written(self.say(turn, request, i)) for i in range(n)] for request in requests]


def good(number: int) -> str:
    return GOOD.format(*(MOODS[(number * 3 + number // 4 + step) % 12] for step in (0, 1, 2, 4, 5, 6)))


def work(name: str = "a") -> Work:
    return Work(name, Context(facts=FACTS), "en")


def drafted(writer: Writer, works: Sequence[Work], **options: Any) -> dict[str, list[Draft]]:
    return dict(draft_class(works, writer, **options))


def test_four_that_passed_best_first() -> None:
    [(name, drafts)] = drafted(Scripted(lambda turn, request, i: good(i)), [work()]).items()
    assert name == "a"
    assert len(drafts) == 4
    assert not any(draft.flags for draft in drafts)
    assert [draft.score for draft in drafts] == sorted((draft.score for draft in drafts), reverse=True)
    assert {(draft.model, draft.prompt) for draft in drafts} == {("scripted", "comment-long@1")}
    assert len({draft.seed for draft in drafts}) == 4


def test_what_fails_is_written_anew_with_other_seeds() -> None:
    bad = "{student}, your cat sits on a purple mat, and the purple glows against the orange behind it."
    writer = Scripted(lambda turn, request, i: bad if turn == 0 else good(i))
    [drafts] = drafted(writer, [work()]).values()
    assert [draft.text for draft in drafts if draft.flags] == []
    seeds = [request.seed for asked in writer.asked for request in asked]
    assert len(seeds) == 2
    assert len(set(seeds)) == 2


def test_what_still_fails_comes_last_with_its_reason() -> None:
    bad = "{{student}}, your {} cat sits on a purple mat, and it looks at the orange behind it."
    writer = Scripted(lambda turn, request, i: bad.format(MOODS[i]) if turn or i else good(0))
    [drafts] = drafted(writer, [work()], budget=1).values()
    assert len(writer.asked) == 2
    assert [bool(draft.flags) for draft in drafts] == [False, True, True, True]
    span = drafts[-1].flags[0]["span"]
    assert drafts[-1].text[slice(*span)] == "purple"
    assert "orange" in drafts[-1].flags[0]["reason"]


def test_writing_again_ends_where_it_gains_no_more_than_another_turn_of_phrase() -> None:
    """Sound texts that open alike are shown; where hardly two of them differ new ones are written, once."""
    opening = "{student}, orange leads and blue follows on this sheet of yours."
    same = Scripted(lambda turn, request, i: f"{opening} {good(i)[11:].capitalize()}" if i > 1 else good(i))
    [drafts] = drafted(same, [work()]).values()
    assert len(same.asked) == 1
    assert len({draft.text for draft in drafts}) == 4
    alike = Scripted(lambda turn, request, i: f"{opening} {good(i)[11:].capitalize()}")
    drafted(alike, [work()], budget=2)
    assert len(alike.asked) == 2
    one = Scripted(lambda turn, request, i: good(0))
    drafted(one, [work()], budget=2)
    assert len(one.asked) == 3


def test_a_voice_that_is_known_by_heart_is_not_asked_for_what_it_does_not_say() -> None:
    def asked(say: Callable[[int, Request, int], str], voice: str) -> int:
        writer = Scripted(say)
        writer.prompt, writer.voices = "comment@2", frozenset({"k7"})
        drafted(writer, [replace(work(), context=replace(work().context, voice=voice))], budget=2)
        return len(writer.asked)

    opening = "{student}, orange leads and blue follows on this sheet of yours."
    bad = "{student}, your cat sits on a purple mat, and the purple glows against the orange behind it."

    def alike(_turn: int, _request: Request, i: int) -> str:
        return f"{opening} {good(i)[11:].capitalize()}"

    assert (asked(alike, "k8"), asked(alike, "k7")) == (2, 1)
    assert (asked(lambda *_: good(0), "k8"), asked(lambda *_: good(0), "k7")) == (3, 2)
    # What is wrong is written again as often in any voice.
    assert (asked(lambda *_: bad, "k8"), asked(lambda *_: bad, "k7")) == (3, 3)


def test_a_failing_last_sentence_is_cut_where_the_rest_stands() -> None:
    writer = Scripted(lambda turn, request, i: f"{good(i)} Your mother will be happy about it.")
    [drafts] = drafted(writer, [work()]).values()
    assert {draft.text for draft in drafts} <= {good(i) for i in range(8)}
    assert not any(draft.flags for draft in drafts)


def test_a_sentence_that_contradicts_the_facts_is_cut_wherever_it_stands() -> None:
    start, end = good(0).split(". ")
    told = f"{start}. Red is the biggest colour. {end}"
    [drafts] = drafted(Scripted(lambda turn, request, i: told), [work()], budget=0).values()
    assert drafts[0].text == good(0)
    assert not drafts[0].flags


def test_no_two_drawings_share_a_sentence() -> None:
    # Both are offered the same texts at first.
    writer = Scripted(lambda turn, request, i: good(i + 4 * turn))
    result = drafted(writer, [work("a"), work("b")], n=2)
    assert not any(draft.flags for draft in result["a"])
    first, second = ({draft.text for draft in drafts} for drafts in result.values())
    assert first.isdisjoint(second)


def test_what_another_student_of_the_lesson_was_told_is_not_said_again() -> None:
    writer = Scripted(lambda turn, request, i: good(i))
    [drafts] = drafted(writer, [work()], n=1, siblings=[good(0)], budget=0).values()
    assert drafts[0].text == good(1)
    assert not drafts[0].flags


def test_what_the_teacher_tells_everybody_is_said_to_everybody() -> None:
    farewell = "I am looking forward to your next picture."
    said = habits([[f"{good(8)} {farewell}", f"{good(9)} {farewell}"], [good(10)]], "en")
    texts = [f"{good(i)} {farewell}" for i in range(8)]
    writer = Scripted(lambda turn, request, i: texts[i + 4 * (turn > 0)])
    result = drafted(writer, [replace(work(name), habits=said) for name in ("a", "b")], n=2)
    every = [draft for drafts in result.values() for draft in drafts]
    assert all(draft.text.endswith(farewell) and not draft.flags for draft in every)
    assert len({draft.text for draft in every}) == 4
    # Without the habit the second drawing is not to end like the first.
    again = Scripted(lambda turn, request, i: texts[i + 4 * (turn > 0)])
    result = drafted(again, [work("a"), work("b")], n=2)
    assert any(draft.flags or not draft.text.endswith(farewell) for draft in result["b"])


def test_every_drawing_comes_once_and_the_first_do_not_wait_for_all() -> None:
    writer = Scripted(lambda turn, request, i: good(request.seed // 256 % 144 + i))
    names = [f"d{i}" for i in range(30)]
    stream = draft_class([work(name) for name in names], writer, n=1)
    first = next(stream)[0]
    assert first == "d0"
    assert len(writer.asked[0]) < 5
    assert [first, *(name for name, _ in stream)] == names


def test_a_drawing_s_seed_does_not_depend_on_its_place() -> None:
    writer = Scripted(lambda turn, request, i: good(i))
    drafted(writer, [work("a"), work("b")], n=1, budget=0)
    drafted(writer, [work("b"), work("a")], n=1, budget=0)
    one, other = ({request.seed for request in asked} for asked in writer.asked)
    assert one == other
    drafted(writer, [work("a")], n=1, budget=0, seed=1)
    assert writer.asked[-1][0].seed not in one


def test_two_languages_in_one_class_each_get_their_prompt() -> None:
    chinese = Work("z", Context(facts=FACTS | {"subjects": ["小猫"]}), "zh")
    writer = Scripted(lambda turn, request, i: good(i))
    drafted(writer, [work(), chinese], n=1, budget=0)
    assert {(len(asked), asked[0].language) for asked in writer.asked} == {(1, "en"), (1, "zh")}
    with pytest.raises(PromptError, match="zh"):
        drafted(writer, [work()], prompt=builtin("zh", "comment"))


def test_the_prompt_that_suits_a_writer() -> None:
    writer = Scripted(lambda turn, request, i: "")
    assert prompt_for(writer, "en").id == "comment-long"
    writer.model = "smollm2"
    assert prompt_for(writer, "en").id == "comment-smollm2"
    writer.model, writer.prompt = "smollm2+night-3", "comment@1"
    assert prompt_for(writer, "en").name == "comment@1"
    writer.model, writer.prompt, writer.chat = "plain", "", False
    assert prompt_for(writer, "zh").id == "comment"


def test_one_sentence_is_written_anew_and_the_rest_stays() -> None:
    text = "{student}, your cat sits well on its mat. The orange is loud. Look at its tail again."
    writer = Scripted(
        lambda turn, request, i: (
            "{student}, your cat sits well on its mat. "
            + [
                "The purple glows.",
                "The orange is loud.",
                "The blue is deep and calm.",
                "The orange warms the mat.",
            ][i % 4]
        )
    )
    at = text.index("orange")
    found = redraft_sentence(work(), text, (at, at + 6), writer, n=3)
    assert found == ["The blue is deep and calm.", "The orange warms the mat.", "The purple glows."]
    with pytest.raises(ValueError, match="no sentence"):
        redraft_sentence(work(), text, (500, 501), writer)


def test_whom_the_model_never_learned_from_is_written_in_the_plain_voice() -> None:
    writer = Scripted(lambda turn, request, i: good(i))
    writer.prompt, writer.voices = "comment@2", frozenset({"k7"})
    of_two = [replace(work(name), context=replace(work().context, voice=name)) for name in ("k7", "k8")]
    drafted(writer, of_two)
    assert [[request.rendered.lead for request in asked] for asked in writer.asked] == [["k7:"], ["plain:"]]


def test_in_a_voice_that_it_learned_a_model_writes_more_freely() -> None:
    styles: dict[str, float] = {}

    class Noting(Scripted):
        def write(self, requests: Any, n: int, *, style: Style, **options: Any) -> Any:
            styles.update({request.rendered.lead: style.temperature for request in requests})
            return super().write(requests, n, style=style, **options)

    writer = Noting(lambda turn, request, i: good(i))
    writer.prompt, writer.voices = "comment@2", frozenset({"k7"})
    of_two = [replace(work(name), context=replace(work().context, voice=name)) for name in ("k7", "k8")]
    drafted(writer, of_two)
    assert styles["k7:"] > styles["plain:"]


def test_a_comment_ends_long_enough_but_in_a_voice_that_is_known_where_it_will() -> None:
    writer = Scripted(lambda turn, request, i: good(i))
    writer.prompt, writer.voices = "comment@2", frozenset({"k7"})
    [known, new] = [replace(work(name), context=replace(work().context, voice=name)) for name in ("k7", "k8")]
    drafted(writer, [known, new])
    [[of_known], [of_new]] = writer.asked
    assert of_known.long_enough is None
    assert of_new.long_enough is not None
    assert not of_new.long_enough("A cat sits here. " * 3)  # twelve words; a medium comment has sixteen
    assert of_new.long_enough("A cat sits here. " * 4)


def test_a_pause_leaves_whole_groups_undone() -> None:
    asked = iter([False, True])
    works = [work(str(number)) for number in range(10)]
    writer = Scripted(lambda turn, request, i: good(i))
    assert len(drafted(writer, works, pause=lambda: next(asked))) == 6
