"""From the name of a base to a writer."""

from pathlib import Path

from drafting.bases import Base, Progress, find, open_adapter, prepare
from drafting.write.request import Writer


def open_writer(
    base: str | Base,
    *,
    adapter: Path | None = None,
    home: Path,
    progress: Progress | None = None,
    key: str = "",
) -> Writer:
    """Opens a base, converting it first if need be, with an adapter merged into it if one is given.

    ``key`` is sent to a server as its bearer token. BaseError or WriterError says what to do.
    """
    base = find(base) if isinstance(base, str) else base
    opened = open_adapter(adapter) if adapter else None
    from drafting.write.local import open_local  # loads torch

    return open_local(base, prepare(base, home, progress), opened)
