"""The drawings that the demonstrations were written for."""

import cv2
import numpy as np
from PIL import Image

from drafting.measure import measure
from drafting.samples import draw, photograph
from prompts.facts import Facts


def facts_of(drawing: str) -> Facts:
    """Draws, photographs and measures a demonstration's drawing anew. The facts in the files came from this,
    the photo turned and laid on another table each time; a teacher's words were added, and now and then a
    fact taken out, as if it had not been seen.
    """
    theme, seed, hue, turned = drawing.split(":")
    pixels = np.asarray(draw(theme, int(seed)).image)
    if int(hue):
        hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(hue) // 2) % 180
        pixels = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    pixels = pixels[:, ::-1] if turned[0] == "1" else pixels
    pixels = pixels[::-1] if turned[1] == "1" else pixels
    photo = photograph(Image.fromarray(np.ascontiguousarray(pixels)), int(seed), megapixels=2)
    return measure(photo.data).facts
