"""Which feedback of a night is fit to learn from. See ``sieve``."""

from finetune.sieve.sieving import Sieved, sieve, superseded

__all__ = ["Sieved", "sieve", "superseded"]
