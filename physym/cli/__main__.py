"""`python -m physym.cli`."""

from physym.cli.app import main

main()
