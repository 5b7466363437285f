"""pipeline/saring/extract/layout_tables.py: nested layout tables become plain blocks, independently of memory addresses."""

from __future__ import annotations

from lxml import etree, html

from saring.extract.layout_tables import unfold_layout

PAGE = """<table role="presentation"><tr><td>
  <table role="presentation"><tr><td><table role="presentation"><tr><td>Perahu pertama</td><td>datang.</td></tr></table></td></tr></table>
  <table><tr><th>Pasar</th><th>Harga</th></tr><tr><td>Barat</td><td>12</td></tr></table>
</td></tr></table>"""


def test_nested_tables_unfold_the_same_way_wherever_they_are_in_memory() -> None:
    """Regression: with a set of elements, iterated in the order of their addresses, fifty copies of one page had three results."""
    trees = [html.fromstring(f"<body>{PAGE}</body>") for _ in range(50)]

    for tree in trees:
        unfold_layout(tree)

    assert len({etree.tostring(tree) for tree in trees}) == 1
