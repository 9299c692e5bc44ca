"""A page with a picture of every named site.

Run it with `make gallery`, or `python workflows/gallery.py [FOLDER] [--quick]`. It writes FOLDER/gallery.md and its
pictures into FOLDER/pictures/sites; in the repository FOLDER is docs.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from nrrsim.plot import structure_views
from nrrsim.structures.catalog.checklist import checked
from nrrsim.structures.catalog.entry import NamedSite
from nrrsim.structures.catalog.lookup import build_site, groups
from nrrsim.structures.catalog.systems import systems_of

PICTURES = Path("pictures") / "sites"
DPI, COLOURS = 80, 48  # small files: a page holds more than a hundred pictures

INTRODUCTION = """\
# Gallery of named sites

Made by `make gallery`; `nrrsim build NAME` builds each. Every structure is unrelaxed. Left a side view, right a top
view; rings mark active atoms, dashed circles vacancies. Systems are the rows of `nrrsim build --checklist`, the
distance is the smallest one over the sum of covalent radii, the sites are the distinct adsorption sites.
"""


def main(outdir: str | Path, *, quick: bool = False) -> None:
    """Write the page and its pictures; `quick` takes the first site of each group."""
    folder = Path(outdir)
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    parts = [INTRODUCTION]
    for group, entries in groups().items():
        parts.append(f"## {group}\n")
        parts += [section(entry, folder) for entry in (entries[:1] if quick else entries)]
    page = folder / "gallery.md"
    page.write_text("\n".join(parts), encoding="utf-8")
    print(f"wrote {page}")


def section(entry: NamedSite, folder: Path) -> str:
    """Draw one site; its lines of the page."""
    found = checked(entry.name)
    picture = PICTURES / f"{entry.name.replace('@', '-on-').replace('#', '-')}.png"
    draw(entry, folder / picture)
    print(f"wrote {folder / picture}")
    systems = ", ".join(systems_of(entry.name)) or "none"
    facts = (
        f"{found.formula}, {found.atoms} atoms, distance {found.closeness:.2f}, "
        f"{found.adsorption_sites} sites, systems: {systems}. `{found.builder}`"
    )
    shown = f"![{entry.name}]({picture.as_posix()})"
    return f"### {entry.name}\n\n{entry.description}. {facts}\n\n{shown}\n"


def draw(entry: NamedSite, path: Path) -> None:
    """Write the picture of a site with few colours."""
    full = io.BytesIO()
    structure_views(build_site(entry.name)).savefig(full, dpi=DPI, format="png")
    Image.open(full).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def run(arguments: Sequence[str]) -> None:
    """From the command line: an output folder, and `--quick` or not."""
    folders = [argument for argument in arguments if argument != "--quick"]
    main(folders[0] if folders else "docs", quick="--quick" in arguments)


if __name__ == "__main__":
    run(sys.argv[1:])
