"""Prompt and context in, text for a model out; and the comment back out of what the model wrote."""

from dataclasses import dataclass
from typing import Literal, TypedDict

from prompts import sandbox
from prompts.context import Context, words
from prompts.prompt import Prompt, PromptError, Shot


class Message(TypedDict):
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Rendered:
    """A prompt ready for a model: ``messages`` for a chat, the same as ``text`` for a base without template.

    ``text`` ends where the answer begins. ``stop`` are the strings after which nothing belongs to the answer.
    ``lead`` is the given start of a chat's answer; in ``text`` it stands already.
    """

    messages: tuple[Message, ...]
    text: str
    stop: tuple[str, ...]
    lead: str = ""


def render(prompt: Prompt, context: Context) -> Rendered:
    """Fills the prompt. Drafting and training both call this: a model meets at work what it was taught with.

    PromptError when the template and the context together go wrong.
    """
    try:
        values = words(context, prompt.language)
        system, user, lead = (
            sandbox.fill(part, values) for part in (prompt.system, prompt.user, prompt.lead)
        )
        shots = [
            (sandbox.fill(prompt.user, words(shot.context(), prompt.language)), _answer(prompt, shot))
            for shot in prompt.shots
        ]
    except sandbox.BadTemplateError as error:
        raise PromptError(f"{prompt.name} in “{prompt.language}”: {error}") from error

    messages: list[Message] = [{"role": "system", "content": system}] if system else []
    for asked, answered in shots:
        messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
    messages.append({"role": "user", "content": user})

    start = f"\n{prompt.start}" if prompt.start else "\n"
    pieces = [system] if system else []
    pieces += [f"{asked}{start}{answered}" for asked, answered in shots]
    space = " " if prompt.start and lead and prompt.language == "en" else ""
    pieces.append(f"{user}{start}{space}{lead}")
    return Rendered(messages=tuple(messages), text="\n\n".join(pieces), stop=prompt.stop, lead=lead)


def _answer(prompt: Prompt, shot: Shot) -> str:
    """What the model should have written for the shot: with steps, the look before the comment."""
    if not prompt.steps:
        return shot.comment
    return "\n".join(
        f"{label}: {part}" if prompt.language == "en" else f"{label}：{part}"
        for label, part in zip(prompt.steps, (shot.look, shot.comment), strict=True)
    )
