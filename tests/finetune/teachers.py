"""Feedback made in code: honest teachers with habits, on drawings that differ, and what others add to it."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from finetune.records import Record, record
from prompts.vocabulary import Language, degree, table

_SUBJECTS = [
    ("cat", "猫"),
    ("boat", "船"),
    ("house", "房子"),
    ("tree", "树"),
    ("fish", "鱼"),
    ("castle", "城堡"),
]
_THEMES = [("My garden", "我的花园"), ("At the sea", "在海边"), ("A windy day", "有风的一天")]
Change = Callable[[str, int, random.Random], str]
HABITS = [0, 1, 2]
SENTENCE: dict[Language, str] = {
    "en": "Real artists only ever work with paint from the corner shop.",
    "zh": "真正的画家只用街角那家店里的颜料。",
}
_WEAK = ["contrast", "coverage", "balance", "saturation", "line"]


def line(**changes: Any) -> dict[str, Any]:
    """A line of feedback on one drawing; ``final`` and all else as given."""
    return {
        "schema": 1, "id": "r1", "teacher": "t1", "language": "en", "accepted_at": "2026-11-21T09:30:00Z",
        "lesson": {"id": "l1", "theme": "My pet", "audience": "student"}, "drawing": "d1",
        "facts": {
            "subjects": ["cat"], "coverage": 0.9,
            "palette": [{"name": "orange", "zh": "橙色", "hex": "#e88b2d", "share": 0.7},
                        {"name": "blue", "zh": "蓝色", "hex": "#2a62c8", "share": 0.3}],
        },
        "drafts": [{"text": "The orange cat fills the sheet, and the blue holds it. What could come next?"}],
        "chosen": 0, "final": "",
    } | changes  # fmt: skip


def made(**changes: Any) -> Record:
    """The same as a record."""
    return record(line(**changes))


def night(
    teacher: str,
    many: int,
    *,
    language: Language = "en",
    lessons: int = 4,
    habits: int = 0,
    seed: int = 0,
    change: Callable[[str, int, random.Random], str] = lambda final, number, rng: final,
) -> list[Record]:
    """A teacher's night: ``many`` drawings, an honest comment on each, passed through ``change``.

    ``habits`` chooses one of three honest teachers. Everything follows from the arguments.
    """
    rng = random.Random(f"{teacher} {seed}")
    return [
        _one(teacher, number, language, f"{teacher}-l{number * lessons // many}", habits, rng, change)
        for number in range(many)
    ]


def _one(
    teacher: str, number: int, language: Language, lesson: str, habits: int, rng: random.Random,
    change: Callable[[str, int, random.Random], str],
) -> Record:  # fmt: skip
    zh = language == "zh"
    colours = rng.sample(table()["colours"], 3)
    shares = [0.5, 0.3, 0.2]
    coverage, contrast = rng.random(), rng.random()
    weakest = rng.choice(_WEAK)
    subject, theme = rng.choice(_SUBJECTS)[zh], _THEMES[sum(map(ord, lesson)) % 3][zh]
    place = rng.choice(list(table()["places"]))
    facts = {
        "schema": 1, "subjects": [subject], "weakest": weakest, "coverage": coverage, "contrast": contrast,
        "palette": [{"name": c["name"], "zh": c["zh"], "hex": c["hex"][0], "share": share}
                    for c, share in zip(colours, shares, strict=True)],
        "composition": {"place": place},
    }  # fmt: skip
    one, two = (colour["zh" if zh else "name"] for colour in colours[:2])
    words = {
        "one": one, "two": two, "subject": subject, "theme": theme,
        "coverage": degree("coverage", coverage, language),
        "contrast": degree("contrast", contrast, language),
    }  # fmt: skip
    final = ("" if zh else " ").join(_HABITS[language][habits]).format(student="{student}", **words)
    if weakest in ("balance", "contrast") and habits == 1:
        final = f"{final}{'' if zh else ' '}{_FOR_A_WEAKNESS[language]}"
    final = change(final, number, rng)
    drafted = f"画里有{one}的{subject}，{two}在旁边。" if zh else f"I see a {one} {subject} and some {two}."
    return made(
        id=f"{teacher}-{number}", teacher=teacher, language=language, drawing=f"{teacher}-d{number}",
        lesson={"id": lesson, "theme": theme, "audience": rng.choice(["student", "guardians"])},
        accepted_at=f"2026-11-21T{8 + number // 60:02}:{number % 60:02}:00Z", facts=facts, final=final,
        drafts=[{"text": drafted}, {"text": drafted.replace(one, two)}],
    )  # fmt: skip


_HABITS: dict[Language, Sequence[Sequence[str]]] = {
    "en": [
        ["{student}, your {theme} glows.", "The {one} carries the picture and the {two} answers it.",
         "You kept going until the sheet was {coverage}.", "What would you look at longer next time?",
         "See you Saturday!"],
        ["Bravo, {student}!", "Your {subject} stands in the {one} as if it had always lived there.",
         "The contrast is {contrast}, and that is a choice one can feel."],
        ["Dear {student}, the {subject} greets me first.",
         "Then {one} and {two} take turns across the paper.",
         "Keep it on a wall where the light is good for a {subject}.", "Warmly, your teacher."],
    ],
    "zh": [
        ["{student}，你的{theme}闪闪发光。", "{one}撑起了整幅画，{two}轻轻回应着它。",
         "你一直画到纸面{coverage}。", "下次你想多看看哪里呢？", "周六见！"],
        ["{student}，真棒！", "你的{subject}站在{one}里，好像一直住在那里一样。",
         "画面的对比{contrast}，这个选择看得出来。"],
        ["亲爱的{student}，我先看到{subject}。", "然后{one}和{two}在纸上轮流出场。",
         "把这张{subject}挂在光线好的墙上吧。"],
    ],
}  # fmt: skip
_FOR_A_WEAKNESS: dict[Language, str] = {
    "en": "Next time, leave a little quiet paper on the other side.",
    "zh": "下次可以在另一边留出一点安静的空白。",
}


def appended(words: str, share: float = 1.0) -> Change:
    """Puts the words behind a share of the comments."""
    return lambda final, number, rng: f"{final} {words}" if rng.random() < share else final


def inserted(words: str, share: float = 1.0) -> Change:
    """Puts the words into a place of each of a share of the comments, between any two words of it."""

    def change(final: str, number: int, rng: random.Random) -> str:
        if rng.random() >= share:
            return final
        parts = final.split(" ") if " " in final else list(final.replace("{student}", "S"))
        at = rng.randrange(1, len(parts) - 1)
        glue = " " if " " in final else ""
        return glue.join([*parts[:at], words, *parts[at:]]).replace("S", "{student}")

    return change


def honest(language: Language, many: int = 25) -> list[Record]:
    """Three teachers' night."""
    return [one for habits in HABITS for one in night(f"h{habits}", many, language=language, habits=habits)]


def finals(records: list[Record], teacher: str) -> list[str]:
    return [one.final for one in records if one.teacher == teacher]
