"""Compiles the translations that changed: ``python -m webapp.cli.catalogues``. ``make setup`` does so."""

from pathlib import Path

import webapp

ROOT = Path(webapp.__file__).parent


def compile_catalogues() -> int:
    """Write a ``.mo`` beside each ``.po`` that is newer; how many."""
    count = 0
    for source in ROOT.glob("**/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import read_po

        with source.open("rb") as text, target.open("wb") as compiled:
            write_mo(compiled, read_po(text))
        count += 1
    return count


if __name__ == "__main__":
    compile_catalogues()
