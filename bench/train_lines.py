"""Train the line classifier with LightGBM on labelled development pages, and write its weights as JSON.

    python bench/train_lines.py DATA [--out pipeline/saring/noise/weights.json] [--types-out pipeline/saring/noise/page_type_weights.json]

Needs, besides the project and its `dev` extra: lightgbm 4. DATA is the folder that `bench/labelled.py` reads. Deterministic: the same data,
code and rules give the same files. Train again when rule packs or features change, since the features include what rules delete around a
line.

The second pass is trained on scores of the first pass, and on page types, that models of other sites gave: the scores of a model on pages
that it was trained on are surer than those on new pages.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from bench import boosted_trees, labelled, train_page_type
from saring.compute.boosted_trees import parse_trees, probabilities
from saring.config import default_config
from saring.core import lines
from saring.noise import first_pass, line_features, line_rules, line_words, page_type, rule_scopes, topic_words
from saring.noise.context_features import context_features, line_lengths
from saring.noise.line_classifier import WEIGHTS
from saring.noise.page_positions import PagePositions
from saring.noise.score_features import score_features

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy.typing as npt

    Float32Array = npt.NDArray[np.float32]

__all__ = ["FOLDS", "Models", "Samples", "Trainer", "fold_of", "main", "samples"]

FOLDS = 5

#: Pages described at a time: a judgement about memory.
_PAGES_PER_PART = 200
#: Rounds of boosting of the two passes, and how they differ from `boosted_trees.PARAMETERS`: several times as fast, since lines are many.
_ROUNDS_FIRST, _ROUNDS_SECOND = 100, 400
_PARAMETERS = {"force_row_wise": False, "force_col_wise": True, "max_bin": 63, "bagging_fraction": 0.4, "feature_fraction": 0.3}
_FIRST = {"learning_rate": 0.15}
#: Factors on sample weights: of the sets of news pages, which are few beside those of all types; of a noisy line between two lines of the
#: body, on other pages and on news pages, whose captions and boxes it teaches; and of pages that are a body by itself (nothing to delete), by
#: their flattening. Judgements.
_NEWS = {"aeb": 2.0, "fundus": 2.0, "readability": 1.0, "snippets": 2.0}
_INSIDE = (1.5, 3.0)
_CLEAN = {"gold": 1.5, "gold_wrapped": 2.0, "gold_sentences": 2.0, "gold_piece": 0.3}
#: The first and the last line of the body with at least this many words mark where the body begins and ends.
_BODY_WORDS = 8
#: Flattenings in which words are counted, and the pages of text and noise that are added to the counts of each: a judgement.
_COUNTED, _PSEUDO_PAGES = ("blocks", "inscriptis", "html"), 4.0
#: Shares of lines that are trained on: of noise before or behind the body, which is most of all lines and easily told (their weights rise as
#: their number falls), and of pages that are a body alone, by their flattening.
_EASY = 0.25
_SHARES = {"gold": 0.4, "gold_wrapped": 0.15, "gold_sentences": 0.15}

_PROVENANCE = {
    "made_by": "bench/train_lines.py",
    "note": "Numbers learned from labelled pages; no text of theirs is contained.",
    "trained_on": [
        {"data": "scrapinghub/article-extraction-benchmark, half of its sites", "license": "MIT"},
        {"data": "adbar/trafilatura, half of the sites of its evaluation pages", "license": "Apache-2.0"},
        {"data": "mozilla/readability, half of the sites of its test pages", "license": "Apache-2.0"},
        {"data": "WCXB by Murrough Foley, development part, less some sites", "license": "CC-BY-4.0"},
        {"data": "flairNLP/fundus, half of its test pages by site", "license": "MIT"},
    ],
    "license": "Apache-2.0",
}


class Samples(NamedTuple):
    """Training samples: features, label, weight and fold of each line, as arrays of one entry per line.

    Attributes:
        pages: the labelled pages.
        names: names of the features.
        features: feature values, shape (lines, features).
        label: share of its words in the body; NaN where unknown.
        noise: whether the line is noise.
        by_rule: whether a rule deletes it; such lines are never judged.
        kinds: columns `row` and `kind` of the lines that rules delete.
        weight: sample weight; 0 for lines that are not trained on.
        lines: columns `id`, `document`, `from_start` and `from_end`.
        length: length in words.
        tokens: row and bucket of each word, pair of words and short line.
        page: index into the pages.
        fold: which of the `FOLDS` its site is in.
        page_fold: the same of each page.
        texts: columns `id` and `url` of the pages.
    """

    pages: Sequence[labelled.Page]
    names: list[str]
    features: Float32Array
    label: npt.NDArray[np.float64]
    noise: npt.NDArray[np.bool_]
    by_rule: npt.NDArray[np.bool_]
    kinds: pl.DataFrame
    weight: npt.NDArray[np.float64]
    lines: pl.DataFrame
    length: Float32Array
    tokens: npt.NDArray[np.int32]
    page: npt.NDArray[np.intp]
    fold: npt.NDArray[np.intp]
    page_fold: npt.NDArray[np.intp]
    texts: pl.DataFrame


class Models(NamedTuple):
    """Trained weights: of the passes over lines, and of page types."""

    lines: dict[str, Any]
    types: dict[str, Any]


def fold_of(site: str) -> int:
    """Return the cross-validation fold of a site, from its hash, so that all its pages of all sets are in one fold."""
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % FOLDS


def samples(pages: Sequence[labelled.Page]) -> Samples:
    """Compute features, labels and weights for all lines of these pages, with the code of the noise step."""
    parts = [_part(pages, begin) for begin in range(0, len(pages), _PAGES_PER_PART)]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in ("features", "label", "by_rule", "length", "page")}
    page, length = arrays["page"], arrays["length"].astype(np.float64)
    positions = pl.concat([part["lines"] for part in parts]).with_columns(pl.Series("document", page, dtype=pl.UInt32))
    offsets = np.cumsum([0, *(part["lines"].height for part in parts)])
    kinds = [part["kinds"].with_columns(pl.col("row") + int(offset)) for part, offset in zip(parts, offsets, strict=False)]
    known, noise = ~np.isnan(arrays["label"]) & ~arrays["by_rule"], ~(arrays["label"] >= 0.5)  # noqa: PLR2004 - half of its words
    begins = np.flatnonzero(positions["from_start"].to_numpy() == 0)
    ends = np.flatnonzero(positions["from_end"].to_numpy() == 0) + 1
    inside = _inside(~noise & (length >= _BODY_WORDS), begins, ends)
    # A line counts by its words, and each page as much as another: so does the score of a page, which counts words.
    weight = np.maximum(length, 1) * known
    weight /= np.maximum(np.bincount(page, weight, len(pages)), 1e-9)[page]
    weight *= np.array([page.trust * _CLEAN.get(page.flattening, 1) * _NEWS.get(page.set, 1) for page in pages])[page]
    weight *= np.where(inside & noise, np.array([_INSIDE[page.set in _NEWS] for page in pages])[page], 1)
    weight *= known.sum() / weight.sum()
    draw = np.random.default_rng(0)
    is_easy = noise & ~inside & np.array([page.flattening != "gold_piece" for page in pages])[page]
    share = np.array([_SHARES.get(page.flattening, 1) for page in pages])
    is_drawn = (draw.random(len(pages)) < share)[page] & (~is_easy | (draw.random(len(page)) < _EASY))
    page_fold = np.array([fold_of(page.site) for page in pages])
    tokens = [part["tokens"] + np.array([[offset], [0]], dtype=np.int32) for part, offset in zip(parts, offsets, strict=False)]
    return Samples(
        pages=pages,
        names=parts[0]["names"],
        # Column by column, since the evaluator reads features one by one.
        features=np.asfortranarray(arrays["features"]),
        label=arrays["label"],
        noise=noise,
        by_rule=arrays["by_rule"],
        kinds=pl.concat(kinds),
        weight=np.where(is_easy, weight / _EASY, weight) * is_drawn,
        lines=positions,
        length=arrays["length"],
        tokens=np.concatenate(tokens, axis=1),
        page=page,
        fold=page_fold[page],
        page_fold=page_fold,
        texts=pl.DataFrame({"id": [f"{number:09d}" for number in range(len(pages))], "url": list(map(_url_of, pages))}),
    )


def _part(pages: Sequence[labelled.Page], begin: int) -> dict[str, Any]:
    """Compute the lines of some hundred pages, from the one at index `begin` on: by name, their features and what is needed of them besides."""
    rules = default_config().rules
    chunk = pages[begin : begin + _PAGES_PER_PART]
    texts = pl.DataFrame(
        {
            "id": [f"{begin + number:09d}" for number in range(len(chunk))],
            "text": [page.text for page in chunk],
            "url": pl.Series(list(map(_url_of, chunk)), dtype=pl.String),
        }
    )
    described = line_features.line_features(lines.split_lines(texts))
    noisy = line_rules.find_noisy_lines(described, rules, rule_scopes.ScopeFilter(texts, described, rules))
    by_rule, features = context_features(described, noisy)
    page = described["id"].cast(pl.Int64).to_numpy().astype(np.intp)
    tokens = line_words.distinct_tokens(described)
    features |= topic_words.topic_features(PagePositions(described), tokens, described, texts)
    return {
        "names": list(features),
        "features": np.stack(list(features.values()), axis=1),
        "label": np.array([pages[index].labels[number] for index, number in zip(page, described["number"], strict=True)]),
        "by_rule": by_rule,
        "length": line_lengths(described),
        "page": page,
        "tokens": _tokens_of_rows(tokens, described["spelling"].to_numpy().astype(np.int64)),
        "lines": described.select("id", "from_start", "from_end"),
        "kinds": noisy.select(pl.col("row").cast(pl.Int64), kind=pl.Series([rule.kind for rule in rules]).gather(noisy["rule"])),
    }


def _url_of(page: labelled.Page) -> str | None:
    """Return the URL of a page where it is trained with it: a page may come without, and one in another script has other words."""
    without = ("spaceless", "wrapped", "gold_piece", "gold_wrapped") if page.flattening != "inscriptis" else ()
    return None if page.flattening in without or (page.flattening == "inscriptis" and fold_of(page.page) == 0) else page.url


def _tokens_of_rows(tokens: line_words.LineTokens, spelling: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """Return row and bucket of each token of lines, from the tokens of their distinct texts."""
    order = np.argsort(tokens.line, kind="stable")
    sizes = np.bincount(tokens.line, minlength=len(tokens.begins) - 1)
    begins = np.cumsum(sizes) - sizes
    counts = sizes[spelling]
    place = np.arange(counts.sum()) - (np.cumsum(counts) - counts).repeat(counts) + begins[spelling].repeat(counts)
    return np.stack([np.arange(len(spelling)).repeat(counts), tokens.bucket[order[place]]]).astype(np.int32)


def _inside(body: npt.NDArray[np.bool_], begins: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Return a mask of the lines from the first to the last body line of each page, whose lines are from `begins` to `ends`."""
    inside = np.zeros(len(body), dtype=bool)
    for begin, end in zip(begins, ends, strict=True):
        places = np.flatnonzero(body[begin:end])
        if len(places):
            inside[begin + places[0] : begin + places[-1] + 1] = True
    return inside


