"""A writer on this machine, with a tiny model and a tokenizer made here; then with the real weights."""

from pathlib import Path
from typing import Any

import pytest
import torch

from drafting.bases import Base, find, prepare
from drafting.write import Request, Style, WriterError, open_writer
from drafting.write.generate import GenerateWriter
from drafting.write.local import LocalWriter, best_dtype, open_local
from prompts import Context, Rendered, builtin, render
from prompts.vocabulary import Language
from tests.conftest import HOME
from tests.drafting.write.tiny import WORDS, tiny_adapter, tiny_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_folder(tmp_path_factory.mktemp("tiny"))


def ask(text: str, language: Language = "en", **options: Any) -> Request:
    return Request(Rendered((), text, options.pop("stop", ())), language, **options)


def test_a_folder_writes_the_same_again_and_only_what_the_language_can_spell(
    folder: Path, tmp_path: Path
) -> None:
    writer = open_writer(str(folder), home=tmp_path)
    assert isinstance(writer, LocalWriter)
    assert (writer.model, writer.chat, writer.needs_leading) == (folder.name, False, False)
    requests = [ask("a cat on a mat", seed=5), ask("a cat on a hat", seed=900)]
    style = Style(temperature=1.5, top_p=1.0, no_repeat=0)
    texts = writer.write(requests, 3, longest=30, style=style)
    assert texts == writer.write(requests, 3, longest=30, style=style)
    assert len({one.text for group in texts for one in group}) == 6
    assert not any(set("红蓝猫") & set(one.text) for group in texts for one in group)
    [[chinese]] = writer.write([ask("猫", "zh", seed=1)], 1, longest=30, style=style)
    assert set(chinese.text) <= set("红蓝猫 ,\n{}")  # 氷 is Japanese


@pytest.mark.parametrize(
    ("can", "dtype"),
    [
        ({"avx512_bf16": True, "amx_bf16": True, "cpu_name": "Intel Xeon"}, torch.bfloat16),
        ({"avx512_bf16": True, "amx_bf16": False, "cpu_name": "Intel Xeon"}, torch.float32),
        ({"avx512_bf16": True, "cpu_name": "AMD EPYC"}, torch.bfloat16),
        ({"avx512_f": True, "cpu_name": "AMD EPYC"}, torch.float32),
        ({}, torch.float32),
    ],
)
def test_bf16_where_it_is_the_faster(
    can: dict[str, Any], dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    assert best_dtype() is dtype


def test_a_start_that_was_read_once_is_not_read_again(folder: Path, tmp_path: Path) -> None:
    writer = open_writer(str(folder), home=tmp_path)
    assert isinstance(writer, LocalWriter)
    first = [ask("the same long start, a"), ask("the same long start, b")]
    together = writer.write(first, 1, longest=10, style=Style(temperature=0))
    assert len(writer._starts) == 1
    alone = writer.write(first[:1], 1, longest=10, style=Style(temperature=0))
    assert len(writer._starts) == 1
    assert alone[0][0].text == together[0][0].text
    assert writer.write([], 3) == []


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """In bf16 two words that are nearly as likely may change places, and whole texts with them."""
    monkeypatch.setattr("drafting.write.local.best_dtype", lambda: torch.float32)


@pytest.mark.usefixtures("exact")
def test_an_adapter_is_merged_into_its_base(folder: Path, tmp_path: Path) -> None:
    tuned = tiny_adapter(folder, tmp_path / "night")

    raw = open_writer(str(folder), home=tmp_path)
    writer = open_writer(str(folder), adapter=tmp_path / "night", home=tmp_path)
    assert (writer.model, writer.prompt) == (f"{folder.name}+night", "comment@1")
    greedy = Style(temperature=0, no_repeat=0)
    [[learned]] = writer.write([ask("a cat")], 1, longest=24, style=greedy)
    assert learned != raw.write([ask("a cat")], 1, longest=12, style=greedy)[0][0]
    # The unmerged model of peft says the same.
    tokens = torch.tensor([[WORDS.index(letter) for letter in "a cat"]])
    allowed = sorted({*writer._pieces.writable("en"), 1})  # type: ignore[attr-defined]
    tuned.eval()
    for letter in learned.text:
        logits = tuned(tokens).logits[0, -1, allowed]
        token = allowed[int(logits.argmax())]
        assert WORDS[token] == letter
        tokens = torch.cat([tokens, torch.tensor([[token]])], dim=1)


def test_another_architecture_goes_through_generate(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drafting.write.net._KNOWN", ())
    writer = open_local(Base(str(folder), "folder"), folder, None)
    assert isinstance(writer, GenerateWriter)
    before = torch.random.get_rng_state()
    requests = [ask("a cat", seed=3, stop=(".",)), ask("a dog", seed=4, stop=(".",))]
    texts = writer.write(requests, 2, longest=20)
    assert texts == writer.write(requests, 2, longest=20)
    assert torch.equal(before, torch.random.get_rng_state())
    assert len({one.text for group in texts for one in group}) > 2
    assert not any("." in one.text for group in texts for one in group)


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(WriterError, match="could not be loaded"):
        open_writer(str(tmp_path), home=tmp_path)


@pytest.mark.usefixtures("exact")
@pytest.mark.model
@pytest.mark.timeout(600)  # the base may have to be converted first
@pytest.mark.parametrize(("name", "language"), [("smollm2", "en"), ("gemma3", "zh")])
def test_real_weights_write_greedily_what_generate_writes(name: str, language: Language) -> None:
    from transformers import AutoModelForCausalLM

    base = find(name)
    path = prepare(base, HOME)
    writer = open_local(base, path, None)
    assert isinstance(writer, LocalWriter)
    facts: Any = [
        {"subjects": ["cat"], "coverage": 0.2},
        {"subjects": ["old house by the sea"], "coverage": 0.9},
    ]
    rendered = [render(builtin(language, f"comment-{name}"), Context(facts=one)) for one in facts]
    written = writer.write(
        [Request(one, language) for one in rendered], 2, longest=24, style=Style(temperature=0, no_repeat=0)
    )
    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
    plain = GenerateWriter(model, writer._tokenizer, name=name)
    expected = plain.write(
        [Request(one, language) for one in rendered], 1, longest=24, style=Style(temperature=0, no_repeat=0)
    )
    assert [[one.text for one in group] for group in written] == [[group[0].text] * 2 for group in expected]
    assert all(group[0].text.strip() for group in written)
