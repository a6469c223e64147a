"""What is let in, what is refused, and that nothing but pixels comes out."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from drafting.measure import PhotoRefused, measure, refusal
from drafting.measure.opening import open_photo
from drafting.measure.refusals import REFUSALS
from tests.drafting.measure import scenes


def picture(
    format: str = "JPEG", *, size: tuple[int, int] = (400, 300), mode: str = "RGB", **options
) -> bytes:
    """Left half red, right half blue, with a white bar on top: which way is up can be seen."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    pixels[:, : size[0] // 2] = scenes.RED
    pixels[:, size[0] // 2 :] = scenes.BLUE
    pixels[: size[1] // 6] = 255
    out = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, format, **options)
    return out.getvalue()


def moving(format: str) -> bytes:
    frames = [Image.new("RGB", (200, 200), colour) for colour in ("red", "blue", "green")]
    out = io.BytesIO()
    frames[0].save(out, format, save_all=True, append_images=frames[1:], duration=80)
    return out.getvalue()


def png(width: int, height: int, depth: int, kind: int, rows: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "an empty file": (lambda: b"", "empty"),
    "text": (lambda: b"Dear teacher, here is my drawing.", "not-an-image"),
    "a web page": (lambda: b"<!doctype html><img src=x>", "not-an-image"),
    "a PDF": (lambda: b"%PDF-1.7\n1 0 obj", "pdf"),
    "an MP4": (lambda: b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2mp41", "video"),
    "a QuickTime film": (lambda: b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "video"),
    "an AVI": (lambda: b"RIFF\x00\x00\x00\x00AVI LIST", "video"),
    "a BMP": (lambda: picture("BMP"), "unsupported"),
    "a TIFF": (lambda: picture("TIFF"), "unsupported"),
    "a still GIF": (lambda: picture("GIF"), "unsupported"),
    "a moving GIF": (lambda: moving("GIF"), "animated"),
    "a moving PNG": (lambda: moving("PNG"), "animated"),
    "a moving WebP": (lambda: moving("WEBP"), "animated"),
    "16-bit grey": (
        lambda: png(100, 100, 16, 0, b"\x00" + b"\x12\x34" * 100 + (b"\x00" + bytes(200)) * 99),
        "sixteen-bit",
    ),
    "16-bit colour": (lambda: png(100, 100, 16, 2, (b"\x00" + bytes(600)) * 100), "sixteen-bit"),
    "CMYK": (lambda: picture(mode="CMYK"), "cmyk"),
    "one pixel": (lambda: picture("PNG", size=(1, 1)), "too-small"),
    "a thumbnail": (lambda: picture("PNG", size=(400, 48)), "too-small"),
    "a bomb by pixels": (lambda: png(30000, 30000, 1, 0, b""), "too-large"),
    "fewer pixels, still a bomb": (lambda: png(9500, 9000, 1, 0, b""), "too-large"),
    "a bomb by ratio": (lambda: png(6000, 6000, 1, 0, bytes(751 * 6000)), "bomb"),
    "half a JPEG": (lambda: picture()[: len(picture()) // 2], "truncated"),
    "half a PNG": (lambda: picture("PNG")[: len(picture("PNG")) // 2], "truncated"),
    "half a WebP": (lambda: picture("WEBP")[: len(picture("WEBP")) // 2], "truncated"),
    "the start of a JPEG": (lambda: picture()[:24], "truncated"),
    "the start of a HEIC": (lambda: heic()[:200], "truncated"),
}


def heic() -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.open(io.BytesIO(picture()))).save(out, quality=80)
    return out.getvalue()


@pytest.mark.parametrize("name", BAD)
def test_refuses_with_a_reason_and_advice(name: str) -> None:
    make, code = BAD[name]
    with pytest.raises(PhotoRefused) as refused:
        open_photo(make())
    assert refused.value.code == code
    assert str(refused.value) == refusal(code, "en")


def test_refuses_what_is_too_heavy(tmp_path: Path) -> None:
    heavy = tmp_path / "heavy.jpg"
    with heavy.open("wb") as file:
        file.truncate(60_000_000)
    for photo in (heavy, b"\xff\xd8\xff" + bytes(50_000_000)):
        with pytest.raises(PhotoRefused, match="at most 50 MB"):
            open_photo(photo)


def test_refuses_a_missing_file(tmp_path: Path) -> None:
    for path in (tmp_path / "gone.jpg", tmp_path):
        with pytest.raises(PhotoRefused) as refused:
            open_photo(path)
        assert refused.value.code == "unreadable"


def test_every_refusal_says_what_to_do_in_both_languages() -> None:
    assert {code for _, code in BAD.values()} | {"unreadable", "too-heavy"} == set(REFUSALS)
    for code in REFUSALS:
        english, chinese = refusal(code, "en"), refusal(code, "zh")
        assert english.endswith(".")
        assert len(english.split(". ")) > 1 or ";" in english or "," in english
        assert chinese.endswith("。")
        assert any("\u4e00" <= char <= "\u9fff" for char in chinese)
    with pytest.raises(KeyError):
        refusal("no-such", "en")


def _is_upright(image: Image.Image) -> bool:
    pixels = np.asarray(image)
    h, w = pixels.shape[:2]
    red, blue = pixels[h // 2, w // 4].astype(int), pixels[h // 2, 3 * w // 4].astype(int)
    top = pixels[h // 20, w // 2]
    return bool(w > h and red[0] > red[2] + 80 and blue[2] > blue[0] + 80 and top.min() > 230)


STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_turns_every_format_upright(format: str, orientation: int) -> None:
    image = Image.open(io.BytesIO(picture("PNG")))
    how = STORED[orientation]
    stored = image if how is None else image.transpose(how)
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    if format == "HEIF":
        pillow_heif.register_heif_opener()
    stored.save(out, format, exif=exif.tobytes(), quality=90)
    assert _is_upright(open_photo(out.getvalue()))


def test_metadata_does_not_survive() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETPHONE"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 49.0)
    photo = picture(size=(800, 600), exif=exif.tobytes(), comment=b"SECRETCOMMENT")
    assert b"SECRETPHONE" in photo
    for image in (open_photo(photo), measure(photo).image):
        assert image.info == {}
        for format in ("JPEG", "PNG", "WEBP"):
            out = io.BytesIO()
            image.save(out, format)
            assert b"SECRET" not in out.getvalue()
            assert not Image.open(io.BytesIO(out.getvalue())).getexif()


def test_what_is_transparent_is_white() -> None:
    image = Image.new("RGBA", (100, 100), (10, 20, 30, 0))
    image.paste((200, 32, 44, 255), (0, 0, 50, 100))
    out = io.BytesIO()
    image.save(out, "PNG")
    pixels = np.asarray(open_photo(out.getvalue()))
    assert tuple(pixels[50, 90]) == (255, 255, 255)
    assert tuple(pixels[50, 10]) == (200, 32, 44)


def test_a_second_picture_behind_a_jpeg_is_not_motion() -> None:
    frames = [Image.open(io.BytesIO(picture())), Image.new("RGB", (100, 80), "grey")]
    out = io.BytesIO()
    frames[0].save(out, "MPO", save_all=True, append_images=frames[1:])
    assert _is_upright(open_photo(out.getvalue()))


def test_large_photos_are_scaled_down_while_decoding() -> None:
    assert open_photo(picture(size=(4000, 3000))).size == (2000, 1500)
    assert max(open_photo(picture("PNG", size=(4100, 200))).size) <= 2100
