"""Steady states of the rate equations, certified.

Knows topologies and rate constants as arrays; must not know energies, species' chemistry or files.
"""
