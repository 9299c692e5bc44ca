"""`python -m nrrsim`."""

from nrrsim.cli import main

main()
