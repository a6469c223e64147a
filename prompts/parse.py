"""The comment in what a model wrote."""

import re

from prompts.clean import STUDENT
from prompts.prompt import Prompt

_MARKER = re.compile(
    r"<\|[^<>|\n]{0,60}\|>|</?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|think)>|\[/?INST\]|```\w*"
)
# What ends a turn ends the answer; reasoning that a model thinks aloud is no part of it.
_END = re.compile(r"<\|(?:im_end|endoftext|eot_id|end)\|>|<end_of_turn>|</s>|<eos>")
_THOUGHT = re.compile(r"<think>.*?</think>", re.DOTALL)
# What models put before a comment although nobody asked: a label, perhaps in bold.
_LABEL = re.compile(
    r"^\s*(?:[*_#>\-\s]*)"
    r"(?:comment|feedback|teacher(?:'s)? comment|final comment|answer|评语|点评|评价|老师评语|教师评语)"
    r"\s*[*_]*\s*[:：]\s*[*_]*\s*",
    re.IGNORECASE,
)
# How models mangle the placeholder.
_PLACEHOLDER = re.compile(
    r"\{+\s*(?:the\s+)?(?:student|name)(?:'s)?(?:[ _]name)?\s*\}+"
    r"|[\[【<](?:student|student(?:'s)? name|学生|学生姓名)[\]】>]|\{+(?:学生|同学|姓名)\}+",
    re.IGNORECASE,
)
_QUOTES = (('"', '"'), ("“", "”"), ("「", "」"), ("'", "'"), ("‘", "’"), ("*", "*"), ("**", "**"))
_HAN_GAP = re.compile(
    r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef}])\s+(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef{])"
)


def parse(prompt: Prompt, written: str) -> str:
    """The comment alone, on one line: without steps, labels, quotes, markers or what follows a stop string.

    The student is ``{student}`` however the model spelt it. Empty when there is no comment.
    """
    text = _END.split(_THOUGHT.sub("", written).lstrip(), maxsplit=1)[0]
    text = _LABEL.sub("", text)
    for stop in prompt.stop:
        # A model that opens with the stop string (a line break, mostly) has not ended its answer yet.
        lead = len(text) - len(text.lstrip())
        if (at := text.find(stop, lead)) >= 0:
            text = text[:at]
    text = _last_step(prompt, text)
    text = _MARKER.sub(" ", text)
    text = _PLACEHOLDER.sub(STUDENT, text)
    while (bare := _unquoted(_LABEL.sub("", text).strip())) != text:
        text = bare
    text = re.sub(r"\s+", " ", text)
    return _HAN_GAP.sub("", text) if prompt.language == "zh" else text


def _last_step(prompt: Prompt, text: str) -> str:
    """With look-then-write steps: what follows the last label. A look that came to no comment is nothing."""
    if not prompt.steps:
        return text
    first, last = prompt.steps
    label = re.compile(rf"^[*_#\s]*{re.escape(last)}[*_\s]*[:：][*_]*", re.IGNORECASE | re.MULTILINE)
    if found := list(label.finditer(text)):
        return text[found[-1].end() :]
    return "" if re.match(rf"[*_#\s]*{re.escape(first)}[*_\s]*[:：]", text, re.IGNORECASE) else text


def _unquoted(text: str) -> str:
    for opening, closing in reversed(_QUOTES):
        inner = text[len(opening) : len(text) - len(closing)]
        if (
            len(text) > len(opening) + len(closing)
            and text.startswith(opening)
            and text.endswith(closing)
            and opening not in inner
            and closing not in inner
        ):
            return inner.strip()
    return text
