"""Reaction networks: equations parsed, balance enforced, pathways generated and enumerated.

Knows stoichiometry and names; must not know energies, rates or files.
"""
