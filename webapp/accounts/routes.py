"""The pages of the accounts room."""

from webapp.accounts import account_pages, studio_pages  # noqa: F401 - they add their routes
from webapp.accounts.blueprint import bp

__all__ = ["bp"]
