"""`python -m saring.cli` is `saring`."""

from __future__ import annotations

from saring.cli import main

main()
