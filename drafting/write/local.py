"""A writer whose model runs in this process."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from drafting.bases import Adapter, Base
from drafting.reward import Reward, load_reward
from drafting.write.candidate import Candidate
from drafting.write.decode import decode
from drafting.write.generate import GenerateWriter
from drafting.write.linear import Linear, linear
from drafting.write.net import Net, Unsupported
from drafting.write.pieces import Pieces
from drafting.write.prefill import Shared, common_start, read, read_shared
from drafting.write.prompting import tokens_of
from drafting.write.request import Request, Style, Writer, WriterError, Written
from prompts.vocabulary import Language

# Starts of prompts that stay in memory: one or two templates in two languages, before and after a new
# version.
_STARTS_KEPT = 4
# A start shorter than this is not worth keeping apart.
_SHORTEST_START = 8


class LocalWriter(Writer):
    """Drafts with a ``Net``. Not safe to call from two threads at once; a worker has one."""

    def __init__(
        self,
        net: Net,
        tokenizer: Any,
        *,
        model: str,
        prompt: str = "",
        needs_leading: bool = False,
        voices: frozenset[str] = frozenset(),
        reward: Reward | None = None,
    ) -> None:
        self.model, self.prompt, self.needs_leading = model, prompt, needs_leading
        self.voices, self.reward = voices, reward
        self.chat = bool(tokenizer.chat_template)
        self.net = net
        self._tokenizer = tokenizer
        self._pieces = Pieces(tokenizer)
        self._heads: dict[Language, tuple[Linear, Tensor]] = {}
        self._starts: OrderedDict[tuple[int, ...], Shared] = OrderedDict()

    @torch.inference_mode()
    def write(
        self, requests: Sequence[Request], n: int, *, longest: int = 90, style: Style | None = None
    ) -> list[list[Written]]:
        """See ``Writer``."""
        if not requests:
            return []
        prompts = [tokens_of(self._tokenizer, request.rendered) for request in requests]
        shared = self._shared(prompts)
        head, words = self._head(requests[0].language)
        ends = frozenset(self._ends())
        groups = [
            [
                Candidate(
                    request.seed + i,
                    longest,
                    spelling=self._pieces,
                    ends=ends,
                    stop=request.rendered.stop,
                    refuse=request.refuse,
                    long_enough=request.long_enough,
                    openings=request.openings[i % len(request.openings)] if request.openings else (),
                )
                for i in range(n)
            ]
            for request in requests
        ]
        judge = None if self.reward is None else torch.from_numpy(self.reward.states).to(self.net.device)
        decode(
            self.net,
            read(self.net, shared, prompts),
            groups,
            head=head,
            words=words,
            style=style or Style(),
            judge=judge,
        )
        return [[Written(row.text, row.fluency, row.judged) for row in group] for group in groups]

    def _shared(self, prompts: list[list[int]]) -> Shared:
        """The start of all prompts, from memory where an earlier class had the same."""
        for start in sorted(self._starts, key=len, reverse=True):
            if all(len(prompt) > len(start) and tuple(prompt[: len(start)]) == start for prompt in prompts):
                self._starts.move_to_end(start)
                return self._starts[start]
        start = common_start(prompts) if len(prompts) > 1 else ()
        shared = read_shared(self.net, start if len(start) >= _SHORTEST_START else ())
        if shared.tokens:
            self._starts[shared.tokens] = shared
            if len(self._starts) > _STARTS_KEPT:
                self._starts.popitem(last=False)
        return shared

    def _head(self, language: Language) -> tuple[Linear, Tensor]:
        """Scores and ids of the tokens that may be written.

        Leaving the others out keeps a comment in its language, and of Gemma's 262,144 output vectors, two
        thirds of its arithmetic, it leaves some tens of thousands.
        """
        if language not in self._heads:
            words = sorted({*self._pieces.writable(language), *self._ends()})
            ids = torch.tensor(words, device=self.net.device)
            self._heads[language] = linear(self.net.head[ids]), ids
        return self._heads[language]

    def _ends(self) -> set[int]:
        return {self._tokenizer.eos_token_id}


def open_local(base: Base, folder: Path, adapter: Adapter | None) -> Writer:
    """Loads a prepared base, merges the adapter into it, and lays the weights out for drafting.

    WriterError when the folder holds no causal language model, or the adapter does not fit it.
    """
    model, tokenizer = _load(folder, adapter)
    name = f"{base.title}+{adapter.id}" if adapter else base.title
    prompt, voices = (adapter.prompt, adapter.voices) if adapter else ("", frozenset())
    try:
        net = Net(model)
    except Unsupported:
        return GenerateWriter(model, tokenizer, name=name, prompt=prompt, voices=voices)
    return LocalWriter(
        net,
        tokenizer,
        model=name,
        prompt=prompt,
        needs_leading=base.kind == "shipped" and not adapter,
        voices=voices,
        reward=load_reward(adapter.folder) if adapter else None,
    )


def _load(folder: Path, adapter: Adapter | None) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise WriterError(f"{folder} could not be loaded as a language model: {error}") from error
    if adapter:
        from peft import PeftModel

        try:
            model = PeftModel.from_pretrained(model, str(adapter.folder)).merge_and_unload()
        except (RuntimeError, ValueError, KeyError) as error:
            raise WriterError(
                f"The adapter {adapter.id} does not fit its base ({adapter.base}): {error}"
            ) from error
    return model.to(device=best_device(), dtype=best_dtype()).eval(), tokenizer


def best_device() -> str:
    """A graphics card where there is one."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def best_dtype() -> torch.dtype:
    """bf16 where the processor multiplies it faster than fp32; emulated, it is hundreds of times slower.

    Of Intel's processors only those with AMX do: with AVX-512's instruction alone a Xeon's products take
    twice as long as in fp32, where an EPYC's are faster.
    """
    if torch.cuda.is_available():
        return torch.bfloat16
    can = torch.cpu.get_capabilities()
    fast = can.get("amx_bf16") or (can.get("avx512_bf16") and "Intel" not in str(can.get("cpu_name")))
    return torch.bfloat16 if fast else torch.float32
