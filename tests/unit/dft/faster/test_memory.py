"""Freed memory stays with the process where the C library can be told so."""

import ctypes
import subprocess
import sys

import pytest

from nrrsim.dft.faster import memory

PAGES = """
import resource, sys
from nrrsim.dft.faster.memory import keep_freed
if sys.argv[1] == "kept":
    assert keep_freed()
def once():
    bytearray(40_000_000)
once()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    once()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library has no mallopt")
def test_arrays_take_the_pages_of_those_before_them():
    new = {
        how: int(subprocess.run([sys.executable, "-c", PAGES, how], capture_output=True, text=True, check=True).stdout)
        for how in ("plain", "kept")
    }
    assert new["kept"] < 100 < 1000 < new["plain"]


def test_another_c_library_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    assert not memory.keep_freed()
