"""Suggest rules for noise that only a whole corpus shows: lines and strings that pages of a site repeat."""
