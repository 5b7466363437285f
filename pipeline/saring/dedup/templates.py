"""Filled templates: pairs of pages that share most words but state different facts (forms), or hold different works under one notice.

Two weather reports of one station are near duplicates by every measure of shared words; what they report is in the few words that differ.
So the shorter text of a pair of duplicates is judged by its *own* words, those that the longer text does not hold anywhere:

- *facts*: most of its numbers, or of its numbers and names, are its own, and they are spread over the text, not in one place as a dateline
  or a byline is, nor rare as the corrections of a longer report are;
- a *body*: it begins (or, at longer length, ends) with words of its own, the longer text does too, and the rest is what both share.

In scripts without case, facts are numbers alone; so they are for retranslations, where names and nouns differ with the translator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.arrays import repeat_rows
from saring.dedup.fact_words import word_features
from saring.dedup.passages import MIN_WORDS
from saring.dedup.tokens import salt_by_row

if TYPE_CHECKING:
    from saring.core.arrays import HashArray, IntArray
    from saring.dedup.fact_words import Flags, Weights, WordFeatures
    from saring.dedup.tokens import Words

__all__ = ["ComparedPairs", "is_filled_template"]

# All thresholds here are judgements, on the cases of tests/cases/templates.toml.

#: A text has at most so many words for each place with a fact of its own, and at least so many such places; its beginning and end are one
#: place.
_WORDS_PER_PLACE, _MIN_PLACES = 25, 2

#: Numbers, or numbers and names, that a text must have to be judged by them.
_MIN_NUMBERS, _MIN_FACTS = 2, 3

#: Words of an own body at the beginning; and at the end, where advertising and comments are more frequent.
_HEAD_WORDS, _TAIL_WORDS = 12, 20
#: The least share of such a body's characters that is in words of its own. Sentences about one event share more words than that.
_HEAD_OWN_SHARE, _TAIL_OWN_SHARE = 0.5, 0.6


class ComparedPairs(NamedTuple):
    """Pairs of texts with their words and matching runs.

    Attributes:
        words: words of all texts.
        runs: result of `passages.matching_runs`.
        shorter: for each pair, the row of the text with fewer words.
        longer: the row of the other text.
    """

    words: Words
    runs: pl.DataFrame
    shorter: IntArray
    longer: IntArray


def is_filled_template(texts: pl.Series, pairs: ComparedPairs, own_at: float, *, numbers_only: bool = False) -> Flags:
    """Tell for each pair of similar texts whether they are one template filled in twice, such as two weather reports, rather than duplicates.

    They are if enough of the numbers and names of the shorter text do not occur in the longer one, or if each has a main
    text of its own. Linear in the words of the shorter texts, and in those of each longer text once.

    Args:
        texts: none of them null.
        pairs: pairs of these texts.
        own_at: the share of the shorter text's numbers, or of its numbers and names, that must not occur in the longer text.
        numbers_only: judge by numbers alone, since retranslations differ in the spelling of names.
    """
    # Example: shorter "Gauge 7: 12 mm, 30 mm" beside longer "Gauge 7: 15 mm, 41 mm". Numbers are 7, 12 and 30, own ones are 12 and 30: two of
    # three. No run covers them, so they stand in the places before, between and behind the runs; with two places or more in so few words,
    # the shorter is a page of its own.
    words, runs, shorter, longer = pairs
    if not len(shorter):
        return np.zeros(0, dtype=np.bool_)
    rows = np.unique(np.concatenate((shorter, longer)))
    features = word_features(texts, words, rows)
    counts = np.diff(words.offsets)
    pair, place = repeat_rows(counts[shorter])
    begins = np.cumsum(counts[shorter]) - counts[shorter]
    word = place + words.offsets[shorter][pair]

    token_in_longer = pl.Series(salt_by_row(features.token[word], longer[pair]))
    own: Flags = ~token_in_longer.is_in(_keys_by_text(features.token, words, rows).implode()).to_numpy()
    prefix_in_longer = pl.Series(salt_by_row(features.prefix[word], longer[pair]))
    known_prefix = prefix_in_longer.is_in(_keys_by_text(features.prefix, words, rows, features.is_name).implode()).to_numpy()
    respelled: Flags = features.is_name[word] & known_prefix
    # The number of the run that each word is in or behind; before the first run and behind the last is one place.
    starts = np.bincount(begins[runs["pair"]] + runs["from_l"].to_numpy() - words.offsets[shorter][runs["pair"]], minlength=len(pair) + 1)
    total = np.bincount(runs["pair"], minlength=len(shorter))
    run = np.cumsum(starts)[: len(pair)] - np.concatenate(([0], np.cumsum(total)))[pair]
    run = np.where(run == total[pair], 0, run)

    number, name = features.is_number[word] & features.is_head[word], features.is_name[word] & ~features.opens_sentence[word]
    size = np.bincount(pair, weights=features.weight[word], minlength=len(shorter))

    def count(chosen: Flags) -> IntArray:
        return np.bincount(pair[chosen], minlength=len(shorter))

    numbers = count(number)
    own_numbers = count(number & own)
    caseless = ~(features.is_cased[word] | features.is_number[word])
    own_facts = own & (number | (features.is_name[word] & ~respelled) | caseless)
    pairs_of_places = pl.DataFrame({"pair": pair[own_facts], "place": run[own_facts]}).unique()["pair"].to_numpy()
    places = np.bincount(pairs_of_places, minlength=len(shorter))
    spread: Flags = (places >= _MIN_PLACES) & (places * _WORDS_PER_PLACE >= size)
    mostly_own: Flags = (numbers >= _MIN_NUMBERS) & (own_numbers >= own_at * numbers)
    if numbers_only:
        return spread & mostly_own
    facts, own_count = count(number | name), count((number & own) | (name & own & ~respelled))
    mostly_own |= (facts >= _MIN_FACTS) & (own_count >= own_at * facts)
    return (spread & mostly_own) | _has_own_body(pairs, features, own)


def _has_own_body(pairs: ComparedPairs, features: WordFeatures, own: Flags) -> Flags:
    """Return for each pair whether both texts begin, or both end, with a main text that the other lacks, as works under one notice do.

    Args:
        pairs: pairs of texts.
        features: features of their words.
        own: for each word of the shorter texts, pair after pair, whether the longer text does not hold it.
    """
    # The body at the beginning is what stands before the first long run, the one at the end what stands behind the last:
    #   shorter   poem poem poem | shared notice |           head 3 words, tail 0
    #   longer  tale tale tale tale | shared notice |      head 4 words, tail 0
    words, runs, shorter, longer = pairs
    counts = np.diff(words.offsets)
    # A run of a few words inside a body is chance.
    long_runs = runs.filter(pl.col("to_l") - pl.col("from_l") >= MIN_WORDS).group_by("pair")
    edges = long_runs.agg(pl.col("from_l", "from_g").min(), pl.col("to_l", "to_g").max())
    pair = edges["pair"].to_numpy()
    weight = np.concatenate(([0.0], np.cumsum(features.weight)))
    width = (words.ends - words.starts).astype(np.float64)
    row, place = repeat_rows(counts[shorter])
    word = place + words.offsets[shorter][row]
    own_width = np.concatenate(([0.0], np.cumsum(width[word] * own)))
    all_width = np.concatenate(([0.0], np.cumsum(width[word])))
    begins = np.cumsum(counts[shorter]) - counts[shorter]
    low = {"l": words.offsets[shorter][pair], "g": words.offsets[longer][pair]}
    high = {"l": words.offsets[shorter + 1][pair], "g": words.offsets[longer + 1][pair]}
    first, last = ({side: edges[f"{edge}_{side}"].to_numpy() for side in "lg"} for edge in ("from", "to"))
    head = {side: weight[first[side]] - weight[low[side]] for side in "lg"}
    tail = {side: weight[high[side]] - weight[last[side]] for side in "lg"}

    def own_share(start: IntArray, end: IntArray) -> Weights:
        """Return which share of the characters between two words of the shorter text is in words of its own."""
        first_word, last_word = (begins[pair] + edge - low["l"] for edge in (start, end))
        share: Weights = (own_width[last_word] - own_width[first_word]) / np.maximum(all_width[last_word] - all_width[first_word], 1)
        return share

    long_heads, long_tails = np.minimum(head["l"], head["g"]) >= _HEAD_WORDS, np.minimum(tail["l"], tail["g"]) >= _TAIL_WORDS
    own_head = long_heads & (tail["l"] <= head["l"] / 2) & (own_share(low["l"], first["l"]) >= _HEAD_OWN_SHARE)
    own_tail = long_tails & (head["l"] <= tail["l"] / 2) & (own_share(last["l"], high["l"]) >= _TAIL_OWN_SHARE)
    has_own_body = np.zeros(len(shorter), dtype=np.bool_)
    has_own_body[pair[own_head | own_tail]] = True
    return has_own_body


def _keys_by_text(values: HashArray, words: Words, rows: IntArray, only: Flags | None = None) -> pl.Series:
    """Return the distinct hashes of the words of some texts, each salted with the row of its text.

    Args:
        values: a hash for each word of all texts.
        words: words of all texts.
        rows: which texts.
        only: which of their words; all where None.
    """
    row, place = repeat_rows(np.diff(words.offsets)[rows])
    place += words.offsets[rows][row]
    if only is not None:
        row, place = row[only[place]], place[only[place]]
    return pl.Series(salt_by_row(values[place], rows[row])).unique()
