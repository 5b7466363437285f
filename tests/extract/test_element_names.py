"""pipeline/saring/extract/element_names.py: groups of words in class names, ids and roles."""

from __future__ import annotations

import pytest

from saring.extract.element_names import group_names, name_groups


@pytest.mark.parametrize(
    ("names", "group", "is_member"),
    [
        ("post-share", "share", True),
        ("postShareBar", "share", True),
        ("shareholders", "share", True),  # a prefix; the classifier weighs it
        ("timeshare", "share", False),
        ("entry__body", "body", True),
        ("navbar", "navigation", True),
        ("innavigable", "navigation", False),
        ("Kommentare", "comment", True),
    ],
)
def test_words_are_compared_from_their_start(names: str, group: str, is_member: bool) -> None:  # noqa: FBT001 - a case
    """A word of an attribute belongs to a group if it begins with one of the group's, whatever its case and separators."""
    assert bool(name_groups(names) >> group_names().index(group) & 1) is is_member


def test_groups_fit_into_a_number_of_63_bits() -> None:
    """The bit of folded elements stays free, and no two groups share a name."""
    assert len(set(group_names())) == len(group_names()) < 62
