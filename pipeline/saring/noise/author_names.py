"""Names of authors in a byline: "By Ada Flint and Jon Mallow, Reuters | 3 May 2024" names three, "Editor: Ada Flint" names none.

The words around names are data (`head_words.toml`). Editors, photographers and sources are not authors; agencies are where a page names them
in its byline.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from saring.core.dates import is_date_word

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LONGEST", "AuthorLine", "alternation", "author_line", "head_words"]

#: The longest byline, in characters. A judgement.
LONGEST = 160

#: The most words of a name, and of a name that stands without a word such as "By". Judgements.
_LONGEST_NAME, _LONGEST_BARE_NAME = 6, 4
#: The most authors of one line: more are a list of something else. A judgement.
_MOST_NAMES = 8

_ADDRESS = re.compile(r"\S+@\S+|(?<!\S)@\w+|https?://\S+")
_SEPARATOR = re.compile(r"\s*[|•·●∙‧/\\–—()\[\]（）【】［］]\s*|\s+-\s+|\t+|\s{2,}|\s~\s|\v")
_LIST = r"\s*[,;、，；&+]\s*"
_CASED = re.compile(r"^['’]?[^\W\d_]['’]?")
_NAME_TOKEN = re.compile(r"^[^\W\d_](?:[^\W\d_]|['’.\u00AD\-\u0300-\u036F])*$")
_GLUED = re.compile(r"^(\w*[a-zß-öø-ÿ])([A-ZÀ-Þ][a-zß-öø-ÿ]{3,})$")
#: "ByAda Flint": a page whose byline is flattened without a space.
_GLUED_BY = re.compile(r"^((?:Written )?[Bb]y|BY|Von|Par|Oleh|Por)(?=[A-ZÀ-Þ][a-zß-öø-ÿ])")
_HAN_NAME = r"[\u4E00-\u9FFF]{2,4}"
_JAPANESE_NAME = r"[\u4E00-\u9FFF\u3040-\u30FF々]{2,8}"
_HANGUL_NAME = r"[\uAC00-\uD7A3]{2,4}"
_SPACELESS = re.compile(r"[\u3040-\u30FF\u4E00-\u9FFF\uAC00-\uD7A3]")


class AuthorLine(NamedTuple):
    """What a line says of authors.

    Attributes:
        names: the authors; empty where the line names none.
        is_labelled: whether a word such as "By" stands before or behind the names.
        is_label: whether the line is such a word and nothing else: the names stand below it.
        names_others: whether it names editors, photographers or sources.
    """

    names: tuple[str, ...]
    is_labelled: bool
    is_label: bool
    names_others: bool


@cache
def head_words() -> dict[str, tuple[str, ...]]:
    """Load the words of bylines and date lines (`head_words.toml`)."""
    table = tomllib.loads(Path(__file__).with_name("head_words.toml").read_text(encoding="utf-8"))
    return {name: tuple(words) for name, words in table.items()}


def alternation(words: Iterable[str]) -> str:
    """Return a pattern that matches any of some words, the longest first."""
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(set(words), key=lambda word: (-len(word), word)))


class _Patterns(NamedTuple):
    """Compiled patterns of `head_words.toml`."""

    by: re.Pattern[str]
    by_alone: re.Pattern[str]
    others: re.Pattern[str]
    by_spaceless: re.Pattern[str]
    behind_spaceless: re.Pattern[str]
    others_spaceless: re.Pattern[str]
    dates: re.Pattern[str]
    between: re.Pattern[str]


@cache
def _patterns() -> _Patterns:
    """Compile the patterns of `head_words.toml`."""
    words = head_words()
    by, others = alternation(words["by"]), alternation(words["others"])
    dated = alternation(word for word in (*words["published"], *words["updated"]) if word not in ("data", "stand", "입력"))
    conjunctions = alternation(word for word in words["and"] if word not in "&+")
    return _Patterns(
        by=re.compile(rf"^(?:{by})(?:\s*[:：]\s*|\s+)(?=\S)", re.IGNORECASE),
        by_alone=re.compile(rf"^(?:{by}|{alternation(words['by_spaceless'])})\s*[:：]?$", re.IGNORECASE),
        others=re.compile(rf"^(?:{others})(?:\s*[:：]|\s|$)|^(?:{alternation(words['others_spaceless'])})", re.IGNORECASE),
        by_spaceless=re.compile(rf"^(?:{alternation(words['by_spaceless'])})\s*[:：／]?\s*(?=[\u3040-\u30FF\u4E00-\u9FFF\uAC00-\uD7A3])"),
        behind_spaceless=re.compile(
            rf"(?:^|(?<=[\s,、=＝・]))({_HANGUL_NAME}|{_JAPANESE_NAME})\s?(?:{alternation(words['behind_spaceless'])})(?![\uAC00-\uD7A3\u4E00-\u9FFF])"
        ),
        others_spaceless=re.compile(rf"(?:{alternation(words['others_spaceless'])})\s*[:：]?"),
        dates=re.compile(rf"[\d٠-٩۰-۹]|(?<!\w)(?:{dated})(?!\w)", re.IGNORECASE),
        between=re.compile(rf"{_LIST}(?:(?:{conjunctions})\s+)?|\s+(?:{conjunctions})\s+", re.IGNORECASE),
    )


@cache
def _word_sets() -> dict[str, frozenset[str]]:
    """Return the words of `head_words.toml` as sets."""
    return {name: frozenset(words) for name, words in head_words().items()}


def author_line(line: str) -> AuthorLine:
    """Read the authors that a line names.

    A line without a word such as "By" names an author only if it begins with a name: two to four words with capitals and nothing else but
    what a separator, a comma or a date sets off. Whether such a name is an author's depends on the page, which `head_lines` looks at.

    >>> author_line("Oleh: Ratna Wulandari dan Joko | 3 Mei 2024 10:12 WIB").names
    ('Ratna Wulandari', 'Joko')
    >>> author_line("Editor: Ratna Wulandari").names
    ()
    """
    if len(line) > LONGEST:
        return AuthorLine((), is_labelled=False, is_label=False, names_others=False)
    patterns = _patterns()
    text = _GLUED_BY.sub(r"\1 ", _ADDRESS.sub(" | ", line).strip(" \t*#>»«-–—"))
    if patterns.by_alone.match(text):
        return AuthorLine((), is_labelled=False, is_label=True, names_others=False)
    labelled: list[str] = []
    bare: list[str] = []
    names_others = awaits_name = False
    for number, segment in enumerate(part.strip(" :：,.") for part in _SEPARATOR.split(text)):
        if not segment:
            continue
        if patterns.by_alone.match(segment):  # "Автор/Редактор: ..."
            awaits_name = True
            continue
        if _is_of_others(segment, awaits_name=awaits_name):
            names_others = True
            awaits_name = False
            continue
        spaceless = _spaceless_names(segment)
        if spaceless:
            labelled += spaceless
            continue
        label = patterns.by.match(segment)
        if label or awaits_name:
            labelled += _names(segment[label.end() :] if label else segment, is_labelled=True)
        elif not bare and (number == 0 or patterns.dates.match(text)):
            bare += _names(segment, is_labelled=False)
        awaits_name = False
    names = tuple(dict.fromkeys(labelled or bare))
    if len(names) > _MOST_NAMES:
        names = ()
    return AuthorLine(names, is_labelled=bool(labelled), is_label=False, names_others=names_others)


def _is_of_others(segment: str, *, awaits_name: bool) -> bool:
    """Tell whether a segment names an editor, a photographer or a source; behind "Автор/" the label "Редактор:" names the author too."""
    match = _patterns().others.match(segment)
    return bool(match) and not awaits_name


def _spaceless_names(segment: str) -> list[str]:
    """Return the authors of a segment in Chinese, Japanese or Korean: "本报记者 王小明 李华", "山田太郎記者", "김민수 기자"."""
    if not _SPACELESS.search(segment):
        return []
    patterns = _patterns()
    label = patterns.by_spaceless.match(segment)
    if label:
        rest = patterns.others_spaceless.split(segment[label.end() :])[0]
        rest = re.split(r"[\d:：]", rest)[0]
        pieces = [piece for piece in re.split(r"[\s,、，;；・]+", rest) if piece]
        names = []
        for piece in pieces:
            if not re.fullmatch(rf"{_HAN_NAME}|{_JAPANESE_NAME}|{_HANGUL_NAME}", piece):
                break
            names.append(piece)
        return names
    return [match[1] for match in patterns.behind_spaceless.finditer(segment)]


def _names(segment: str, *, is_labelled: bool) -> list[str]:
    """Return the names in a segment; none where something else than names, roles and a date stands in it."""
    patterns, words = _patterns(), _word_sets()
    date = patterns.dates.search(segment)
    head = segment[: date.start()].strip(" ,:;|.-") if date else segment
    if date:
        head = _without_date_words(head)
    names: list[str] = []
    pieces = [piece for piece in patterns.between.split(head) if piece and piece.strip()]
    for number, piece in enumerate(pieces):
        if piece.casefold().strip(" .") in words["agencies"]:
            names.append(piece.strip(" ."))
            continue
        if _is_team(piece, is_labelled=is_labelled):
            names.append(" ".join(itertools.dropwhile(str.islower, piece.split())))  # "by the Harbour Times staff"
            continue
        if number > 0 and _is_role(piece):
            continue
        name, has_rest = _name(piece.split())
        if name and " " not in name and is_date_word(name):
            return []
        is_single = name is not None and " " not in name
        if name is None or (is_single and not (is_labelled and number == 0)):
            if number == 0 and not _is_role(piece):
                return []
            if not is_labelled and not _is_role(piece) and not (is_single and number > 0):
                return []
            continue
        if has_rest and not is_labelled:
            return []
        if not is_labelled and (len(name.split()) > _LONGEST_BARE_NAME or not _is_cased(name)):
            return []
        names.append(name)
    return names


def _without_date_words(head: str) -> str:
    """Strip weekday and month names, which stand before a date's first digit, from the end of a segment."""
    tokens = head.split()
    while tokens and is_date_word(tokens[-1].strip(".,")):
        tokens.pop()
    return " ".join(tokens).strip(" ,:;|.-")


