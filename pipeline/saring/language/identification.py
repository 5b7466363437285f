"""Language and script of each page, offline.

The identifier is py3langid (98.5% on news in 20 languages when limited to them). It decides per document, not per line: every tool at
hand confuses single sentences of Indonesian and Malay. Close relatives are told apart by their words besides (`languages.toml`). The languages
of the corpus are preferred, not imposed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.config import language_tags
from saring.language.ngrams import language_probabilities, model_languages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

__all__ = ["identify"]

#: How much of a page is looked at. More does not change the answer.
SAMPLE = 4_000
#: A language from outside the corpus is believed from this probability on, and from this many letters. Of 25,000 pieces of Indonesian,
#: French and English down to 40 characters none passes for another at 0.6; of Spanish and Portuguese sentences longer than 80,
#: 98% are seen to be.
FOREIGN_AT = 0.6
FOREIGN_LETTERS = 40

#: Scripts as ISO 15924 has them, and as Rust's regular expressions call them.
_SCRIPTS = {
    "Latn": "Latin",
    "Cyrl": "Cyrillic",
    "Arab": "Arabic",
    "Hani": "Han",
    "Kana": r"Katakana}\p{Hiragana",
    "Hang": "Hangul",
    "Thai": "Thai",
    "Grek": "Greek",
    "Hebr": "Hebrew",
    "Deva": "Devanagari",
    "Beng": "Bengali",
    "Guru": "Gurmukhi",
    "Gujr": "Gujarati",
    "Orya": "Oriya",
    "Taml": "Tamil",
    "Telu": "Telugu",
    "Knda": "Kannada",
    "Mlym": "Malayalam",
    "Sinh": "Sinhala",
    "Mymr": "Myanmar",
    "Khmr": "Khmer",
    "Laoo": "Lao",
    "Tibt": "Tibetan",
    "Geor": "Georgian",
    "Armn": "Armenian",
    "Ethi": "Ethiopic",
    "Java": "Javanese",
    "Bali": "Balinese",
    "Sund": "Sundanese",
}
#: Addresses and handles say nothing of the language around them.
_NOT_WORDS = r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+"


#: How much of a text is looked through for words that distinguish close relatives: longer ones are plain to the identifier.
_WORDS_SAMPLE = 1_500
_WORD = re.compile(r"[^\W\d_]+")
#: What a language that the identifier does not know has of the probability of its relatives, and from how many of its words on.
_UNKNOWN_SHARE, _FEWEST_WORDS = 0.02, 3
#: Samples whose letters are counted at a time: their code points stay near the processor, which takes half the time of a whole batch.
_TOGETHER = 32
#: A script that was not asked for yet.
_UNKNOWN = 255


class _Answer(NamedTuple):
    language: str
    language_score: float | None


def identify(texts: pl.DataFrame, languages: Sequence[str]) -> pl.DataFrame:
    """Return the language and the script of each text.

    A declared language is kept, under its one code (`language_tags`). Otherwise the identifier's answer counts if it is a language of the corpus, if it is in another script, or
    if it is sure; if it is a close relative of a language of the corpus (Malay of Indonesian), or unsure, the most probable language of
    the corpus counts. A text without letters is "und".

    Args:
        texts: columns id, text, title, and language (as declared, such as "id", "ind" or "id-ID", or null).
        languages: ISO 639 codes of the languages expected in the corpus; empty is any.

    Returns:
        Columns id, language (ISO 639), language_script (ISO 15924; "Zyyy" without letters), language_score (Float32, from 0 to 1: the
        probability among all languages, or, where the corpus decided, among its languages; null where the identifier does not know the
        declared language), in the order of the texts.
    """
    samples = texts.select("id", "language", _sample())
    letters = _letters(samples["sample"])
    samples = samples.with_columns(_script(letters).alias("language_script"), pl.Series("letters", letters.sum(axis=0)))
    expected = tuple(_model_code(code) for code in languages)
    spelled = dict(zip(expected, languages, strict=True))
    rows = samples.select("letters", "language_script", "language").iter_rows()
    found = _probable(samples.filter(pl.col("letters") > 0)["sample"].to_list())
    answers = [_answer(next(found) if letters else None, letters, script, declared, expected) for letters, script, declared in rows]
    return (
        samples.select("id", "language_script")
        .with_columns(
            pl.Series("language", [spelled.get(answer.language, answer.language) for answer in answers], dtype=pl.String),
            pl.Series("language_score", [answer.language_score for answer in answers], dtype=pl.Float32),
        )
        .select("id", "language", "language_script", "language_score")
    )


def _sample() -> pl.Expr:
    page = pl.concat_str(pl.col("title").fill_null(""), pl.lit("\n"), pl.col("text").fill_null(""))
    return page.str.slice(0, SAMPLE).str.replace_all(_NOT_WORDS, " ").alias("sample")


def _letters(samples: pl.Series) -> npt.NDArray[np.int64]:
    """Count the letters of each script (`_SCRIPTS`, a row each) in each sample (a column each).

    To count each script by a regular expression of its own took a quarter of the time of the whole step.
    """
    counts = np.zeros((len(_SCRIPTS) + 1, len(samples)), dtype=np.int64)
    for low in range(0, len(samples), _TOGETHER):
        some = samples[low : low + _TOGETHER]
        kinds = _scripts(np.frombuffer(some.str.join("").item().encode("utf-32-le"), np.uint32).astype(np.intp))
        ends = np.cumsum(some.str.len_chars().to_numpy())
        for number in np.flatnonzero(np.bincount(kinds)):
            so_far = np.append(0, np.cumsum(kinds == number, dtype=np.int32))
            counts[number, low : low + len(some)] = np.diff(so_far[ends], prepend=0)
    return counts[1:]


def _scripts(points: npt.NDArray[np.intp]) -> npt.NDArray[np.uint8]:
    """Return the script of each code point: its place in `_SCRIPTS` from 1, or 0. Polars is asked once for each, as long as the process lives."""
    scripts = _known_scripts()
    found: npt.NDArray[np.uint8] = scripts.take(points)
    if (new := np.unique(points[found == _UNKNOWN])).size:
        characters = pl.Series([chr(point) for point in new], dtype=pl.String)
        scripts[new] = 0
        for number, name in enumerate(_SCRIPTS.values(), start=1):
            scripts[new[characters.str.contains(rf"[\p{{{name}}}]").to_numpy()]] = number
        found = scripts.take(points)
    return found


@cache
def _known_scripts() -> npt.NDArray[np.uint8]:
    return np.full(sys.maxunicode + 1, _UNKNOWN, dtype=np.uint8)


def _script(letters: npt.NDArray[np.int64]) -> pl.Series:
    """Return the script with the most letters; the first of `_SCRIPTS` wins a tie."""
    places = {code: place for place, code in enumerate(_SCRIPTS)}
    counts = letters.copy()
    # Japanese and Korean are written in several: Han belongs to them where their own letters are a tenth of it.
    han = letters[places["Hani"]]
    for code in ("Kana", "Hang"):
        own = letters[places[code]]
        counts[places[code]] = np.where(own * 10 > han, own + han, own)
        counts[places["Hani"]][own * 10 > han] = 0
    named = pl.Series([{"Kana": "Jpan", "Hang": "Kore"}.get(code, code) for code in _SCRIPTS] + ["Zyyy"])
    return named.gather(np.where(counts.any(axis=0), counts.argmax(axis=0), len(_SCRIPTS)))


class _Found(NamedTuple):
    """The most probable language of a text (of several, the last by its code), and the probabilities of all, as `_codes` has them."""

    best: str
    probability: float
    all: npt.NDArray[np.float32]


def _probable(texts: Sequence[str]) -> Iterator[_Found]:
    codes = _codes()
    known = language_probabilities(texts)
    odds = np.hstack([known, np.zeros((len(known), len(codes) - known.shape[1]), dtype=known.dtype)])
    for text, row, best in zip(texts, odds, known.argmax(axis=1).tolist(), strict=True):
        if codes[best] in _words():
            _weigh_words(row, text, _words()[codes[best]])
    best_places = len(codes) - 1 - odds[:, ::-1].argmax(axis=1)
    for place, probability, row in zip(best_places.tolist(), odds.max(axis=1).tolist(), odds, strict=True):
        yield _Found(codes[place], probability, row)


def _weigh_words(row: npt.NDArray[np.float32], text: str, group: Mapping[str, frozenset[str]]) -> None:
    """Share the probability of close relatives out among them by the words that distinguish them, each language by e for each of its words."""
    words = set(_WORD.findall(text[:_WORDS_SAMPLE].lower()))
    places = [_places()[code] for code in group]
    counts = np.array([len(words & own) for own in group.values()], dtype=np.float64)
    before = row[places].astype(np.float64)
    total = before.sum()
    unknown = np.array([place >= len(model_languages()) for place in places])
    before[unknown & (counts >= _FEWEST_WORDS)] = total * _UNKNOWN_SHARE
    weighed = before * np.exp(counts - counts.max())
    if weighed.sum() > 0:
        row[places] = weighed / weighed.sum() * total


@cache
def _codes() -> tuple[str, ...]:
    """Return the languages that have a probability: those of the identifier, then those that only words distinguish from them."""
    return (*model_languages(), *sorted(set(_words()) - set(model_languages())))


@cache
def _words() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return for each language the words of its group, by language."""
    return {code: group for group in _table().words for code in group}


