"""People: the ones at home and the ones outside."""

from drafting.samples.paths import box, curve, ellipse, line, polygon
from drafting.samples.pen import Pen

HAIR = ("black", "brown", "orange")
SKIN = ("beige", "beige", "brown")


def head(pen: Pen, skin: str, hair: str, *, long: bool, stroke: float = 7) -> None:
    """A head of radius 0.5 with a smile; the origin is its middle."""
    if long:
        pen.fill(
            curve(
                (-0.62, 0.75),
                (-0.66, -0.2),
                (0, -0.72),
                (0.66, -0.2),
                (0.62, 0.75),
                (0.3, 0.5),
                (-0.3, 0.5),
                closed=True,
            ),
            hair,
            turn=90,
        )
    pen.shape(ellipse(0, 0, 0.5, 0.52), skin, "black", stroke)
    fringe = curve(
        (-0.53, -0.02),
        (-0.5, -0.42),
        (0, -0.68),
        (0.5, -0.42),
        (0.53, -0.02),
        (0.36, -0.24),
        (0.12, -0.28),
        (-0.14, -0.24),
        (-0.36, -0.2),
        closed=True,
    )
    pen.fill(fringe, hair, turn=90)
    for side in (-1, 1):
        pen.dot(side * 0.18, 0.02, 0.06, "black")
        pen.dot(side * 0.3, 0.18, 0.075, "pink")
    pen.line(ellipse(0, 0.14, 0.17, 0.15, start=15, sweep=150), "red", stroke)


def child(pen: Pen, skin: str, hair: str, top: str, bottom: str, *, skirt: bool, stroke: float = 8) -> None:
    """A whole person one unit tall with arms out, feet at the origin."""
    for side in (-1, 1):
        pen.line(line((side * 0.07, -0.22), (side * 0.08, -0.02)), bottom if not skirt else skin, 26)
        pen.fill(ellipse(side * 0.11, -0.015, 0.07, 0.03), "black", width=9)
        pen.line(curve((side * 0.1, -0.54), (side * 0.22, -0.46), (side * 0.3, -0.36)), top, 26)
        pen.dot(side * 0.31, -0.345, 0.035, skin)
    pen.shape(
        curve(
            (-0.12, -0.58),
            (-0.15, -0.36),
            (-0.13, -0.24),
            (0.13, -0.24),
            (0.15, -0.36),
            (0.12, -0.58),
            closed=True,
        ),
        top,
        "black",
        stroke,
    )
    if skirt:
        pen.shape(
            polygon((-0.12, -0.32), (-0.24, -0.14), (0.24, -0.14), (0.12, -0.32)), bottom, "black", stroke
        )
    head(pen.at(0, -0.76, 0.36), skin, hair, long=skirt, stroke=stroke)


def under_umbrella(pen: Pen, coat: str, canopy: str, boots: str) -> None:
    """Somebody small in a coat under a large umbrella, one unit tall, boots at the origin."""
    for side in (-1, 1):
        pen.line(line((side * 0.05, -0.2), (side * 0.055, -0.04)), "black", 12)
        pen.fill(ellipse(side * 0.075, -0.03, 0.06, 0.035), boots)
    pen.fill(polygon((-0.08, -0.48), (-0.17, -0.16), (0.17, -0.16), (0.08, -0.48)), coat)
    pen.fill(ellipse(0, -0.54, 0.1, 0.105), "beige")
    for side in (-1, 1):
        pen.dot(side * 0.035, -0.54, 0.014, "black")
    pen.line(ellipse(0, -0.52, 0.035, 0.03, start=15, sweep=150), "black", 4)
    pen.line(line((0.1, -0.36), (0.1, -0.94)), "black", 6)
    pen.line(line((0.04, -0.42), (0.1, -0.36)), coat, 14)
    dome = [
        (0.1 + 0.36 * x, y)
        for x, y in (
            (-1, -0.68),
            (-0.8, -0.84),
            (-0.35, -0.95),
            (0, -0.97),
            (0.35, -0.95),
            (0.8, -0.84),
            (1, -0.68),
        )
    ]
    hem = [
        (0.1 + 0.36 * x, y)
        for x, y in ((0.66, -0.72), (0.33, -0.68), (0, -0.72), (-0.33, -0.68), (-0.66, -0.72))
    ]
    pen.shape(curve(*dome, *hem, closed=True), canopy, "black", 5)


def paddler(pen: Pen, shirt: str, skin: str, band: str) -> None:
    """A rower to the waist, one unit tall, facing left."""
    pen.shape(curve((-0.2, 0.05), (-0.22, -0.42), (0, -0.52), (0.2, -0.4), (0.2, 0.05), closed=True), shirt)
    pen.line(curve((0.12, -0.36), (-0.02, -0.16), (-0.2, -0.12)), skin, 20)
    pen.shape(ellipse(-0.04, -0.72, 0.21, 0.22), skin)
    pen.line(curve((-0.24, -0.79), (-0.04, -0.86), (0.16, -0.79)), band, 18)
    pen.dot(-0.13, -0.71, 0.026, "black")
    pen.dot(0.01, -0.71, 0.026, "black")
    pen.line(ellipse(-0.06, -0.64, 0.07, 0.06, start=15, sweep=150), "black", 5)


def paddle(pen: Pen, colour: str) -> None:
    """A paddle held by a rower at the same origin, over the side of the boat."""
    pen.line(line((-0.1, -0.42), (-0.36, 0.42)), "brown", 13)
    pen.shape(ellipse(-0.4, 0.5, 0.08, 0.17, turn=18), colour, "black", 5)


def snowman(pen: Pen, scarf: str) -> None:
    """A snowman one unit tall."""
    pen.line(curve((-0.2, -0.46), (-0.36, -0.56), (-0.46, -0.7)), "brown", 8)
    pen.line(curve((0.2, -0.46), (0.36, -0.56), (0.44, -0.72)), "brown", 8)
    for y, radius in ((-0.24, 0.27), (-0.64, 0.19)):
        pen.shape(ellipse(0, y, radius), "white", "grey", 6)
    pen.line(curve((-0.17, -0.51), (0, -0.47), (0.17, -0.51)), scarf, 20)
    pen.line(curve((0.1, -0.49), (0.15, -0.4), (0.12, -0.3)), scarf, 18)
    pen.fill(box(0, -0.9, 0.24, 0.18), "black")
    pen.line(line((-0.21, -0.82), (0.21, -0.82)), "black", 12)
    for side in (-1, 1):
        pen.dot(side * 0.065, -0.7, 0.022, "black")
    pen.fill(polygon((-0.01, -0.67), (-0.2, -0.62), (-0.01, -0.62)), "orange", width=8)
    pen.line(ellipse(0.01, -0.6, 0.09, 0.06, start=15, sweep=150), "black", 5)
    for y in (-0.34, -0.22):
        pen.dot(0, y, 0.022, "black")
