"""The single numbers of a drawing, and what they make its strengths and its weakest side."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from prompts.facts import Facts
from prompts.vocabulary import table

WARM_HUE = np.deg2rad(55.0)  # CIELAB hue of orange, the warmest; its opposite is the coolest
FULL_CHROMA = 75.0  # CIELAB chroma of a marker's pure red
GREYISH = 12.0  # chroma below which a colour is neither warm nor cool


def colour_qualities(lab: NDArray[np.float32], drawn: NDArray[np.bool_]) -> tuple[float, float]:
    """Warmth (-1..1) and saturation (0..1) of the drawn area."""
    marks = lab[::2, ::2][drawn[::2, ::2]]
    if not len(marks):
        return 0.0, 0.0
    a, b = marks[:, 1], marks[:, 2]
    chroma = np.sqrt(a * a + b * b)
    pull = a * np.cos(WARM_HUE) + b * np.sin(WARM_HUE)  # chroma times the cosine of the distance in hue
    warmth = float(pull.sum() / np.maximum(chroma, GREYISH).sum())
    return round(warmth, 3), round(min(1.0, float(chroma.mean()) / FULL_CHROMA), 3)


def contrast(lab: NDArray[np.float32], drawn: NDArray[np.bool_]) -> float:
    """The range of lightness that the eye meets, 0..1: between the darkest and the lightest twentieth.

    Bare paper counts, but for no more than the drawn area: else a small drawing would have none.
    """
    lightness, drawn = lab[::2, ::2, 0], drawn[::2, ::2]
    light = np.sort(lightness[drawn])
    if not len(light):
        return 0.0
    paper = lightness[~drawn]
    if len(paper):
        light = np.sort(np.concatenate([light, paper[:: max(1, -(-len(paper) // len(light)))]]))
    low, high = light[int(0.05 * (len(light) - 1))], light[int(0.95 * (len(light) - 1))]
    return round(float(high - low) / 100, 3)


def judge(facts: Facts) -> Facts:
    """The facts with ``strengths`` (best first, at most three) and ``weakest`` as their numbers have them."""
    values = _values(facts)
    levels: Mapping[str, tuple[float, float]] = table()["quality_levels"]
    # 0 at the level below which it is weak, 1 at that above which it is strong.
    standing = {
        name: (values[name] - low) / (high - low) for name, (low, high) in levels.items() if name in values
    }
    strengths = sorted((name for name in standing if standing[name] >= 1), key=lambda name: -standing[name])[
        :3
    ]
    # A free composition is no fault, so symmetry is praised and never blamed.
    rest = {name: value for name, value in standing.items() if name != "symmetry" and name not in strengths}
    return Facts(
        **{**facts, "strengths": strengths, "weakest": min(rest, key=rest.__getitem__, default=None)}
    )


def _values(facts: Facts) -> dict[str, float]:
    composition, line = facts.get("composition", {}), facts.get("line", {})
    known = {
        "contrast": facts.get("contrast"),
        "coverage": facts.get("coverage"),
        "saturation": facts.get("saturation"),
        "balance": composition.get("balance"),
        "symmetry": composition.get("symmetry"),
        "line": line.get("density"),
    }
    return {name: value for name, value in known.items() if value is not None}
