"""Identify the language and the script of each page, without network access.

The identifier is py3langid (accuracy 98.5% on news in 20 languages when restricted to these). It classifies documents, not lines: all
identifiers that we tried confuse single sentences of Indonesian and Malay. Closely related languages are also distinguished by words that only
one of them has (`languages.toml`). The languages expected in the corpus are preferred, not imposed.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from saring.config import language_tags
from saring.language.ngrams import language_probabilities, model_languages
from saring.language.scripts import count_letters, main_scripts, usual_scripts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

__all__ = ["identify"]

#: Code points of title and text that are examined; more do not change the result.
SAMPLE = 4_000
#: The minimum probability and number of letters for accepting a language that the corpus does not expect. Measured once: of 25,000 excerpts in
#: Indonesian, French and English of at least 40 characters, none is taken for another language at 0.6; of Spanish and Portuguese sentences
#: longer than 80 characters, 98% are recognised.
FOREIGN_AT = 0.6
FOREIGN_LETTERS = 40

#: URLs, email addresses, handles and hashtags, which are ignored: they do not depend on the language of the text.
_NOT_WORDS = r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+"

#: Code points that are searched for words that distinguish related languages; the identifier is reliable on longer texts. A judgement.
_WORDS_SAMPLE = 1_500
_WORD = re.compile(r"[^\W\d_]+")
#: For a language unknown to the identifier: its prior share of the probability of its related languages, and the number of its words that the
#: text must have. Judgements.
_UNKNOWN_SHARE, _FEWEST_WORDS = 0.02, 3


class _Decision(NamedTuple):
    """The published language of one text and its score (`identify`)."""

    language: str
    language_score: float | None


def identify(texts: pl.DataFrame, languages: Sequence[str]) -> pl.DataFrame:
    """Identify the language and the script of each text in a table.

    A declared language is kept, with its code normalised (`language_tags`). Otherwise the identified language is accepted if the corpus expects
    it, if the text is in a script that no expected language has, or if its probability is high. If it is uncertain, or closely related to an
    expected language (Malay to Indonesian), the most probable expected language is chosen. A text without letters is "und".

    Args:
        texts: columns id, text, title, and language (as declared, such as "id", "ind" or "id-ID", or null).
        languages: ISO 639 codes of the languages expected in the corpus; empty is any.

    Returns:
        Columns id, language (ISO 639), language_script (ISO 15924; "Zyyy" without letters) and language_score (Float32), in the order of the
        texts. The score is the probability of the language among all languages or, if an expected language was chosen, among the expected ones;
        null if the identifier does not know the declared language.
    """
    samples = texts.select("id", "language", _sample())
    letters = count_letters(samples["sample"])
    samples = samples.with_columns(main_scripts(letters).alias("language_script"), pl.Series("letters", letters.sum(axis=0)))
    expected = tuple(_model_code(code) for code in languages)
    corpus_codes = dict(zip(expected, languages, strict=True))
    rows = samples.select("letters", "language_script", "language").iter_rows()
    identifications = _identify_samples(samples.filter(pl.col("letters") > 0)["sample"].to_list())
    decisions = [
        _decide(next(identifications) if letters else None, letters, script, declared, expected) for letters, script, declared in rows
    ]
    return (
        samples.select("id", "language_script")
        .with_columns(
            pl.Series("language", [corpus_codes.get(decision.language, decision.language) for decision in decisions], dtype=pl.String),
            pl.Series("language_score", [decision.language_score for decision in decisions], dtype=pl.Float32),
        )
        .select("id", "language", "language_script", "language_score")
    )


def _sample() -> pl.Expr:
    """Return the first code points of title and text, without URLs, addresses and handles, as the column `sample`."""
    page = pl.concat_str(pl.col("title").fill_null(""), pl.lit("\n"), pl.col("text").fill_null(""))
    return page.str.slice(0, SAMPLE).str.replace_all(_NOT_WORDS, " ").alias("sample")


class _Identification(NamedTuple):
    """The language identifier's result for one text, before the languages expected in the corpus are considered.

    Attributes:
        best: the most probable language; of several that are equally probable, the one whose column is the last.
        probability: its probability.
        probabilities: those of all languages, in the order of `_candidate_languages`.
    """

    best: str
    probability: float
    probabilities: npt.NDArray[np.float32]


def _identify_samples(texts: Sequence[str]) -> Iterator[_Identification]:
    """Yield the language probabilities of each text: those of py3langid, corrected by the words that distinguish related languages."""
    languages = _candidate_languages()
    model_probabilities = language_probabilities(texts)
    padding = np.zeros((len(model_probabilities), len(languages) - model_probabilities.shape[1]), dtype=model_probabilities.dtype)
    probabilities = np.hstack([model_probabilities, padding])
    for text, row, best in zip(texts, probabilities, model_probabilities.argmax(axis=1).tolist(), strict=True):
        if languages[best] in _distinctive_words():
            _reweight_by_words(row, text, _distinctive_words()[languages[best]])
    best_columns = len(languages) - 1 - probabilities[:, ::-1].argmax(axis=1)
    for column, probability, row in zip(best_columns.tolist(), probabilities.max(axis=1).tolist(), probabilities, strict=True):
        yield _Identification(languages[column], probability, row)


def _reweight_by_words(row: npt.NDArray[np.float32], text: str, group: Mapping[str, frozenset[str]]) -> None:
    """Redistribute, in place, the probability of a group of related languages by the distinctive words that the text has.

    Each language is weighted by e to the power of the number of its words; the sum over the group stays. Languages with the probabilities
    0.6 and 0.2 and with 0 and 2 words become 0.8 / (0.6 + 0.2 e²) times 0.6 and 0.2 e²: 0.23 and 0.57.

    Args:
        row: the probabilities of all languages.
        text: the text.
        group: the distinctive words by language.
    """
    words = set(_WORD.findall(text[:_WORDS_SAMPLE].lower()))
    columns = [_columns()[code] for code in group]
    counts = np.array([len(words & distinctive) for distinctive in group.values()], dtype=np.float64)
    prior = row[columns].astype(np.float64)
    total = prior.sum()
    unknown = np.array([column >= len(model_languages()) for column in columns])
    prior[unknown & (counts >= _FEWEST_WORDS)] = total * _UNKNOWN_SHARE
    weighted = prior * np.exp(counts - counts.max())
    if weighted.sum() > 0:
        row[columns] = weighted / weighted.sum() * total


@cache
def _candidate_languages() -> tuple[str, ...]:
    """Return all languages that can be identified: those of the identifier's model, then those known only by distinctive words."""
    return (*model_languages(), *sorted(set(_distinctive_words()) - set(model_languages())))


