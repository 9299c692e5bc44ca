"""Pictures of results: energy diagrams, coverages, rate control and structures, and their writing to files.

Owns layout and wording of figures; must not know files of catalysts, solve anything or hold pyplot state.
"""

from nrrsim.plot.coverages import coverages, rate_control
from nrrsim.plot.energy_diagram import energy_diagram
from nrrsim.plot.particles import b5_shares
from nrrsim.plot.saving import save_figure
from nrrsim.plot.structures import structure_views

__all__ = ["b5_shares", "coverages", "energy_diagram", "rate_control", "save_figure", "structure_views"]
