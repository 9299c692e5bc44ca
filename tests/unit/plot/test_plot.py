from __future__ import annotations

import functools
import itertools
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from nrrsim.analysis.diagram import Diagram, free_energy_diagram
from nrrsim.core.conditions import Conditions
from nrrsim.errors import InputError
from nrrsim.io.catalog import load
from nrrsim.plot import coverages, energy_diagram, rate_control, save_figure
from nrrsim.plot.labels import chemical

CASES = [
    *((name, U) for name in ("tio2-mo", "tio2-w", "tio2-ru") for U in (0.0, -0.5)),
    ("ru-step", None),
    ("ru-terrace", None),
]


@functools.cache
def diagram_of(name: str, U: float | None) -> Diagram:
    catalyst = load(name)
    if U is None:
        assert catalyst.conditions is not None
        return free_energy_diagram(catalyst, catalyst.conditions)
    return free_energy_diagram(catalyst, Conditions(T=300, U_RHE=U, pH=0))


def drawn(figure: Figure) -> FigureCanvasAgg:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas


def boxes(ax: Axes) -> dict[str, Bbox]:
    """Window extents of the labels among the lines and of the legend."""
    renderer = drawn(ax.figure).get_renderer()
    labels = [t for t in ax.texts if t.get_text() and t.get_position() != (0, 9)]  # (0, 9): the line of conditions
    found = {f"{t.get_text()} #{k}": Text.get_window_extent(t, renderer) for k, t in enumerate(labels)}
    return {**found, "legend": ax.get_legend().get_window_extent(renderer)}


@pytest.mark.parametrize(("name", "U"), CASES)
def test_labels_overlap_neither_each_other_nor_the_legend_and_stay_within(name, U):
    ax = energy_diagram(diagram_of(name, U))
    found = boxes(ax)
    for (a, first), (b, second) in itertools.combinations(found.items(), 2):
        assert not first.overlaps(second), f"{a} over {b}"
    whole = ax.figure.get_tightbbox(ax.figure.canvas.get_renderer())  # [in]
    width, height = ax.figure.get_size_inches()
    assert 0 <= whole.x0 <= whole.x1 <= width
    assert 0 <= whole.y0 <= whole.y1 <= height
    frame = ax.get_window_extent()
    for label, box in found.items():
        assert box.x0 >= frame.x0, label
        assert box.x1 <= frame.x1, label
        assert box.y0 >= frame.y0, label
        assert box.y1 <= frame.y1, label


@pytest.mark.parametrize(("name", "U"), CASES)
def test_every_state_shown_is_labelled(name, U):
    diagram = diagram_of(name, U)
    ax = energy_diagram(diagram, pathways=[diagram.pathways[0].name])
    pathway = diagram.pathways[0]
    extra = sum(s.count > 1 for s in pathway.steps)
    texts = [t.get_text() for t in ax.texts if t.get_text() and "eV" not in t.get_text()]
    assert len(texts) - extra >= len(pathway.states) + 1


def test_shared_states_are_labelled_once():
    ax = energy_diagram(diagram_of("tio2-mo", 0.0))
    texts = [t.get_text() for t in ax.texts]
    assert texts.count(r"$\mathrm{N_2^*}$") == 1
    assert texts.count(r"$\mathrm{HNNH_2^*}$") == 1


def test_default_pathways_are_the_best_and_the_canonical_in_the_order_of_the_diagram():
    diagram = diagram_of("tio2-mo", 0.0)
    legend = [t.get_text() for t in energy_diagram(diagram).get_legend().get_texts()]
    assert [text.split(",")[0].split("\n")[0] for text in legend] == [
        "mixed: NNH",
        "alternating",
        "distal",
        "dissociative",
    ]
    assert "best, $U_L$ = −0.47 V" in legend[0]
    assert legend[2] == "distal, $U_L$ = −0.95 V"
    two = energy_diagram(diagram, max_pathways=2).get_legend().get_texts()
    assert len(two) == 2
    assert "best" in two[0].get_text()


def test_the_determining_step_is_marked_at_the_potential():
    texts = [t.get_text() for t in energy_diagram(diagram_of("tio2-mo", 0.0)).texts]
    assert "PDS 0.47 eV" in texts
    texts = [t.get_text() for t in energy_diagram(diagram_of("tio2-mo", -0.5)).texts]
    assert "PDS −0.03 eV\n(0.47 eV at 0 V)" in texts


def test_thermal_diagrams_name_the_span_and_its_states():
    diagram = diagram_of("ru-step", None)
    ax = energy_diagram(diagram)
    texts = [t.get_text() for t in ax.texts]
    assert "TDI" in texts
    assert any(t.startswith("TDTS") for t in texts)
    assert f"{diagram.pathways[0].span.energy:.2f} eV" in ax.get_legend().get_texts()[0].get_text()
    for step in diagram.pathways[0].steps:
        if step.barrier is not None and step.count == 1 and step.barrier > max(step.dG, 0.0) + 0.05:
            assert any(f"{step.barrier:.2f} eV" in t for t in texts), step.equation


def test_hydrogen_stands_beside_only_in_a_figure_of_its_own():
    diagram = diagram_of("ru-step", None)
    assert diagram.her.dG_H is not None
    assert len(energy_diagram(diagram).figure.axes) == 2
    figure = Figure(figsize=(10, 6))
    ax = figure.add_subplot()
    assert energy_diagram(diagram, ax=ax) is ax
    assert figure.axes == [ax]


