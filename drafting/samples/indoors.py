"""Themes for a rainy day."""

from drafting.samples.figures.animals import cat
from drafting.samples.figures.things import ball_of_yarn
from drafting.samples.paths import box, ellipse, line
from drafting.samples.pen import Pen
from drafting.samples.theme import Subject, coloured, one


def cat_on_mat(pen: Pen) -> list[Subject]:
    """A cat in the middle of a striped oval mat, a ball of yarn beside it."""
    rng = pen.rng
    coat = one(rng, ("orange", "grey", "brown", "orange"))
    mat = one(rng, ("red", "blue", "turquoise", "purple"), coat)
    trim = one(rng, ("yellow", "pink", "light blue"), coat)
    yarn = one(rng, ("pink", "purple", "blue", "green", "red"), mat, coat)
    x = rng.uniform(700, 900)
    pen.shape(ellipse(x, 930, 560, 190), mat)
    pen.line(ellipse(x, 930, 490, 150), trim, 34)
    for side in (-1, 1):
        for dy in (-60, -20, 20, 60):
            pen.line(line((x + side * 556, 930 + dy), (x + side * 612, 930 + dy * 1.2)), trim, 12)
    cat(pen.at(x, 960, rng.uniform(680, 780), flip=bool(rng.integers(2))), coat, "brown" if coat != "brown" else "black")
    side = rng.choice((-1, 1))
    ball_of_yarn(pen.at(x + side * 420, 985, 150, flip=side < 0), yarn)
    if rng.random() < 0.7:
        left = x > 800
        window = pen.at(290 if left else 1310, 330, 330)
        window.fill(box(0, 0, 1, 1), "light blue")
        for cut in (line((0, -0.5), (0, 0.5)), line((-0.5, 0), (0.5, 0)), box(0, 0, 1, 1)):
            window.line(cut, "brown", 18)
    return [("cat", "猫"), coloured(mat, "mat", "垫子"), coloured(yarn, "ball of yarn", "毛线球")]
