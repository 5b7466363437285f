"""Tests of pipeline/saring/core/printable.py: quoted text cannot control a terminal; TOML and JSON written from any string round-trip."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saring.config.settings import Takedown
from saring.config.toml_table import toml_string
from saring.core.errors import ConfigError, SaringError
from saring.core.printable import json_safe, printable
from saring.corpus.takedowns import _takedown_toml
from saring.read.scrape import Rejection, rejection_table
from saring.tools.suggest_names import accept
from saring.tools.suggest_rules import draft
from saring.tools.suggest_rules.repeated_lines import CANDIDATE

#: Strings that control a terminal, forge a line of output, or hide or reorder characters.
HOSTILE = {
    "colour": "\x1b[31mred",
    "title of the window": "\x1b]0;owned\x07",
    "C1 control sequence": "\x9b2J",
    "carriage return": "fine\rsaring: forged",
    "new line": "fine\nsaring: forged",
    "next line of mainframes": "fine\x85forged",
    "line separator": "fine\u2028forged",
    "override of direction": "gpj.\u202eexe",
    "isolates": "a\u2066b\u2069c",
    "Arabic letter mark": "a\u061cb",
    "zero width": "pass\u200bword\ufeff",
    "soft hyphen": "pass\xadword",
    "backspaces": "yes\b\b\bno",
    "tags": "ok\U000e0041\U000e0042",
    "delete": "a\x7fb",
    "surrogate": "a\ud800b",
}
DIFFICULT = st.text(st.one_of(st.characters(), st.sampled_from("'\"\\\n\r\t\x00\x1b\x7f\x85\x9b\u2028\u202e\ufeff[]{}#,=⟦⟧ ")))
VALID = DIFFICULT.map(lambda text: text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore"))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_control_characters_are_escaped(text: str) -> None:
    """Control and invisible characters are escaped in error messages, in rejections and in JSON."""
    shown = printable(text)

    assert not re.search("[\x00-\x1f\x7f-\x9f]", shown)
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert printable(shown) == shown
    assert str(SaringError(text)) == shown
    assert shown in str(ConfigError(file=text, path="key", expected="a", found="b", hint="c"))
    row = rejection_table([Rejection(text, "bad-json", text)]).row(0, named=True)
    assert (row["source"], row["message"]) == (shown, shown)
    line = json_safe(json.dumps(text, ensure_ascii=False))
    assert json.loads(line) == text
    assert len(line.splitlines()) == 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", line)


@pytest.mark.parametrize(
    "text",
    ["Ørsted, ß, İstanbul", "می\u200cخواهم", "क्\u200dष", "👩\u200d👩\u200d👧\ufe0f", "شَهْر", "日本　語", "a\u202f%", "1\xa0000", "<U+001B>"],
)
def test_good_text_is_shown_as_it_is(text: str) -> None:
    """Joiners, combining marks and unusual spaces are ordinary text and stay unchanged."""
    assert printable(text) == text


@given(text=DIFFICULT)
def test_no_control_character_is_left(text: str) -> None:
    """No string keeps a control character; with `lines`, line breaks are kept."""
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]", printable(text))
    assert printable(text, lines=True).count("\n") == text.count("\n")
    assert json.loads(json_safe(json.dumps(text, ensure_ascii=False))) == text


@given(text=VALID)
def test_a_toml_string_round_trips(text: str) -> None:
    """`toml_string` writes any string on one line of visible characters that TOML parses to the same string."""
    written = toml_string(text)

    assert tomllib.loads(f"key = {written}")["key"] == text
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e]", written)


def test_a_surrogate_becomes_a_replacement_character() -> None:
    """A lone surrogate, which TOML cannot express, becomes U+FFFD; the characters around it stay."""
    assert tomllib.loads(f"key = {toml_string('a' + chr(0xD800) + 'b' + chr(0xDC00))}")["key"] == "a\ufffdb\ufffd"


@given(pairs=st.lists(st.tuples(VALID.filter(str.strip), VALID.filter(str.strip)), max_size=5))
def test_suggested_names_round_trip(pairs: list[tuple[str, str]]) -> None:
    """TOML drafted for suggested names parses to all canonical spellings with all of their variants."""
    read = tomllib.loads(accept.names_toml(pairs)).get("name", [])

    assert [(name["canonical"], variant) for name in read for variant in name["variants"]] == sorted(
        pairs, key=lambda pair: list(dict(pairs)).index(pair[0])
    )


@given(
    pairs=st.lists(st.tuples(VALID.filter(str.strip), VALID.filter(str.strip)), max_size=3),
    before=st.sampled_from(["", "# mine\r\n", "[build]\n"]),
)
def test_accepted_names_round_trip(pairs: list[tuple[str, str]], before: str) -> None:
    """Names added to a file parse to the same names, and the existing content of the file is preserved."""
    text = before
    for canonical, variant in pairs:
        text = accept.with_variant(text, canonical, variant)

    assert text.startswith(before)
    read = tomllib.loads(text).get("name", [])
    assert {(name["canonical"], variant) for name in read for variant in name["variants"]} == set(pairs)


@given(
    scope=st.sampled_from(["line", "headline", "prefix", "suffix", "inline"]),
    text=VALID.filter(str.strip),
    group=VALID,
    contexts=st.lists(VALID, min_size=1, max_size=2),
)
def test_suggested_rules_round_trip(scope: str, text: str, group: str, contexts: list[str]) -> None:
    """TOML drafted for a suggested rule is valid for any string, site and contexts, and parses to the same values."""
    row = {"candidate_type": scope, "group": group, "text": text, "pages": 3, "places": 4, "contexts": contexts, "site": group or None}

    drafted = draft._suggestion(row)  # noqa: SLF001 - `draft_rules` drops rules whose own cases fail
    (rule,) = tomllib.loads(drafted.toml)["rule"]

    assert rule["fires"] == contexts
    assert rule.get("sites", [""]) == [group]
    assert rule.get("literals", [text]) == [text]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]", drafted.toml)


@pytest.mark.parametrize(
    "text", ["a\x1b[31m", "'''", "it's'", "\\", "a\nb", "  ", "\u202egpj", '"""', "{braces}", "a\x00b", "Caf\u00e9 'x'"]
)
def test_rules_are_suggested_for_any_string(text: str) -> None:
    """A string for which no valid rule can be written is skipped without an error."""
    rows = [
        {
            "candidate_type": scope,
            "group": "site",
            "site": None,
            "text": text,
            "pages": 3,
            "places": 3,
            "contexts": [f"One ended. ⟦{text}⟧ Two began."],
        }
        for scope in ("line", "prefix", "suffix", "inline")
    ]

    for drafted in draft.draft_rules(pl.DataFrame(rows, schema=CANDIDATE)):
        assert tomllib.loads(drafted.toml)["rule"]


@given(reason=VALID)
def test_takedowns_round_trip(reason: str) -> None:
    """TOML written for a takedown parses to the same reason, whatever characters it has."""
    read = tomllib.loads(_takedown_toml(Takedown(id="a" * 20, reason=reason)))["takedown"][0]

    assert read.get("reason", "") == reason
