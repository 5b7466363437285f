"""Train the block classifier and the page-type model of HTML pages with LightGBM on labelled development pages.

    python bench/train_blocks.py DATA [--score] [--out pipeline/saring/extract]

Needs, besides the project and its `dev` extra: lightgbm 4. DATA is the folder that `bench/labelled.py` reads. Deterministic: the same data and code
give the same files. `--score` cross-validates instead of writing: each page is judged by weights that saw no page of its site, and the mean word F1
of the chosen blocks is printed by set and type. Train again when features change.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from bench import boosted_trees, labelled
from bench.train_lines import FOLDS, fold_of
from saring.compute import boosted_trees as trees
from saring.extract import html
from saring.extract.block_classifier import BLOCK_WEIGHTS, TYPE_WEIGHTS, page_table, select_blocks
from saring.extract.block_features import block_features
from saring.extract.page_nodes import page_starts
from saring.extract.risky_markup import scan_markup, strip_crowded_tags
from saring.extract.visible_blocks import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt
    from lxml.html import HtmlElement

    from saring.extract.block_features import Features
    from saring.extract.page_nodes import PageNodes
    from saring.extract.visible_blocks import Block

__all__ = ["LabelledPage", "block_labels", "labelled_pages", "main"]

SETS = ("aeb", "readability", "wcxb", "fundus", "snippets")
TYPES = ("article", "forum", "product", "listing", "collection", "documentation", "service")
#: How much a set counts: readability's bodies are to that tool's taste, and of the snippets' pages no body is known.
_TRUST = {"aeb": 1.0, "readability": 0.7, "wcxb": 1.0, "fundus": 1.0, "snippets": 0.4}
#: How much a page counts that is left without its frame, beside the page itself: with what stands among its main text, or bare.
_REDUCED = {"inset": 0.7, "bare": 0.3, "short": 0.7}
#: Structures that short pages keep whole, if they have fewer characters than this.
_STRUCTURES = ("ul", "ol", "dl", "table", "pre", "blockquote", "details")
_MOST_STRUCTURE = 1500
#: Blocks of a short page, at least and fewer than; parts of the frame among them, at most, and their characters, fewer than.
_SHORT, _MOST_INSETS, _MOST_INSET = (3, 14), 4, 400
#: The share of the main text that the innermost element around it holds; a stray block may stand outside.
_CONTAINER = 0.9
#: Of a page without a marked body, how much a block counts that holds no snippet.
_UNMARKED = 0.3
#: Sets other than wcxb hold articles alone, and pages without their frame are made: for the model of types they count less.
_ASSUMED_ARTICLE = 0.3
#: A page of more blocks than this is drawn from, and each block drawn counts more.
_MOST_BLOCKS = 250
#: Words in a row by which a block is found in the marked body.
_SHINGLE = 4

#: Models whose mean is taken, which differ in the features and pages that they draw; rounds of boosting for each.
_MODELS, _ROUNDS, _TYPE_ROUNDS = 3, 220, 100
_PARAMETERS = boosted_trees.PARAMETERS | {"feature_fraction": 0.3, "bagging_fraction": 0.5, "force_row_wise": False, "force_col_wise": True}
_TYPE_PARAMETERS = _PARAMETERS | {
    "objective": "multiclass",
    "num_class": len(TYPES),
    "num_leaves": 6,
    "learning_rate": 0.06,
    "min_data_in_leaf": 10,
}

_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_]+")

_PROVENANCE = {
    "made_by": "bench/train_blocks.py",
    "note": "Numbers learned from labelled pages; no text of theirs is contained.",
    "trained_on": [
        {"data": "scrapinghub/article-extraction-benchmark, half of its sites", "license": "MIT"},
        {"data": "adbar/trafilatura, half of the sites of its evaluation pages", "license": "Apache-2.0"},
        {"data": "mozilla/readability, half of the sites of its test pages", "license": "Apache-2.0"},
        {"data": "flairNLP/fundus, half of the sites of its test pages", "license": "MIT"},
        {"data": "WCXB, development part (Murrough Foley)", "license": "CC-BY-4.0"},
    ],
    "license": "Apache-2.0",
}


class LabelledPage(NamedTuple):
    """One development page.

    Attributes:
        set, site, type: where it comes from; the type is empty where it is not known.
        body: the main text that a person marked, empty where it is not known.
        nodes: what the classifier reads of it.
        labels, weights: of each block, the share of its words that is main text, and how much it counts.
    """

    set: str
    site: str
    type: str
    body: str
    nodes: PageNodes
    labels: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]


def labelled_pages(data: Path) -> Iterator[LabelledPage]:
    """Yield the development pages, parsed with the code of extraction, with a label for each block, and each once more without its frame."""
    for name in SETS:
        records = labelled.load(data, name)
        scanned = scan_markup(pl.Series([record["html"] for record in records], dtype=pl.String))
        for number, (record, content, tags, crowded) in enumerate(zip(records, *scanned, strict=True)):
            parsed = html.parse_page(record["url"], strip_crowded_tags(content, crowded), tags, may_name_author=False)
            if not isinstance(parsed, html.ParsedPage):
                continue
            page = _labelled_page(name, record, parsed)
            yield page
            if page.body:
                markup = _short_page(parsed.blocks, page.labels, np.random.default_rng(number))
                short = html.parse_page(record["url"], markup, 1, may_name_author=False)
                if isinstance(short, html.ParsedPage):
                    yield _labelled_page(name, record, short)._replace(set=f"{name}-short")
                kind, markup = "inset" if number % 2 else "bare", _without_frame(parsed.blocks, page.labels, with_insets=bool(number % 2))
                smaller = html.parse_page(record["url"], markup, 1, may_name_author=False)
                if isinstance(smaller, html.ParsedPage):
                    yield _labelled_page(name, record, smaller)._replace(set=f"{name}-{kind}")


def _labelled_page(name: str, record: dict[str, Any], parsed: html.ParsedPage) -> LabelledPage:
    """Return a parsed page with a label and a weight for each block, given its set and its record there."""
    body, nodes = record.get("gold") or "", parsed.nodes
    labels = block_labels(nodes.text, body) if body else np.array(nodes.kept, dtype=np.float64)
    weights = np.array([_TRUST[name] * (_TOKEN.search(text) is not None) for text in nodes.text])
    if not body:
        weights *= _mark_snippets(labels, nodes.text, record["have"], record["lack"])
    kind = record.get("type") or ("" if name == "snippets" else "article")
    return LabelledPage(name, labelled.site_of(record["url"]), kind, body, nodes, labels, weights)


def _short_page(blocks: Sequence[Block], labels: npt.NDArray[np.float64], rng: np.random.Generator) -> str:
    """Return the markup of a short article: a few blocks of a page's main text in a row, and among them a few parts of its frame.

    Of short pages with insets no set has many, and all that they have in common with bare ones is to be short.
    """
    from lxml.html import builder, tostring  # noqa: PLC0415 - as in extraction

    is_text = (labels >= 0.5) & np.array([not block.embedded for block in blocks])  # noqa: PLR2004 - half of its words
    places = np.flatnonzero(is_text).tolist()
    if not places:
        return ""
    begin = int(rng.integers(max(len(places) - _SHORT[0], 0) + 1))
    holders = {element for place in places for element in (blocks[place].element, *blocks[place].element.iterancestors())}
    is_frame = {blocks[place].element for place in np.flatnonzero(~is_text).tolist()}
    parts: dict[HtmlElement, HtmlElement] = {}
    for place in places[begin : begin + int(rng.integers(*_SHORT))]:
        element = blocks[place].element
        # Lists, tables, quotations and code as they are, if they are small and all text.
        whole = next((outer for outer in (element, *element.iterancestors()) if outer.tag in _STRUCTURES), None)
        if whole is not None and len(whole.text_content()) < _MOST_STRUCTURE and is_frame.isdisjoint(whole.iter()):
            parts[whole] = whole
        else:
            parts[element] = builder.E(element.tag if element.tag in ("h2", "h3", "h4", "div") else "p", blocks[place].text)
    frame = {
        part: None
        for block, is_own in zip(blocks, is_text, strict=True)
        if not (is_own or block.embedded)
        for part in [_part_of_frame(block.element, holders)]
    }
    small = [part for part in frame if part is not None and 0 < len(part.text_content()) < _MOST_INSET]
    content = list(parts.values())
    for _ in range(int(rng.integers(_MOST_INSETS + 1)) if small else 0):
        content.insert(int(rng.integers(len(content) + 1)), small[int(rng.integers(len(small)))])
    content = [deepcopy(part) for part in content]
    for part in content:
        part.tail = None
    container = ("article", "main", "div", "body")[int(rng.integers(4))]
    head = blocks[0].element.getroottree().getroot().find("head")
    body = builder.E("body", *content) if container == "body" else builder.E("body", builder.E(container, *content))
    markup: str = tostring(builder.E("html", *([] if head is None else [deepcopy(head)]), body), encoding="unicode")
    return markup


def _part_of_frame(element: HtmlElement, holders: set[HtmlElement]) -> HtmlElement | None:
    """Return the outermost element around a block of the frame that holds no main text and is not long; None where its own element does."""
    if element in holders:
        return None
    while (parent := element.getparent()) is not None and parent not in holders and len(parent.text_content()) < _MOST_INSET:
        element = parent
    return element


def _without_frame(blocks: Sequence[Block], labels: npt.NDArray[np.float64], *, with_insets: bool) -> str:
    """Return the markup of a page without its menus and teasers: such pages exist too, and must stay whole.

    Args:
        blocks: of the page, whose tree is modified.
        labels: their labels.
        with_insets: whether what stands among the main text stays, such as share bars and captions.
    """
    from lxml.html import tostring  # noqa: PLC0415 - as in extraction

    sizes: dict[Any, int] = defaultdict(int)
    for block, label in zip(blocks, labels, strict=True):
        if label >= 0.5 and not block.embedded:  # noqa: PLR2004 - half of its words
            for element in (block.element, *block.element.iterancestors()):
                sizes[element] += len(block.key)
    root = blocks[0].element.getroottree().getroot()
    body = root.find("body")
    if body is None:
        return ""
    container = None
    if with_insets and sizes:
        holders = [element for element, size in sizes.items() if size >= _CONTAINER * max(sizes.values())]
        container = max(holders, key=lambda element: sum(1 for _ in element.iterancestors()))
    for element in list(body.iter(*BLOCKS)):
        is_inset = container is not None and container in element.iterancestors()
        if element not in sizes and not is_inset and element.tag not in ("body", "br", "hr") and element.getparent() is not None:
            element.drop_tree()
    markup: str = tostring(root, encoding="unicode")
    return markup


def block_labels(texts: Sequence[str], body: str) -> npt.NDArray[np.float64]:
    """Return the share of each block's words that the marked body holds: in a row of four with its neighbours, or as a line of its own.

    Of copies of a block, the first counts, unless the body holds it as often.
    """
    marked = _tokens(body)
    shingles = {tuple(marked[place : place + _SHINGLE]) for place in range(len(marked) - _SHINGLE + 1)}
    lines = {tuple(_tokens(line)) for line in body.split("\n")}
    blocks = [tuple(_tokens(text)) for text in texts]
    words = [word for block in blocks for word in block]
    is_marked = bytearray(len(words))
    for place in range(len(words) - _SHINGLE + 1):
        if tuple(words[place : place + _SHINGLE]) in shingles:
            is_marked[place : place + _SHINGLE] = b"\1" * _SHINGLE
    labels, begin = np.zeros(len(blocks)), 0
    remaining, seen = Counter(marked), set()
    for number, block in enumerate(blocks):
        share = sum(is_marked[begin : begin + len(block)]) / max(len(block), 1)
        begin += len(block)
        if share < 0.5 and len(block) > 1 and block in lines:  # noqa: PLR2004 - half of its words; a single word says nothing
            share = 1.0
        if share >= 0.5 and len(block) > 5:  # noqa: PLR2004 - shorter ones repeat by chance
            own = Counter(block)
            if block in seen and 2 * (own & remaining).total() < len(block):
                share = 0.0
            else:
                remaining -= own
            seen.add(block)
        labels[number] = share
    return labels


def _tokens(text: str) -> list[str]:
    """Return the words of a text in lower case; in scripts without spaces, its characters."""
    return _TOKEN.findall(text.lower())


def _mark_snippets(
    labels: npt.NDArray[np.float64], texts: Sequence[str], have: Sequence[str], lack: Sequence[str]
) -> npt.NDArray[np.float64]:
    """Set the labels of blocks that hold a snippet which a person wanted, or did not want; return how much each block counts."""
    weights = np.full(len(texts), _UNMARKED)
    squashed = [" ".join(text.split()) for text in texts]
    for snippets, value in ((lack, 0.0), (have, 1.0)):
        for snippet in (" ".join(snippet.split()) for snippet in snippets):
            for number, text in enumerate(squashed):
                if snippet and snippet in text:
                    labels[number], weights[number] = value, 1.0
    return weights


class _Data:
    """Features, labels and weights of all blocks of all pages, and the features of the pages."""

    def __init__(self, pages: Sequence[LabelledPage]) -> None:
        self.pages = pages
        nodes = [page.nodes for page in pages]
        chunks = [block_features(nodes[begin : begin + 64]) for begin in range(0, len(nodes), 64)]
        self.features: dict[str, Features] = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
        self.starts, self.page = page_starts(nodes)
        self.count = np.bincount(self.page)
        self.fold = np.array([fold_of(page.site) for page in pages])
        self.labels = np.concatenate([page.labels for page in pages])
        self.words = np.expm1(self.features["words"].astype(np.float64))
        names = [name for name in self.features if not re.search(r"_(above|below)_", name)]
        own = [name for name in names if name.startswith("page_")]
        means = [f"{kind}{name}" for kind in ("mean_", "text_mean_") for name in names if not name.startswith("page_")]
        self.table = page_table(self.features, self.starts, [*own, *means])
        self.types = np.array([TYPES.index(page.type) if page.type else -1 for page in pages])
        weights = np.sqrt(np.maximum(self.words, 1)) * np.concatenate([page.weights for page in pages])
        weights *= np.array([_REDUCED.get(page.set.partition("-")[2], 1.0) for page in pages])[self.page]
        # A page of a thousand blocks counts more than one of ten, but not a hundred times more.
        self.weights = weights / np.maximum(np.bincount(self.page, weights), 1e-9)[self.page] ** 0.7
        drawn = np.random.default_rng(1).random(len(self.page)) < _MOST_BLOCKS / self.count[self.page]
        self.weights *= drawn * np.maximum(1, self.count / _MOST_BLOCKS)[self.page]

    def fit_types(self, chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
        """Train the model of page types on chosen pages."""
        # A page left without its frame still is what it was, but for a few paragraphs of it: those read like an article.
        is_typical = np.array([page.type == "article" or not page.set.endswith(("-short", "-inset")) for page in self.pages])
        chosen = chosen & (self.types >= 0) & is_typical
        weights = np.array([1.0 if page.set == "wcxb" else _ASSUMED_ARTICLE for page in self.pages])
        table = np.stack(list(self.table.values()), axis=1)
        learned = boosted_trees.fit(table[chosen], self.types[chosen].astype(float), weights[chosen], _TYPE_ROUNDS, _TYPE_PARAMETERS)
        classes = {name: learned[number :: len(TYPES)] for number, name in enumerate(TYPES)}
        return {"provenance": _PROVENANCE} | _with_used_features(list(self.table), classes)

    def type_scores(self, weights: dict[str, Any]) -> npt.NDArray[np.float32]:
        """Return the probability of each type for each page."""
        classes = {name: trees.parse_trees({"measures": weights["measures"], "trees": part}) for name, part in weights["classes"].items()}
        return trees.class_probabilities(classes, self.table, np.arange(len(self.pages)))

    def unseen_type_scores(self) -> npt.NDArray[np.float32]:
        """Return the probability of each type for each page, by models that saw no page of its site."""
        scores = np.zeros((len(self.pages), len(TYPES)), dtype=np.float32)
        for fold in range(FOLDS):
            is_tested = self.fold == fold
            scores[is_tested] = self.type_scores(self.fit_types(~is_tested))[is_tested]
        return scores

    def fit_blocks(self, chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
        """Train the block classifier on the blocks of chosen pages."""
        rows = chosen[self.page] & (self.weights > 0)
        matrix = np.stack([values[rows] for values in self.features.values()], axis=1)
        labels, weights = np.round(self.labels[rows]), self.weights[rows]
        models = [boosted_trees.fit(matrix, labels, weights, _ROUNDS, _PARAMETERS | {"seed": seed}) for seed in range(_MODELS)]
        # The mean of several models as one: their trees together, with outputs divided by their number.
        learned = [tree | {"leaf": [round(leaf / _MODELS, 5) for leaf in tree["leaf"]]} for model in models for tree in model]
        used = _with_used_features(list(self.features), {"": learned})
        return {"provenance": _PROVENANCE, "measures": used["measures"], "trees": used["classes"][""]}


def _with_used_features(names: list[str], classes: dict[str, list[dict[str, list[float]]]]) -> dict[str, Any]:
    """Return trees whose splits count the used features alone, so that others need not be computed."""
    used = sorted({int(number) for part in classes.values() for tree in part for number in tree["feature"]})
    place = {number: index for index, number in enumerate(used)}
    renumbered = {
        name: [tree | {"feature": [place[int(number)] for number in tree["feature"]]} for tree in part] for name, part in classes.items()
    }
    return {"measures": [names[number] for number in used], "classes": renumbered}


def _score(data: _Data, word_f1: Callable[[str, str], float]) -> None:
    """Print the mean word F1 of the chosen blocks by set and type, and how often the type is right, cross-validated by site."""
    type_scores = data.unseen_type_scores()
    right = (type_scores.argmax(axis=1) == data.types)[[page.set == "wcxb" for page in data.pages]]
    print(f"type of wcxb pages right: {right.mean():.3f}")
    scores = np.zeros(len(data.page))
    for fold in range(FOLDS):
        is_tested = data.fold == fold
        weights = trees.parse_trees(data.fit_blocks(~is_tested))
        rows = np.flatnonzero(is_tested[data.page])
        scores[rows] = trees.probabilities(weights, data.features, rows)
    results, lost = defaultdict(list), defaultdict(list)
    article = type_scores[:, TYPES.index("article")].tolist()
    for number, (page, begin, count) in enumerate(zip(data.pages, data.starts.tolist(), data.count.tolist(), strict=True)):
        if page.body:
            is_text = select_blocks(scores[begin : begin + count], data.words[begin : begin + count], article[number])
            text = "\n".join(line for line, is_kept in zip(page.nodes.text, is_text.tolist(), strict=True) if is_kept)
            results[page.set].append(word_f1(page.body, text))
            if page.set == "wcxb":
                results[page.type].append(results[page.set][-1])
        if page.set.endswith("-bare"):
            lost[page.set].append(1 - is_text[page.labels >= 0.5].mean())  # noqa: PLR2004 - half of its words
    for name, values in results.items():
        print(f"{name:18s} {len(values):5d} pages  word F1 {np.mean(values):.4f}")
    for name, values in lost.items():
        print(f"{name:18s} {len(values):5d} pages  blocks of main text lost {np.mean(values):.4f}")


def main() -> None:
    """Parse arguments, and train on all pages or cross-validate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--score", action="store_true")
    parser.add_argument("--out", type=Path, default=BLOCK_WEIGHTS.parent)
    options = parser.parse_args()
    data = _Data(list(labelled_pages(options.data)))
    print(f"{len(data.pages)} pages, {len(data.page)} blocks, {len(data.features)} features")
    if options.score:
        _score(data, labelled.scorer(options.data).word_f1)
        return
    every = np.ones(len(data.pages), dtype=bool)
    boosted_trees.write(data.fit_types(every), options.out / TYPE_WEIGHTS.name)
    boosted_trees.write(data.fit_blocks(every), options.out / BLOCK_WEIGHTS.name)
    for file in (TYPE_WEIGHTS, BLOCK_WEIGHTS):
        print(f"{options.out / file.name}: {(options.out / file.name).stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
