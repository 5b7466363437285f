"""Entry point of `python -m saring.cli`, which is the command line `saring`."""

from __future__ import annotations

from saring.cli import main

main()
