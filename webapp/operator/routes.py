"""The operator's pages."""

from webapp.operator import money_pages, school_pages  # noqa: F401 - they add their routes
from webapp.operator.blueprint import bp

__all__ = ["bp"]