def test_electrons_align_the_pathways():
    ax = energy_diagram(diagram_of("tio2-mo", 0.0))
    assert [t.get_text() for t in ax.get_xticklabels()] == list("0123456")
    assert list(ax.get_xticks()) == sorted(ax.get_xticks())


def test_small_axes_never_overlap_labels():
    figure = Figure(figsize=(7, 5))
    for ax, (name, U) in zip(figure.subplots(1, 2), (("tio2-mo", -0.3), ("ru-step", None)), strict=True):
        energy_diagram(diagram_of(name, U), ax=ax)
        found = boxes(ax)
        found.pop("legend")  # may cover lines where there is no room at all
        for (a, first), (b, second) in itertools.combinations(found.items(), 2):
            assert not first.overlaps(second), f"{a} over {b}"


def test_unknown_or_no_pathways_are_refused():
    diagram = diagram_of("tio2-mo", 0.0)
    with pytest.raises(InputError, match=r"no pathway 'distl'.*did you mean 'distal'"):
        energy_diagram(diagram, pathways=["distl"])
    with pytest.raises(InputError, match="no pathway of tio2-mo to draw"):
        energy_diagram(diagram, pathways=[])
    with pytest.raises(InputError, match="max_pathways = 0"):
        energy_diagram(diagram, max_pathways=0)


def test_rcparams_stay_as_they_are():
    before = dict(mpl.rcParams)
    energy_diagram(diagram_of("ru-step", None))
    coverages({"N*": 0.5, "*": 0.5})
    rate_control({"N2* + * <-> 2N*": 1.0})
    assert dict(mpl.rcParams) == before


def test_pyplot_is_never_imported(tmp_path: Path):
    code = (
        "import sys\n"
        "from nrrsim.plot import coverages, energy_diagram, save_figure\n"
        f"save_figure(coverages({{'N*': 0.5}}), {str(tmp_path / 'a.png')!r})\n"
        "assert callable(energy_diagram)\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_png_comes_with_a_pdf(tmp_path: Path):
    written = save_figure(coverages({"N*": 0.5}), tmp_path / "a.png")
    assert written == (tmp_path / "a.png", tmp_path / "a.pdf")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.pdf", "a.png"]


@pytest.mark.parametrize("suffix", ["pdf", "svg"])
def test_a_vector_format_comes_alone(tmp_path: Path, suffix: str):
    ax = rate_control({"a": 1.0})
    assert save_figure(ax.figure, tmp_path / f"a.{suffix}") == (tmp_path / f"a.{suffix}",)
    assert [p.name for p in tmp_path.iterdir()] == [f"a.{suffix}"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target = tmp_path / "a.pdf"
    target.write_text("old")
    ax = coverages({"N*": 0.5})

    def half(path: Path, **_: object) -> None:
        Path(path).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ax.figure, "savefig", half)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        save_figure(ax, target)
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.pdf"]


def test_an_unwritable_place_or_unknown_suffix_is_a_sentence(tmp_path: Path):
    ax = coverages({"N*": 0.5})
    with pytest.raises(InputError, match=r"cannot be written: No such file or directory.*Remedy"):
        save_figure(ax, tmp_path / "missing" / "a.png")
    with pytest.raises(InputError, match="no suffix of a figure format"):
        save_figure(ax, tmp_path / "a")


def test_coverages_are_sorted_and_written():
    ax = coverages({"NH2*t": 4.2e-9, "N*": 0.62, "H*": 0.0})
    assert ax.get_xscale() == "log"
    assert [t.get_text() for t in ax.get_yticklabels()] == [
        r"$\mathrm{N^*}$",
        r"$\mathrm{NH_2^{*t}}$",
        r"$\mathrm{H^*}$",
    ]
    assert [t.get_text() for t in ax.texts] == ["0.62", "4.2 × $10^{-9}$", "0"]
    assert [round(p.get_x() + p.get_width(), 12) for p in ax.patches] == [0.62, 4.2e-9]
    assert [round(t.get_position()[0]) for t in ax.get_yticklabels()] == [0, 0, 0]


def test_rate_control_is_sorted_by_size():
    ax = rate_control({"a": 0.1, "b": -0.4, "c": 1.3})
    assert [t.get_text() for t in ax.get_yticklabels()] == ["c", "b", "a"]
    assert [p.get_width() for p in ax.patches] == pytest.approx([1.3, -0.4, 0.1], rel=1e-12)


@pytest.mark.parametrize("draw", [coverages, rate_control])
def test_nothing_or_nan_to_draw_is_refused(draw):
    with pytest.raises(InputError, match=r"there is no .* to draw"):
        draw({})
    with pytest.raises(InputError, match="is nan"):
        draw({"N*": float("nan")})


def test_negative_coverage_is_refused():
    with pytest.raises(InputError, match="negative"):
        coverages({"N*": -0.1})


def test_a_name_s_own_dollars_are_no_mathematics(tmp_path):
    figure = Figure()
    figure.suptitle(chemical(r"$\ce{MoO3}$ at $5"))
    save_figure(figure, tmp_path / "name.svg")
    assert chemical(r"$\frac{a}$") == r"\$\frac{a}\$"
