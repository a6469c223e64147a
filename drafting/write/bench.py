"""How fast a class is drafted, against plain generation, llama.cpp, and what this machine could do at most;
and what it costs to order the drafts as teachers would."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from drafting.bases import find, prepare, starter
from drafting.bases.preparing import gguf
from drafting.draft import Work, draft_class
from drafting.reward import Reward
from drafting.write.candidate import Candidate
from drafting.write.decode import decode
from drafting.write.linear import linear
from drafting.write.local import best_dtype
from drafting.write.net import Net
from drafting.write.opening import open_writer
from drafting.write.pieces import Pieces
from drafting.write.prefill import common_start, read, read_shared
from drafting.write.prompting import tokens_of
from drafting.write.request import Request, Style, Writer
from prompts import Context, builtin, render
from prompts.vocabulary import table

DRAWINGS, EACH, TOKENS = 30, 4, 60
# The baselines do the same for every drawing, so a few of them tell what all take.
_BASELINE_DRAWINGS = 4
# The class without a reward and with one, in an order in which neither gains from the machine's slow drift.
_TURNS = (False, True, True, False)
_STYLE = Style(temperature=0.8, top_p=1.0, no_repeat=0)


def bench_draft(*, quick: bool = False, home: Path | None = None) -> dict[str, Any]:
    """Writes a class of 30 drawings with 4 candidates of 60 tokens each (``quick``: 6 drawings) on
    ``smollm2``.

    All in this process and in one dtype. ``ratio_generate`` and ``ratio_llamacpp`` say how many times as
    long the others take; ``share_of_bound`` is the time that the arithmetic or the memory traffic alone
    would take, at the speed of this run's GEMM and copy, over the time taken. ``ranking`` is of ``_ranking``.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()

    base, home = find("smollm2"), home or Path(os.environ.get("VERMILION_HOME", "var"))
    folder = prepare(base, home)
    count = 6 if quick else DRAWINGS
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=best_dtype()).eval()
    prompts = [tokens_of(tokenizer, request.rendered) for request in _class(count)]
    with torch.inference_mode():
        net, pieces = Net(model), Pieces(tokenizer)
        head = linear(net.head)
        _ours(net, pieces, head, prompts[:2], 4)
        seconds = _timed(lambda: _ours(net, pieces, head, prompts, TOKENS))
        _generate(model, prompts[0], 4)
        few = prompts[:_BASELINE_DRAWINGS]
        plain = _timed(lambda: _generate_all(model, few))
        speed = _speed(net.dtype)
        least = _bound(net, prompts, speed)
    llama, reason = _llamacpp(few)
    scale = len(prompts) / len(few)
    figures: dict[str, Any] = {
        "seconds": round(seconds, 2),
        "ratio_generate": round(plain * scale / seconds, 2),
        "ratio_llamacpp": None if llama is None else round(llama * scale / seconds, 2),
        "share_of_bound": round(least / seconds, 3),
        "drawings": len(prompts),
        "drafts": EACH,
        "new_tokens": TOKENS,
        "prompt_tokens": round(sum(map(len, prompts)) / len(prompts)),
        "shared_tokens": len(common_start(prompts)),
        "tokens_per_second": round(len(prompts) * EACH * TOKENS / seconds, 1),
        "baseline_drawings": len(few),
        "dtype": str(net.dtype).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "gemm_gflops": round(speed["flops"] / 1e9, 1),
        "copy_gb_per_second": round(speed["bytes"] / 1e9, 1),
    }
    if reason:
        figures["llamacpp"] = reason
    writer = open_writer(base, adapter=starter("en"), home=home)
    return {"class": figures, "ranking": _ranking(writer, net.head.shape[1], count)}


def _ranking(writer: Writer, hidden: int, count: int) -> dict[str, Any]:
    """Drafts the class as the desk does, checks and all, with a reward that orders the drafts and without
    one; ``ratio`` is how many times as long it takes with it.

    The reward's ``hidden`` weights are random, which costs what learned ones do. Nothing is written anew:
    another order would have other drafts written anew, which is no price of the ordering.
    """
    weights = np.random.default_rng(0).normal(size=hidden).astype(np.float32)
    reward = Reward(weights, fluency=1.0, score=1.0)
    works = [Work(str(i), context, "en") for i, context in enumerate(_contexts(count))]

    def drafted(ordered: bool) -> float:
        writer.reward = reward if ordered else None
        return _timed(lambda: list(draft_class(works, writer, budget=0)))

    _timed(lambda: list(draft_class(works[:2], writer, budget=0)))
    taken = [(ordered, drafted(ordered)) for ordered in _TURNS]
    with_it, without = (sum(s for ordered, s in taken if ordered is which) for which in (True, False))
    return {
        "ratio": round(with_it / without, 3),
        "seconds": [round(seconds, 2) for _, seconds in taken],
        "ordered": [ordered for ordered, _ in taken],
    }


