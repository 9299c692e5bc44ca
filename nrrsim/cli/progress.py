"""How a campaign's progress is shown, and the exit code of one that is not complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from nrrsim.dft.work import Progress

NOT_ALL = 3  # exit code where states are missing


@contextmanager
def shown(*, quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A line that follows the campaign on a terminal; failures as they come elsewhere."""
    from rich.console import Console
    from rich.status import Status

    console = Console(stderr=True)
    if quiet:
        yield None
        return
    seen: set[tuple[str, str]] = set()
    line = Status("starting", console=console) if console.is_terminal else None

    def told(progress: Progress) -> None:
        for failure in progress.failed:
            if (failure.label, failure.reason) not in seen:
                seen.add((failure.label, failure.reason))
                typer.echo(f"{failure.label}: {failure.reason}", err=True)
        if line is not None:
            line.update(_line(progress))

    if line is None:
        yield told
        return
    with line:
        yield told


def _line(progress: Progress) -> str:
    running = ", ".join(f"{task.label} ({task.work}, {task.seconds:.0f} s)" for task in progress.running)
    left = "" if progress.seconds_left is None else f", about {progress.seconds_left / 60:.0f} min"
    return f"{progress.done} done, {len(progress.failed)} failed, {progress.left} chains left{left}: {running}"
