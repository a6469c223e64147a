"""Finds the sheet's four corners in a photo, and straightens it."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drafting.measure.colour import Floats, Pixels, colour_distance

Mask = NDArray[np.uint8]

SEARCH_SIDE = 400  # the longest side searched; a side is then fitted to a fraction of a pixel
CLEAR_SUPPORT, CLEAR_AREA = 0.97, 0.4  # a rectangle that leaves nothing to look for
LEAST_AREA = 0.22  # of the photo; a smaller rectangle is something in the drawing
EDGE = 6.0  # a colour difference (CIELAB) that counts as an edge
LEAST_SUPPORT = 0.72  # share of a side's length along which an edge must be seen
LEAST_MEAN_SUPPORT = 0.88  # the same, of all four sides together
INSET = 0.004  # of each side: what is left of the table after straightening


def find_sheet(photo: Pixels) -> Floats | None:
    """The sheet's corners (tl, tr, br, bl), pixels of ``photo``, shape (4, 2); None when no sheet is seen."""
    scale = min(1.0, SEARCH_SIDE / max(photo.shape[:2]))
    small = photo
    while max(small.shape) >= 2 * SEARCH_SIDE:  # whole halves first: many times faster than one odd step
        small = cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
    small = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    lab = cv2.cvtColor(cv2.medianBlur(small, 3).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 1.0)
    best = _best(lab, _from_masks(lab))
    if (
        best is None
    ):  # a patterned cloth hides the sheet's outline from every mask, but not its straight sides
        best = _best(lab, _from_lines(lab))
    if best is None or _is_panel(lab, best):
        return None
    return best / np.float32(scale)


def _best(lab: Floats, candidates: Iterator[Floats]) -> Floats | None:
    best, best_score = None, 0.0
    seen: list[Floats] = []
    for rough in candidates:
        if any(np.abs(rough - other).max() < 6 for other in seen):
            continue
        seen.append(rough)
        fitted = _fit_sides(lab, rough)
        if fitted is None:
            continue
        support, area = _support(lab, fitted), _area(fitted) / (lab.shape[0] * lab.shape[1])
        if support.min() < LEAST_SUPPORT or support.mean() < LEAST_MEAN_SUPPORT or area < LEAST_AREA:
            continue
        score = float(support.mean()) + 0.6 * area  # of two well-seen rectangles the outer one is the sheet
        if score > best_score:
            best, best_score = fitted, score
            if support.min() > CLEAR_SUPPORT and area > CLEAR_AREA:
                break
    return best


