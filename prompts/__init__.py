"""Templates as data, and the one piece of code that renders and parses them."""

from prompts.context import LIMITS, MOST, Audience, Context, Length
from prompts.parse import parse
from prompts.prompt import Prompt, PromptError, Shot, builtin, builtins, load
from prompts.render import Message, Rendered, render

__all__ = [
    "LIMITS",
    "MOST",
    "Audience",
    "Context",
    "Length",
    "Message",
    "Prompt",
    "PromptError",
    "Rendered",
    "Shot",
    "builtin",
    "builtins",
    "load",
    "parse",
    "render",
]
