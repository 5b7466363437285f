"""Noise removal: delete ads, spam, navigation, widgets, comments, captions and other pages' headlines, by rules and a line classifier."""

from __future__ import annotations

from saring.noise.find_edits import doubtful, find, find_with_types
from saring.noise.head_lines import fill_head_fields, head_models_of
from saring.noise.line_classifier import classifier_of
from saring.noise.line_features import could_match
from saring.noise.rule_captures import fill_captures

__all__ = [
    "classifier_of",
    "could_match",
    "doubtful",
    "fill_captures",
    "fill_head_fields",
    "find",
    "find_with_types",
    "head_models_of",
]
