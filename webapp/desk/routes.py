"""The desk: its pages, and the requests that its scripts send."""

from webapp.desk import asking, pages, writing  # noqa: F401 - they add their routes
from webapp.desk.blueprint import bp

__all__ = ["bp"]
