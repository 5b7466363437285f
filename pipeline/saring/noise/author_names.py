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
_DAY = re.compile(r"(?:19|20)\d\d.*,")
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

    >>> author_line("Oleh: Ratna Wulandari dan Joko Prabowo | 3 Mei 2024 10:12 WIB").names
    ('Ratna Wulandari', 'Joko Prabowo')
    >>> author_line("Editor: Ratna Wulandari").names
    ()
    """
    if len(line) > LONGEST:
        return AuthorLine((), is_labelled=False, is_label=False, names_others=False)
    patterns = _patterns()
    text = _GLUED_BY.sub(r"\1 ", _ADDRESS.sub(" | ", line).strip(" \t*#>»«-–—"))
    if patterns.by_alone.match(text):
        return AuthorLine((), is_labelled=False, is_label=True, names_others=False)
    labelled, bare, names_others = _names_of_segments(text)
    names = tuple(dict.fromkeys(labelled or bare))
    return AuthorLine(names if len(names) <= _MOST_NAMES else (), is_labelled=bool(labelled), is_label=False, names_others=names_others)


def _names_of_segments(text: str) -> tuple[list[str], list[str], bool]:
    """Return the names beside words such as "By", those of the first segment without one, and whether others are named, in a byline."""
    patterns = _patterns()
    labelled: list[str] = []
    bare: list[str] = []
    names_others = awaits_name = False
    for number, segment in enumerate(part.strip(" :：,.") for part in _SEPARATOR.split(text)):
        label = patterns.by.match(segment)
        if patterns.by_alone.match(segment):  # "Автор / Ada Flint"
            awaits_name = True
        elif segment and not awaits_name and patterns.others.match(segment):
            names_others = True
        elif spaceless := _spaceless_names(segment):
            labelled += spaceless
        elif segment and (label or awaits_name):
            labelled += _names(segment[label.end() :] if label else segment, is_labelled=True)
            awaits_name = False
        elif segment and not bare and (number == 0 or patterns.dates.match(text)):
            bare += _names(segment, is_labelled=False)
    if not (labelled or bare or names_others) and _DAY.search(text):  # "Published on 3 May 2024, 10:05, Ada Flint"
        bare = _names(text.rpartition(",")[2].strip(), is_labelled=False)
    return labelled, bare, names_others


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
    for number, piece in enumerate(piece for piece in patterns.between.split(head) if piece and piece.strip()):
        if piece.casefold().strip(" .") in words["agencies"]:
            names.append(piece.strip(" ."))
        elif _is_team(piece, is_labelled=is_labelled):
            names.append(" ".join(itertools.dropwhile(str.islower, piece.split())))  # "by the Harbour Times staff"
        elif number == 0 or not _is_role(piece):
            name, has_rest = _name(piece.split())
            if _is_person(name, has_rest=has_rest, is_labelled=is_labelled, is_first=number == 0):
                names.append(str(name))
            elif number == 0 or not (is_labelled or (name and " " not in name)):  # one word behind the names is a place
                return []
    return names


def _is_person(name: str | None, *, has_rest: bool, is_labelled: bool, is_first: bool) -> bool:
    """Tell whether a name may be that of an author, by its form and what stands around it."""
    if name is None:
        return False
    if " " not in name:  # one word: a name only right behind a label
        return is_labelled and is_first and not is_date_word(name)
    return is_labelled or (not has_rest and len(name.split()) <= _LONGEST_BARE_NAME and _is_cased(name))


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
    roles = _word_sets()["roles"]
    return any(token in roles or token.endswith(head_words()["role_endings"]) for token in tokens) or (len(tokens) == 1 and piece.isupper())


def _is_team(piece: str, *, is_labelled: bool) -> bool:
    """Tell whether a piece of a byline names a newsroom or team: two to four words with capitals, the last of them one of those."""
    tokens = piece.split()
    if (
        not any(token[0].isupper() for token in tokens[:-1])
        or not 1 < len(tokens) <= _LONGEST_BARE_NAME
        or tokens[-1].strip(".").casefold() not in _word_sets()["teams"]
    ):
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
        name_part, goes_on = _name_part(rest[0].strip(","), is_last=len(rest) == 1, has_name=len(taken) > 1)
        taken += [name_part] if name_part else []
        if not goes_on:
            rest = [] if name_part or (len(taken) > 1 and rest[0].casefold().strip(",.") in words["never"]) else rest
            break
        rest = rest[1:]
    taken = _trimmed(taken)
    has_rest = bool(rest) and rest[0].strip(",.").casefold() not in words["roles"]
    is_name = 0 < len(taken) <= _LONGEST_NAME and not any(token.casefold() in words["never"] for token in taken) and taken != [taken[0][:1]]
    return (" ".join(taken) if is_name else None), has_rest


def _name_part(token: str, *, is_last: bool, has_name: bool) -> tuple[str | None, bool]:
    """Return what of a word belongs to a name, or None, and whether the name may go on behind it."""
    words = _word_sets()
    folded = token.casefold().strip(".")
    glued = _GLUED.match(token)
    if glued and (glued[2].casefold() in words["roles"] or is_date_word(glued[2])):  # "Ada FlintReporter", "Ada FlintMay 3"
        return None if glued[1].casefold() in words["updated"] | words["published"] else glued[1], False
    # "Jon Mallow The Associated Press", "Jon Mallow Follow": another name or a button.
    if folded in words["roles"] or not _NAME_TOKEN.match(token) or (has_name and folded in words["never"]):
        return None, False
    is_small = token[0].islower()
    is_part = not is_small or (folded in words["particles"] and not is_last)
    return (token, True) if is_part else (None, False)


def _trimmed(taken: list[str]) -> list[str]:
    """Return the words of a name without what is repeated, without particles at its end, and without degrees."""
    while taken and taken[-1].casefold() in _word_sets()["particles"] and taken[-1][0].islower():
        taken = taken[:-1]
    half = len(taken) // 2
    if half > 1 and taken[:half] == taken[half:]:  # the description of a picture, and the name
        taken = taken[:half]
    while len(taken) > 2 and taken[-1].isupper() and len(taken[-1]) > 1 and not taken[0].isupper():  # noqa: PLR2004 - a name keeps two words
        taken = taken[:-1]
    return taken
