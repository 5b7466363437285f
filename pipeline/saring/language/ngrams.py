"""Language probabilities of many texts at once, with py3langid's model: naive Bayes over byte n-grams.

py3langid finds the n-grams by running an automaton over the bytes of each text in a Python loop, which took nine tenths of the time of
`saring.language`. The automaton is an Aho-Corasick automaton (CACM 1975), so its state depends on the last few bytes only. That allows it to run
in NumPy: texts are cut into pieces, each preceded by the few bytes that lead to the right state, and the automaton takes one byte of every
piece per step. The probabilities equal those of py3langid up to the last bits; a test compares the two.
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

#: Bytes of a piece. The automaton takes that many steps and a few more to reach the right state, which weigh more if pieces are shorter. A
#: judgement; `python bench/steps.py FOLDER`, row language, shows its effect.
_PIECE_BYTES = 64
#: Texts processed at a time, few enough for their states to be small compared with the model. A judgement.
_TEXTS_AT_ONCE = 512
#: Bits of an n-gram's number.
_NGRAM_BITS = 17
#: The range of first bytes, in UTF-8, of Han characters, kana and Hangul: a single one of these is as informative as two letters.
_CJK_FIRST_BYTE, _CJK_LAST_BYTE = 0xE3, 0xED


class _Model(NamedTuple):
    """The arrays of py3langid's model: its automaton and the parameters of its naive Bayes classifier.

    Attributes:
        row_start: for each state, where its row begins in `next_state`; states with equal rows share one.
        next_state: the next state for each row and byte.
        ngram: for each state, the number of the n-gram that ends there, or -1.
        depth: for each state, the number of last bytes that it depends on; where an n-gram ends, its length.
        weights: log-probability of each n-gram (rows) in each class (columns).
        priors: log-probability of each class.
        columns: the column of each language's first class.
        second_scripts: for each language with classes for two scripts, the columns of the first and the second.
    """

    row_start: npt.NDArray[np.int64]
    next_state: npt.NDArray[np.uint32]
    ngram: npt.NDArray[np.int32]
    depth: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float16]
    priors: npt.NDArray[np.float32]
    columns: Mapping[str, int]
    second_scripts: tuple[tuple[int, int], ...]


def model_languages() -> tuple[str, ...]:
    """Return the languages of the identifier's model, as sorted ISO 639 codes."""
    return tuple(_model().columns)


