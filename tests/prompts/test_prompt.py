"""Reading prompts: the built-in ones, and an operator's with every mistake named."""

import re
from pathlib import Path

import pytest

from prompts import LIMITS, Context, Prompt, PromptError, builtin, builtins, load, parse, render
from prompts.context import words
from prompts.vocabulary import table as vocabulary

LOOPS = "{% for a in style %}" * 3 + "x" + "{% endfor %}" * 3
GOOD = "{id: mine, version: 2, language: en, form: compact, user: 'Draw {{ theme }}'}"


def test_there_is_a_compact_and_a_long_form_in_both_languages() -> None:
    have = {(prompt.form, prompt.language) for prompt in builtins()}
    assert {("compact", "en"), ("compact", "zh"), ("long", "en"), ("long", "zh")} <= have


def test_a_name_and_a_language_mean_one_prompt() -> None:
    names = [(prompt.name, prompt.language) for prompt in builtins()]
    assert len(set(names)) == len(names)
    for prompt in builtins():
        assert builtin(prompt.language, prompt.name) == prompt


def test_an_unknown_prompt_names_the_known_ones() -> None:
    with pytest.raises(PromptError, match="comment@1"):
        builtin("en", "poem")


def test_an_operators_prompt_renders_like_a_built_in_one() -> None:
    prompt = load(GOOD)
    assert prompt.name == "mine@2"
    rendered = render(prompt, Context(facts={}, theme="{{ 7 * 7 }} trees"))
    assert rendered.messages == ({"role": "user", "content": "Draw (( 7 * 7 )) trees"},)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{id: mine", "not readable as YAML"),
        ("just words", "the prompt: "),
        (GOOD.replace("version: 2", "version: two"), "version: "),
        (GOOD.replace("en", "fr"), "language: "),
        (GOOD.replace("id: mine", "id: '../x'"), "id: "),
        (GOOD.replace("form: compact", "form: compact, colour: red"), "colour: "),
        (GOOD.replace("theme", "tehme"), "user: there is no value called “tehme”"),
        (GOOD.replace("{{ theme }}", "{{ theme"), "user: line 1"),
        (GOOD.replace("{{ theme }}", "{{ theme.__class__ }}"), "user: "),
        (GOOD.replace("theme }}", "theme.upper() }}"), "calls something"),
        (GOOD.replace("{{ theme }}", "{% include theme %}"), "includes another template"),
        (GOOD.replace("{{ theme }}", "{{ theme * 1000000 }}"), "multiplies"),
        (GOOD.replace("{{ theme }}", "{{ theme | attr(theme) }}"), "attr"),
        (GOOD.replace("{{ theme }}", LOOPS), "too deep"),
        ("a: &a [x, x]\nb: *a", "alias"),
        ("x" * 50_000, "50000 characters long"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(source: str, says: str) -> None:
    with pytest.raises(PromptError) as error:
        load(source)
    assert says in str(error.value)


def test_a_template_cannot_grow_without_end() -> None:
    loops = "{% for a in theme %}{% for b in instruction %}{{ instruction }}{% endfor %}{% endfor %}"
    prompt = load(GOOD.replace("{{ theme }}", loops))
    with pytest.raises(PromptError, match="grew past"):
        render(prompt, Context(facts={}, theme="t" * 80, instruction="i" * 300))


@pytest.mark.parametrize(
    ("written", "comment"),
    [
        ("  The cat glows.\nDrawing: dog", "The cat glows."),
        ("\nComment:\nThe cat glows.", "The cat glows."),
        ("**Comment:** “The cat glows.”", "The cat glows."),
        ('"The cat glows."', "The cat glows."),
        ('"Meow" says the cat, "meow".', '"Meow" says the cat, "meow".'),
        ("The cat glows.<|im_end|>\n<|im_start|>user", "The cat glows."),
        ("<think>a cat?</think>The cat glows.", "The cat glows."),
        (
            "Dear [Student's Name], { student } and {Student name}.",
            "Dear {student}, {student} and {student}.",
        ),
        ("", ""),
        ("<|im_end|>", ""),
    ],
)
def test_the_comment_is_found_in_what_a_model_wrote(written: str, comment: str) -> None:
    assert parse(builtin("en"), written) == comment


@pytest.mark.parametrize(
    ("written", "comment"),
    [
        ("Look: orange, bold.\nComment: The cat glows.", "The cat glows."),
        ("**Look:** orange.\n\n**Comment:** The cat\nglows.", "The cat glows."),
        ("The cat glows.", "The cat glows."),
        ("Look: orange, bold lines, and then", ""),
    ],
)
def test_looking_is_no_part_of_the_comment(written: str, comment: str) -> None:
    assert parse(builtin("en", "comment-long"), written) == comment


def test_chinese_is_parsed_without_gaps() -> None:
    assert (
        parse(builtin("zh", "comment-long"), "看：橙色\n评语：{学生}，\n 小猫 很暖。")
        == "{student}，小猫很暖。"
    )
    assert parse(builtin("zh"), "评语：“小猫很暖。”\n画：狗") == "小猫很暖。"


def test_the_documentation_names_every_key_value_limit_and_prompt() -> None:
    page = (Path(__file__).parents[2] / "docs/prompts.md").read_text(encoding="utf-8")
    table = page.split("| value |")[1].split("Fact keys")[0]
    firsts = [row.split("|")[1] for row in table.splitlines() if row.startswith("|")]
    documented = {name for first in firsts for name in re.findall(r"`(\w+)`", first)}
    assert documented == set(words(Context(facts={}), "en"))
    keys = page.split("| key |")[1].split("## What a template may use")[0]
    firsts = [row.split("|")[1] for row in keys.splitlines() if row.startswith("|")]
    assert {name for first in firsts for name in re.findall(r"`(\w+)`", first)} == set(Prompt.model_fields)
    for limit in LIMITS.values():
        assert str(limit) in table
    for prompt in builtins():
        assert f"`{prompt.id}`" in page
    for key in vocabulary()["labels"]:
        assert f"`{key}`" in page
