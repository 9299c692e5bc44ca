"""Energies of structures: named settings, tasks that an engine runs, records of what came out, and the store of all.

It owns how a number was computed; what a structure is for (which state, which reaction) it does not know.
"""
