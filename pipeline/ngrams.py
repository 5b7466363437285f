"""How probable each language is, for many texts at once: py3langid's model, without its walk over single bytes.

The model is naive Bayes over byte n-grams. py3langid finds them with an automaton that takes one byte after the other in the interpreter,
which was nine tenths of the time of `pipeline.language`. The automaton is of Aho and Corasick's kind (CACM 1975): its state depends on the
last few bytes alone. So texts are cut in pieces, each with the few bytes before it to come to the right state, and all pieces are walked
side by side, a byte of each at a time. The answers are py3langid's own, to the last bit; a test holds the two together.
"""

from __future__ import annotations

import math
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

__all__ = ["labels", "probabilities"]

#: Bytes of a piece. A walk has as many steps as a piece has bytes, and a few more; shorter pieces spend more on those few.
_PIECE = 64
#: Texts walked together: their states stay small beside the model.
_TOGETHER = 512


class _Model(NamedTuple):
    """What is read of py3langid's model.

    Attributes:
        base: for each state, where its row begins in `following`.
        following: the next state by state and byte; states of like rows share one.
        feature: for each state, the n-gram that ends there, or -1.
        reach: the bytes that a state depends on.
        weights, priors: logarithms of probabilities: of each n-gram in each language, of each language.
        columns: for each language, its column in `weights`.
        scripts: for each language of two scripts, its column and that of the other script.
    """

    base: npt.NDArray[np.int64]
    following: npt.NDArray[np.uint32]
    feature: npt.NDArray[np.int32]
    reach: int
    weights: npt.NDArray[np.float16]
    priors: npt.NDArray[np.float32]
    columns: Mapping[str, int]
    scripts: tuple[tuple[int, int], ...]


def labels() -> frozenset[str]:
    """Return the languages that the model knows, as ISO 639 codes."""
    return frozenset(_model().columns)


def probabilities(texts: Sequence[str]) -> Iterator[Mapping[str, float]]:
    """Yield for each text the probability of each language that the model knows."""
    for begin in range(0, len(texts), _TOGETHER):
        encoded = [_encoded(text) for text in texts[begin : begin + _TOGETHER]]
        found = list(_features(encoded))
        which, place = np.unique(np.concatenate(found), return_inverse=True)
        # The model's half precision is what costs most to compute with.
        weights = _model().weights[which].astype(np.float32)
        cuts = np.cumsum([len(features) for features in found])[:-1]
        for text, features in zip(encoded, np.split(place, cuts), strict=True):
            yield _scored(features, weights, len(text))


def _encoded(text: str) -> bytes:
    return unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")


def _features(texts: Sequence[bytes]) -> Iterator[npt.NDArray[np.int32]]:
    """Yield the n-grams of each text, in the order in which they end."""
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
    for step in range(-model.reach, _PIECE):
        place = head + step
        state = model.following.take(model.base.take(state) + data.take(place, mode="clip"))
        if step < 0:
            state[place < start] = 0
        else:
            seen[step] = state
    found = model.feature.take(seen.T)
    found[head[:, None] + np.arange(_PIECE) >= end[:, None]] = -1
    among = found >= 0
    count = np.concatenate(([0], np.cumsum(among.sum(axis=1))))
    features = found[among]
    for first, after in zip(last - pieces, last, strict=True):
        yield features[count[first] : count[after]]


def _scored(features: npt.NDArray[np.intp], weights: npt.NDArray[np.float32], size: int) -> Mapping[str, float]:
    """Return the probabilities of the languages from a text's n-grams (rows of `weights`) and its number of bytes.

    As py3langid has it: counts are damped by a logarithm, and scores divided by the root of the text's length before they become
    probabilities, which keeps those of long texts from being all 0 or 1.
    """
    model = _model()
    counts = np.bincount(features, minlength=len(weights))
    which = np.flatnonzero(counts)
    # In the order of first places, as py3langid has them: the order of a sum decides its last bits.
    first = np.empty(len(weights), dtype=np.intp)
    first[features[::-1]] = np.arange(len(features))[::-1]
    which = which[np.argsort(first[which])]
    scores = np.zeros(len(model.priors), dtype=np.float32)
    if len(which):
        scores = np.log1p(counts[which].astype(np.float32)) @ weights.take(which, axis=0) + model.priors
    scores *= 1.0 / math.sqrt(size or 1)
    np.exp(scores - scores.max(), out=scores)
    scores /= scores.sum()
    for script, other in model.scripts:
        scores[script] += scores[other]
    return dict(zip(model.columns, scores[list(model.columns.values())].tolist(), strict=True))


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
        reach=_reach(base, following),
        weights=model.nb_ptc,
        priors=model.nb_pc,
        columns=columns,
        scripts=scripts,
    )


def _reach(base: npt.NDArray[np.int64], following: npt.NDArray[np.uint32]) -> int:
    """Return the length of the longest n-gram: the steps from the first state to the furthest one."""
    known, front, steps = np.zeros(len(base), dtype=bool), np.array([0]), 0
    while len(front):
        known[front] = True
        after = np.zeros(len(base), dtype=bool)
        after[following[np.unique(base[front])[:, None] + np.arange(256)]] = True
        front = np.flatnonzero(after & ~known)
        steps += 1
    return steps - 1
