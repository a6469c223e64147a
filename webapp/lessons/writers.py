"""The writer of each language, opened once in a worker and kept: loading a model takes longer than a
class.
"""

from dataclasses import dataclass

from drafting.write import Writer
from webapp.accounts.tables import Language
from webapp.platform.settings import Settings


@dataclass(frozen=True)
class Open:
    """``sees``: the model also looks at the drawing itself."""

    writer: Writer
    sees: bool


_open: dict[str, Open] = {}


def writer_for(language: Language, settings: Settings) -> Open:
    """The writer for comments in this language. BaseError or WriterError says what to do when there is
    none.
    """
    from drafting.bases import find
    from drafting.write import open_writer

    base = find(settings.base_zh if language is Language.CHINESE else settings.base_en)
    if base.name not in _open:
        writer = open_writer(base, home=settings.home, key=settings.remote_key)
        _open[base.name] = Open(writer, sees=base.kind == "server")
    return _open[base.name]
