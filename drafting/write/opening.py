"""From the name of a base to a writer."""

from pathlib import Path

from drafting.bases import Base, BaseError, Progress, find, open_adapter, prepare
from drafting.write.remote import RemoteWriter
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
    if base.kind == "server":
        if adapter:
            raise BaseError("A model on a server takes no adapter here; load the adapter on the server.")
        return RemoteWriter(base.name.rpartition("#")[0], base.title, key=key)
    opened = open_adapter(adapter) if adapter else None
    if opened and opened.base != base.name:
        raise BaseError(
            f"The adapter {opened.id} was trained on {opened.base}, not on {base.name}. Use that base."
        )
    from drafting.write.local import open_local  # loads torch

    return open_local(base, prepare(base, home, progress), opened)
