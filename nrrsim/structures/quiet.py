"""Warnings of third parties that say nothing about the user's structure."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_spglib_deprecation() -> Iterator[None]:
    """Silence the notice that spglib >= 2.7 gives at every call until its error handling changes.

    The calls here and in pymatgen hold under either handling, and its switch is a global of the process that is not
    nrrsim's to turn.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*OLD_ERROR_HANDLING", category=DeprecationWarning)
        yield
