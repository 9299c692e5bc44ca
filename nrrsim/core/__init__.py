"""The vocabulary: species, steps and conditions as frozen values.

Knows composition, sites, charge and units; knows no energies, no networks and no files.
"""
