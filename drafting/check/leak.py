"""What belongs to the prompt or the model and not to a comment."""

import re
from collections.abc import Iterator

from drafting.check.case import Case
from drafting.check.flag import Flag, flag
from drafting.check.sentences import normalised, split
from prompts.vocabulary import table

_MARKER = re.compile(
    r"<[^<>\s]{1,60}>|<\||\|>|\[/?INST\]|```|\*\*|__|^#+ |\{\{|\}\}|\{(?!student\})[^{}]*\}|(?<!\{student)\}|#[0-9a-fA-F]{6}\b",
    re.MULTILINE,
)
_MACHINE = re.compile(
    r"\bas an (?:ai|artificial|art teacher)\b|\b(?:ai|language) model\b|\bi(?:'m| am) (?:sorry|an ai|unable)\b|\bi can(?:'t|not) (?:see|help|view|provide)"
    r"|\b(?:here(?:'s| is| are)|below is) (?:a|an|the|my|your|some) (?:\w+ ){0,3}(?:comment|feedback|draft|example|version|response)\b|^(?:sure|certainly|of course)\b[,!:.]"
    r"|\b(?:the|this) (?:prompt|instructions?)\b|\bthe facts\b|\bword count\b|\binstruction says\b"
    r"|作为(?:一个|一名)?(?:AI|人工智能|语言模型)|语言模型|人工智能|我无法(?:看到|查看|提供)|以下是|根据(?:以上|上述|提供的|给出的)|提示词|字数[:：要]",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(
    r"https?://\S+|\bwww\.\S+|\b[\w.+-]+@[\w-]+\.[\w.]+|\b[\w-]+\.(?:com|org|net|cn|edu|io)\b", re.IGNORECASE
)
_LABELS = {
    "en": r"comment|feedback|look|drawing|things|theme|medium|criteria|subjects|example|style|instruction|teacher|student|measured|reader|tone|length|voice|note",
    "zh": r"评语|点评|画|主题|工具|要求|例子|习惯|吩咐|看|画中内容|本课主题|量出的事实|读者|语气|长短|声音|老师|学生|注",
}
# So many of the prompt's words in a row are no accident.
_COPIED = {"en": 8, "zh": 14}


def check_leak(case: Case, prompt_text: str) -> Iterator[Flag]:
    """Flags markup, labels, the model's talk of itself, addresses, and runs of words copied from the prompt."""
    labels = "|".join(re.escape(label[case.language]) for label in table()["labels"].values())
    end = r"\s?:(?=\s|$)" if case.language == "en" else "[:：]"
    label = re.compile(rf"(?<!\w)(?:{_LABELS[case.language]}|{labels}){end}", re.IGNORECASE)
    for reason, pattern in (
        ("leak_marker", _MARKER),
        ("leak_marker", label),
        ("leak_machine", _MACHINE),
        ("leak_address", _ADDRESS),
    ):
        for match in pattern.finditer(case.text):
            yield flag("leak", match.span(), case.language, reason, words=match[0].strip())
    if prompt_text:
        yield from _copied(case, prompt_text)


def _copied(case: Case, prompt_text: str) -> Iterator[Flag]:
    size = _COPIED[case.language]
    prompt = _runs(normalised(prompt_text, case.language), size)
    for sentence in split(case.text, case.language):
        if not prompt.isdisjoint(_runs(normalised(sentence.text, case.language), size)):
            yield flag("leak", (sentence.start, sentence.end), case.language, "leak_prompt")


def _runs(units: tuple[str, ...], size: int) -> set[tuple[str, ...]]:
    return {units[at : at + size] for at in range(len(units) - size + 1)}
