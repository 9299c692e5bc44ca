"""A processor is named to an OpenBLAS that does not know it, and to no other."""

import ctypes.util
import os
import shutil
import subprocess

import pytest

from nrrsim.dft.faster import openblas

AVX2 = "sse3 avx avx2 fma"
AVX512 = f"{AVX2} avx512f avx512bw avx512dq avx512vl"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Settles what OpenBLAS would take and what the processor can do."""

    def settle(taken, flags):
        file = tmp_path / "cpuinfo"
        file.write_text(f"processor\t: 0\nmodel name\t: some\nflags\t\t: {flags}\nbugs\t: none avx2 fma\n")
        monkeypatch.setattr(openblas, "_PROCESSOR", file)
        monkeypatch.setattr(openblas, "_core_taken", lambda _: taken)
        monkeypatch.setattr(ctypes.util, "find_library", "lib{}.so.3".format)

    return settle


@pytest.mark.parametrize(
    ("taken", "flags", "named"),
    [
        ("Prescott", AVX512, "SkylakeX"),
        ("Prescott", AVX512.replace(" avx512dq", ""), "Haswell"),
        ("Prescott", AVX2, "Haswell"),
        ("Prescott", AVX2.replace(" fma", ""), None),
        ("Prescott", "sse3", None),
        ("Barcelona", AVX2, "Haswell"),
        ("Generic", AVX2, "Haswell"),
        ("Zen", AVX2, None),
        ("Sapphirerapids", AVX512, None),
        ("", AVX512, None),
    ],
)
def test_only_a_library_that_does_not_know_its_processor_is_told(machine, taken, flags, named):
    machine(taken, flags)
    assert openblas.core_to_name() == named


def test_no_library_and_no_processor_file(machine, monkeypatch, tmp_path):
    machine("Prescott", AVX2)
    monkeypatch.setattr(openblas, "_PROCESSOR", tmp_path / "none")
    assert openblas.core_to_name() is None
    machine("Prescott", AVX2)
    monkeypatch.setattr(ctypes.util, "find_library", lambda _: None)
    assert openblas.core_to_name() is None


@pytest.mark.parametrize(("own", "seen"), [(None, "Haswell"), ("Nehalem", "Nehalem")])
def test_the_name_is_there_for_a_while_and_a_user_s_own_stays(machine, monkeypatch, own, seen):
    machine("Prescott", AVX2)
    monkeypatch.delenv(openblas.VARIABLE, raising=False)
    if own is not None:
        monkeypatch.setenv(openblas.VARIABLE, own)
    with openblas.known_processor():
        assert os.environ[openblas.VARIABLE] == seen
    assert os.environ.get(openblas.VARIABLE) == own


def test_a_library_is_asked(tmp_path):
    if shutil.which("cc") is None:
        pytest.skip("no C compiler to make a library that answers")
    source = tmp_path / "answer.c"
    source.write_text('const char *openblas_get_corename(void) { return "Prescott"; }\n')
    library = tmp_path / "libanswer.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    assert openblas._core_taken(str(library)) == "Prescott"
    assert openblas._core_taken(str(tmp_path / "none.so")) == ""


def test_what_is_no_openblas_has_no_answer():
    library = ctypes.util.find_library("c")
    if library is None:
        pytest.skip("no C library to ask")
    assert openblas._core_taken(library) == ""
