"""Train the models that find headline, byline and date of flat pages, and write their weights as JSON.

    python bench/train_head_lines.py DATA [--out FILE] [--folds FOLDER]

Needs, besides the project and its `dev` extra: lightgbm 4. DATA is the folder that `bench/labelled.py` reads. Candidates are labelled by the
title, authors and date that the data declare for each page; pages are flattened in several ways, with and without their URL, and bodies
stand alone too, with and without their title, so that a text without a head keeps its first line. The models of byline and date get the
headlines that models of the other sites choose. `--folds` also writes weights for each fold of sites, which `bench/head_lines.py --weights` scores.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from bench import boosted_trees, labelled
from bench.head_lines import SETS, SOCIAL_TITLE, articles, days, fold_authors, page_titles, title_keys, true_authors
from bench.train_lines import FOLDS, fold_of
from saring.compute import boosted_trees as evaluation
from saring.config import default_config
from saring.core import lines
from saring.core.tables import TIME
from saring.noise import head_candidates, head_lines, line_features, line_rules, rule_scopes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

__all__ = ["main"]

#: The least scores at which a field is filled, chosen from the table that `main` prints, which is of sites that the models have not seen;
#: `headline_alone` is for pages whose address says nothing, `headline_confirmed` for lines with a date or "By" below them,
#: `byline_labelled` for lines with a word such as "By".
_THRESHOLDS = {"headline": 0.5, "headline_alone": 0.6, "headline_confirmed": 0.4, "byline": 0.7, "byline_labelled": 0.45, "date": 0.8}
_ROUNDS = {"headline": 160, "byline": 120, "date": 90}
_PARAMETERS = boosted_trees.PARAMETERS | {"learning_rate": 0.08, "min_data_in_leaf": 15, "feature_fraction": 0.3, "lambda_l2": 10.0}

#: A line that has more than this share of a title's words is no certain example of a line that is no title.
_SIMILAR = 0.5

_AUTHOR = re.compile(r"""<meta[^>]+(?:property|name)=["'](?:author|article:author)["'][^>]+content=["']([^"'>]+)["']""", re.IGNORECASE)
_DATE = re.compile(
    r"""<meta[^>]+(?:property|name)=["']article:published_time["'][^>]+content=["'](\d{4}-\d\d-\d\dT[\d:]{8}(?:[+-]\d\d:\d\d)?)""",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")

_PROVENANCE = {
    "made_by": "bench/train_head_lines.py",
    "note": "Numbers learned from labelled pages; no text of theirs is contained.",
    "trained_on": [
        {"data": "flairNLP/fundus, half of the sites of its test pages", "license": "MIT"},
        {"data": "WCXB, Murrough Foley, articles of its development part", "license": "CC-BY-4.0"},
        {"data": "scrapinghub/article-extraction-benchmark, half of its sites", "license": "MIT"},
        {"data": "adbar/trafilatura, half of the sites of its evaluation pages", "license": "Apache-2.0"},
        {"data": "mozilla/readability, half of the sites of its test pages", "license": "Apache-2.0"},
    ],
    "license": "Apache-2.0",
}


class _Page(NamedTuple):
    """One text of one development page, with what its data declare.

    Attributes:
        record: of the data.
        text: flattened.
        url: of the page, or None where the text stands without it.
        parts: which of title, authors and date the text may hold.
        weight: of its candidates.
        titles: as `page_titles` returns them.
    """

    record: dict[str, Any]
    text: str
    url: str | None
    parts: frozenset[str]
    weight: float
    titles: set[str]


class _Samples(NamedTuple):
    """Candidates of all pages, and labels: 1, 0 or NaN (not trained on) by model."""

    candidates: head_candidates.Candidates
    page: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]
    weight: npt.NDArray[np.float64]
    labels: dict[str, npt.NDArray[np.float64]]


def _pages(data: Path) -> Iterator[_Page]:
    """Yield the development pages in all their forms."""
    functions = labelled.flattenings(data)
    chance = random.Random(1)  # noqa: S311 - no secret
    every = frozenset(("title", "author", "date"))
    for name, factor in (("fundus", 4.0), ("wcxb", 1.0), *((name, 1.0) for name in labelled.SETS)):
        for record in _records(data, name):
            titles = page_titles(record)
            for flattening in ("blocks", "inscriptis", "blocks_img") if name in SETS else ("blocks", "inscriptis"):
                text = functions[flattening](record["html"])
                for url in (record["url"], None):
                    yield _Page(
                        record, text, url, every, factor * (1.0 if url else 0.5) * (0.5 if flattening == "blocks_img" else 1), titles
                    )
            if name in SETS:
                for scripted in (_ideographs, _syllables):
                    foreign = scripted(functions["blocks"](record["html"]))
                    other = {**record, "title": scripted(record["title"] or ""), "author": None}
                    yield _Page(other, foreign, None, every - {"author"}, factor * 0.3, title_keys(other["title"]))
            gold = "\n".join(line for line in record.get("gold", "").split("\n") if line.strip())
            if gold and record["title"]:
                gap = chance.choice(["\n", "\n\n"])
                headed = f"{record['title']}{gap}{gold.replace(chr(10), gap)}"
                yield _Page(record, headed, None, frozenset(("title",)), factor * 0.4, titles)
                yield _Page(record, gold, chance.choice([record["url"], None]), frozenset(), factor * 0.8, titles)


def _letters(word: re.Match[str], first: int, size: int) -> str:
    """Return two letters of a script for a word, the same each time."""
    number = int(hashlib.sha256(word[0].lower().encode()).hexdigest(), 16)
    return chr(first + number % size) + chr(first + number // size % size)


def _ideographs(text: str) -> str:
    """Return a text as it would stand in ideographs, without spaces and capitals: few development pages are Chinese or Japanese."""
    written = _WORD.sub(lambda word: _letters(word, 0x4E00, 0x5000), text)
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", re.sub(r"\.(?=\s|$)", "。", written.replace(", ", "，")))


def _syllables(text: str) -> str:
    """Return a text as it would stand in Hangul: with spaces, without capitals."""
    return _WORD.sub(lambda word: _letters(word, 0xAC00, 0x2BA0), text)


def _records(data: Path, name: str) -> list[dict[str, Any]]:
    """Return the records of one set; those of the sets without title, authors and date with what their markup declares for machines."""
    if name in SETS:
        return articles(data, name)
    records = []
    for record in labelled.load(data, name):
        title = SOCIAL_TITLE.findall(record["html"])
        author, date = (_meta(record["html"], pattern) for pattern in (_AUTHOR, _DATE))
        if title and len(title[0]) > 15:  # noqa: PLR2004 - shorter ones are names of sites
            plain = author if author and not re.search(r"[/@|:]", author) else None
            records.append({**record, "title": html.unescape(title[0]), "author": plain, "date": date})
    return records


def _meta(markup: str, pattern: re.Pattern[str]) -> str | None:
    """Return the first value that markup declares, or None."""
    match = pattern.search(markup)
    return html.unescape(match[1]) if match else None


def _samples(pages: Sequence[_Page]) -> _Samples:
    """Find the candidates of all pages with the code of the noise step, and label them."""
    rules = default_config().rules
    texts = pl.DataFrame(
        {
            "id": [f"{number:09d}" for number in range(len(pages))],
            "text": [page.text.strip("\n") for page in pages],
            "url": [page.url for page in pages],
            "source": [""] * len(pages),
            "added": pl.Series([None] * len(pages), dtype=TIME),
        }
    )
    table = line_features.line_features(lines.split_lines(texts))
    noisy = line_rules.find_noisy_lines(table, rules, rule_scopes.ScopeFilter(texts, table, rules))
    is_deleted = np.zeros(table.height, dtype=np.bool_)
    is_deleted[noisy["row"].to_numpy()] = True
    candidates = head_candidates.find_candidates(table, texts, is_deleted, np.zeros(table.height, dtype=np.bool_))
    assert candidates is not None
    page = candidates.table["id"].cast(pl.Int64).to_numpy().astype(np.intp)
    fold = np.array([fold_of(labelled.site_of(entry.record["url"])) for entry in pages])[page]
    size = np.bincount(page, minlength=len(pages))[page]
    weight = np.array([entry.weight for entry in pages])[page] / np.sqrt(size)
    return _Samples(candidates, page, fold, weight, _labels(pages, page, candidates))


def _labels(
    pages: Sequence[_Page], page: npt.NDArray[np.intp], candidates: head_candidates.Candidates
) -> dict[str, npt.NDArray[np.float64]]:
    """Label candidates: whether they hold the title, some of the authors and no one else, the day."""
    table, features = candidates.table, candidates.features
    labels = {name: np.zeros(table.height) for name in ("headline", "byline", "date")}
    # Pages that show the title that they declare: there another heading is not it.
    declared = {
        number
        for number, text in zip(page, table["text"], strict=True)
        if pages[number].record["title"] and title_keys(text) & title_keys(pages[number].record["title"])
    }
    firsts, sentences = features["from_start"] == 0, features["ends"] == 1
    for row, (number, text, names, created, offset, is_first, is_sentence) in enumerate(
        zip(page, table["text"], table["names"].to_list(), table["created"], table["created_offset"], firsts, sentences, strict=True)
    ):
        entry = pages[number]
        labels["headline"][row] = _title_label(entry, text, shown=number not in declared)
        if not entry.parts and is_first and not is_sentence:
            labels["headline"][row] = float("nan")  # bodies begin with a heading or a summary, which may stand for a headline
        labels["byline"][row] = _byline_label(entry, names)
        labels["date"][row] = float("nan") if created is None else _date_label(entry, created.isoformat(), offset)
    return labels


def _title_label(entry: _Page, text: str, *, shown: bool) -> float:
    """Return 1 for the declared title, or for one that the page shows instead; NaN where that is not certain; else 0.

    Args:
        entry: the page.
        text: the line.
        shown: whether the titles that the page shows count, since it has no line with the declared one.
    """
    if not entry.record["title"]:
        return float("nan")
    keys, own = title_keys(entry.record["title"]), title_keys(text)
    if "title" in entry.parts and (keys & own or (shown and entry.titles & own)):
        return 1.0
    if "title" in entry.parts and not shown:
        return 0.0
    words, own_words = set(" ".join(keys).split()), set(" ".join(own).split())
    return float("nan") if len(words & own_words) > _SIMILAR * max(min(len(words), len(own_words)), 3) else 0.0


def _byline_label(entry: _Page, names: Sequence[str]) -> float:
    """Return 1 where a line names authors and no one else, 0 where it names others, NaN where it names none or none are declared."""
    if not names or not (entry.record["author"] or "author" not in entry.parts):
        return float("nan")
    return float("author" in entry.parts and fold_authors(names) <= true_authors(entry.record["author"]))


def _date_label(entry: _Page, created: str, offset: int | None) -> float:
    """Return 1 for the day that the page declares, 0 for another, NaN where it declares none."""
    if "date" in entry.parts and not entry.record["date"]:
        return float("nan")
    return float("date" in entry.parts and bool(days(created, offset) & days(entry.record["date"], None)))


def _fit(samples: _Samples, name: str, features: dict[str, npt.NDArray[np.float32]], chosen: npt.NDArray[np.bool_]) -> list[Any]:
    """Train one model on the chosen candidates that have a label."""
    labels = samples.labels[name]
    chosen = chosen & ~np.isnan(labels)
    matrix = np.stack([values[chosen] for values in features.values()], axis=1)
    # A page has one headline among dozens of candidates.
    balance = np.where(labels[chosen] == 1, 2.0, 1.0)
    return boosted_trees.fit(matrix, labels[chosen], samples.weight[chosen] * balance, _ROUNDS[name], _PARAMETERS)


def _scores(trees: list[Any], features: dict[str, npt.NDArray[np.float32]], rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """Score some candidates with trees as they are written."""
    return evaluation.probabilities(evaluation.parse_trees({"measures": list(features), "trees": trees}), features, rows)


def _train(samples: _Samples, pages: Sequence[_Page]) -> tuple[dict[str, list[Any]], dict[int, dict[str, list[Any]]]]:
    """Train all models on all sites, and on the sites outside of each fold; return both."""
    by_fold: dict[int, dict[str, list[Any]]] = {fold: {} for fold in range(FOLDS)}
    final: dict[str, list[Any]] = {}
    empty = np.zeros(len(samples.page), dtype=np.bool_)
    features = samples.candidates.features | head_lines.headline_features(samples.candidates, empty)
    base = {name: values for name, values in features.items() if name in samples.candidates.features}
    for name in ("headline", "byline", "date"):
        # The headline is scored before there is one: its model must not split on what refers to it.
        own = base if name == "headline" else features
        scores = np.zeros(len(samples.page), dtype=np.float32)
        for fold in range(FOLDS):
            by_fold[fold][name] = _fit(samples, name, own, samples.fold != fold)
            rows = np.flatnonzero(samples.fold == fold)
            scores[rows] = _scores(by_fold[fold][name], own, rows)
        final[name] = _fit(samples, name, own, np.ones(len(samples.page), dtype=np.bool_))
        _report(samples, pages, name, scores if name == "headline" else np.where(np.isnan(samples.labels[name]), 0, scores))
        if name == "headline":
            chosen = head_lines.best_per_page(samples.candidates, scores, _THRESHOLDS[name])
            # Texts of which extraction has taken the headline: byline and date must be found without it.
            hidden = np.random.default_rng(1).random(samples.page.max() + 1)[samples.page] < 0.15  # noqa: PLR2004 - a share of the pages
            features = samples.candidates.features | head_lines.headline_features(samples.candidates, chosen & ~hidden)
    return final, by_fold


def _report(samples: _Samples, pages: Sequence[_Page], name: str, scores: npt.NDArray[np.float32]) -> None:
    """Print, for several thresholds, the precision and the share of pages with the right value, on sites that the models have not seen."""
    labels = samples.labels[name]
    best = np.flatnonzero(head_lines.best_per_page(samples.candidates, scores, 0.001))
    groups = {"with URL": (3, True), "without": (3, False), "title and body": (1, False), "body alone": (0, None)}
    for group, (parts, has_url) in groups.items():
        members = {n for n, page in enumerate(pages) if len(page.parts) == parts and has_url in (None, page.url is not None)}
        own = best[[page in members for page in samples.page[best]]]
        for threshold in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
            right = np.nan_to_num(labels[own[scores[own] >= threshold]])
            print(
                f"{name:8} {group:14} from {threshold}: given on {len(right) / len(members):.3f}, right on {right.sum() / len(members):.3f}, "
                f"precision {right.mean() if len(right) else 0:.3f}"
            )


def _weights(models: dict[str, list[Any]], names: list[str]) -> dict[str, Any]:
    """Return weights as `boosted_trees.load_classes` reads them, with the thresholds."""
    return {"provenance": _PROVENANCE, "thresholds": _THRESHOLDS, "measures": names, "classes": models}


def main() -> None:
    """Parse arguments, train, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=head_lines.WEIGHTS)
    parser.add_argument("--folds", type=Path)
    arguments = parser.parse_args()
    pages = list(_pages(arguments.data))
    samples = _samples(pages)
    empty = np.zeros(len(samples.page), dtype=np.bool_)
    names = [*samples.candidates.features, *head_lines.headline_features(samples.candidates, empty)]
    shares = {name: f"{np.nansum(labels):.0f} of {np.sum(~np.isnan(labels))}" for name, labels in samples.labels.items()}
    print(f"{len(samples.page)} candidates, {len(names)} features, positive: {shares}")
    final, by_fold = _train(samples, pages)
    boosted_trees.write(_weights(final, names), arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1e3:.0f} kB")
    if arguments.folds:
        arguments.folds.mkdir(parents=True, exist_ok=True)
        for fold, models in by_fold.items():
            boosted_trees.write(_weights(models, names), arguments.folds / f"{fold}.json")


if __name__ == "__main__":
    main()
