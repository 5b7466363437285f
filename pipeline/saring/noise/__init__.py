"""Noise: advertising, spam, navigation, widgets, comments, captions and headlines of other pages, found as edits by rules and a classifier."""

from __future__ import annotations

from saring.noise.find_edits import classifier_of, could_match, doubtful, fill, find

__all__ = ["classifier_of", "could_match", "doubtful", "fill", "find"]
