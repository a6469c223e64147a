"""The package's first file says in which order the others are read."""

import re
from collections import Counter
from pathlib import Path

import finetune


def test_every_file_is_named_once_in_the_reading_order() -> None:
    here = Path(finetune.__file__).parent
    files = {path.stem for path in here.glob("*.py")} - {"__init__"}
    files |= {path.parent.name for path in here.glob("*/__init__.py")}
    _, order = (finetune.__doc__ or "").split("Read the files in this order.")
    named = Counter(name for name in re.findall(r"``(\w+)``", order) if name in files)
    assert named == Counter(files)
