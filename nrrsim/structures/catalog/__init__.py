"""Named sites: what each name builds, group by group, and which published catalyst systems each stands for.

It owns names and the choices behind them (cells, layers, terminations); the geometry itself is the builders' beside it.
"""
