"""From a named site to a catalyst file: its states placed, computed, referenced to gases and collected.

It owns which structures stand for which states; how they are computed is the business of `nrrsim.dft`, what the numbers
mean for rates that of the catalyst file.
"""