@cache
def _places() -> Mapping[str, int]:
    return {code: place for place, code in enumerate(_codes())}


def _answer(found: _Found | None, letters: int, script: str, declared: str | None, expected: Sequence[str]) -> _Answer:
    declared = language_tags.language_code(declared)
    if found is None:
        return _Answer(declared or "und", None if declared else 0.0)
    if declared:
        place = _places().get(_model_code(declared))
        is_known = place is not None and (place < len(model_languages()) or declared == found.best)
        return _Answer(declared, _rounded(float(found.all[place])) if is_known else None)
    best = found.best
    if best in expected:
        return _Answer(best, _rounded(found.probability))
    related = [code for code in expected if best in _table().relatives.get(code, ())]
    in_script = [code for code in expected if script in _scripts_of(code)]
    is_sure = found.probability >= FOREIGN_AT and letters >= FOREIGN_LETTERS
    candidates = related or ([] if is_sure else in_script)
    return _limited(found, candidates) or _Answer("und" if best == "zxx" else best, _rounded(found.probability))


def _limited(found: _Found, languages: Sequence[str]) -> _Answer | None:
    """Return the most probable of some languages, and its probability among them; None where none of them has any."""
    among = {code: float(found.all[_places()[code]]) for code in languages if code in _places()}
    total = sum(among.values())
    if not total:
        return None
    best = max(among, key=lambda code: (among[code], code))
    return _Answer(best, _rounded(among[best] / total))