def _is_cased(name: str) -> bool:
    """Tell whether each word of a name but its particles begins with a capital."""
    particles = _word_sets()["particles"]
    return all(token[0].isupper() or token.casefold() in particles for token in name.split())


def _is_role(piece: str) -> bool:
    """Tell whether a piece of a byline describes a writer: one of its words does, or it is a degree in capitals."""
    tokens = [token.strip(".,®").casefold() for token in piece.split()]
    return any(token in _word_sets()["roles"] for token in tokens) or (len(tokens) == 1 and piece.isupper())


def _is_team(piece: str, *, is_labelled: bool) -> bool:
    """Tell whether a piece of a byline names a newsroom or team: two to four words with capitals, the last of them one of those."""
    tokens = piece.split()
    if not any(token[0].isupper() for token in tokens[:-1]) or not 1 < len(tokens) <= _LONGEST_BARE_NAME or tokens[-1].strip(".").casefold() not in _word_sets()["teams"]:
        return False
    return is_labelled or all(token[0].isupper() for token in tokens)


def _name(tokens: list[str]) -> tuple[str | None, bool]:
    """Return the name that some words begin with, and whether anything but a role stands behind it; None where there is no name."""
    words = _word_sets()
    while tokens and tokens[0].strip(".,").casefold() in words["roles"]:
        tokens = tokens[1:]
    taken: list[str] = []
    rest = list(tokens)
    while rest:
        token = rest[0].strip(",")
        folded = token.casefold().strip(".")
        glued = _GLUED.match(token)
        if glued and glued[2].casefold() in words["roles"]:
            taken.append(glued[1])
            rest = []
            break
        if folded in words["roles"] or not _NAME_TOKEN.match(token):
            break
        if len(taken) > 1 and folded in words["never"]:  # "Vasilisa Stepanenko The Associated Press", "Tuva Lind Follow"
            rest = []
            break
        is_upper = token[0].isupper() or not (token[0].isupper() or token[0].islower())
        if not is_upper and not (folded in words["particles"] and len(rest) > 1):
            break
        taken.append(token)
        rest = rest[1:]
    while taken and taken[-1].casefold() in words["particles"] and taken[-1][0].islower():
        taken.pop()
    has_rest = bool(rest) and rest[0].strip(",.").casefold() not in words["roles"]
    half = len(taken) // 2
    if half > 1 and taken[:half] == taken[half:]:  # the name of a picture's text, and the name
        taken = taken[:half]
    while len(taken) > 2 and taken[-1].isupper() and len(taken[-1]) > 1 and not taken[0].isupper():  # noqa: PLR2004 - a name keeps two words
        taken.pop()  # a degree
    if not taken or len(taken) > _LONGEST_NAME or any(token.casefold() in words["never"] for token in taken):
        return None, has_rest
    if len(taken[-1]) == 1 and len(taken) == 1:
        return None, has_rest
    return " ".join(taken), has_rest