def straighten(photo: Pixels, corners: Floats | None, longest: int) -> Pixels:
    """The sheet alone, seen from above, at most ``longest`` pixels long; of None the whole photo."""
    if corners is None:
        height, width = photo.shape[:2]
        scale = min(1.0, longest / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        return cv2.resize(photo, size, interpolation=cv2.INTER_AREA) if scale < 1 else photo
    inner = corners + (corners.mean(axis=0) - corners) * np.float32(2 * INSET)
    top, right, bottom, left = (float(np.linalg.norm(inner[i] - inner[(i + 1) % 4])) for i in range(4))
    width, height = (top + bottom) / 2, (left + right) / 2
    scale = min(1.0, longest / max(width, height))
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    target = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    matrix = cv2.getPerspectiveTransform(inner.astype(np.float32), target)
    return cv2.warpPerspective(photo, matrix, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[no-any-return]


def _from_masks(lab: Floats) -> Iterator[Floats]:
    for mask in _masks(lab):
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for contour in sorted(contours, key=cv2.contourArea, reverse=True)[:2]:
            quad = _quad(contour)
            if quad is not None and _area(quad) >= LEAST_AREA * mask.size:
                yield quad


def _from_lines(lab: Floats) -> Iterator[Floats]:
    """Quadrilaterals between the photo's longest straight lines, two of them lying and two standing."""
    edges = np.zeros(lab.shape[:2], np.uint8)
    for i in range(3):
        edges = cv2.max(edges, cv2.Canny(_bytes(lab[..., i]), 30, 80))
    found = cv2.HoughLines(edges, 1, np.pi / 180, round(0.25 * min(edges.shape)))
    if found is None:
        return
    lying: list[Floats] = []
    standing: list[Floats] = []
    for rho, theta in found.reshape(-1, 2)[:200]:
        group = lying if abs(theta - np.pi / 2) < np.pi / 4 else standing
        line = np.array([rho, theta] if theta < 0.75 * np.pi else [-rho, theta - np.pi], np.float32)
        if len(group) < 7 and all(abs(line[0] - r) > 8 or abs(line[1] - t) > 0.1 for r, t in group):
            group.append(line)
    for upper, lower in combinations(sorted(lying, key=lambda line: line[0]), 2):
        for left, right in combinations(sorted(standing, key=lambda line: line[0]), 2):
            sides = [
                (_on(line), np.array([-np.sin(line[1]), np.cos(line[1])]))
                for line in (left, upper, right, lower)
            ]
            corners = [_crossing(sides[i], sides[(i + 1) % 4]) for i in range(4)]
            if all(corner is not None for corner in corners):
                quad = np.array(corners, np.float32)
                if _plausible(quad) and _area(quad) >= 0.4 * edges.size and _support(lab, quad).mean() > 0.6:
                    yield quad


def _on(line: Floats) -> Floats:
    """The point of a line (rho, theta) nearest the origin."""
    return line[0] * np.array([np.cos(line[1]), np.sin(line[1])], np.float32)  # type: ignore[no-any-return]


def _masks(lab: Floats) -> Iterator[Mask]:
    """What may be the sheet: all unlike the photo's rim, either side of each channel, what edges enclose."""
    square = np.ones((5, 5), np.uint8)  # a separable kernel is many times faster than a round one
    distance = _from_rim(lab)
    for level in (22, 32, 14, 9, 5):  # the strictest hug the sheet best, without its shadow on the table
        yield cv2.morphologyEx((distance > level).astype(np.uint8), cv2.MORPH_OPEN, square)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    for channel in (lab[..., 0], lab[..., 1], lab[..., 2], chroma):
        grey = _bytes(channel)
        otsu, high = cv2.threshold(grey, 0, 1, cv2.THRESH_OTSU)
        for mask in (
            high,
            1 - high,
            (grey > otsu * 1.2).astype(np.uint8),
            (grey < otsu * 0.8).astype(np.uint8),
        ):
            yield cv2.morphologyEx(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, square), cv2.MORPH_OPEN, square)
    for low, high in ((20, 60), (50, 150)):
        edges = cv2.max(cv2.Canny(_bytes(lab[..., 0]), low, high), cv2.Canny(_bytes(chroma), low, high))
        yield cv2.dilate(edges, np.ones((3, 3), np.uint8))


def _from_rim(lab: Floats) -> Floats:
    """Each pixel's distance (CIELAB, lightness counting less: shadows) to the nearest rim colour."""
    weighted = lab * np.array([0.6, 1.0, 1.0], np.float32)
    band = max(3, min(lab.shape[:2]) // 40)
    rim = np.concatenate(
        [
            part.reshape(-1, 3)
            for part in (weighted[:band], weighted[-band:], weighted[:, :band], weighted[:, -band:])
        ]
    )
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 12, 0.5)
    cv2.setRNGSeed(1)  # the same photo gives the same facts
    _, labels, centres = cv2.kmeans(rim[::7].copy(), 4, None, criteria, 1, cv2.KMEANS_PP_CENTERS)
    common = centres[np.bincount(labels.ravel(), minlength=4) > 0.08 * len(labels)]
    distance = colour_distance(weighted, common[0])
    for centre in common[1:]:
        distance = cv2.min(distance, colour_distance(weighted, centre))
    return distance


def _bytes(channel: Floats) -> Mask:
    return cv2.normalize(channel, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)  # type: ignore[no-any-return]


def _quad(contour: Any) -> Floats | None:
    """The convex quadrilateral around a contour, or None when its hull is no quadrilateral."""
    hull = cv2.convexHull(contour)
    length = cv2.arcLength(hull, True)
    for tolerance in (0.01, 0.02, 0.03, 0.05, 0.08):
        points = cv2.approxPolyDP(hull, tolerance * length, True)
        if len(points) <= 4:
            break
    if len(points) != 4:
        return None
    quad = _ordered(points.reshape(4, 2).astype(np.float32))
    return quad if cv2.contourArea(hull) > 0.85 * _area(quad) else None


def _ordered(points: Floats) -> Floats:
    """Clockwise from the top left, which is the corner nearest the photo's own."""
    centre = points.mean(axis=0)
    angles = np.arctan2(points[:, 1] - centre[1], points[:, 0] - centre[0])
    points = points[np.argsort(angles)]
    return np.roll(points, -int(np.argmin(points.sum(axis=1))), axis=0)


def _area(quad: Floats) -> float:
    return float(cv2.contourArea(quad.astype(np.float32)))


def _fit_sides(lab: Floats, quad: Floats) -> Floats | None:
    """Moves each side onto the strongest edge near it; None when what results is no rectangle seen aslant."""
    for reach in (4, 3):  # further away may lie an edge of the drawing
        lines = []
        for i in range(4):
            start, end = quad[i], quad[(i + 1) % 4]
            points, normal = _along(start, end, 56)
            offsets = np.arange(-reach, reach + 1, dtype=np.float32)
            profile = _sample(lab, points[:, None] + offsets[None, :, None] * normal)
            change = np.linalg.norm(profile[:, 2:] - profile[:, :-2], axis=2)
            where = change.argmax(axis=1)
            strong = change[np.arange(len(where)), where] > 3.0
            if strong.sum() < 12:
                return None
            found = points + offsets[1:-1][where][:, None] * normal
            vx, vy, x, y = cv2.fitLine(
                found[strong].astype(np.float32), cv2.DIST_WELSCH, 0, 0.01, 0.01
            ).ravel()
            lines.append((np.array([x, y]), np.array([vx, vy])))
        corners = [_crossing(lines[i - 1], lines[i]) for i in range(4)]
        if any(corner is None for corner in corners):
            return None
        quad = np.array(corners, np.float32)
        if not cv2.isContourConvex(quad.reshape(-1, 1, 2)) or not _plausible(quad):
            return None
    height, width = lab.shape[:2]
    margin = 0.02 * max(height, width)
    inside = (
        (quad > -margin).all()
        and (quad[:, 0] < width + margin).all()
        and (quad[:, 1] < height + margin).all()
    )
    return quad if inside else None


def _along(start: Floats, end: Floats, count: int) -> tuple[Floats, Floats]:
    """Points along a side, away from its ends, and the normal pointing out of a clockwise quadrilateral."""
    steps = np.linspace(0.04, 0.96, count, dtype=np.float32)[:, None]
    direction = (end - start) / max(1e-6, float(np.linalg.norm(end - start)))
    return start + steps * (end - start), np.array([direction[1], -direction[0]], np.float32)


def _sample(lab: Floats, at: Floats) -> Floats:
    x, y = at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)
    sampled = cv2.remap(lab, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return sampled.reshape(*at.shape[:-1], 3)  # type: ignore[no-any-return]


def _crossing(one: tuple[Any, Any], other: tuple[Any, Any]) -> Any:
    (p, u), (q, v) = one, other
    determinant = u[0] * v[1] - u[1] * v[0]
    if abs(determinant) < 0.2:  # nearly parallel neighbours are no corner
        return None
    t = ((q - p)[0] * v[1] - (q - p)[1] * v[0]) / determinant
    return p + t * u


def _plausible(quad: Floats) -> bool:
    """Whether a sheet of paper, photographed by hand, can look like this."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)
    opposite = np.maximum(sides[:2], sides[2:]) / np.maximum(np.minimum(sides[:2], sides[2:]), 1)
    return bool(sides.min() > 0.25 * sides.max() and opposite.max() < 1.7)


def _support(lab: Floats, quad: Floats) -> Floats:
    """For each side the share of its length along which inside and outside differ at the line itself."""
    shares = []
    for i in range(4):
        points, normal = _along(quad[i], quad[(i + 1) % 4], 64)
        inside, outside = _sample(lab, points - 3 * normal), _sample(lab, points + 3 * normal)
        shares.append(float((np.linalg.norm(inside - outside, axis=1) > EDGE).mean()))
    return np.array(shares, np.float32)


def _is_panel(lab: Floats, quad: Floats) -> bool:
    """Whether the rectangle is a picture painted on white paper that fills the photo, not a sheet on a table.

    Then all around it is white, and just inside it is paint of several colours, which no bare paper has.
    """
    outside = np.ones(lab.shape[:2], np.uint8)
    cv2.fillConvexPoly(outside, quad.astype(np.int32), 0)
    outside = cv2.erode(outside, np.ones((7, 7), np.uint8))
    around = lab[outside > 0]
    if len(around) < 0.01 * lab[..., 0].size:
        return False
    white = (around[:, 0] > 70) & (np.hypot(around[:, 1], around[:, 2]) < 12)
    inner = np.concatenate(
        [_sample(lab, p - 5 * n) for p, n in (_along(quad[i], quad[(i + 1) % 4], 40) for i in range(4))]
    )
    spread = float(np.linalg.norm(inner - np.median(inner, axis=0), axis=1).mean())
    return bool(white.mean() > 0.95 and spread > 15)