def _rounded(probability: float) -> float:
    # The last bits depend on the machine's linear algebra; what is published must not.
    return round(probability, 4)


class _Table(NamedTuple):
    relatives: Mapping[str, frozenset[str]]
    aliases: Mapping[str, str]
    words: tuple[Mapping[str, frozenset[str]], ...]


@cache
def _table() -> _Table:
    table = tomllib.loads((Path(__file__).parents[1] / "config" / "languages.toml").read_text(encoding="utf-8"))
    relatives = {code: frozenset(group) for group in table["relatives"] for code in group}
    words = tuple({code: frozenset(listed.split()) for code, listed in group.items()} for group in table["words"])
    return _Table(relatives, table["aliases"], words)


def _model_code(code: str) -> str:
    return _table().aliases.get(code, code)


@cache
def _scripts_of(code: str) -> frozenset[str]:
    """Return the scripts that a language is written in, as far as CLDR says."""
    from babel.core import get_global  # noqa: PLC0415 - imported where it is used

    likely = get_global("likely_subtags")
    tags = [tag for key, tag in likely.items() if key == code or key.startswith(f"{code}_")]
    scripts = {part for tag in tags for part in tag.split("_") if len(part) == len("Latn")}
    return frozenset({"Hani" if script in ("Hans", "Hant", "Hanb") else script for script in scripts})
