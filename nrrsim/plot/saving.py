"""Figures to files, complete or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nrrsim.errors import InputError
from nrrsim.plot.style import figure_of

PNG_DPI = 200
FORMATS = ("png", "pdf", "svg")


def save_figure(figure: Axes | Figure, path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write the figure in the format of the suffix: .png at 200 dpi with a .pdf twin beside it, .pdf or .svg alone.

    Each file is written beside its place and moved there once complete.

    Parameters
    ----------
    figure : Axes or Figure
    path : path

    Returns
    -------
    tuple[Path, ...]
        The files written.

    Raises
    ------
    InputError
        If the suffix is another one, or the place cannot be written.
    """
    path = Path(path)
    suffix = figure_format(path)
    whole = figure if isinstance(figure, Figure) else figure_of(figure)
    targets = (path, path.with_suffix(".pdf")) if suffix == "png" else (path,)
    for target in targets:
        _write(whole, target)
    return targets


def figure_format(path: Path) -> str:
    """The format that a name's suffix says; another one is refused."""
    suffix = path.suffix.removeprefix(".").lower()
    if suffix not in FORMATS:
        raise InputError(
            f"'{path}' has no suffix of a figure format.", remedy=f"end the name in .{', .'.join(FORMATS)}."
        )
    return suffix


def _write(figure: Figure, target: Path) -> None:
    suffix = target.suffix.removeprefix(".").lower()
    temporary = target.with_name(f".{target.stem}-{uuid.uuid4().hex}.{suffix}")
    # no date inside, so that the same figure gives the same file
    metadata = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(suffix)
    try:
        figure.savefig(temporary, format=suffix, dpi=PNG_DPI, metadata=metadata)
        temporary.replace(target)
    except OSError as error:
        raise InputError(
            f"the figure '{target}' cannot be written: {error.strerror or error}.",
            remedy="name a file in a folder that exists and is writable.",
        ) from error
    finally:
        _remove(temporary)


def _remove(temporary: Path) -> None:
    with contextlib.suppress(OSError):  # the error that stopped the writing is the one to tell
        temporary.unlink()
