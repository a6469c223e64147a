"""The models a writer can start from, their licences, and the adapters that make them better."""

from drafting.bases.adapter import Adapter, open_adapter, starter
from drafting.bases.base import KNOWN, Base, default_base, find
from drafting.bases.errors import BaseError
from drafting.bases.preparing import Progress, prepare

__all__ = [
    "KNOWN",
    "Adapter",
    "Base",
    "BaseError",
    "Progress",
    "default_base",
    "find",
    "open_adapter",
    "prepare",
    "starter",
]
