"""Parallel test processes compile kernels each into its own folder: numba's cache does not stand two writers."""

from __future__ import annotations

import os
from pathlib import Path

_worker = os.environ.get("PYTEST_XDIST_WORKER")
if _worker is not None:
    os.environ["NUMBA_CACHE_DIR"] = str(Path(__file__).parent / ".numba_cache" / _worker)


def pytest_terminal_summary(terminalreporter):
    """Print what tests recorded to be read: with several workers their own output does not reach the terminal."""
    for report in terminalreporter.getreports("passed"):
        for name, sentence in report.user_properties:
            if name == "shown at the end":
                terminalreporter.write_line(sentence)
