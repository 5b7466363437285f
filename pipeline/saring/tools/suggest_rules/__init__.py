"""Suggest noise rules from an entire corpus: for lines and strings that the pages of a site repeat."""
