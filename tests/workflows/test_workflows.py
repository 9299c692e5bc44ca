"""Every workflow runs in quick mode, leaves files and says which."""

from __future__ import annotations

import contextlib
import importlib.util
import io
from pathlib import Path
from types import ModuleType

import pytest

WORKFLOWS = sorted((Path(__file__).parents[2] / "workflows").glob("*.py"))

SHOWN = {
    # Mo on TiO2: -0.83 V as Comer et al. count (arXiv:1912.05678), -0.47 V from the same data by elementary steps; then
    # the model of Dahl et al. (doi:10.1006/jcat.2000.2857) closed with the gas phase. Each is checked where it is made.
    "demo": ("-0.833", "-0.473", "gas phase)' [1/s per site *]: 5.281e-02", "certified steady state"),
}
"""What a workflow must print."""


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"workflow_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_quick_run_prints_its_numbers_and_writes_what_it_names(path: Path, tmp_path: Path) -> None:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        loaded(path).main(tmp_path / "out", quick=True)
    printed = output.getvalue()
    for words in SHOWN.get(path.stem, ()):
        assert words in printed
    written = [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
    assert written
    for file in written:
        assert file.name in printed
        assert file.stat().st_size > 0
