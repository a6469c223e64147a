"""What goes wrong with a base or an adapter."""


class BaseError(RuntimeError):
    """A base or an adapter that cannot be used. The message says why and what to do."""
