"""The command line: one module per verb, tables for people and JSON for programs.

Parses options and prints results; must not compute anything. Heavy imports happen inside the verbs.
"""

from __future__ import annotations

from nrrsim.cli.app import main

__all__ = ["main"]
