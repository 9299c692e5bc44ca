"""Numerical kernels of the steady state: plain arrays in, plain arrays out, no chemistry.

Axes: i surface species, j steps, s site types, g gases, k balance rows, q steps at equilibrium, m slots of a step's
side, c conditions.
"""

from contextlib import suppress
from pathlib import Path


def forget_stale(folder: Path) -> None:
    """Remove compiled code that is older than any source of a folder.

    numba looks at the file of a compiled function alone, while the code holds what it calls in other files, too: after
    a change of one of these it would go on with the old.
    """
    newest = max(source.stat().st_mtime_ns for source in folder.glob("*.py"))
    for compiled in (folder / "__pycache__").glob("*.nbi"):
        with suppress(OSError):  # another process was faster, or the folder is read-only, where no source changes
            if compiled.stat().st_mtime_ns < newest:
                compiled.unlink()


forget_stale(Path(__file__).parent)
