"""Take down a document: find what a request reaches, report it, and purge old releases."""
