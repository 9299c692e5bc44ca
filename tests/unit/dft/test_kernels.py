"""Kernels are named to an OpenBLAS that does not know its processor, and to no other."""

from pathlib import Path

import pytest

from nrrsim.dft import kernels


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Settles what OpenBLAS would take and what the processor can do."""

    def settle(taken, flags):
        file = tmp_path / "cpuinfo"
        file.write_text(f"processor\t: 0\nmodel name\t: some\nflags\t\t: {flags}\nbugs\t: none avx512vl\n")
        monkeypatch.setattr(kernels, "_PROCESSOR", file)
        monkeypatch.setattr(kernels.ctypes.util, "find_library", lambda _: "libopenblas.so.0")
        monkeypatch.setattr(kernels, "_core_taken", lambda _: taken)

    return settle


@pytest.mark.parametrize(
    ("taken", "flags", "named"),
    [
        ("Prescott", "sse3 avx avx2 avx512f avx512vl", "SkylakeX"),
        ("Prescott", "sse3 avx avx2 fma", "Haswell"),
        ("Prescott", "sse3", None),
        ("Generic", "avx2", "Haswell"),
        ("Zen", "sse3 avx avx2", None),
        ("Sapphirerapids", "avx2 avx512vl", None),
        (None, "avx2 avx512vl", None),
    ],
)
def test_only_an_old_library_is_told(machine, taken, flags, named):
    machine(taken, flags)
    assert kernels.core_to_name() == named


def test_no_library_and_no_processor_file(machine, monkeypatch):
    machine("Prescott", "avx2")
    monkeypatch.setattr(kernels, "_PROCESSOR", Path("nowhere/cpuinfo"))
    assert kernels.core_to_name() is None
    monkeypatch.setattr(kernels.ctypes.util, "find_library", lambda _: None)
    assert kernels.core_to_name() is None


def test_a_library_that_is_no_openblas_cannot_be_asked():
    library = kernels.ctypes.util.find_library("c")
    if library is None:
        pytest.skip("no C library to ask")
    assert kernels._core_taken(library) is None
    assert kernels._core_taken("no-such-library.so") is None
