"""Drawings whose truth is known, photographed badly, are measured right."""

import json

import numpy as np
import pytest

from drafting import samples
from drafting.measure import Measured, bench, measure
from prompts.facts import Facts
from tests.drafting.measure import scenes
from tests.drafting.measure.scenes import (
    BLACK,
    BLUE_PAPER,
    GREY,
    KRAFT,
    WHITE,
    Scene,
    Shot,
    painted,
    shapes,
    shoot,
)

WAYS = {
    "flat": {},
    "turned and aslant, in lamplight": {"turn": 9, "slant": 1, "shade": 1, "tint": (1.05, 1, 0.88)},
    "turned, dim": {"turn": -14, "slant": 0.5, "shade": 1, "exposure": 0.6},
    "on a grey table": {"turn": 4, "shade": 0.5, "table": (128, 131, 134)},
    "filling the photo": {"table": None, "shade": 0.8},
}

PAPERS = {"white": WHITE, "kraft": KRAFT, "black": BLACK, "grey": GREY}


def shares(measured: Measured) -> dict[str, float]:
    return {colour["name"]: colour["share"] for colour in measured.facts["palette"]}


def assert_true(measured: Measured, scene: Scene, shot: Shot, *, on_table: bool) -> None:
    found = shares(measured)
    for name in found.keys() | scene.palette.keys():
        assert found.get(name, 0) == pytest.approx(scene.palette.get(name, 0), abs=0.05), name
    assert measured.facts["coverage"] == pytest.approx(scene.coverage, abs=0.05)
    if on_table:
        assert measured.corners is not None
        assert np.abs(np.array(measured.corners) - np.array(shot.corners)).max() < 0.02
    else:
        assert measured.corners is None
    assert measured.facts["sheet"]["found"] is on_table


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("colour", "paper"), [(WHITE, "white"), (KRAFT, "kraft"), (BLACK, "black"), (GREY, "grey")]
)
def test_paper_shares_coverage_and_corners(paper: str, colour: tuple[int, int, int], way: str) -> None:
    scene = shapes(colour)
    shot = shoot(scene, **WAYS[way])
    measured = measure(shot.data)
    assert measured.facts["sheet"]["paper"] == paper
    assert measured.facts["sheet"]["orientation"] == "landscape"
    assert_true(measured, scene, shot, on_table=WAYS[way].get("table", 1) is not None)


@pytest.mark.parametrize("way", ["flat", "turned, dim", "on a grey table"])
def test_coloured_paper_stays_coloured(way: str) -> None:
    measured = measure(shoot(shapes(BLUE_PAPER), **WAYS[way]).data)
    assert measured.facts["sheet"]["paper"] == "coloured"
    assert measured.facts["coverage"] == pytest.approx(shapes(BLUE_PAPER).coverage, abs=0.05)


@pytest.mark.parametrize("way", ["flat", "on a grey table", "filling the photo"])
def test_under_full_bleed_paint_the_paper_is_unseen(way: str) -> None:
    scene = painted()
    shot = shoot(scene, **WAYS[way])
    measured = measure(shot.data)
    assert measured.facts["sheet"]["paper"] == "unseen"
    assert measured.facts["coverage"] == 1
    assert_true(measured, scene, shot, on_table=WAYS[way].get("table", 1) is not None)


def test_a_grey_photo_of_white_paper_is_white() -> None:
    measured = measure(shoot(shapes(), exposure=0.5, tint=(0.95, 1, 1.06), table=None).data)
    assert measured.facts["sheet"]["paper"] == "white"
    corner = np.asarray(measured.image)[20:60, 20:60].reshape(-1, 3).mean(axis=0)
    assert corner.min() > 240
    assert np.ptp(corner) < 6


def test_the_same_drawing_gives_the_same_facts_however_it_is_lit_or_turned() -> None:
    seen = [measure(shoot(shapes(), **way).data).facts for way in WAYS.values()]
    for facts in seen[1:]:
        assert facts["composition"]["place"] == seen[0]["composition"]["place"] == "bottom"
        assert [c["name"] for c in facts["palette"]] == [c["name"] for c in seen[0]["palette"]]
        assert facts["strengths"] == seen[0]["strengths"]
        assert facts["weakest"] == seen[0]["weakest"]
        assert facts["line"]["direction"] == seen[0]["line"]["direction"]
        assert facts["line"]["weight"] == seen[0]["line"]["weight"]
        for name in ("warmth", "saturation", "contrast", "coverage"):
            assert facts[name] == pytest.approx(seen[0][name], abs=0.06), name
        for name in ("balance", "symmetry"):
            assert facts["composition"][name] == pytest.approx(seen[0]["composition"][name], abs=0.06), name
        assert facts["composition"]["centre"] == pytest.approx(seen[0]["composition"]["centre"], abs=0.02)


