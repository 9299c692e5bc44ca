"""nrrsim: from the atoms of a catalyst to the rates of N2 -> NH3."""
