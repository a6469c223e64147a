"""Animals, all of them in a good mood."""

import numpy as np

from drafting.samples.paths import curve, ellipse, line, polygon
from drafting.samples.pen import Pen


def smile(
    pen: Pen, x: float, y: float, width: float, colour: str = "black", stroke: float | None = None
) -> None:
    """A smile as wide as ``width``."""
    pen.line(ellipse(x, y, width / 2, width * 0.32, start=15, sweep=150), colour, stroke)


def eye(pen: Pen, x: float, y: float, radius: float, *, look: float = 0.2) -> None:
    """A round white eye whose pupil looks sideways by ``look`` of its radius."""
    pen.dot(x, y, radius, "white")
    pen.line(ellipse(x, y, radius), "black", 5)
    pen.dot(x + look * radius, y + 0.1 * radius, radius * 0.55, "black")


def cat(pen: Pen, coat: str, stripes: str, eyes: str = "green") -> None:
    """A sitting cat, one unit tall, its paws at the origin."""
    ink = "grey" if coat == "black" else "black"
    pen.line(curve((0.24, -0.1), (0.52, -0.08), (0.56, -0.34), (0.43, -0.42), (0.44, -0.56)), coat, 46)
    body = curve((-0.3, 0), (-0.3, -0.22), (-0.17, -0.52), (0.17, -0.52), (0.3, -0.22), (0.3, 0), closed=True)
    pen.shape(body, coat, ink)
    for side in (-1, 1):
        for y in (-0.34, -0.26, -0.18):
            pen.line(line((side * (0.26 + 0.04 * (y + 0.34)), y), (side * 0.13, y + 0.02)), stripes, 13)
    pen.shape(ellipse(0, -0.2, 0.12, 0.17), "beige" if coat != "beige" else "white", None)
    for x in (-0.12, 0.12):
        pen.shape(ellipse(x, -0.02, 0.1, 0.06), coat, ink)
        for toe in (-0.03, 0.03):
            pen.line(line((x + toe, -0.03), (x + toe, 0.02)), ink, 5)
    for side in (-1, 1):
        ear = polygon((side * 0.3, -0.74), (side * 0.3, -1.05), (side * 0.08, -0.9))
        pen.shape(ear, coat, ink)
        pen.fill(polygon((side * 0.265, -0.8), (side * 0.27, -0.96), (side * 0.16, -0.88)), "pink", width=9)
    pen.shape(ellipse(0, -0.7, 0.34, 0.27), coat, ink)
    for x, drop in ((-0.07, 0.01), (0, 0.03), (0.07, 0.01)):
        pen.line(line((x, -0.95), (x * 0.8, -0.87 + drop)), stripes, 13)
    for side in (-1, 1):
        pen.dot(side * 0.14, -0.73, 0.075, eyes)
        pen.line(ellipse(side * 0.14, -0.73, 0.075), ink, 6)
        pen.dot(side * 0.14, -0.73, 0.034, "black")
        pen.dot(side * 0.14 + 0.015, -0.755, 0.014, "white")
        pen.dot(side * 0.23, -0.62, 0.04, "pink")
        for tilt in (-0.05, 0.0, 0.05):
            pen.line(line((side * 0.13, -0.6 + tilt * 0.3), (side * 0.47, -0.62 + tilt * 1.6)), ink, 4)
        pen.line(ellipse(side * 0.045, -0.6, 0.045, 0.035, start=0, sweep=180), ink, 6)
    pen.fill(polygon((-0.035, -0.645), (0.035, -0.645), (0, -0.605)), "pink", width=6)


def fish(pen: Pen, body: str, fins: str, bands: str | None = None) -> None:
    """A smiling fish, one unit long, swimming to the left; the origin is its middle."""
    tail = curve((0.3, 0), (0.52, -0.24), (0.47, 0), (0.52, 0.24), closed=True)
    pen.shape(tail, fins)
    pen.shape(curve((-0.12, -0.2), (0.05, -0.42), (0.24, -0.16), closed=True), fins)
    pen.shape(curve((-0.02, 0.2), (0.1, 0.36), (0.2, 0.15), closed=True), fins)
    pen.fill(ellipse(0, 0, 0.4, 0.26), body)
    if bands:
        for x in (-0.02, 0.15):
            half = 0.235 * np.sqrt(1 - (x / 0.4) ** 2)
            pen.line(curve((x, -half), (x + 0.03, 0), (x, half)), bands, 22)
    pen.line(ellipse(0, 0, 0.4, 0.26), "black")
    eye(pen, -0.2, -0.06, 0.07, look=-0.25)
    smile(pen, -0.25, 0.07, 0.14, stroke=6)