@cache
def _distinctive_words() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Map each language that has distinctive words to its group of related languages, with the distinctive words of each of them."""
    return {code: group for group in _language_table().words for code in group}


@cache
def _columns() -> Mapping[str, int]:
    """Map each language code to its column in the arrays of language probabilities, the position in `_candidate_languages`."""
    return {code: column for column, code in enumerate(_candidate_languages())}


def _decide(identification: _Identification | None, letters: int, script: str, declared: str | None, expected: Sequence[str]) -> _Decision:
    """Choose the published language of one text, by the rules of `identify`.

    Args:
        identification: the identifier's result; None for a text without letters.
        letters: the number of letters in the text.
        script: the script of the text.
        declared: the declared language, as it was declared.
        expected: the languages of the corpus, in the identifier's codes.
    """
    declared = language_tags.language_code(declared)
    if identification is None:
        return _Decision(declared or "und", None if declared else 0.0)
    if declared:
        column = _columns().get(_model_code(declared))
        is_known = column is not None and (column < len(model_languages()) or declared == identification.best)
        return _Decision(declared, _rounded(float(identification.probabilities[column])) if is_known else None)
    best = identification.best
    if best in expected:
        return _Decision(best, _rounded(identification.probability))
    related = [code for code in expected if best in _language_table().relatives.get(code, ())]
    in_script = [code for code in expected if script in usual_scripts(code)]
    is_certain = identification.probability >= FOREIGN_AT and letters >= FOREIGN_LETTERS
    candidates = related or ([] if is_certain else in_script)
    unrestricted = _Decision("und" if best == "zxx" else best, _rounded(identification.probability))
    return _best_among(identification, candidates) or unrestricted


def _best_among(identification: _Identification, languages: Sequence[str]) -> _Decision | None:
    """Return the most probable of some languages, with its probability given that the text is in one of them; None if all have probability 0."""
    probabilities = {code: float(identification.probabilities[_columns()[code]]) for code in languages if code in _columns()}
    total = sum(probabilities.values())
    if not total:
        return None
    best = max(probabilities, key=lambda code: (probabilities[code], code))
    return _Decision(best, _rounded(probabilities[best] / total))


def _rounded(probability: float) -> float:
    """Round a published probability: its last bits depend on the machine's linear algebra library, and releases must not."""
    return round(probability, 4)


class _LanguageTable(NamedTuple):
    """Related languages, code aliases and distinctive words: the content of languages.toml.

    Attributes:
        relatives: the languages closely related to each language.
        aliases: the identifier's code for other codes of the same language.
        words: for each group of related languages, the distinctive words by language.
    """

    relatives: Mapping[str, frozenset[str]]
    aliases: Mapping[str, str]
    words: tuple[Mapping[str, frozenset[str]], ...]


@cache
def _language_table() -> _LanguageTable:
    """Load languages.toml: groups of related languages, aliases of language codes, distinctive words."""
    table = tomllib.loads((Path(__file__).parents[1] / "config" / "languages.toml").read_text(encoding="utf-8"))
    relatives = {code: frozenset(group) for group in table["relatives"] for code in group}
    words = tuple({code: frozenset(listed.split()) for code, listed in group.items()} for group in table["words"])
    return _LanguageTable(relatives, table["aliases"], words)


def _model_code(code: str) -> str:
    """Return the identifier's code for an ISO 639 code."""
    return _language_table().aliases.get(code, code)
