"""The same learning with TRL 1.16's trainers, for ``bench``. The product does not use TRL.

The trainers get the model as ours opens it, the tokens as ours spells them, our rates step by step, AdamW
without weight decay, gradients clipped at the same norm, batches of like length, and no checkpointing. What
stays TRL's own: the loss over the whole vocabulary, a prompt read once for each text of a pair, moments of
Adam in the adapter's type, and the figures it computes for its log.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from drafting.write.local import best_device
from finetune.loop import LARGEST_GRADIENT, Pace, rate_at
from finetune.model import Example, LearningModel
from finetune.preference import Pair

TRIED = "1.16.0"  # what is overridden below is private to TRL, so another release may differ


@dataclass(frozen=True)
class Took:
    """Seconds of the descent from its first step to its last, and of the reference's log-probabilities
    before."""

    descent: float
    reference: float = 0.0


def missing() -> str:
    """Why TRL cannot be run and how to mend it; empty when it can."""
    try:
        found = version("trl")
    except PackageNotFoundError:
        found = ""
    if found == TRIED:
        return ""
    which = f"TRL {found} is installed, not {TRIED}" if found else f"TRL {TRIED} is not installed"
    return f"{which}. Install it with: pip install -c constraints.txt -e '.[bench]'"


def sft(
    model: LearningModel, examples: Sequence[Example], pace: Pace, *, seed: int, full: bool = False
) -> Took:
    """Trains ``model`` in place with SFTTrainer, the loss on the comments alone.

    ``full``: the adapter in fp32 under autocast to bf16, as PEFT and TRL do it unless told otherwise; it is
    rounded back to the base's type afterwards.
    """
    from trl import SFTConfig, SFTTrainer

    rows = [
        {
            "input_ids": [*one.prompt, *one.comment],
            "completion_mask": [0] * len(one.prompt) + [1] * len(one.comment),
        }
        for one in examples
    ]
    with tempfile.TemporaryDirectory() as folder:
        config = SFTConfig(**_settings(folder, pace, seed, full), max_length=None, completion_only_loss=True)
        return _run(partial(SFTTrainer, args=config), model, rows, pace, full)


def dpo(
    model: LearningModel, pairs: Sequence[Pair], pace: Pace, *, seed: int, beta: float, full: bool = False
) -> Took:
    """Trains ``model`` in place with DPOTrainer, from the adapter that it has; the reference is computed once
    before, as ours does. ``full`` as in ``sft``."""
    from trl import DPOConfig, DPOTrainer

    class OnTokens(DPOTrainer):
        """Takes tokens instead of spelling texts anew, and says how long its reference took."""

        reference_seconds = 0.0

        def _prepare_dataset(self, dataset: Any, *_args: Any) -> Any:
            return dataset

        def _precompute_ref_logps(self, *args: Any) -> Any:
            started = time.perf_counter()
            known = super()._precompute_ref_logps(*args)
            self.reference_seconds += time.perf_counter() - started
            return known

    rows = [
        {
            "prompt_ids": list(pair.better.prompt),
            "chosen_ids": list(pair.better.comment),
            "rejected_ids": list(pair.worse.comment),
            "length": len(pair),
        }
        for pair in pairs
        if pair.worse is not None
    ]
    with tempfile.TemporaryDirectory() as folder:
        config = DPOConfig(
            **_settings(folder, pace, seed, full),
            max_length=None,
            beta=beta,
            precompute_ref_log_probs=True,
            remove_unused_columns=False,  # else the lengths are gone before the batches are made
        )
        return _run(partial(OnTokens, args=config), model, rows, pace, full)


def _settings(folder: str, pace: Pace, seed: int, full: bool) -> dict[str, Any]:
    return {
        "output_dir": folder,
        "per_device_train_batch_size": pace.batch,
        "num_train_epochs": pace.epochs,
        "learning_rate": pace.rate,
        "max_grad_norm": LARGEST_GRADIENT,
        "train_sampling_strategy": "group_by_length",
        "gradient_checkpointing": False,
        "bf16": full,
        "seed": seed,
        "use_cpu": best_device() == "cpu",
        "dataloader_pin_memory": False,
        "logging_strategy": "no",
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }


def _run(
    trainer: Callable[..., Any], model: LearningModel, rows: list[dict[str, Any]], pace: Pace, full: bool
) -> Took:
    from accelerate.state import AcceleratorState
    from datasets import Dataset, disable_progress_bars
    from transformers import PrinterCallback, TrainerCallback

    class Clock(TrainerCallback):
        """Between the first step's beginning and the last one's end."""

        def on_train_begin(self, *_args: Any, **_told: Any) -> None:
            self.started = time.perf_counter()

        def on_train_end(self, *_args: Any, **_told: Any) -> None:
            self.seconds = time.perf_counter() - self.started

    disable_progress_bars()
    learned, dtype = list(model.learned.values()), next(model.net.parameters()).dtype
    if full:
        for p in learned:
            p.data = p.data.float()
    steps = pace.epochs * -(-len(rows) // pace.batch)
    optimiser = torch.optim.AdamW(learned, lr=pace.rate, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: rate_at(step, steps, 1.0))
    clock = Clock()
    runs = trainer(
        model=model.net,
        train_dataset=Dataset.from_list(rows),
        processing_class=model.tokenizer,
        optimizers=(optimiser, schedule),
        callbacks=[clock],
    )
    runs.remove_callback(PrinterCallback)  # standard output is for the figures
    runs.train()
    if runs.state.global_step != steps:
        raise RuntimeError(f"TRL did {runs.state.global_step} steps instead of {steps}")
    for p in learned:
        p.data = p.data.to(dtype)
    # Else autocast would be on for whoever comes next. Which process this is stays known: our loop asks, too.
    AcceleratorState._reset_state()
    return Took(clock.seconds, getattr(runs, "reference_seconds", 0.0))