def octopus(pen: Pen, colour: str) -> None:
    """An octopus with its arms out, about one unit wide; the origin is its chin."""
    for n, x in enumerate(np.linspace(-0.34, 0.34, 6)):
        bend = 0.1 if n % 2 else -0.08
        arm = curve((x * 0.7, -0.05), (x, 0.16), (x * 1.25 + bend, 0.3), (x * 1.3 + bend * 2, 0.42))
        pen.line(arm, colour, 34, taper=0.6)
    pen.shape(
        curve((-0.36, 0.02), (-0.36, -0.4), (0, -0.68), (0.36, -0.4), (0.36, 0.02), closed=True), colour
    )
    for side in (-1, 1):
        eye(pen, side * 0.14, -0.3, 0.085, look=0.1)
    smile(pen, 0, -0.14, 0.2)


def butterfly(pen: Pen, wings: str, spots: str) -> None:
    """A butterfly one unit wide, seen from above; the origin is its middle."""
    for side in (-1, 1):
        pen.shape(
            curve((0, 0), (side * 0.2, -0.4), (side * 0.5, -0.36), (side * 0.4, -0.02), closed=True), wings
        )
        pen.shape(
            curve((0, 0), (side * 0.38, 0.05), (side * 0.34, 0.34), (side * 0.1, 0.28), closed=True), wings
        )
        pen.dot(side * 0.32, -0.22, 0.07, spots)
        pen.dot(side * 0.22, 0.16, 0.05, spots)
        pen.line(curve((0, -0.26), (side * 0.08, -0.42), (side * 0.16, -0.46)), "black", 5)
    pen.fill(ellipse(0, 0, 0.05, 0.28), "black", width=8)


def snail(pen: Pen, shell: str, spiral: str) -> None:
    """A snail one unit long, going left; its foot is at the origin."""
    foot = curve(
        (-0.5, -0.32), (-0.38, -0.36), (-0.3, -0.12), (0.3, -0.1), (0.5, 0), (-0.36, 0.01), closed=True
    )
    pen.shape(foot, "beige")
    for x in (-0.48, -0.38):
        pen.line(line((x + 0.03, -0.34), (x - 0.03, -0.5)), "black", 6)
        pen.dot(x - 0.03, -0.51, 0.025, "black")
    pen.shape(ellipse(0.08, -0.33, 0.31, 0.29), shell)
    t = np.linspace(0.4, 4.6 * np.pi, 90)
    pen.line(np.stack([0.08 + 0.0185 * t * np.cos(t), -0.33 + 0.0175 * t * np.sin(t)], 1), spiral, 13)
    smile(pen, -0.43, -0.25, 0.1, stroke=5)


def bee(pen: Pen) -> None:
    """A bee one unit long, flying left."""
    for x, turn in ((-0.02, -20), (0.14, 15)):
        pen.shape(ellipse(x, -0.3, 0.13, 0.24, turn=turn), "light blue", width=5)
    pen.fill(ellipse(0, 0, 0.42, 0.27), "yellow")
    for x in (-0.02, 0.16):
        pen.line(curve((x, -0.24), (x + 0.03, 0), (x, 0.24)), "black", 13)
    pen.line(ellipse(0, 0, 0.42, 0.27), "black", 6)
    pen.dot(-0.25, -0.06, 0.05, "black")
    smile(pen, -0.25, 0.08, 0.14, stroke=5)


