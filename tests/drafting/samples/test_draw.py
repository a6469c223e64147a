"""The drawings say the truth about themselves, and are as varied as a class."""

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from drafting import samples
from drafting.samples.canvas import PAPERS, Canvas
from drafting.samples.media import GOUACHE
from drafting.samples.paths import box, polygon
from drafting.samples.pen import Pen
from prompts.vocabulary import table


def lab(rgb: object) -> NDArray[np.float32]:
    return cv2.cvtColor(np.asarray(rgb, np.float32) / 255, cv2.COLOR_RGB2LAB)


def seen(sample: samples.Sample) -> tuple[dict[str, float], float]:
    """Palette and coverage as an eye reads them that knows only the vocabulary and the paper."""
    anchors = [(c["name"], bytes.fromhex(h[1:])) for c in table()["colours"] for h in c["hex"]]
    pixels = lab(sample.image.reduce(2))[::2, ::2].reshape(-1, 3)
    paper = lab([[PAPERS[sample.truth["paper"]]]])[0, 0]
    bare = np.linalg.norm(pixels - paper, axis=1) < 12
    drawn = pixels if sample.truth["paper"] == "unseen" else pixels[~bare]
    known = lab([[tuple(rgb) for _, rgb in anchors]])[0]
    nearest = ((drawn[:, None] - known[None]) ** 2).sum(-1).argmin(1)
    shares: dict[str, float] = {}
    for index, count in enumerate(np.bincount(nearest, minlength=len(anchors))):
        shares[anchors[index][0]] = shares.get(anchors[index][0], 0) + count / len(drawn)
    return shares, len(drawn) / len(pixels)


@cache
def drawing(theme: str) -> samples.Sample:
    return samples.draw(theme, 0)


def bare_pen(paper: str, medium: object = GOUACHE) -> Pen:
    rng = np.random.default_rng(5)
    return Pen.new(Canvas(400, 300, paper, rng), medium, rng, skill=1.0)


@pytest.mark.parametrize("theme", samples.THEMES)
def test_what_is_painted_is_what_is_seen(theme: str) -> None:
    sample = drawing(theme)
    shares, coverage = seen(sample)
    assert coverage == pytest.approx(sample.truth["coverage"], abs=0.02)
    for name, share in shares.items():
        # Where two colours meet, the pixels between them may have the name of a third.
        assert share == pytest.approx(sample.truth["palette"].get(name, 0.0), abs=0.06), name


def test_a_seed_is_a_child() -> None:
    first, again, other = (samples.draw("rocket", seed) for seed in (3, 3, 4))
    assert first.image.tobytes() == again.image.tobytes()
    assert first.truth == again.truth
    assert first.subjects == again.subjects
    assert first.image.tobytes() != other.image.tobytes()
    assert first.truth != other.truth


def test_truth_of_plain_shapes_is_exact() -> None:
    pen = bare_pen("white")
    pen.fill(box(100, 150, 200, 300), "red")
    pen.fill(box(300, 75, 200, 150), "white")
    pen.fill(box(50, 150, 100, 300), "blue")
    truth = pen.canvas.truth()
    assert truth["palette"] == pytest.approx({"red": 0.5, "blue": 0.5}, abs=0.02)
    assert truth["coverage"] == pytest.approx(0.5, abs=0.02)  # white on white paper is bare paper
    assert truth["centre"] == pytest.approx((0.25, 0.5), abs=0.02)
    assert truth["place"] == "left"


def test_white_counts_where_the_paper_is_not_white() -> None:
    pen = bare_pen("kraft")
    pen.fill(polygon((300, 200), (380, 200), (380, 280), (300, 280)), "white")
    truth = pen.canvas.truth()
    assert truth["palette"] == {"white": 1.0}
    assert truth["place"] == "bottom right"


def test_an_empty_sheet_has_an_empty_palette() -> None:
    truth = bare_pen("grey").canvas.truth()
    assert truth["palette"] == {}
    assert truth["coverage"] == 0
    assert truth["place"] == "centre"


def test_every_paper_and_many_places_and_media_occur() -> None:
    every = [drawing(theme) for theme in samples.THEMES]
    assert len(every) >= 12
    assert {sample.truth["paper"] for sample in every} == set(table()["papers"])
    assert len({sample.medium["en"] for sample in every}) >= 6
    assert len({sample.truth["place"] for sample in every}) >= 4
    assert {sample.image.size for sample in every} == {(1600, 1200), (1200, 1600)}
    for sample in every:
        assert sum(sample.truth["palette"].values()) == pytest.approx(1)
        assert sample.titles.keys() == sample.subjects.keys() == sample.medium.keys() == {"en", "zh"}
        assert len(sample.subjects["en"]) == len(sample.subjects["zh"]) > 0


@pytest.mark.parametrize("theme", samples.THEMES)
def test_colours_named_in_the_subjects_are_in_the_drawing(theme: str) -> None:
    names = sorted((colour["name"] for colour in table()["colours"]), key=len, reverse=True)
    sample = drawing(theme)
    for subject in sample.subjects["en"]:
        named = next((name for name in names if subject.startswith(f"{name} ")), None)
        assert named is None or named in sample.truth["palette"], subject


def test_a_class_is_as_many_different_drawings() -> None:
    drawings = samples.class_of("ladybird", 3, seed=2)
    assert len({sample.image.tobytes() for sample in drawings}) == 3


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(KeyError):
        samples.draw("nothing-of-the-kind", 1)
