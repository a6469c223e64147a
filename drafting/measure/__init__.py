"""From a photo of a drawing to its facts: opened safely, straightened, evenly lit, measured."""

from drafting.measure.correct import FactError, correct
from drafting.measure.measuring import Measured, measure
from drafting.measure.refusals import PhotoRefused, refusal

__all__ = ["FactError", "Measured", "PhotoRefused", "correct", "measure", "refusal"]
