"""pipeline/saring/extract/site_name.py: only the name of the site is removed from titles."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from saring.extract.site_name import name_key, without_site

NAMES = st.sampled_from(["Quay News", "Roof", "at last", "2024"])


@given(
    parts=st.lists(NAMES, min_size=1, max_size=5), separators=st.lists(st.sampled_from([" - ", " | ", ": ", " — ", "-", " "]), min_size=4)
)
def test_only_the_sites_name_leaves_a_title(parts: list[str], separators: list[str]) -> None:
    """Only the site's name is removed, once or several times, from the ends of the title."""
    title = "".join(part + separator for part, separator in zip(parts, [*separators, ""], strict=False)).strip(" -|:—")
    shortened = without_site(title, {name_key("Quay News")})

    assert shortened in title
    assert set(name_key(title.replace(shortened, "", 1)).replace("quaynews", "")) == set()
