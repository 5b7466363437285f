"""Runs: the steps of a build over a workspace, what is cached between builds, what invalidates it, and the reports of the steps."""

from __future__ import annotations

from saring.core.progress import ProgressCallback
from saring.runs.build_steps import STEPS, build, locked_build, preview, run_steps
from saring.runs.clean_step import clean_pages
from saring.runs.executor import executor_for
from saring.runs.extract_step import extract_pages
from saring.runs.read_step import read_scrapes
from saring.runs.relate_step import relate_documents
from saring.runs.release_step import write_release
from saring.runs.site_lines_step import count_site_lines
from saring.runs.takedown_step import find_takedowns
from saring.runs.validate_step import validate_tables

__all__ = [
    "STEPS",
    "ProgressCallback",
    "build",
    "clean_pages",
    "count_site_lines",
    "executor_for",
    "extract_pages",
    "find_takedowns",
    "locked_build",
    "preview",
    "read_scrapes",
    "relate_documents",
    "run_steps",
    "validate_tables",
    "write_release",
]
