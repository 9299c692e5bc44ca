"""Catalyst files: read, validated, turned into mechanisms.

Knows YAML and the file format; must not know solvers' insides, plots or the command line.
"""