def language_probabilities(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return the probability of each language for each text; each text is classified independently of the others.

    Returns:
        An array with a row for each text and a column for each of `model_languages()`; rows sum to 1.
    """
    parts = [np.empty((0, len(model_languages())), dtype=np.float32)]
    for begin in range(0, len(texts), _TEXTS_AT_ONCE):
        encoded = [_encode(combining_marks.cap_marks_in_string(text)) for text in texts[begin : begin + _TEXTS_AT_ONCE]]
        parts.append(_classify(*_find_ngrams(encoded), np.array([len(text) for text in encoded])))
    return np.concatenate(parts)


def language_evidence(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return the evidence in the n-grams of each text for each language, to compare several decodings of the same bytes.

    Evidence is a sum of log-odds of n-grams in the language against the average language. Only n-grams of at least two characters count, or of
    one Han character, kana or Hangul: that a letter is Greek does not show that it is in the right place. N-grams with non-ASCII characters
    never count against a language, since foreign words and names have letters that the language lacks.

    Returns:
        An array with a row for each text and a column for each of `model_languages()`.
    """
    parts = [np.empty((0, len(model_languages())), dtype=np.float32)]
    for begin in range(0, len(texts), _TEXTS_AT_ONCE):
        encoded = [_encode(text) for text in texts[begin : begin + _TEXTS_AT_ONCE]]
        parts.append(_sum_log_odds(*_find_ngrams(encoded, multi_character=True), len(encoded)))
    return np.concatenate(parts)


def _encode(text: str) -> bytes:
    """Encode a text as the language model expects it: UTF-8 in NFC, in lower case if it is all capitals."""
    return unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")


def _find_ngrams(texts: Sequence[bytes], *, multi_character: bool = False) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Find all occurrences of the identifier's byte n-grams in texts, by running its automaton over all texts in parallel.

    Args:
        texts: texts in UTF-8.
        multi_character: keep only the n-grams that `_select_multi_character` selects, numbered as it does.

    Returns:
        The numbers of the n-grams, in the order of their ends in the texts, and the number of the text of each.
    """
    model = _model()
    # With pieces of 4 bytes, the texts b"abcdef" and b"xy" have pieces that begin at 0, 4 ("ef") and 6 ("xy"): piece_counts is [2, 1],
    # text_start [0, 0, 6], text_end [6, 6, 8] and piece_start [0, 4, 6].
    data = np.frombuffer(b"".join(texts), dtype=np.uint8)
    sizes = np.array([len(text) for text in texts])
    ends = np.cumsum(sizes)
    piece_counts = -(-sizes // _PIECE_BYTES)
    last_pieces = np.cumsum(piece_counts)
    text_start, text_end = (ends - sizes).repeat(piece_counts), ends.repeat(piece_counts)
    piece_start = text_start + (np.arange(len(text_start)) - (last_pieces - piece_counts).repeat(piece_counts)) * _PIECE_BYTES

    # Steps below 0 read the bytes before each piece ("cd" before "ef"); bytes before the text itself leave the initial state 0.
    states = np.empty((_PIECE_BYTES, len(piece_start)), dtype=np.uint32)
    state = np.zeros(len(piece_start), dtype=np.uint32)
    for step in range(-int(model.depth.max()), _PIECE_BYTES):
        offset = piece_start + step
        state = model.next_state.take(model.row_start.take(state) + data.take(offset, mode="clip"))
        if step < 0:
            state[offset < text_start] = 0
        else:
            states[step] = state
    ngrams = model.ngram.take(states.T)
    ngrams[piece_start[:, None] + np.arange(_PIECE_BYTES) >= text_end[:, None]] = -1
    if multi_character:
        ngrams = _select_multi_character(ngrams, data, piece_start[:, None] + np.arange(1, _PIECE_BYTES + 1), model.depth.take(states.T))
    is_ngram = ngrams >= 0
    text_numbers = np.arange(len(texts)).repeat(piece_counts).repeat(is_ngram.sum(axis=1))
    return ngrams[is_ngram].astype(np.intp), text_numbers


def _select_multi_character(
    ngrams: npt.NDArray[np.int32], data: npt.NDArray[np.uint8], ends: npt.NDArray[np.intp], sizes: npt.NDArray[np.int8]
) -> npt.NDArray[np.int32]:
    r"""Select n-grams of at least two characters, or of one Han character, kana or Hangul.

    For b"a\xc3\xa9" ("aé"), the n-gram of all 3 bytes has 2 characters and is not ASCII; those of the 2 bytes of "é" and of b"\xa9" have fewer
    than two characters and are dropped.

    Args:
        ngrams: n-gram numbers, or -1.
        data: the bytes of all texts.
        ends: for each n-gram, the offset in `data` after its last byte.
        sizes: for each n-gram, its length in bytes.

    Returns:
        The numbers of the selected n-grams, increased by the total number of n-grams in the model for those with non-ASCII characters; -1
        for the others.
    """
    ends = ends.clip(max=len(data))
    starts = (ends - sizes).clip(0)
    is_first_byte = (data & 0xC0) != 0x80  # noqa: PLR2004 - of a character in UTF-8
    characters_before = np.append(0, np.cumsum(is_first_byte, dtype=np.int32))
    non_ascii_before = np.append(0, np.cumsum(data > 0x7F, dtype=np.int32))  # noqa: PLR2004 - the last byte of ASCII
    characters = characters_before[ends] - characters_before[starts]
    first_byte = data.take(starts, mode="clip")
    is_cjk = (
        (characters == 1)
        & (sizes == len("\N{CJK UNIFIED IDEOGRAPH-4E00}".encode()))
        & (first_byte >= _CJK_FIRST_BYTE)
        & (first_byte <= _CJK_LAST_BYTE)
    )
    numbered = np.where(non_ascii_before[ends] > non_ascii_before[starts], ngrams + len(_model().weights), ngrams)
    return np.where((ngrams >= 0) & ((characters > 1) | is_cjk), numbered, -1)


def _count_ngrams(
    ngrams: npt.NDArray[np.intp], text_numbers: npt.NDArray[np.intp], texts: int, bits: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32], list[tuple[int, int]]]:
    """Count how often each n-gram occurs in each text, by one sort of integers that pack text and n-gram.

    A third of the time of counting text by text. N-grams [7, 5, 7] of text 0 and [5] of text 1 give the distinct n-grams [5, 7, 5] with the
    counts [1, 2, 1], of which 0 to 2 belong to text 0 and 2 to 3 to text 1.

    Args:
        ngrams: n-gram numbers, below 2 to the power of `bits`.
        text_numbers: the number of the text of each n-gram.
        texts: the number of texts.
        bits: bits of an n-gram's number.

    Returns:
        The distinct n-grams of each text, the logarithm of 1 plus the count of each, and the range of each text in both.
    """
    packed = np.sort((text_numbers << bits) | ngrams)
    group_starts = np.flatnonzero(np.diff(packed, prepend=-1))
    log_counts = np.log1p(np.diff(group_starts, append=len(packed)).astype(np.float32))
    distinct = packed[group_starts]
    ends = np.searchsorted(distinct, np.arange(1, texts + 1) << bits)
    return distinct & ((1 << bits) - 1), log_counts, list(itertools.pairwise([0, *ends.tolist()]))


def _sum_log_odds(ngrams: npt.NDArray[np.intp], text_numbers: npt.NDArray[np.intp], texts: int) -> npt.NDArray[np.float32]:
    """Return the evidence for each language in each text (`language_evidence`): the sum of the n-grams' log-odds, weighted by log counts.

    An n-gram with the probabilities 0.3 and 0.1 in two languages, 0.2 on average, has the log-odds log(1.5) and log(0.5); if it is not ASCII,
    log(1.5) and 0.
    """
    model = _model()
    occurring, log_counts, ranges = _count_ngrams(ngrams, text_numbers, texts, _NGRAM_BITS + 1)
    distinct, rows = np.unique(occurring, return_inverse=True)
    weights = model.weights[distinct % len(model.weights)].astype(np.float32)
    log_odds = weights - np.log(np.exp(weights).mean(axis=1, keepdims=True))
    is_non_ascii = distinct >= len(model.weights)
    log_odds[is_non_ascii] = log_odds[is_non_ascii].clip(0)
    scores = np.empty((texts, len(model.priors)), dtype=np.float32)
    for text, (begin, end) in enumerate(ranges):
        scores[text] = log_counts[begin:end] @ log_odds.take(rows[begin:end], axis=0)
    for column, second in model.second_scripts:
        scores[:, column] = np.maximum(scores[:, column], scores[:, second])
    return scores[:, list(model.columns.values())]


def _classify(ngrams: npt.NDArray[np.intp], text_numbers: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """Return the probability of each language for each text (`language_probabilities`) by naive Bayes, as py3langid computes it.

    Counts are damped by a logarithm, and scores are divided by the square root of the text's length before the softmax, which keeps the
    probabilities of long texts from being all 0 or 1. py3langid sums in the order in which n-grams first occur in the text; determining that
    order took a third of the time, and affects only the last bit or two.

    Args:
        ngrams: n-gram numbers of all texts.
        text_numbers: the number of the text of each n-gram.
        sizes: the size of each text in bytes.
    """
    model = _model()
    occurring, log_counts, ranges = _count_ngrams(ngrams, text_numbers, len(sizes), _NGRAM_BITS)
    # Converting the model's half-precision weights costs most, so only the rows of n-grams that occur are converted: for the n-grams
    # [5, 7, 5], weights has 2 rows, and rows is [0, 1, 0].
    used = np.flatnonzero(np.bincount(occurring, minlength=len(model.weights)))
    weights = model.weights[used].astype(np.float32)
    row_of_ngram = np.empty(len(model.weights), dtype=np.intp)
    row_of_ngram[used] = np.arange(len(used))
    rows = row_of_ngram.take(occurring)

    scores = np.empty((len(sizes), len(model.priors)), dtype=np.float32)
    for text, (begin, end) in enumerate(ranges):
        scores[text] = log_counts[begin:end] @ weights.take(rows[begin:end], axis=0)
    scores += model.priors * np.array([begin < end for begin, end in ranges])[:, None]
    scores *= (1.0 / np.sqrt(np.maximum(sizes, 1))).astype(np.float32)[:, None]
    np.exp(scores - scores.max(axis=1, keepdims=True), out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    for column, second in model.second_scripts:
        scores[:, column] += scores[:, second]
    return scores[:, list(model.columns.values())]


@cache
def _model() -> _Model:
    """Load py3langid's model once per process, when it is first needed: unpacking it takes 1.6 s."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - imported where it is used

    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    columns: dict[str, int] = {}
    # A repeated name is the same language in a second script.
    second_scripts = tuple(
        (columns[name], index) for index, name in enumerate(model.nb_classes) if columns.setdefault(name, index) != index
    )
    row_start, next_state = np.array(model.tk_row, dtype=np.int64) << 8, np.asarray(model.tk_nextmove)
    return _Model(
        row_start=row_start,
        next_state=next_state,
        ngram=np.array(model.tk_output, dtype=np.int32),
        depth=_state_depths(row_start, next_state),
        weights=model.nb_ptc,
        priors=model.nb_pc,
        columns=dict(sorted(columns.items())),
        second_scripts=second_scripts,
    )


def _state_depths(row_start: npt.NDArray[np.int64], next_state: npt.NDArray[np.uint32]) -> npt.NDArray[np.int8]:
    """Return the depth of each state of the automaton, the number of bytes on the shortest path from the initial state, by breadth-first search.

    Args:
        row_start: where the row of each state begins in `next_state`.
        next_state: the next state for each row and byte.
    """
    depths, frontier, depth = np.full(len(row_start), -1, dtype=np.int8), np.array([0]), 0
    while len(frontier):
        depths[frontier] = depth
        reachable = np.zeros(len(row_start), dtype=bool)
        reachable[next_state[np.unique(row_start[frontier])[:, None] + np.arange(256)]] = True
        frontier = np.flatnonzero(reachable & (depths < 0))
        depth += 1
    return depths
