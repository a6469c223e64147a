"""The pages of the money room."""

from webapp.money import buying_pages, clock_page, hook, plan_pages  # noqa: F401 - they add their routes
from webapp.money.blueprint import bp

__all__ = ["bp"]
