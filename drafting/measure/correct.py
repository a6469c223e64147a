"""A teacher's corrections of the facts. What is wrong with one is said in English and in Chinese."""

import re
from collections.abc import Mapping
from typing import Any, cast, get_args

from drafting.measure.composition import place
from drafting.measure.qualities import judge
from prompts.context import LIMITS, MOST
from prompts.facts import Colour, Composition, Direction, Facts, Line, Orientation, Paper, Sheet, Weight
from prompts.vocabulary import Language, table

MOST_COLOURS = 14


class FactError(ValueError):
    """This correction cannot be. ``str()`` says in English which fact is wrong and what it may be, ``zh`` in
    Chinese.
    """

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.zh = zh

    def words(self, language: Language) -> str:
        """What is wrong, in the reader's language."""
        return self.zh if language == "zh" else str(self)


def correct(facts: Facts, changes: Mapping[str, Any]) -> Facts:
    """New facts in which ``changes`` replace what was measured; ``facts`` itself stays as it is.

    ``changes`` is shaped like facts. A group (``sheet``, ``composition``, ``line``) may hold what changes;
    a ``palette`` or ``subjects`` replaces the whole list. Colours may be named in either language, and shares
    are scaled to sum to 1. ``strengths`` and ``weakest`` follow from the numbers unless given.
    Raises FactError.
    """
    corrected: dict[str, Any] = dict(facts)
    for name, value in changes.items():
        if name not in _CHECKS:
            raise FactError(
                f"There is no fact called {name!r}; there are {_listed(_CHECKS)}.",
                f"没有叫 {name!r} 的项目；可用的有：{_listed(_CHECKS)}。",
            )
        corrected[name] = _CHECKS[name](name, value, facts)
    judged = judge(cast(Facts, corrected))
    for name in ("strengths", "weakest"):
        if name in changes:
            judged[name] = corrected[name]  # type: ignore[literal-required]
    return judged


def _number(low: float, high: float) -> Any:
    def check(name: str, value: Any, _: Facts) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise FactError(
                f"{name} must be a number from {low:g} to {high:g}, not {value!r}.",
                f"{name} 应为 {low:g} 到 {high:g} 之间的数，而不是 {value!r}。",
            )
        return round(float(value), 3)

    return check


def _word(options: Any) -> Any:
    def check(name: str, value: Any, _: Facts) -> str:
        words = list(options()) if callable(options) else list(options)
        if value not in words:
            raise FactError(
                f"{name} must be one of {_listed(words)}, not {value!r}.",
                f"{name} 应为以下之一：{_listed(words)}；而不是 {value!r}。",
            )
        return str(value)

    return check


def _subjects(name: str, value: Any, _: Facts) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        raise FactError(
            f"{name} must be a list of words, such as ['cat', 'red mat'].",
            f"{name} 应为词语的列表，例如 ['猫', '红垫子']。",
        )
    words = [" ".join(word.split()) for word in value if word.strip()]
    most, longest = MOST["subjects"], LIMITS["subject"]
    if len(words) > most or any(len(word) > longest for word in words):
        raise FactError(
            f"{name} may hold {most} words of at most {longest} characters.",
            f"{name} 最多 {most} 个词，每个词最多 {longest} 个字符。",
        )
    return words


def _palette(name: str, value: Any, facts: Facts) -> list[Colour]:
    if not isinstance(value, list | tuple) or len(value) > MOST_COLOURS:
        raise FactError(
            f"{name} must be a list of at most {MOST_COLOURS} colours.",
            f"{name} 应为最多 {MOST_COLOURS} 种颜色的列表。",
        )
    merged: dict[str, Colour] = {}
    for entry in value:
        colour = _colour(entry, facts)
        if colour["name"] in merged:
            colour["share"] += merged[colour["name"]]["share"]
        merged[colour["name"]] = colour
    total = sum(colour["share"] for colour in merged.values())
    if merged and total <= 0:
        raise FactError(
            "The palette's shares must sum to more than nothing.", "palette 中各颜色的比例之和应大于零。"
        )
    colours = sorted(merged.values(), key=lambda colour: -colour["share"])
    for colour in colours:
        colour["share"] = round(colour["share"] / total, 3)
    if colours:
        colours[0]["share"] = round(1 - sum(colour["share"] for colour in colours[1:]), 3)
    return colours


