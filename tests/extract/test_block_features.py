"""pipeline/saring/extract/block_features.py: features of blocks do not depend on the batch, and mean what they say."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml.html import document_fromstring

from saring.extract.align_blocks import align
from saring.extract.block_features import block_features
from saring.extract.json_ld import read_json_ld
from saring.extract.page_nodes import PageNodes, PageTexts, page_nodes
from saring.extract.page_signals import page_signals
from saring.extract.visible_blocks import visible_blocks
from tests.fixtures.markup import MARKUP


def nodes_of(markup: str, kept: str = "") -> PageNodes:
    """Return the nodes of a page of which extraction kept some text."""
    tree = document_fromstring(f"<body>{markup}</body>")
    signals = page_signals(tree, read_json_ld(tree, [], []), None)
    blocks = visible_blocks(tree)
    align(blocks, kept.split("\n"))
    return page_nodes(blocks, PageTexts("", "", ""), signals)


@settings(max_examples=30, deadline=None)
@given(pages=st.lists(MARKUP, min_size=1, max_size=4))
def test_features_do_not_depend_on_the_batch(pages: list[str]) -> None:
    """A page has the same features alone and beside others, and all are finite."""
    nodes = [page for page in map(nodes_of, pages) if page.text]
    together = block_features(nodes) if nodes else {}
    alone = [block_features([page]) for page in nodes]

    for name, values in together.items():
        assert np.isfinite(values).all(), name
        np.testing.assert_allclose(values, np.concatenate([features[name] for features in alone]), rtol=1e-5, atol=1e-6, err_msg=name)


def test_features_describe_ancestors_siblings_and_witnesses() -> None:
    """Links of the container, distance of outer tags and names, size of a series, and what extraction kept."""
    markup = "<nav><a href='/'>Home of boats</a></nav><div class='post'><p>One boat here.</p></div><div class='post'><p>Two boats.</p></div><div class='post'><p>Three.</p></div>"
    features = block_features([nodes_of(markup, "Two boats.")])

    assert features["link_density"].tolist() == [1, 0, 0, 0]
    assert features["in_nav"].tolist() == [0, 20, 20, 20]
    assert features["named_article"].tolist() == [20, 20, 20, 20]
    np.testing.assert_allclose(features["siblings_1"][1:], np.log1p(3), rtol=1e-5)
    assert features["kept"].tolist() == [0, 0, 1, 0]
    assert features["kept_of_0"].tolist() == [0, 0, 1, 0]
    assert features["kept_below_1"].tolist() == [0, 1, 0, -1]
