"""A rendered prompt as a model's tokens."""

from typing import Any

from prompts import Rendered


def tokens_of(tokenizer: Any, rendered: Rendered) -> list[int]:
    """The prompt up to where the answer begins: a chat where the tokenizer has a template for one, else
    plain text."""
    if not tokenizer.chat_template:
        return list(tokenizer.encode(rendered.text))
    messages = list(rendered.messages)
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    return list(tokenizer.encode(text + rendered.lead, add_special_tokens=False))