def _colour(entry: Any, facts: Facts) -> Colour:
    if not isinstance(entry, Mapping) or not {"name", "share"} <= set(entry):
        raise FactError(
            "Each colour of the palette needs a name and a share.",
            "palette 中的每种颜色都要有 name 和 share。",
        )
    known = next((row for row in table()["colours"] if entry["name"] in (row["name"], row["zh"])), None)
    if known is None:
        names = [row["name"] for row in table()["colours"]]
        raise FactError(
            f"There is no colour called {entry['name']!r}; there are {_listed(names)}.",
            f"没有叫 {entry['name']!r} 的颜色；可用的有：{_listed(names)}。",
        )
    share = _number(0, 1)(f"The share of {known['name']}", entry["share"], facts)
    measured = next(
        (c["hex"] for c in facts.get("palette", []) if c["name"] == known["name"]), known["hex"][0]
    )
    code = entry.get("hex") or measured
    if not isinstance(code, str) or not re.fullmatch("#[0-9a-fA-F]{6}", code):
        raise FactError(
            f"The hex of {known['name']} must look like #e88b2d, not {code!r}.",
            f"{known['name']} 的 hex 应形如 #e88b2d，而不是 {code!r}。",
        )
    return Colour(name=known["name"], zh=known["zh"], hex=code.lower(), share=share)


def _sheet(name: str, value: Any, facts: Facts) -> Sheet:
    checks = {"found": _flag, "orientation": _word(get_args(Orientation)), "paper": _word(get_args(Paper))}
    return cast(Sheet, _group(name, value, checks, facts))


def _composition(name: str, value: Any, facts: Facts) -> Composition:
    checks = {
        "place": _word(lambda: table()["places"]),
        "centre": _centre,
        "balance": _number(0, 1),
        "symmetry": _number(0, 1),
    }
    group = _group(name, value, checks, facts)
    # The place is the centre's name: whichever the teacher gave, the other must not contradict it.
    if "centre" in value and "place" not in value:
        group["place"] = place(*group["centre"])
    elif "place" in value and group.get("centre") is not None and place(*group["centre"]) != group["place"]:
        if "centre" in value:
            raise FactError(
                f"The centre {group['centre']} does not lie {group['place']}.",
                f"centre {group['centre']} 不在 {group['place']} 这个位置。",
            )
        del group["centre"]
    return cast(Composition, group)


def _line(name: str, value: Any, facts: Facts) -> Line:
    checks = {
        "density": _number(0, 1),
        "direction": _word(get_args(Direction)),
        "weight": _word(get_args(Weight)),
        "curved": _number(0, 1),
    }
    return cast(Line, _group(name, value, checks, facts))


def _group(name: str, value: Any, checks: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise FactError(
            f"{name} must be given as its parts: {_listed(checks)}.",
            f"{name} 应按各部分给出：{_listed(checks)}。",
        )
    group: dict[str, Any] = dict(facts.get(name) or {})  # type: ignore[call-overload]
    for part, new in value.items():
        if part not in checks:
            raise FactError(
                f"{name} has no part called {part!r}; it has {_listed(checks)}.",
                f"{name} 没有叫 {part!r} 的部分；可用的有：{_listed(checks)}。",
            )
        group[part] = checks[part](f"{name}.{part}", new, facts)
    return group


def _flag(name: str, value: Any, _: Facts) -> bool:
    if not isinstance(value, bool):
        raise FactError(
            f"{name} must be true or false, not {value!r}.", f"{name} 应为 true 或 false，而不是 {value!r}。"
        )
    return value


def _centre(name: str, value: Any, facts: Facts) -> tuple[float, float]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise FactError(
            f"{name} must be two fractions of the sheet, such as [0.5, 0.4].",
            f"{name} 应为画纸上的两个比例，例如 [0.5, 0.4]。",
        )
    x, y = (_number(0, 1)(name, part, facts) for part in value)
    return x, y


def _strengths(name: str, value: Any, facts: Facts) -> list[str]:
    if not isinstance(value, list | tuple):
        qualities = _listed(table()["qualities"])
        raise FactError(f"{name} must be a list of {qualities}.", f"{name} 应为列表，可用的有：{qualities}。")
    return list(dict.fromkeys(_quality(name, word, facts) for word in value))


def _weakest(name: str, value: Any, facts: Facts) -> str | None:
    return None if value is None else _quality(name, value, facts)


def _listed(words: Any) -> str:
    return ", ".join(str(word) for word in words)


_quality = _word(lambda: table()["qualities"])
_CHECKS: dict[str, Any] = {
    "subjects": _subjects,
    "sheet": _sheet,
    "palette": _palette,
    "warmth": _number(-1, 1),
    "saturation": _number(0, 1),
    "contrast": _number(0, 1),
    "coverage": _number(0, 1),
    "composition": _composition,
    "line": _line,
    "strengths": _strengths,
    "weakest": _weakest,
}
