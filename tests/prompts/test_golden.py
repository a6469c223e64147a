"""What every built-in prompt renders, word for word.

After a wanted change: ``.venv/bin/python -m tests.prompts.test_golden`` writes the files anew; read the diff.
"""

from pathlib import Path

import pytest

from prompts import Prompt, builtins, render
from tests.prompts.contexts import BARE, FULL

GOLDEN = Path(__file__).parent / "golden"


def _page(prompt: Prompt) -> str:
    """Everything a rendering says: with all known and with nothing known, as a chat and as plain text."""
    parts = []
    for title, context in (("everything known", FULL[prompt.language]), ("nothing known", BARE)):
        rendered = render(prompt, context)
        parts.append(f"######## {title}: messages")
        parts += [f"#### {message['role']}\n{message['content']}" for message in rendered.messages]
        if rendered.lead:
            parts.append(f"#### the assistant is made to begin with\n{rendered.lead}")
        parts.append(f"######## {title}: text\n{rendered.text}")
        parts.append(f"######## {title}: stop {list(rendered.stop)!r}")
    return "\n".join(parts) + "\n"


def _file(prompt: Prompt) -> Path:
    return GOLDEN / f"{prompt.name}.{prompt.language}.txt"


@pytest.mark.parametrize("prompt", builtins(), ids=lambda p: f"{p.name}-{p.language}")
def test_every_builtin_renders_as_its_golden_file_says(prompt: Prompt) -> None:
    assert _page(prompt) == _file(prompt).read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {_file(prompt).name for prompt in builtins()}


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for path in GOLDEN.iterdir():
        path.unlink()
    for each in builtins():
        _file(each).write_text(_page(each), encoding="utf-8")
