"""Runs of a build: its steps over a workspace, their cache, and what invalidates it."""

from __future__ import annotations

from saring.core.progress import Tell
from saring.runs.build_steps import STEPS, build, preview
from saring.runs.clean_step import clean_pages
from saring.runs.corpus_steps import relate_documents, validate_tables, write_release
from saring.runs.executor import crew_of
from saring.runs.extract_step import extract_pages
from saring.runs.read_step import read_scrapes
from saring.runs.site_lines_step import survey_sites

__all__ = [
    "STEPS",
    "Tell",
    "build",
    "clean_pages",
    "crew_of",
    "extract_pages",
    "preview",
    "read_scrapes",
    "relate_documents",
    "survey_sites",
    "validate_tables",
    "write_release",
]
