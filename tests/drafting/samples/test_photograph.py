"""The phone puts the sheet where it says, in the light it was told, and writes files as phones do."""

import io

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageOps

from drafting import samples

pillow_heif.register_heif_opener()
RED = Image.new("RGB", (1600, 1200), (200, 20, 20))


def opened(photo: samples.Photograph) -> Image.Image:
    return ImageOps.exif_transpose(Image.open(io.BytesIO(photo.data)))


def redness(image: Image.Image) -> np.ndarray:
    rgb = np.asarray(image.convert("RGB"), np.int16)
    return rgb[:, :, 0] - rgb[:, :, 1] > 80


@pytest.mark.parametrize(("turn", "warp", "table"), [(0, 0, "grey"), (9, 1, "dark"), (-14, 0.6, "cloth")])
def test_the_corners_are_where_it_says(turn: float, warp: float, table: str) -> None:
    photo = samples.photograph(RED, 4, megapixels=1, turn=turn, warp=warp, table=table, shadow=0.3)
    red = redness(opened(photo))
    height, width = red.shape
    corners = np.array(photo.corners) * (width, height)
    middle = corners.mean(0)
    for corner in corners:
        inwards = (middle - corner) / np.linalg.norm(middle - corner)
        inside, outside = corner + 0.012 * width * inwards, corner - 0.012 * width * inwards
        assert red[int(inside[1]), int(inside[0])]
        assert not red[int(outside[1]), int(outside[0])]
    top_left, top_right, bottom_right, bottom_left = corners
    assert top_left[0] < top_right[0]
    assert bottom_left[0] < bottom_right[0]
    assert top_left[1] < bottom_left[1]


def test_without_a_table_the_sheet_fills_the_frame() -> None:
    photo = samples.photograph(RED, 1, megapixels=0.5, table=None, turn=10)
    assert redness(opened(photo)).all()
    assert photo.corners == [(0, 0), (1, 0), (1, 1), (0, 1)]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_viewer_that_honours_the_tag_sees_it_upright(orientation: int) -> None:
    sheet = Image.new("RGB", (1200, 1600), "white")
    sheet.paste((200, 20, 20), (0, 0, 600, 400))
    photo = samples.photograph(sheet, 2, megapixels=0.4, table=None, exif_orientation=orientation)
    stored = Image.open(io.BytesIO(photo.data))
    assert stored.getexif()[0x0112] == orientation
    assert (stored.width > stored.height) == (orientation > 4)
    red = redness(opened(photo))
    rows, columns = np.nonzero(red)
    assert rows.max() < red.shape[0] * 0.27
    assert columns.max() < red.shape[1] * 0.52
    assert red.mean() == pytest.approx(0.125, abs=0.01)


@pytest.mark.parametrize(
    ("format", "named"), [("JPEG", "JPEG"), ("PNG", "PNG"), ("WEBP", "WEBP"), ("HEIC", "HEIF")]
)
def test_formats_and_what_is_hidden_in_them(format: str, named: str) -> None:
    photo = samples.photograph(RED, 3, megapixels=0.3, format=format, exif_orientation=6)
    file = Image.open(io.BytesIO(photo.data))
    assert file.format == named
    exif = file.getexif()
    assert exif[0x010F] == "Vermilion samples"
    assert exif.get_ifd(0x8825)[1] == "N"
    assert opened(photo).width > opened(photo).height


def test_shadow_and_tint_change_the_light_and_a_seed_repeats_it() -> None:
    sheet = Image.new("RGB", (800, 600), "white")
    plain = samples.photograph(sheet, 6, megapixels=0.3, table=None, shadow=0, noise=0)
    dark = samples.photograph(sheet, 6, megapixels=0.3, table=None, shadow=1, noise=0)
    warm = samples.photograph(sheet, 6, megapixels=0.3, table=None, shadow=0, noise=0, tint=(1.0, 0.9, 0.7))
    lightness = [np.asarray(opened(photo).convert("L"), float) for photo in (plain, dark)]
    assert lightness[1].mean() < lightness[0].mean() - 15
    assert lightness[1].std() > 3 * lightness[0].std()
    red, _, blue = np.asarray(opened(warm), float).mean((0, 1))
    assert blue / red == pytest.approx(0.7, abs=0.03)
    assert (
        samples.photograph(sheet, 6, megapixels=0.3).data == samples.photograph(sheet, 6, megapixels=0.3).data
    )


def test_twelve_megapixels_are_four_thousand_by_three() -> None:
    assert opened(samples.photograph(samples.draw("ladybird", 1), 1)).size == (4000, 3000)


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(ValueError, match="choose wood, grey, dark or cloth"):
        samples.photograph(RED, 1, megapixels=0.3, table="marble")
