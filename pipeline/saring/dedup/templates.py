"""Pages that share their words and not what they say: forms filled in with other facts, works under one licence notice.

Two weather reports of one station are alike to every measure of shared words; what they report is in the few words that differ. Whether
dropping the lesser of two linked texts loses what it says is judged by its own words, those that the other has nowhere:

- *facts*: most of its numbers, or of its numbers and names, are its own, and they stand all over it, not in one place as a dateline or a
  byline does, nor few and far between as the corrections of a longer report do;
- a *body*: it begins (or, at greater length, ends) with words of its own, the other does too, and the rest is what both share.

In scripts without case, facts are numbers alone; and so they are between texts that tell the same in other words, where names and nouns differ
with the translator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.core.arrays import repeat_rows
from saring.dedup.fact_words import describe_words
from saring.dedup.passages import LEAST
from saring.dedup.tokens import salt_by_row

if TYPE_CHECKING:
    from saring.core.arrays import HashArray, IntArray
    from saring.dedup.fact_words import Flags, Weights, WordForms
    from saring.dedup.tokens import Words

__all__ = ["Compared", "is_filled_template"]

#: Words of a text for each place with a fact of its own, at most, and such places at least: the beginning and the end are one place.
_SPREAD, _PLACES = 25, 2

#: Numbers, or numbers and names, that a text has at least to be judged by them.
_NUMBERS, _FACTS = 2, 3

#: Words of a body of one's own at the beginning, and at the end, where advertising and comments stand more often; and the share of its
#: characters that stand in words which the other text has nowhere. Sentences about one event share more words than that.
_HEAD, _TAIL = 12, 20
_HEAD_NEW, _TAIL_NEW = 0.5, 0.6


class Compared(NamedTuple):
    """Pairs of texts, compared word by word.

    Attributes:
        words: of the texts.
        runs: as from `passages.matching_runs`.
        lesser: for each pair, the place among the texts of the one with fewer words.
        greater: that of the other.
    """

    words: Words
    runs: pl.DataFrame
    lesser: IntArray
    greater: IntArray


def is_filled_template(texts: pl.Series, pairs: Compared, own_at: float, *, retold: bool = False) -> Flags:
    """Return for each pair of texts whether the lesser says something of its own in words that both share.

    Linear in the words of the lesser texts, and in those of each greater text once.

    Args:
        texts: none of them null.
        pairs: of the texts.
        own_at: the share of the lesser text's facts that are its own, from which on it is another page.
        retold: whether the pairs tell the same in other words: then by their numbers alone.
    """
    words, runs, lesser, greater = pairs
    if not len(lesser):
        return np.zeros(0, dtype=np.bool_)
    rows = np.unique(np.concatenate((lesser, greater)))
    forms = describe_words(texts, words, rows)
    counts = np.diff(words.offsets)
    pair, place = repeat_rows(counts[lesser])
    begins = np.cumsum(counts[lesser]) - counts[lesser]
    word = place + words.offsets[lesser][pair]

    new: Flags = ~pl.Series(salt_by_row(forms.token[word], greater[pair])).is_in(_held(forms.token, words, rows).implode()).to_numpy()
    spelled = (
        pl.Series(salt_by_row(forms.prefix[word], greater[pair])).is_in(_held(forms.prefix, words, rows, forms.name).implode()).to_numpy()
    )
    spelling: Flags = forms.name[word] & spelled
    # The run that each word stands in or behind; before the first and behind the last is one place.
    starts = np.bincount(begins[runs["pair"]] + runs["from_l"].to_numpy() - words.offsets[lesser][runs["pair"]], minlength=len(pair) + 1)
    total = np.bincount(runs["pair"], minlength=len(lesser))
    before = np.cumsum(starts)[: len(pair)] - np.concatenate(([0], np.cumsum(total)))[pair]
    before = np.where(before == total[pair], 0, before)

    number, name = forms.number[word] & forms.head[word], forms.name[word] & ~forms.opens[word]
    size = np.bincount(pair, weights=forms.weight[word], minlength=len(lesser))

    def count(chosen: Flags) -> IntArray:
        return np.bincount(pair[chosen], minlength=len(lesser))

    numbers = count(number)
    own_numbers = count(number & new)
    marks = new & (number | (forms.name[word] & ~spelling) | ~(forms.cased[word] | forms.number[word]))
    spots = pl.DataFrame({"pair": pair[marks], "spot": before[marks]}).unique()["pair"].to_numpy()
    places = np.bincount(spots, minlength=len(lesser))
    spread: Flags = (places >= _PLACES) & (places * _SPREAD >= size)
    most: Flags = (numbers >= _NUMBERS) & (own_numbers >= own_at * numbers)
    if retold:
        return spread & most
    facts, own_facts = count(number | name), count((number & new) | (name & new & ~spelling))
    most |= (facts >= _FACTS) & (own_facts >= own_at * facts)
    return (spread & most) | _bodies(pairs, forms, new)


def _bodies(pairs: Compared, forms: WordForms, new: Flags) -> Flags:
    """Return for each pair whether the lesser begins or ends with a body of its own, and the greater with another.

    Args:
        pairs: of texts.
        forms: of their words.
        new: for each word of the lesser texts, pair after pair, whether the greater has it nowhere.
    """
    words, runs, lesser, greater = pairs
    counts = np.diff(words.offsets)
    # A run of a few words inside a body is chance.
    long = runs.filter(pl.col("to_l") - pl.col("from_l") >= LEAST).group_by("pair")
    edges = long.agg(pl.col("from_l", "from_g").min(), pl.col("to_l", "to_g").max())
    pair = edges["pair"].to_numpy()
    weight = np.concatenate(([0.0], np.cumsum(forms.weight)))
    width = (words.ends - words.starts).astype(np.float64)
    of, place = repeat_rows(counts[lesser])
    word = place + words.offsets[lesser][of]
    new_width = np.concatenate(([0.0], np.cumsum(width[word] * new)))
    all_width = np.concatenate(([0.0], np.cumsum(width[word])))
    begins = np.cumsum(counts[lesser]) - counts[lesser]
    low = {"l": words.offsets[lesser][pair], "g": words.offsets[greater][pair]}
    high = {"l": words.offsets[lesser + 1][pair], "g": words.offsets[greater + 1][pair]}
    first, last = ({side: edges[f"{edge}_{side}"].to_numpy() for side in "lg"} for edge in ("from", "to"))
    head = {side: weight[first[side]] - weight[low[side]] for side in "lg"}
    tail = {side: weight[high[side]] - weight[last[side]] for side in "lg"}

    def share(start: IntArray, end: IntArray) -> Weights:
        at = [begins[pair] + edge - low["l"] for edge in (start, end)]
        part: Weights = (new_width[at[1]] - new_width[at[0]]) / np.maximum(all_width[at[1]] - all_width[at[0]], 1)
        return part

    begun = (np.minimum(head["l"], head["g"]) >= _HEAD) & (tail["l"] <= head["l"] / 2) & (share(low["l"], first["l"]) >= _HEAD_NEW)
    ended = (np.minimum(tail["l"], tail["g"]) >= _TAIL) & (head["l"] <= tail["l"] / 2) & (share(last["l"], high["l"]) >= _TAIL_NEW)
    own = np.zeros(len(lesser), dtype=np.bool_)
    own[pair[begun | ended]] = True
    return own


def _held(values: HashArray, words: Words, among: IntArray, only: Flags | None = None) -> pl.Series:
    """Return keys of the values that each of some texts holds, by value and text.

    Args:
        values: one for each word of the texts.
        words: of the texts.
        among: which texts.
        only: the words that count there; all where it is not given.
    """
    of, place = repeat_rows(np.diff(words.offsets)[among])
    place += words.offsets[among][of]
    if only is not None:
        of, place = of[only[place]], place[only[place]]
    return pl.Series(salt_by_row(values[place], among[of])).unique()
