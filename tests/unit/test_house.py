"""The house itself: what starting it loads, which imports its contracts refuse, what its package carries."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

import nrrsim

ROOT = Path(__file__).parents[2]
HEAVY = {"numpy", "scipy", "pint", "numba", "ase", "pymatgen", "matplotlib", "xarray"}
HEAVY_FOR_IMPORT = {"numba", "ase", "pymatgen", "matplotlib", "xarray"}

HELP = """
import sys
from importlib.metadata import entry_points

(entry,) = entry_points(group="console_scripts", name="nrrsim")
sys.argv = ["nrrsim", "--help"]
try:
    entry.load()()
except SystemExit as exit:
    assert exit.code in (0, None), exit.code
"""

POINT_DOWN = "Imports point down"
NO_PICTURES = "The chemistry knows no atoms and no pictures"
NUMBERS_ONLY = "Kernels know numbers only"


def python(code: str) -> str:
    """What a fresh interpreter prints last."""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return result.stdout


def loaded_by(code: str) -> set[str]:
    """Top-level modules loaded once a fresh interpreter has run the code."""
    listing = "import json, sys\nprint()\nprint(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    return set(json.loads(python(f"{code}\n{listing}").splitlines()[-1]))


def test_help_is_printed_without_loading_science() -> None:
    assert "solve" in python(HELP)
    assert loaded_by(HELP) & HEAVY == set()


def test_import_loads_neither_compiler_nor_structures_nor_plots() -> None:
    assert loaded_by("import nrrsim") & HEAVY_FOR_IMPORT == set()


def test_every_public_name_is_there() -> None:
    for name in nrrsim.__all__:
        assert getattr(nrrsim, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'slove'"):
        nrrsim.slove  # noqa: B018


def broken_contracts(tree: Path) -> set[str]:
    """Names of the import contracts that the nrrsim in `tree` breaks."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    result = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = [line.rstrip() for line in result.stdout.splitlines() if line.endswith((" KEPT", " BROKEN"))]
    assert len(verdicts) == 3, result.stdout + result.stderr
    broken = {line.removesuffix(" BROKEN") for line in verdicts if line.endswith(" BROKEN")}
    assert (result.returncode != 0) == bool(broken), result.stdout
    return broken


def test_contracts_are_kept() -> None:
    assert broken_contracts(ROOT) == set()


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("core/species.py", "import matplotlib", NO_PICTURES),
        ("analysis/energetic_span.py", "import ase", NO_PICTURES),
        ("core/steps.py", "from nrrsim.solvers import steady", POINT_DOWN),
        ("solvers/steady.py", "def late():\n    from nrrsim import api", POINT_DOWN),
        ("solvers/_kernels/steady.py", "import scipy", NUMBERS_ONLY),
        ("unlisted.py", "ANSWER = 42", POINT_DOWN),
    ],
)
def test_a_forbidden_import_is_caught(tmp_path: Path, module: str, line: str, contract: str) -> None:
    shutil.copytree(ROOT / "nrrsim", tmp_path / "nrrsim", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "nrrsim" / module
    before = planted.read_text(encoding="utf-8") if planted.exists() else ""
    planted.write_text(f"{before}\n{line}\n", encoding="utf-8")
    assert broken_contracts(tmp_path) == {contract}


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_one_version_everywhere() -> None:
    found = project()["project"]
    assert isinstance(found, dict)
    assert found["version"] == nrrsim.__version__ == version("nrrsim")


def test_the_package_carries_its_data() -> None:
    """Whatever stands in the package and is no code is named by a pattern of package-data."""
    tool = project()["tool"]
    assert isinstance(tool, dict)
    patterns = tool["setuptools"]["package-data"]["nrrsim"]
    package = ROOT / "nrrsim"
    carried = {path for pattern in patterns for path in package.glob(pattern)}
    left_out = {
        path
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts and path not in carried
    }
    assert left_out == set()
    for path in carried:
        assert files("nrrsim").joinpath(*path.relative_to(package).parts).is_file()


def test_what_is_installed_is_pinned() -> None:
    """Each requirement of the core and of the test extra has an exact version in constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line.partition("==")[0].lower().replace("_", "-") for line in lines if line and not line.startswith("#")]
    assert len(pinned) == len(set(pinned))
    found = project()["project"]
    assert isinstance(found, dict)
    wanted = {r.partition(">=")[0].lower() for r in [*found["dependencies"], *found["optional-dependencies"]["test"]]}
    assert wanted - set(pinned) == set()
