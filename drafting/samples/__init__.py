"""Demo drawings made in code: lessons as children draw them, with their truth, photographed as by a phone."""

from drafting.samples.canvas import Truth
from drafting.samples.phone import Photograph, photograph
from drafting.samples.sample import THEMES, Sample, class_of, draw

__all__ = ["THEMES", "Photograph", "Sample", "Truth", "class_of", "draw", "photograph"]
