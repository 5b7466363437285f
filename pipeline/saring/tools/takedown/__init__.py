"""Takedown of documents on request: find the documents and releases that it affects, report them, and purge old releases."""
