"""Pictures of structures: what is drawn, on which scale, and that nothing covers the legend."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest
from ase import Atoms
from ase.data import covalent_radii
from ase.data.colors import jmol_colors
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from nrrsim.errors import InputError
from nrrsim.plot import save_figure, structure_views
from nrrsim.structures.catalog.lookup import build_site, with_adsorbate

CASES = [
    ("moo3-bilayer-vt-s", None),
    ("moo3-bilayer-vt", "NNH"),
    ("m3-nb", "N2"),
    ("m2-co", None),
    ("fe111", None),
    ("fe12nb-shell", "H2NNH2"),
    ("mos2", "NNH"),
]


def atoms_of(name: str, species: str | None) -> Atoms:
    clean = build_site(name)
    return clean if species is None else with_adsorbate(clean, species)


def spheres(ax: Axes) -> PatchCollection:
    return next(c for c in ax.collections if isinstance(c, PatchCollection))


def rings(ax: Axes) -> list[Circle]:
    return [p for p in ax.patches if isinstance(p, Circle)]


def centres(ax: Axes) -> np.ndarray:
    """Centres of the circles in the order in which they are drawn."""
    return np.array([path.get_extents().get_points().mean(axis=0) for path in spheres(ax).get_paths()])


@pytest.mark.parametrize(("name", "species"), CASES)
def test_nothing_overlaps_and_all_is_within(name: str, species: str | None) -> None:
    figure = structure_views(atoms_of(name, species))
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    boxes = {ax.get_title(loc="left"): ax.get_tightbbox(renderer) for ax in figure.axes}
    boxes |= {"legend": figure.legends[0].get_window_extent(renderer)}
    boxes |= {text.get_text(): text.get_window_extent(renderer) for text in figure.texts}
    for (a, first), (b, second) in itertools.combinations(boxes.items(), 2):
        assert not first.overlaps(second), f"{a} over {b}"
    width, height = figure.bbox.size
    for what, box in boxes.items():
        assert box.x0 >= 0, what
        assert box.x1 <= width, what
        assert box.y0 >= 0, what
        assert box.y1 <= height, what


@pytest.mark.parametrize(("name", "species"), CASES)
def test_both_views_have_one_scale_and_hold_all_atoms(name: str, species: str | None) -> None:
    atoms = atoms_of(name, species)
    figure = structure_views(atoms)
    FigureCanvasAgg(figure).draw()
    scales = []
    for ax, axes in zip(figure.axes, ([0, 2], [0, 1]), strict=True):
        box = ax.get_window_extent()
        low, high = np.array([ax.get_xlim(), ax.get_ylim()]).T
        scales += [box.width / (high - low)[0], box.height / (high - low)[1]]
        radii = covalent_radii[atoms.numbers][:, None]
        assert (atoms.positions[:, axes] - radii > low).all()
        assert (atoms.positions[:, axes] + radii < high).all()
    np.testing.assert_allclose(scales, scales[0], rtol=1e-3)  # a pixel in some hundred


def test_circles_stand_where_the_atoms_do_the_nearest_last() -> None:
    atoms = build_site("moo3-bilayer-vt-s")
    side, top = structure_views(atoms).axes
    order = np.argsort(-atoms.positions[:, 1], kind="stable")
    np.testing.assert_allclose(centres(side), atoms.positions[order][:, [0, 2]], rtol=0, atol=1e-6)
    heights = atoms.positions[:, 2]
    order = np.argsort(heights, kind="stable")
    np.testing.assert_allclose(centres(top), atoms.positions[order, :2], rtol=0, atol=1e-6)
    widths = [path.get_extents().width / 2 for path in spheres(top).get_paths()]
    np.testing.assert_allclose(widths, covalent_radii[atoms.numbers[order]], rtol=1e-6)
    np.testing.assert_allclose(spheres(top).get_facecolors()[-1, :3], jmol_colors[atoms.numbers[order[-1]]], atol=1e-9)


@pytest.mark.parametrize(
    ("name", "active", "vacancies"),
    [("moo3-bilayer", 0, 0), ("moo3-bilayer-vt", 1, 1), ("moo3-bilayer-va", 2, 1), ("fe12nb-shell", 12, 0)],
)
def test_active_atoms_and_vacancies_are_marked(name: str, active: int, vacancies: int) -> None:
    figure = structure_views(build_site(name))
    for ax in figure.axes:
        assert len(rings(ax)) == active + 2 * vacancies
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert ("vacancy" in texts) == bool(vacancies)
    assert any(text.startswith("active") for text in texts) == bool(active)


def test_vacancies_stay_marked_under_an_adsorbate() -> None:
    texts = [t.get_text() for t in structure_views(atoms_of("moo3-bilayer-vt", "NNH")).legends[0].get_texts()]
    assert texts == ["H hydrogen", "N nitrogen", "O oxygen", "Mo molybdenum", "active atom (dotted: hidden)", "vacancy"]


def test_atoms_without_a_record_are_drawn_without_marks() -> None:
    figure = structure_views(Atoms("N2", positions=[[0, 0, 0], [0, 0, 1.1]]), title="a molecule")
    assert [text.get_text() for text in figure.texts] == ["a molecule", "N2, 2 atoms"]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["N nitrogen"]


def test_a_long_title_is_cut() -> None:
    figure = structure_views(build_site("m3-nb"), title="x" * 500)
    assert figure.texts[0].get_text().endswith("...")


@pytest.mark.parametrize("atoms", [Atoms(), Atoms("H", positions=[[0, 0, np.nan]])], ids=["none", "nan"])
def test_nothing_to_draw_is_a_sentence(atoms: Atoms) -> None:
    with pytest.raises(InputError, match="nothing to draw"):
        structure_views(atoms)


def test_one_picture_gives_one_file_and_pyplot_stays_out(tmp_path) -> None:
    figure = structure_views(build_site("m3-nb"))
    assert isinstance(figure, Figure)
    first, second = (save_figure(figure, tmp_path / f"{k}.png")[0].read_bytes() for k in "ab")
    assert first == second
    code = (
        "import sys\nfrom nrrsim.plot import structure_views\nfrom nrrsim.structures.catalog.lookup import build_site\n"
        "structure_views(build_site('m3-nb'))\nassert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
