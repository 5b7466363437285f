"""The command line: parses arguments, calls the library, prints data for programs to stdout and messages for people to stderr."""

from __future__ import annotations

from saring.cli.app import app, main
from saring.cli.corpora import report_build
from saring.cli.run import run, run_alone

__all__ = ["app", "main", "report_build", "run", "run_alone"]
