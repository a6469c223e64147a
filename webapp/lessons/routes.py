"""The lessons room: lessons, photos, students, what leaves the house, and old comments."""

from webapp.lessons import (  # noqa: F401 - they add their routes
    export_pages,
    lesson_pages,
    past_pages,
    photo_pages,
    student_pages,
)
from webapp.lessons.blueprint import bp

__all__ = ["bp"]
