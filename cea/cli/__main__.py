"""Run the command line with ``python -m cea.cli``."""

from cea.cli import main

main()
