"""pipeline/saring/core/printable.py: what is quoted steers no terminal, and TOML and JSON that are written read back as the same."""

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
from saring.config.toml_table import quoted
from saring.core.errors import ConfigError, SaringError
from saring.core.printable import json_safe, printable
from saring.corpus.takedowns import _toml
from saring.read.scrape import Rejection, rejection_table
from saring.tools.suggest_names import accept
from saring.tools.suggest_rules import draft
from saring.tools.suggest_rules.repeated_lines import CANDIDATE

#: Strings that steer a terminal, forge a line, hide or turn around what stands there.
STEERING = {
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
HARD = st.text(st.one_of(st.characters(), st.sampled_from("'\"\\\n\r\t\x00\x1b\x7f\x85\x9b\u2028\u202e\ufeff[]{}#,=⟦⟧ ")))
WHOLE = HARD.map(lambda text: text.encode("utf-16", "surrogatepass").decode("utf-16", "ignore"))


@pytest.mark.parametrize("text", STEERING.values(), ids=STEERING)
def test_what_steers_is_spelled_out(text: str) -> None:
    """In messages of errors, in rejections, and in JSON."""
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
    """Joiners are spelling, and marks and odd spaces are no controls."""
    assert printable(text) == text


@given(text=HARD)
def test_nothing_that_steers_is_left(text: str) -> None:
    """Whatever the text; with lines, line breaks and tabs stay."""
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]", printable(text))
    assert printable(text, lines=True).count("\n") == text.count("\n")
    assert json.loads(json_safe(json.dumps(text, ensure_ascii=False))) == text


@given(text=WHOLE)
def test_a_string_of_toml_reads_back(text: str) -> None:
    """As the same string, from one line of visible characters."""
    written = quoted(text)

    assert tomllib.loads(f"key = {written}")["key"] == text
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e]", written)


def test_a_surrogate_becomes_a_replacement_character() -> None:
    """TOML cannot hold it; what stands beside it stays."""
    assert tomllib.loads(f"key = {quoted('a' + chr(0xD800) + 'b' + chr(0xDC00))}")["key"] == "a\ufffdb\ufffd"


@given(pairs=st.lists(st.tuples(WHOLE.filter(str.strip), WHOLE.filter(str.strip)), max_size=5))
def test_suggested_names_read_back(pairs: list[tuple[str, str]]) -> None:
    """All canonical spellings with all of their variants."""
    read = tomllib.loads(accept.draft(pairs)).get("name", [])

    assert [(name["canonical"], variant) for name in read for variant in name["variants"]] == sorted(
        pairs, key=lambda pair: list(dict(pairs)).index(pair[0])
    )


@given(
    pairs=st.lists(st.tuples(WHOLE.filter(str.strip), WHOLE.filter(str.strip)), max_size=3),
    before=st.sampled_from(["", "# mine\r\n", "[build]\n"]),
)
def test_accepted_names_read_back(pairs: list[tuple[str, str]], before: str) -> None:
    """And whatever stood in the file is there still."""
    text = before
    for canonical, variant in pairs:
        text = accept.added(text, canonical, variant)

    assert text.startswith(before)
    read = tomllib.loads(text).get("name", [])
    assert {(name["canonical"], variant) for name in read for variant in name["variants"]} == set(pairs)


@given(
    what=st.sampled_from(["line", "headline", "prefix", "suffix", "inline"]),
    text=WHOLE.filter(str.strip),
    group=WHOLE,
    contexts=st.lists(WHOLE, min_size=1, max_size=2),
)
def test_suggested_rules_read_back(what: str, text: str, group: str, contexts: list[str]) -> None:
    """Whatever the string, the site and the places: the TOML is valid, and holds them as they are."""
    row = {"what": what, "group": group, "text": text, "pages": 3, "places": 4, "contexts": contexts, "site": group or None}

    drafted = draft._drafted(row)  # noqa: SLF001 - `rules` leaves out what holds not its own cases
    (rule,) = tomllib.loads(drafted.toml)["rule"]

    assert rule["fires"] == contexts
    assert rule.get("sites", [""]) == [group]
    assert rule.get("literals", [text]) == [text]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]", drafted.toml)


@pytest.mark.parametrize(
    "text", ["a\x1b[31m", "'''", "it's'", "\\", "a\nb", "  ", "\u202egpj", '"""', "{braces}", "a\x00b", "Caf\u00e9 'x'"]
)
def test_rules_are_suggested_whatever_the_string(text: str) -> None:
    """A string that no rule can be written for is passed over; nothing is raised."""
    rows = [
        {
            "what": what,
            "group": "site",
            "site": None,
            "text": text,
            "pages": 3,
            "places": 3,
            "contexts": [f"One ended. ⟦{text}⟧ Two began."],
        }
        for what in ("line", "prefix", "suffix", "inline")
    ]

    for one in draft.draft_rules(pl.DataFrame(rows, schema=CANDIDATE)):
        assert tomllib.loads(one.toml)["rule"]


@given(reason=WHOLE)
def test_takedowns_read_back(reason: str) -> None:
    """The reason that a person wrote, whatever is in it."""
    read = tomllib.loads(_toml(Takedown(id="a" * 20, reason=reason)))["takedown"][0]

    assert read.get("reason", "") == reason