class Trainer:
    """Trains the passes and the page types, on all folds or on all but one.

    What the second pass is trained on (words' log-odds, first scores, page types) each comes from models that have not seen the line's own
    fold, computed once. So the second pass that judges a fold has seen nothing of it but this: the models that scored the lines of other
    folds were trained on the fold, too. Models that leave out two folds would avoid that, at three times the time.
    """

    def __init__(self, training: Samples) -> None:
        """Train first passes and page types on all folds but one, for each."""
        self._samples = training
        self._page = PagePositions(training.lines)
        self._word_counts = [_word_counts(training, fold) for fold in range(FOLDS)]
        self._every = frozenset(range(FOLDS))
        self._firsts: dict[frozenset[int], dict[str, Any]] = {}
        self._words = self._word_features()
        scored = score_features(self._page, self._text_scores(), training.length)
        self._page_columns = page_type.page_features(
            self._page, _columns(training.names, training.features) | self._words | scored, training.kinds, training.lines, training.texts
        )
        #: The types that models of other sites guess for each page: probabilities, shape (pages, types).
        self.types = self._types()
        types = first_pass.type_features(self.types, list(train_page_type.TYPES), training.page.astype(np.uint32))
        self._more = self._words | scored | types

    def fit(self, left_out: int | None = None) -> Models:
        """Train on the pages of all folds, or of all but one."""
        folds = self._every - {left_out}
        passes = [self._first(folds), self._fit_pass(folds, self._more, _ROUNDS_SECOND, {})]
        words = base64.b64encode(self._log_odds(folds).tobytes()).decode()
        return Models({"provenance": _PROVENANCE, "words": words, "passes": passes}, self.fit_types(folds))

    def fit_types(self, folds: Collection[int] = range(FOLDS)) -> dict[str, Any]:
        """Train the page types on the pages of these folds."""
        return train_page_type.fit(self._samples, self._page_columns, folds)

    def _text_scores(self) -> Float32Array:
        """Return the first pass's probability of each line of being text, from a model that has not seen its fold."""
        given = self._samples
        text_score = np.zeros(len(given.noise), dtype=np.float32)
        columns = _columns(given.names, given.features) | self._words
        for fold in range(FOLDS):
            rows = np.flatnonzero((given.fold == fold) & ~given.by_rule)
            text_score[rows] = 1 - probabilities(parse_trees(self._first(self._every - {fold})), columns, rows)
        return text_score

    def _types(self) -> Float32Array:
        """Return the probabilities of the types of all pages, from models that have not seen their fold."""
        guesses = np.zeros((len(self._samples.pages), len(train_page_type.TYPES)), dtype=np.float32)
        for fold in range(FOLDS):
            is_own = self._samples.page_fold == fold
            guesses[is_own] = train_page_type.probabilities(self.fit_types(self._every - {fold}), self._page_columns)[is_own]
        return guesses

    def _fit_pass(
        self, folds: frozenset[int], more: Mapping[str, Float32Array], rounds: int, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Train one pass on the lines of these folds, by the features of the samples and these."""
        given = self._samples
        rows = np.flatnonzero((given.weight > 0) & np.isin(given.fold, list(folds)))
        table = np.concatenate([given.features[rows], np.stack([values[rows] for values in more.values()], axis=1)], axis=1)
        labels, weights = given.noise[rows].astype(float), given.weight[rows]
        trees = boosted_trees.fit(table, labels, weights, rounds, boosted_trees.PARAMETERS | _PARAMETERS | dict(parameters))
        return {"measures": [*given.names, *more], "trees": trees}

    def _first(self, folds: frozenset[int]) -> dict[str, Any]:
        """Return the first pass trained on these folds."""
        if folds not in self._firsts:
            self._firsts[folds] = self._fit_pass(folds, self._words, _ROUNDS_FIRST, _FIRST)
        return self._firsts[folds]

    def _log_odds(self, folds: Collection[int]) -> npt.NDArray[np.int8]:
        """Return the log-odds of text against noise of each bucket of words, counted on the pages of these folds, in steps."""
        counts = np.sum([self._word_counts[fold] for fold in folds], axis=0)
        share = counts[:, 0].sum() / counts.sum()
        odds = (counts[:, 0] + _PSEUDO_PAGES * share) / (counts[:, 1] + _PSEUDO_PAGES * (1 - share)) * (1 - share) / share
        steps: npt.NDArray[np.int8] = np.clip(np.round(np.log(odds) * line_words.LOG_ODDS_STEPS), -128, 127).astype(np.int8)
        return steps

    def _word_features(self) -> dict[str, Float32Array]:
        """Return the word features of all lines, by log-odds from other folds than the line's."""
        given = self._samples
        row, bucket = given.tokens
        tokens = line_words.LineTokens(bucket, np.zeros(len(given.noise) + 1, dtype=np.int64), row, bucket)
        sums, means = np.zeros((2, len(given.noise)), dtype=np.float32)
        for fold in range(FOLDS):
            log_odds = self._log_odds(self._every - {fold}).astype(np.float32) / np.float32(line_words.LOG_ODDS_STEPS)
            is_own = given.fold == fold
            sums[is_own], means[is_own] = (scores[is_own] for scores in tokens.scores(log_odds))
        return line_words.word_features(self._page, sums, means)


def _word_counts(training: Samples, fold: int) -> npt.NDArray[np.float64]:
    """Return on how many pages of a fold each bucket of words stands in text, and on how many in noise: shape (buckets, 2)."""
    flattenings = np.array([page.flattening in _COUNTED for page in training.pages])
    is_counted = flattenings[training.page] & (training.fold == fold) & ~np.isnan(training.label)
    row, bucket = training.tokens
    row, bucket = row[is_counted[row]], bucket[is_counted[row]]
    keys = (bucket.astype(np.int64) * 2 + training.noise[row]) * len(training.pages) + training.page[row]
    cells, page = np.divmod(np.unique(keys), len(training.pages))
    trust = np.array([page.trust for page in training.pages])
    counts: npt.NDArray[np.float64] = np.bincount(cells, trust[page], 2 * line_words.BUCKETS).astype(np.float64).reshape(-1, 2)
    return counts


def _columns(names: Sequence[str], table: Float32Array) -> dict[str, Float32Array]:
    """Return the columns of a table by name."""
    return {name: table[:, index] for index, name in enumerate(names)}


def main() -> None:
    """Parse arguments, train on all pages, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--types-out", type=Path, default=page_type.WEIGHTS)
    arguments = parser.parse_args()
    training = samples([page for name in labelled.SETS for page in labelled.pages_of(arguments.data, name)])
    print(f"{len(training.noise)} lines, {len(training.names)} features, {training.noise[training.weight > 0].mean():.2f} of them noise")
    trainer = Trainer(training)
    train_page_type.print_confusion(training, trainer.types)
    models = trainer.fit()
    for weights, file in ((models.lines, arguments.out), (models.types, arguments.types_out)):
        boosted_trees.write(weights, file)
        print(f"{file}: {file.stat().st_size / 1e3:.0f} kB. bench/noise.py scores such weights on sites they have not seen.")


if __name__ == "__main__":
    main()