def _class(count: int) -> list[Request]:
    """Requests of one lesson."""
    prompt = builtin("en", "comment-smollm2")
    return [Request(render(prompt, one), "en", seed=i << 8) for i, one in enumerate(_contexts(count))]


def _contexts(count: int) -> list[Context]:
    """Drawings of one lesson that differ in colours and things."""
    colours = table()["colours"]
    things = ["cat", "old house", "sailing boat", "apple tree", "robot", "mountain", "dragon", "market"]
    contexts = []
    for i in range(count):
        palette = [
            {"name": colours[(i + j) % len(colours)]["name"], "zh": "", "hex": "#000000", "share": share}
            for j, share in enumerate((0.5, 0.3, 0.2))
        ]
        facts: Any = {
            "subjects": [things[i % len(things)], things[(i // 2 + 3) % len(things)]],
            "palette": palette,
            "coverage": 0.3 + 0.02 * i,
            "contrast": 0.7,
            "composition": {"place": "centre"},
            "line": {"weight": "bold", "direction": "diagonal"},
        }
        contexts.append(Context(facts=facts, theme="A day outside"))
    return contexts


def _ours(net: Net, pieces: Pieces, head: Any, prompts: list[list[int]], longest: int) -> None:
    rows = [
        [Candidate(i * EACH + j, longest, spelling=pieces, ends=frozenset()) for j in range(EACH)]
        for i in range(len(prompts))
    ]
    read_all = read(net, read_shared(net, common_start(prompts)), prompts)
    decode(net, read_all, rows, head=head, words=torch.arange(len(net.head)), style=_STYLE)


def _generate(model: Any, prompt: list[int], longest: int) -> None:
    tokens = torch.tensor([prompt])
    model.generate(
        tokens,
        attention_mask=torch.ones_like(tokens),
        do_sample=True,
        temperature=_STYLE.temperature,
        num_return_sequences=EACH,
        min_new_tokens=longest,
        max_new_tokens=longest,
        pad_token_id=0,
    )


def _generate_all(model: Any, prompts: list[list[int]]) -> None:
    for prompt in prompts:
        _generate(model, prompt, TOKENS)


def _llamacpp(prompts: list[list[int]]) -> tuple[float | None, str]:
    """Seconds that llama.cpp takes for the prompts on the file that the base was made from, or why there are
    none."""
    try:
        from llama_cpp import Llama
    except ImportError:
        return None, "llama-cpp-python is not installed"
    with gguf(find("smollm2")) as path:
        llama = Llama(str(path), n_ctx=1024, n_threads=torch.get_num_threads(), verbose=False)

    def write() -> None:
        for prompt in prompts:
            for _ in range(EACH):  # llama.cpp keeps the prompt of the call before, so it reads each one once
                for count, _token in enumerate(llama.generate(prompt, temp=_STYLE.temperature), 1):
                    if count == TOKENS:
                        break

    return _timed(write), ""


def _speed(dtype: torch.dtype) -> dict[str, float]:
    """Floating-point operations a second of a large product, bytes a second of a large copy (read and
    written)."""
    a, b = (torch.randn(1536, 1536).to(dtype) for _ in range(2))
    source = torch.randn(32 * 2**20)
    target = torch.empty_like(source)
    product = min(_timed(lambda: a @ b) for _ in range(5))
    copy = min(_timed(lambda: target.copy_(source)) for _ in range(5))
    return {"flops": 2 * 1536**3 / product, "bytes": 2 * source.nbytes / copy}


def _bound(net: Net, prompts: list[list[int]], speed: dict[str, float]) -> float:
    """Seconds for the class if only the products counted: two operations a weight and row, every weight read
    a step."""
    head = net.head.numel()
    body = net.matrix_weights
    start = len(common_start(prompts))
    read_tokens = start + sum(len(prompt) - start for prompt in prompts)
    rows = len(prompts) * EACH
    reading = 2 * body * read_tokens / speed["flops"]
    weights = body + head
    computing = 2 * weights * rows / speed["flops"]
    fetching = weights * net.embed.element_size() / speed["bytes"]
    return float(reading + max(computing, fetching) * TOKENS)


def _timed(what: Callable[[], object]) -> float:
    start = time.perf_counter()
    what()
    return time.perf_counter() - start
