"""Houses, hills and what stands in them."""

from itertools import pairwise

import numpy as np

from drafting.samples.paths import Path, box, curve, ellipse, line, polygon
from drafting.samples.pen import Pen


def house(pen: Pen, wall: str, roof: str, door: str, *, snow: bool = False) -> None:
    """A house one unit wide on the origin, smoke from the chimney."""
    pen.shape(box(0.27, -0.98, 0.14, 0.34), roof)
    smoke = np.linspace(0, 1, 30)
    pen.line(np.stack([0.27 + 0.1 * np.sin(smoke * 9) * (0.3 + smoke), -1.2 - 0.5 * smoke], 1), "grey", 11)
    pen.shape(box(0, -0.35, 0.9, 0.7), wall)
    pen.shape(polygon((-0.58, -0.68), (0, -1.18), (0.58, -0.68)), "white" if snow else roof)
    pen.shape(box(0, -0.21, 0.22, 0.42), door)
    pen.dot(0.06, -0.2, 0.02, "yellow")
    for side in (-1, 1):
        pen.shape(box(side * 0.28, -0.42, 0.2, 0.22), "yellow")
        pen.line(line((side * 0.28, -0.53), (side * 0.28, -0.31)), "black", 5)
        pen.line(line((side * 0.28 - 0.1, -0.42), (side * 0.28 + 0.1, -0.42)), "black", 5)


def tower(pen: Pen, wall: str, *, floors: int, columns: int, roof: str | None = None) -> None:
    """A block of flats in a unit square on the origin, some windows lit; a pointed roof or none."""
    pen.fill(box(0, -0.5, 1, 1), wall, turn=90)
    if roof:
        pen.fill(polygon((-0.56, -0.99), (0, -1.3), (0.56, -0.99)), roof)
    for y in (np.arange(floors) + 0.5) / floors:
        for x in (np.arange(columns) + 0.5) / columns - 0.5:
            lit = pen.rng.random() < 0.7
            pen.fill(
                box(x, -1 + y * 0.94 + 0.02, 0.52 / columns, 0.5 / floors),
                "yellow" if lit else "black",
                turn=90,
                width=10,
            )


def peak(pen: Pen, rock: str, ridge: list[tuple[float, float]], snowline: float) -> None:
    """A mountain whose ridge runs through the points from left to right, white above ``snowline``, 0..1."""
    foot, top = max(y for _, y in ridge), min(y for _, y in ridge)
    outline = np.array([*ridge, (ridge[-1][0], foot + 0.02), (ridge[0][0], foot + 0.02)])
    pen.fill(outline, rock, turn=62)
    x, at = next(point for point in ridge if point[1] == top)
    cap = top + (foot - top) * snowline
    left = _cut(ridge[: ridge.index((x, at)) + 1], cap)
    right = _cut(ridge[ridge.index((x, at)) :][::-1], cap)
    teeth = [
        (right + (left - right) * f, cap + (foot - top) * (0.09 if n % 2 else -0.08))
        for n, f in enumerate((0.15, 0.35, 0.5, 0.68, 0.86))
    ]
    pen.fill(polygon((left, cap), (x, top), (right, cap), *teeth), "white", turn=62)


def _cut(slope: list[tuple[float, float]], y: float) -> float:
    """Where a slope (from foot to top) reaches the height ``y``."""
    return float(np.interp(-y, [-b for _, b in slope], [a for a, _ in slope]))


def balloon(pen: Pen, colours: tuple[str, ...]) -> None:
    """A hot-air balloon one unit tall, its basket at the origin, striped."""
    heights = np.linspace(0, 1, 26)
    half = (
        0.36 * np.sin(np.pi * np.clip(heights, 0.0, 1) ** 0.72) ** 0.62 * (1 - 0.18 * heights)
        + 0.05 * heights
    )
    y = -1 + 0.76 * heights

    def gore(a: float, b: float) -> Path:
        return np.vstack([np.stack([a * half, y], 1), np.stack([b * half, y], 1)[::-1]])

    edges = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 6))
    for n, (a, b) in enumerate(pairwise(edges)):
        pen.fill(gore(a, b), colours[n % len(colours)])
    pen.line(gore(-1, 1), "black", 6)
    for side in (-1, 1):
        pen.line(line((side * 0.055, -0.24), (side * 0.07, -0.1)), "black", 4)
    pen.shape(box(0, -0.05, 0.16, 0.11), "brown", "black", 6)
    for side in (-1, 1):
        pen.dot(side * 0.035, -0.125, 0.026, "beige")


def bird(pen: Pen) -> None:
    """Two strokes far away."""
    pen.line(curve((-0.5, -0.1), (-0.2, -0.3), (0, 0)), "black", 6)
    pen.line(curve((0, 0), (0.2, -0.3), (0.5, -0.1)), "black", 6)


def dragon_boat(pen: Pen, hull: str, scales: str, mane: str) -> None:
    """A long boat from -0.5 to 0.5 with a dragon's head to the left; its waterline is the origin."""
    tail = curve((0.42, -0.04), (0.5, -0.12), (0.49, -0.24), (0.55, -0.3))
    pen.line(tail, hull, 40, taper=0.4)
    for dx, dy in ((0.04, -0.06), (0.06, 0.0), (0.0, -0.07)):
        pen.line(curve((0.545, -0.29), (0.55 + dx / 2, -0.3 + dy), (0.55 + dx, -0.32 + dy)), mane, 14)
    pen.shape(
        curve(
            (-0.42, -0.1),
            (-0.3, 0.04),
            (0, 0.07),
            (0.34, 0.04),
            (0.46, -0.1),
            (0.2, -0.06),
            (-0.2, -0.06),
            closed=True,
        ),
        hull,
    )
    for x in np.linspace(-0.32, 0.34, 11):
        pen.line(ellipse(x, -0.015, 0.03, 0.034, start=0, sweep=180), scales, 9)
    pen.line(curve((-0.36, -0.04), (-0.44, -0.12), (-0.42, -0.22)), hull, 62)
    for y in (-0.08, -0.13, -0.18):
        pen.line(curve((-0.395, y), (-0.36, y - 0.02), (-0.365, y - 0.05)), mane, 18)
    skull = curve(
        (-0.36, -0.3),
        (-0.44, -0.34),
        (-0.54, -0.3),
        (-0.58, -0.235),
        (-0.5, -0.225),
        (-0.565, -0.18),
        (-0.46, -0.16),
        (-0.37, -0.2),
        closed=True,
    )
    pen.shape(skull, hull)
    for x, lean in ((-0.41, 0.05), (-0.45, 0.02)):
        pen.line(
            curve((x, -0.335), (x + lean, -0.39), (x + lean * 1.6, -0.41)),
            "yellow" if hull != "yellow" else "orange",
            14,
        )
    pen.dot(-0.46, -0.285, 0.022, "white")
    pen.line(ellipse(-0.46, -0.285, 0.022), "black", 5)
    pen.dot(-0.465, -0.283, 0.011, "black")
    pen.dot(-0.56, -0.25, 0.008, "black")
    for dy in (0.0, 0.04):
        pen.line(curve((-0.57, -0.22 + dy), (-0.62, -0.24 + dy), (-0.66, -0.2 + dy)), mane, 6)
