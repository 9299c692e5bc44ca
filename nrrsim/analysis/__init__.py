"""What limits a catalyst: free-energy diagrams, limiting potentials, energetic spans, rate control, apparent energies.

Takes catalysts and solutions and returns frozen results; must not know files, plots or the command line.
"""
