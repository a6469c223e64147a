"""The pages of the money room."""

from webapp.money import (  # noqa: F401 - they add their routes
    buying_pages,
    change_pages,
    clock_page,
    everywhere,
    hook,
    plan_pages,
)
from webapp.money.blueprint import bp

__all__ = ["bp"]