@pytest.mark.parametrize(
    "theme", ["my-garden", "rocket", "still-life-fruit", "rainy-city", "sea-and-fish", "ladybird"]
)
def test_a_childs_drawing_photographed_by_a_phone(theme: str) -> None:
    sample = samples.draw(theme, 3)
    photo = samples.photograph(sample, 3, megapixels=4, turn=5, shadow=0.6, table="wood")
    measured = measure(photo.data)
    assert measured.corners is not None
    assert np.abs(np.array(measured.corners) - np.array(photo.corners)).max() < 0.02
    facts, found = measured.facts, shares(measured)
    assert facts["sheet"]["paper"] == sample.truth["paper"]
    assert facts["coverage"] == pytest.approx(sample.truth["coverage"], abs=0.05)
    assert facts["composition"]["centre"] == pytest.approx(sample.truth["centre"], abs=0.03)
    for name in found.keys() | sample.truth["palette"].keys():
        assert found.get(name, 0) == pytest.approx(sample.truth["palette"].get(name, 0), abs=0.05), name


def test_a_hands_shadow_is_no_drawing() -> None:
    sample = samples.draw("ladybird", 0)
    dark = measure(samples.photograph(sample, 0, megapixels=4, shadow=1).data).facts
    light = measure(samples.photograph(sample, 0, megapixels=4, shadow=0).data).facts
    assert dark["coverage"] == pytest.approx(light["coverage"], abs=0.02)
    assert "grey" not in {c["name"] for c in dark["palette"]} - {c["name"] for c in light["palette"]}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_formats_and_exif_turns_agree(format: str) -> None:
    sample = samples.draw("cat-on-mat", 2)
    photo = samples.photograph(sample, 2, megapixels=3, exif_orientation=6, format=format)
    assert (b"GPS" in photo.data or b"Phone of code" in photo.data) is True
    measured = measure(photo.data, subjects=["cat", "red mat"])
    assert measured.corners is not None
    assert np.abs(np.array(measured.corners) - np.array(photo.corners)).max() < 0.02
    assert measured.facts["subjects"] == ["cat", "red mat"]
    assert measured.facts["coverage"] == pytest.approx(sample.truth["coverage"], abs=0.05)
    assert not measured.image.getexif()


def test_facts_are_plain_and_sum_to_one() -> None:
    measured = measure(shoot(shapes()).data)
    facts = json.loads(json.dumps(measured.facts))
    assert facts["schema"] == 1
    assert sum(c["share"] for c in facts["palette"]) == pytest.approx(1)
    assert max(measured.image.size) <= 1600
    assert measured.image.mode == "RGB"
    assert set(facts) == set(Facts.__annotations__)


def test_an_empty_sheet_is_measured_too() -> None:
    blank = Scene(np.full((1000, 1400, 3), WHITE, np.uint8), {"none": 0.0})
    facts = measure(shoot(blank, table=None).data).facts
    assert facts["palette"] == []
    assert facts["coverage"] < 0.01
    assert facts["sheet"]["paper"] == "white"


def test_lines_are_told_apart() -> None:
    def ruled(step: tuple[int, int], width: int) -> dict:
        page = np.full((1000, 1400, 3), WHITE, np.uint8)
        for i in range(-14, 28):
            start = (100 * i, 0) if step[1] else (0, 100 * i)
            end = (start[0] + step[0] * 1400, start[1] + step[1] * 1400)
            scenes.cv2.line(page, start, end, (20, 20, 20), width, scenes.cv2.LINE_AA)
        return measure(shoot(Scene(page, {"black": 0.1}), table=None).data).facts["line"]

    assert ruled((1, 0), 8)["direction"] == "horizontal"
    assert ruled((0, 1), 8)["direction"] == "vertical"
    assert ruled((1, 1), 8)["direction"] == "diagonal"
    assert ruled((0, 1), 6)["weight"] == "fine"
    assert ruled((0, 1), 30)["weight"] == "bold"
    assert ruled((0, 1), 8)["curved"] < 0.2
    rings = np.full((1000, 1400, 3), WHITE, np.uint8)
    for radius in range(60, 360, 60):
        scenes.cv2.circle(rings, (700, 500), radius, (20, 20, 20), 8, scenes.cv2.LINE_AA)
    assert measure(shoot(Scene(rings, {"black": 0.1}), table=None).data).facts["line"]["curved"] > 0.6


def test_the_overlay_lies_on_the_image_and_shows_both_inks() -> None:
    measured = measure(shoot(shapes()).data)
    overlay = measured.overlay
    assert overlay.mode == "RGBA"
    assert overlay.size == measured.image.size
    pixels = np.asarray(overlay)
    x, y = measured.facts["composition"]["centre"]
    at = pixels[round(y * overlay.height), round(x * overlay.width)]
    assert tuple(at[:3]) == (214, 60, 42)
    assert at[3] > 200
    assert 0.02 < (pixels[..., 3] > 60).mean() < 0.5  # it annotates the drawing and does not bury it
    assert measured.overlay is overlay


def test_the_benchmark_compares_with_plain_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "ROUNDS", 1)
    result = bench.bench_measure()["measure"]
    assert set(result) == {"2", "5", "12"}
    assert all(row["photos_per_second"] > 0 and row["ratio"] > 0 for row in result.values())
    assert json.loads(json.dumps(result)) == result