def panda(pen: Pen) -> None:
    """A panda sitting and munching, one unit tall, the origin under it; in ink, its white is the paper's."""
    for side in (-1, 1):
        pen.fill(ellipse(side * 0.24, -0.95, 0.11), "black")
    pen.shape(ellipse(0, -0.3, 0.36, 0.32), "white", "grey", 7)
    pen.shape(ellipse(0, -0.7, 0.36, 0.3), "white", "grey", 7)
    for side in (-1, 1):
        pen.fill(ellipse(side * 0.15, -0.7, 0.075, 0.1, turn=side * 30), "black")
        pen.dot(side * 0.14, -0.71, 0.03, "white")
        pen.dot(side * 0.14, -0.705, 0.017, "black")
        pen.fill(ellipse(side * 0.26, -0.07, 0.14, 0.11), "black")
        pen.dot(side * 0.27, -0.06, 0.05, "grey")
    pen.bristles(line((-0.4, -0.62), (0.24, -0.36)), "green", 18, dryness=0.1, taper=0.1)
    pen.fill(curve((-0.34, -0.46), (-0.3, -0.28), (-0.1, -0.34), (-0.14, -0.5), closed=True), "black")
    pen.fill(curve((0.34, -0.46), (0.3, -0.26), (0.04, -0.3), (0.06, -0.44), closed=True), "black")
    pen.fill(ellipse(0, -0.61, 0.05, 0.035), "black")
    smile(pen, 0, -0.56, 0.1, stroke=5)


def owl(pen: Pen, feathers: str, breast: str) -> None:
    """An owl one unit tall on a branch at the origin."""
    pen.fill(
        curve(
            (-0.32, 0),
            (-0.4, -0.5),
            (-0.3, -0.98),
            (-0.1, -0.86),
            (0.1, -0.86),
            (0.3, -0.98),
            (0.4, -0.5),
            (0.32, 0),
            closed=True,
        ),
        feathers,
        turn=90,
    )
    pen.fill(ellipse(0, -0.28, 0.22, 0.24), breast)
    for row, count in enumerate((2, 3, 2)):
        for k in range(count):
            pen.line(
                ellipse((k - (count - 1) / 2) * 0.12, -0.38 + row * 0.1, 0.045, 0.05, start=0, sweep=180),
                feathers,
                11,
            )
    for side in (-1, 1):
        pen.dot(side * 0.16, -0.66, 0.155, "white")
        pen.dot(side * 0.15, -0.65, 0.1, "yellow")
        pen.dot(side * 0.145, -0.645, 0.055, "black")
        pen.line(line((side * 0.1, 0.03), (side * 0.1, -0.05)), "orange", 22)
    pen.fill(polygon((-0.05, -0.58), (0.05, -0.58), (0, -0.47)), "orange", width=10)


def ladybird(pen: Pen, back: str) -> None:
    """A ladybird one unit long, going up and right."""
    for side in (-1, 1):
        for x in (-0.24, 0, 0.22):
            pen.line(line((x, side * 0.3), (x - 0.06, side * 0.5)), "black", 8)
        pen.line(curve((0.5, side * 0.08), (0.62, side * 0.14), (0.66, side * 0.24)), "black", 6)
    pen.shape(ellipse(0.4, 0, 0.17, 0.2), "black", None)
    pen.shape(ellipse(0, 0, 0.45, 0.38), back)
    pen.line(line((-0.45, 0), (0.42, 0)), "black", 9)
    for x, y in ((-0.22, 0.17), (0.04, 0.22), (0.24, 0.12)):
        pen.dot(x, y, 0.065, "black")
        pen.dot(x, -y, 0.065, "black")
    for side in (-1, 1):
        pen.dot(0.46, side * 0.1, 0.045, "white")


def dog(pen: Pen, coat: str, ears: str) -> None:
    """A dog one unit long and looking left, paws at the origin."""
    pen.line(curve((0.4, -0.38), (0.54, -0.52), (0.5, -0.66)), coat, 22)
    for x in (-0.22, -0.1, 0.24, 0.36):
        pen.line(line((x, -0.24), (x, -0.01)), coat, 30)
    pen.shape(
        curve((-0.32, -0.42), (0.3, -0.46), (0.46, -0.32), (0.3, -0.16), (-0.26, -0.16), closed=True), coat
    )
    pen.shape(ellipse(-0.34, -0.56, 0.23, 0.2), coat)
    pen.fill(curve((-0.22, -0.72), (-0.08, -0.6), (-0.1, -0.36), (-0.22, -0.46), closed=True), ears)
    pen.dot(-0.42, -0.6, 0.03, "black")
    pen.dot(-0.56, -0.53, 0.05, "black")
    smile(pen, -0.44, -0.48, 0.16, stroke=6)
