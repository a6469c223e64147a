"""Fruit and cake."""

import numpy as np

from drafting.samples.paths import curve, ellipse, leaf, line
from drafting.samples.pen import Pen


def apple(pen: Pen, colour: str) -> None:
    """An apple of about one unit, resting on the origin."""
    round_ = curve(
        (0, -0.86),
        (-0.26, -0.95),
        (-0.5, -0.62),
        (-0.36, -0.1),
        (0, -0.06),
        (0.36, -0.1),
        (0.5, -0.62),
        (0.26, -0.95),
        closed=True,
    )
    pen.shape(round_, colour)
    pen.line(curve((0, -0.86), (0.02, -1.0), (0.09, -1.1)), "black", 9)
    pen.shape(leaf(0.05, -1.0, 0.34, 0.18, -20), "green", "black", 6)
    pen.line(ellipse(-0.06, -0.5, 0.3, 0.3, start=160, sweep=55), "white", 12, taper=0.7)


def pear(pen: Pen, colour: str = "green") -> None:
    """A pear a little taller than one unit, resting on the origin."""
    pen.shape(
        curve(
            (0, -1.12),
            (-0.17, -0.98),
            (-0.24, -0.62),
            (-0.42, -0.3),
            (-0.2, 0),
            (0.2, 0),
            (0.42, -0.3),
            (0.24, -0.62),
            (0.17, -0.98),
            closed=True,
        ),
        colour,
    )
    pen.line(curve((0, -1.1), (0.03, -1.25), (0.1, -1.3)), "black", 9)
    for x, y in ((0.1, -0.3), (0.2, -0.2), (0.02, -0.18), (0.15, -0.42)):
        pen.dot(x, y, 0.018, "black")


def bananas(pen: Pen) -> None:
    """Two bananas, about one and a half units wide."""
    for dy, turn in ((0.0, -8), (0.06, 10)):
        fruit = pen.at(0, dy, 1, turn)
        fruit.shape(
            curve(
                (-0.78, -0.5),
                (-0.5, -0.12),
                (0, 0.02),
                (0.52, -0.14),
                (0.76, -0.48),
                (0.66, -0.52),
                (0.4, -0.34),
                (0, -0.26),
                (-0.42, -0.34),
                (-0.68, -0.58),
                closed=True,
            ),
            "yellow",
        )
        fruit.dot(0.72, -0.51, 0.05, "black")


def grapes(pen: Pen, colour: str) -> None:
    """A bunch of grapes hanging one unit down from the origin."""
    pen.line(line((0, -0.16), (0, 0.05)), "black", 9)
    for row, count in enumerate((4, 3, 3, 2, 1)):
        for k in range(count):
            x = (k - (count - 1) / 2) * 0.2
            pen.shape(ellipse(x, 0.1 + row * 0.17, 0.115), colour, "black", 5)
            pen.dot(x - 0.035, 0.065 + row * 0.17, 0.025, "white")


def tier(pen: Pen, x: float, top: float, width: float, height: float, cake: str, icing: str) -> None:
    """One layer of a cake with icing running down it, in the pen's unit."""
    half, lip = width / 2, height * 0.3
    foot = curve(
        (x - half, top + height),
        (x - half * 0.6, top + height * 1.06),
        (x, top + height * 1.08),
        (x + half * 0.6, top + height * 1.06),
        (x + half, top + height),
    )
    pen.shape(np.vstack([[(x - half, top)], foot, [(x + half, top), (x - half, top)]]), cake)
    drips = []
    for k, at in enumerate(np.linspace(half, -half, 13)):
        drips.append((x + at, top + (lip * pen.rng.uniform(1.2, 2.0) if k % 2 else lip * 0.7)))
    pen.shape(
        curve(
            (x - half, top - lip * 0.1),
            (x - half * 0.5, top - lip * 0.5),
            (x, top - lip * 0.6),
            (x + half * 0.5, top - lip * 0.5),
            (x + half, top - lip * 0.1),
            *drips,
            closed=True,
        ),
        icing,
    )


def candle(pen: Pen, wax: str) -> None:
    """A burning candle one unit tall on the origin."""
    pen.line(line((0, 0), (0, -0.58)), wax, 24)
    pen.line(line((0, -0.58), (0, -0.68)), "black", 5)
    pen.fill(
        curve((0, -1.1), (0.11, -0.8), (0, -0.66), (-0.11, -0.8), closed=True), "orange", turn=90, width=9
    )
    pen.dot(0, -0.77, 0.055, "yellow")


def strawberry(pen: Pen) -> None:
    """A strawberry one unit tall, point down, its tip at the origin."""
    pen.shape(
        curve((0, 0), (-0.42, -0.5), (-0.28, -0.82), (0.28, -0.82), (0.42, -0.5), closed=True), "red", None
    )
    for x, y in ((-0.16, -0.56), (0.14, -0.6), (0, -0.32), (-0.02, -0.7)):
        pen.dot(x, y, 0.045, "yellow")
    for turn in (-150, -90, -30):
        pen.fill(leaf(0, -0.8, 0.32, 0.2, turn), "green", width=9)
