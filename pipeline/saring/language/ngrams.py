"""How probable each language is, for many texts at once: py3langid's model, without its walk over single bytes.

The model is naive Bayes over byte n-grams. py3langid finds them with an automaton that takes one byte after the other in the interpreter,
which was nine tenths of the time of `saring.language`. The automaton is of Aho and Corasick's kind (CACM 1975): its state depends on the
last few bytes alone. So texts are cut in pieces, each with the few bytes before it to come to the right state, and all pieces are walked
side by side, a byte of each at a time. The answers are py3langid's own, but for the last bits; a test holds the two together.
"""

from __future__ import annotations

import itertools
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from saring.core import combining_marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

__all__ = ["language_evidence", "language_probabilities", "model_languages"]

#: Bytes of a piece. A walk has as many steps as a piece has bytes, and a few more; shorter pieces spend more on those few.
_PIECE = 64
#: Texts walked together: their states stay small beside the model.
_TOGETHER = 512
#: The number of an n-gram needs so many bits.
_BITS = 17
#: First bytes, in UTF-8, of Han characters, kana and Hangul: each of these says as much as two letters do.
_FIRST_OF_CJK, _LAST_OF_CJK = 0xE3, 0xED


class _Model(NamedTuple):
    """What is read of py3langid's model.

    Attributes:
        base: for each state, where its row begins in `following`.
        following: the next state by state and byte; states of like rows share one.
        feature: for each state, the n-gram that ends there, or -1.
        depth: for each state, the bytes that it depends on, which are those of the n-gram that ends there.
        weights, priors: logarithms of probabilities: of each n-gram in each language, of each language.
        columns: for each language, its column in `weights`.
        scripts: for each language of two scripts, its column and that of the other script.
    """

    base: npt.NDArray[np.int64]
    following: npt.NDArray[np.uint32]
    feature: npt.NDArray[np.int32]
    depth: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float16]
    priors: npt.NDArray[np.float32]
    columns: Mapping[str, int]
    scripts: tuple[tuple[int, int], ...]


def model_languages() -> tuple[str, ...]:
    """Return the languages that the model knows, as ISO 639 codes, sorted."""
    return tuple(_model().columns)


