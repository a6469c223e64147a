"""``vermilion learn`` and ``vermilion exam``: the learning without the web, on files."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from webapp.cli.drafting import ADAPTER

REJECTED = 4
"""Exit status: the night's candidate did not pass the gate. A normal outcome."""

_FEEDBACK = click.argument(
    "feedback", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FEEDBACK.jsonl"
)
_BASE = click.option("--base", default="", help="smollm2, gemma3, a folder, or owner/model.")
_SEED = click.option("--seed", default=0, show_default=True, type=click.IntRange(0, 2**31))


@click.command()
@_FEEDBACK
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The adapter's folder to make.",
)
@click.option("--language", type=click.Choice(["en", "zh"]), help="Default: that of most records.")
@_BASE
@click.option(
    "--recipe", default="default", show_default=True, help="default, classic, starter, or a YAML file."
)
@click.option(
    "--from", "start", type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The adapter that serves now. Default: the language's starter.",
)  # fmt: skip
@_SEED
def learn(
    feedback: Path, out: Path, language: Any, base: str, recipe: str, start: Path | None, seed: int
) -> None:
    """Learn one night from a file of feedback; DIR becomes an adapter with report.json.

    An adapter that an earlier night left in DIR is replaced; anything else is refused. Interrupted, the same
    command goes on. Exit status 4: the candidate did not pass the gate; it is in DIR all the same. Several
    processes learn together with torchrun --nproc-per-node 2 -m webapp.cli learn …, or with accelerate launch
    --multi_gpu; the status is 0 also for a rejection then, and the verdict is in report.json.
    """
    from drafting.bases import BaseError
    from finetune.files import OutError
    from finetune.night import learn
    from finetune.progress import Progress
    from finetune.recipe import RecipeError, load
    from finetune.together import team

    bars: dict[str, Any] = {}

    def tell(progress: Progress) -> None:
        from tqdm import tqdm

        if progress.stage not in bars:
            for bar in bars.values():
                bar.close()
            # A resumed stage begins in the middle: what a run before did would count as done in no time.
            bars[progress.stage] = tqdm(
                desc=progress.stage, file=sys.stderr, total=progress.total, initial=progress.done
            )
        bar = bars[progress.stage]
        bar.total = progress.total
        bar.update(progress.done - bar.n)

    try:
        report = learn(
            feedback,
            out,
            home=_home(),
            language=language,
            base=base,
            recipe=load(recipe),
            start=start,
            seed=seed,
            tell=tell,
        )
    except OutError as error:
        raise click.BadParameter(str(error), param_hint="--out") from error
    except RecipeError as error:
        raise click.BadParameter(str(error), param_hint="--recipe") from error
    except (BaseError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        for bar in bars.values():
            bar.close()
    if not team().is_main_process:
        return
    click.echo(f"{report.verdict}: {out}")
    for reason in report.reasons:
        click.echo(f"  {reason}")
    # What starts several processes takes any status but 0 for a crash.
    if report.verdict == "rejected" and team().num_processes == 1:
        sys.exit(REJECTED)


@click.command()
@_FEEDBACK
@ADAPTER
@_BASE
@_SEED
def exam(feedback: Path, adapter: str, base: str, seed: int) -> None:
    """Draft each record's context anew, and measure it against what the teacher accepted; prints JSON.

    The figures are those of the first-ranked draft (edit_cost), of the nearest of four (edit_cost_best,
    untouched) and of all that would be shown (facts_wrong, misfit), by teacher and criterion too.
    What a teacher had told students before, and so may or may not be said again, is known from the file's
    older records. Records in another language than most are left out.
    """
    from tqdm import tqdm

    from drafting.bases import BaseError
    from drafting.write import WriterError
    from finetune.exam import examine
    from finetune.plan import majority
    from finetune.records import read
    from webapp.cli.drafting import writer_for

    try:
        language = majority(feedback)
        found = list(read(feedback))
        records = [one for one in found if one.language == language]
        if others := len(found) - len(records):
            click.echo(
                f"{others} of {len(found)} records are in another language than most ({language}) and are"
                " left out.",
                err=True,
            )
        writer = writer_for(base, adapter, language)
        with tqdm(total=len(records), desc="exam", file=sys.stderr, leave=False) as bar:
            examined = examine(records, writer, seed=seed, tell=lambda done, _total: bar.update(done - bar.n))
    except (BaseError, WriterError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(examined.figures, ensure_ascii=False))


def _home() -> Path:
    return Path(os.environ.get("VERMILION_HOME", "var"))
