"""Flat drawings whose truth is exact, and a small camera that lays them on a table, turned and shaded."""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

WHITE, GREY, KRAFT, BLACK = (250, 249, 246), (168, 168, 166), (186, 146, 101), (30, 30, 32)
BLUE_PAPER = (150, 185, 225)
RED, BLUE, GREEN, YELLOW, ORANGE = (200, 32, 44), (42, 98, 200), (58, 154, 72), (244, 208, 63), (232, 139, 45)


@dataclass(frozen=True)
class Scene:
    """A drawing, shape (h, w, 3), and the share of the sheet that each colour name takes."""

    pixels: np.ndarray
    shares: dict[str, float]

    @property
    def coverage(self) -> float:
        return sum(self.shares.values())

    @property
    def palette(self) -> dict[str, float]:
        return {name: share / self.coverage for name, share in self.shares.items()}


def shapes(paper: tuple[int, int, int] = WHITE, *, size: tuple[int, int] = (1400, 1000)) -> Scene:
    """A red disc left, a blue block right, a green ground: not symmetric, with a sky of bare paper."""
    w, h = size
    image = np.full((h, w, 3), paper, np.uint8)
    layers = np.zeros((h, w), np.uint8)
    cv2.circle(layers, (int(0.3 * w), int(0.35 * h)), int(0.18 * h), 1, -1)
    cv2.rectangle(layers, (int(0.6 * w), int(0.3 * h)), (int(0.85 * w), int(0.6 * h)), 2, -1)
    cv2.rectangle(layers, (int(0.08 * w), int(0.75 * h)), (int(0.92 * w), int(0.92 * h)), 3, -1)
    shares = {}
    for i, (name, colour) in enumerate((("red", RED), ("blue", BLUE), ("green", GREEN)), start=1):
        image[layers == i] = colour
        shares[name] = float((layers == i).mean())
    return Scene(image, shares)


def painted(size: tuple[int, int] = (1400, 1000)) -> Scene:
    """Paint to every edge, as a brush leaves it: sky, sun, hill and field, no paper to be seen."""
    w, h = size
    layers = np.zeros((h, w), np.uint8)
    layers[int(0.45 * h) :] = 1
    cv2.ellipse(layers, (int(0.7 * w), int(0.5 * h)), (int(0.3 * w), int(0.2 * h)), 0, 180, 360, 2, -1)
    cv2.circle(layers, (int(0.25 * w), int(0.22 * h)), int(0.13 * h), 3, -1)
    colours = np.array([BLUE, (60, 150, 70), (125, 79, 42), YELLOW], np.float32)
    rng = np.random.default_rng(5)
    strokes = cv2.GaussianBlur(rng.normal(0, 1, (h, w)).astype(np.float32), (0, 0), 14)
    strokes /= strokes.std()
    image = colours[layers] * (1 + 0.08 * strokes[..., None])
    names = ("blue", "green", "brown", "yellow")
    return Scene(
        np.clip(image, 0, 255).astype(np.uint8), {n: float((layers == i).mean()) for i, n in enumerate(names)}
    )


@dataclass(frozen=True)
class Shot:
    data: bytes
    corners: list[tuple[float, float]]


def shoot(
    scene: Scene,
    *,
    turn: float = 0.0,
    slant: float = 0.0,
    shade: float = 0.0,
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    exposure: float = 1.0,
    table: tuple[int, int, int] | None = (120, 84, 56),
    size: tuple[int, int] = (1600, 1200),
    format: str = "JPEG",
) -> Shot:
    """A photo of the scene. ``turn`` in degrees; ``slant``, ``shade`` 0..1; without a table it fills all."""
    w, h = size
    rng = np.random.default_rng(11)
    sheet_h, sheet_w = scene.pixels.shape[:2]
    source = np.array([[0, 0], [sheet_w, 0], [sheet_w, sheet_h], [0, sheet_h]], np.float32)
    if table is None:
        target = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
        ground = np.zeros((h, w, 3), np.float32)
    else:
        scale = 0.76 * min(w / sheet_w, h / sheet_h)
        half = np.array([sheet_w, sheet_h]) * scale / 2
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
        corners[:2, 0] *= 1 - 0.2 * slant
        corners[1, 1] *= 1 - 0.1 * slant
        a = np.deg2rad(turn)
        corners = corners @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        target = (corners + np.array([w, h]) / 2).astype(np.float32)
        grain = cv2.GaussianBlur(rng.normal(0, 1, (h, w)).astype(np.float32), (0, 0), sigmaX=30, sigmaY=1.2)
        ground = np.array(table, np.float32) * (1 + 0.06 * grain / grain.std())[..., None]
    matrix = cv2.getPerspectiveTransform(source, target)
    photo = cv2.warpPerspective(scene.pixels, matrix, size, flags=cv2.INTER_AREA).astype(np.float32)
    mask = cv2.warpPerspective(
        np.ones(scene.pixels.shape[:2], np.float32), matrix, size, flags=cv2.INTER_LINEAR
    )
    photo = photo * mask[..., None] + ground * (1 - mask[..., None]) if table is not None else photo
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    light = exposure * (1 - 0.55 * shade * (0.7 * x / w + 0.3 * y / h))
    photo = photo * light[..., None] * np.array(tint, np.float32) + rng.normal(0, 2.0, photo.shape)
    out = io.BytesIO()
    Image.fromarray(np.clip(photo, 0, 255).astype(np.uint8)).save(out, format, quality=92)
    return Shot(out.getvalue(), [(float(px) / w, float(py) / h) for px, py in target])