def language_probabilities(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return the probability of each language (`model_languages`) for each text: a row a text. What a text has does not depend on the others."""
    parts = [np.empty((0, len(model_languages())), dtype=np.float32)]
    for begin in range(0, len(texts), _TOGETHER):
        encoded = [_encoded(combining_marks.cap_marks_of(text)) for text in texts[begin : begin + _TOGETHER]]
        parts.append(_scored(*_features(encoded), np.array([len(text) for text in encoded])))
    return np.concatenate(parts)


def language_evidence(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return how much the n-grams of each text speak for each language (`model_languages`) rather than for any: a row a text.

    These are logarithms of odds, added up, so that several readings of the same bytes can be compared. Only n-grams of two characters or more
    count, or one of Han, kana or Hangul: that a letter is Greek says nothing of whether it stands where Greek has it. One beyond ASCII never
    counts against a language, since foreign words and names have letters of their own.
    """
    parts = [np.empty((0, len(model_languages())), dtype=np.float32)]
    for begin in range(0, len(texts), _TOGETHER):
        encoded = [_encoded(text) for text in texts[begin : begin + _TOGETHER]]
        parts.append(_weighed(*_features(encoded, are_whole=True), len(encoded)))
    return np.concatenate(parts)


def _encoded(text: str) -> bytes:
    return unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")


def _features(texts: Sequence[bytes], *, are_whole: bool = False) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the n-grams that end in the texts, and the text of each, in order; if asked, only those of whole characters.

    Those with a character beyond ASCII are then numbered from the number of all n-grams on.
    """
    model = _model()
    data = np.frombuffer(b"".join(texts), dtype=np.uint8)
    sizes = np.array([len(text) for text in texts])
    ends = np.cumsum(sizes)
    pieces = -(-sizes // _PIECE)
    last = np.cumsum(pieces)
    start, end = (ends - sizes).repeat(pieces), ends.repeat(pieces)
    head = start + (np.arange(len(start)) - (last - pieces).repeat(pieces)) * _PIECE

    seen = np.empty((_PIECE, len(head)), dtype=np.uint32)
    state = np.zeros(len(head), dtype=np.uint32)
    for step in range(-int(model.depth.max()), _PIECE):
        place = head + step
        state = model.following.take(model.base.take(state) + data.take(place, mode="clip"))
        if step < 0:
            state[place < start] = 0
        else:
            seen[step] = state
    found = model.feature.take(seen.T)
    found[head[:, None] + np.arange(_PIECE) >= end[:, None]] = -1
    if are_whole:
        found = _whole(found, data, head[:, None] + np.arange(1, _PIECE + 1), model.depth.take(seen.T))
    among = found >= 0
    whose = np.arange(len(texts)).repeat(pieces).repeat(among.sum(axis=1))
    return found[among].astype(np.intp), whose


def _whole(
    features: npt.NDArray[np.int32], data: npt.NDArray[np.uint8], ends: npt.NDArray[np.intp], sizes: npt.NDArray[np.int8]
) -> npt.NDArray[np.int32]:
    """Return n-grams of two characters or one of Han, kana or Hangul, as they are or, beyond ASCII, with another number; -1 for the others."""
    ends = ends.clip(max=len(data))
    starts = (ends - sizes).clip(0)
    is_first = (data & 0xC0) != 0x80  # noqa: PLR2004 - of the bytes of a character in UTF-8
    characters = np.append(0, np.cumsum(is_first, dtype=np.int32))
    foreign = np.append(0, np.cumsum(data > 0x7F, dtype=np.int32))  # noqa: PLR2004 - the last of ASCII
    many = characters[ends] - characters[starts]
    first = data.take(starts, mode="clip")
    is_cjk = (many == 1) & (sizes == len("\N{CJK UNIFIED IDEOGRAPH-4E00}".encode())) & (first >= _FIRST_OF_CJK) & (first <= _LAST_OF_CJK)
    numbered = np.where(foreign[ends] > foreign[starts], features + len(_model().weights), features)
    return np.where((features >= 0) & ((many > 1) | is_cjk), numbered, -1)


def _weighed(features: npt.NDArray[np.intp], whose: npt.NDArray[np.intp], texts: int) -> npt.NDArray[np.float32]:
    """Return the logarithms of odds of the languages from the texts' n-grams."""
    model = _model()
    every = np.sort((whose << (_BITS + 1)) | features)
    first = np.flatnonzero(np.diff(every, prepend=-1))
    counts = np.log1p(np.diff(first, append=len(every)).astype(np.float32))
    ends = np.searchsorted(every[first], np.arange(1, texts + 1) << (_BITS + 1))
    ngrams, place = np.unique(every[first] & ((1 << (_BITS + 1)) - 1), return_inverse=True)
    weights = model.weights[ngrams % len(model.weights)].astype(np.float32)
    odds = weights - np.log(np.exp(weights).mean(axis=1, keepdims=True))
    foreign = ngrams >= len(model.weights)
    odds[foreign] = odds[foreign].clip(0)
    scores = np.empty((texts, len(model.priors)), dtype=np.float32)
    for row, (begin, end) in enumerate(itertools.pairwise([0, *ends.tolist()])):
        scores[row] = counts[begin:end] @ odds.take(place[begin:end], axis=0)
    for script, other in model.scripts:
        scores[:, script] = np.maximum(scores[:, script], scores[:, other])
    return scores[:, list(model.columns.values())]


def _scored(features: npt.NDArray[np.intp], whose: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """Return the probabilities of the languages from the texts' n-grams and their numbers of bytes.

    As py3langid has it: counts are damped by a logarithm, and scores divided by the root of the text's length before they become
    probabilities, which keeps those of long texts from being all 0 or 1. It adds up in the order in which n-grams first stand in the text;
    to find that order took a third of the time, and decides the last bit or two.
    """
    model = _model()
    # One sort of numbers finds what each text has, and how often: a third of the time of looking at one text after the other.
    every = np.sort((whose << _BITS) | features)
    first = np.flatnonzero(np.diff(every, prepend=-1))
    counts = np.log1p(np.diff(first, append=len(every)).astype(np.float32))
    distinct = every[first]
    ends = np.searchsorted(distinct, np.arange(1, len(sizes) + 1) << _BITS)
    ngrams = distinct & ((1 << _BITS) - 1)
    which = np.flatnonzero(np.bincount(ngrams, minlength=len(model.weights)))
    # The model's half precision is what costs most to compute with.
    weights = model.weights[which].astype(np.float32)
    place = np.empty(len(model.weights), dtype=np.intp)
    place[which] = np.arange(len(which))
    place = place.take(ngrams)

    scores = np.empty((len(sizes), len(model.priors)), dtype=np.float32)
    for row, (begin, end) in enumerate(itertools.pairwise([0, *ends.tolist()])):
        scores[row] = counts[begin:end] @ weights.take(place[begin:end], axis=0)
    scores += model.priors * (np.diff(ends, prepend=0) > 0)[:, None]
    scores *= (1.0 / np.sqrt(np.maximum(sizes, 1))).astype(np.float32)[:, None]
    np.exp(scores - scores.max(axis=1, keepdims=True), out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    for script, other in model.scripts:
        scores[:, script] += scores[:, other]
    return scores[:, list(model.columns.values())]


@cache
def _model() -> _Model:
    # 1.6 s: the model is unpacked once per process, and only where there is something to identify.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - imported where it is used

    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    columns: dict[str, int] = {}
    # A name that stands again is that of a language in another script.
    scripts = tuple((columns[name], index) for index, name in enumerate(model.nb_classes) if columns.setdefault(name, index) != index)
    base, following = np.array(model.tk_row, dtype=np.int64) << 8, np.asarray(model.tk_nextmove)
    return _Model(
        base=base,
        following=following,
        feature=np.array(model.tk_output, dtype=np.int32),
        depth=_depth(base, following),
        weights=model.nb_ptc,
        priors=model.nb_pc,
        columns=dict(sorted(columns.items())),
        scripts=scripts,
    )


def _depth(base: npt.NDArray[np.int64], following: npt.NDArray[np.uint32]) -> npt.NDArray[np.int8]:
    """Return for each state how many bytes lead to it from the first one."""
    depth, front, steps = np.full(len(base), -1, dtype=np.int8), np.array([0]), 0
    while len(front):
        depth[front] = steps
        after = np.zeros(len(base), dtype=bool)
        after[following[np.unique(base[front])[:, None] + np.arange(256)]] = True
        front = np.flatnonzero(after & (depth < 0))
        steps += 1
    return depth
