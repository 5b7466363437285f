"""The command line: parses, calls, prints. What a person reads goes to stderr, what a program reads to stdout."""

from __future__ import annotations

from saring.cli.app import app, main
from saring.cli.corpora import report_build
from saring.cli.run import run, run_alone

__all__ = ["app", "main", "report_build", "run", "run_alone"]
