"""The command line: parses arguments, calls the library and prints results, messages for people to stderr and data for programs to stdout."""

from __future__ import annotations

from saring.cli.app import app, main
from saring.cli.corpora import report_build
from saring.cli.run import run, run_alone

__all__ = ["app", "main", "report_build", "run", "run_alone"]
