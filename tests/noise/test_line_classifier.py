"""Line classifier: prose is kept, and the ledger names the classifier and its scores."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, cast

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring import noise
from saring.config import Noise, default_config
from saring.core import ledger, lines
from saring.noise import line_features
from saring.noise.line_classifier import KINDS, WEIGHTS, Classifier, classifier_of, score_lines
from saring.release.manifest import rules_fingerprint

if TYPE_CHECKING:
    from pathlib import Path

RULES = default_config().rules
CLASSIFIER = cast("Classifier", classifier_of(Noise(drop_at=0.55, keep_at=0.3)))
PROSE = "The council voted on Monday to reopen the old quarry road, which had been closed since the floods of last spring."
MENU = "Home\nWorld\nSports\nWeather\nMost viewed\nJobs\nGames\nMy account\n"
TAIL = "\nFive towns to visit before summer\nWhy the harbour is empty\nTen recipes for a rainy day\nTerms\nPartners\nMobile edition"
PLACES = ("in the north", "by the sea", "near the lake", "for the harbour", "behind the hills", "before winter", "at the fair")


def texts_of(*texts: str) -> pl.DataFrame:
    """Return texts as a table with ids."""
    return pl.DataFrame({"id": [str(n) for n in range(len(texts))], "text": list(texts)})


def cleaned(text: str, classifier: Classifier | None = CLASSIFIER) -> str:
    """Return the text after the noise step with the shipped rules and this classifier."""
    texts = texts_of(text)
    return str(ledger.apply(texts, noise.find(texts, RULES, classifier))["text"][0])


def test_the_weights_say_where_they_come_from() -> None:
    """The shipped weights name their data and licences, stay small, and use existing features only."""
    held = json.loads(WEIGHTS.read_text("utf-8"))
    table = line_features.line_features(lines.split_lines(texts_of(PROSE)))
    first = score_lines(table, pl.DataFrame(schema={"row": pl.UInt32, "kind": pl.String}), texts_of(PROSE))

    assert {"data", "license"} == set().union(*held["provenance"]["trained_on"])
    assert WEIGHTS.stat().st_size < 500_000
    assert len(held["passes"]) == 2
    assert set().union(*(part["measures"] for part in held["passes"])) <= set(first.features)


def test_an_article_loses_its_surroundings_only() -> None:
    """Menus and lists of headlines are deleted, but for lines beside the body; every paragraph stays; deletions are labelled."""
    body = "\n".join(f"{PROSE} Work begins in week {week}, the mayor said." for week in range(18))
    headlines = [f"{what} {where}".title() for what in ("Five towns to visit", "Why rents rise", "Ten recipes") for where in PLACES]
    texts = texts_of(MENU + body + "\nShare this article\nFacebook\n12 comments\n" + "\n".join(headlines) + TAIL)

    found = noise.find(texts, RULES, CLASSIFIER)

    left = ledger.apply(texts, found)["text"][0].split("\n")
    assert left[:18] == body.split("\n")
    assert len(left) - 18 <= len(headlines) / 4
    own = found.filter(pl.col("rule") == "classifier")
    assert own.height > 0
    assert own["score"].is_between(CLASSIFIER.drop_at, 1).all()
    assert set(own["kind"]) <= set(KINDS)
    assert found.filter(pl.col("rule") != "classifier")["score"].null_count() == found.height - own.height


@pytest.mark.parametrize(
    "text",
    [
        PROSE,
        "One line, no more",
        "Yes.",
        f"{PROSE}\n{PROSE}",
        f"{PROSE}\nFive towns to visit\n{PROSE}",
        "春天来了。港口在下周重新开放，居民都很高兴。",
    ],
)
def test_a_short_text_never_loses_prose(text: str) -> None:
    """In a text of at most three lines, prose is never deleted."""
    left = cleaned(text)

    assert all(line in left for line in text.split("\n") if line.endswith((".", "。")) or "\n" not in text)


@settings(max_examples=10)
@given(st.lists(st.sampled_from([*MENU.split("\n"), *TAIL.split("\n"), PROSE, "", "12"]), min_size=1, max_size=12))
def test_something_stays_unless_rules_say_otherwise(chosen: list[str]) -> None:
    """Where no line passes, the best ones stay; all deletions can be undone."""
    texts = texts_of("\n".join(chosen))
    by_rule = ledger.apply(texts, noise.find(texts, RULES))

    found = noise.find(texts, RULES, CLASSIFIER)
    made = ledger.apply(texts, found)

    assert ledger.undo(made, found).equals(texts)
    assert bool(made["text"][0].strip()) == bool(by_rule["text"][0].strip())


def test_a_corpus_may_keep_what_the_classifier_would_cut() -> None:
    """By `keep`, by `off`, or by `drop_at`, the classifier can be limited; then rules alone delete."""
    text = MENU + "\n".join([PROSE] * 4) + TAIL

    assert classifier_of(Noise(off=("classifier",))) is None
    assert classifier_of(Noise(keep=KINDS)) is None
    assert cleaned(text, classifier_of(Noise(keep=("boilerplate",)))) == cleaned(text, None)
    assert cleaned(text, classifier_of(Noise(drop_at=1.0))) == cleaned(text, None)


def test_between_the_thresholds_lines_stay_and_are_reported() -> None:
    """Lines between the thresholds are listed with offsets and score, and none is deleted."""
    texts = texts_of(MENU + "\n".join(f"{PROSE} Work begins in week {week}, the mayor said." for week in range(18)) + TAIL)
    careful = dataclasses.replace(CLASSIFIER, drop_at=1.0, keep_at=0.2)

    found = noise.doubtful(texts, RULES, careful)

    assert found.height > 0
    assert (found["score"] >= 0.2).all()
    for id_, start, end, original in found.select("id", "start", "end", "original").iter_rows():
        assert texts["text"][int(id_)][start:end] == original


def test_own_weights_change_the_rules_fingerprint(tmp_path: Path) -> None:
    """The rules fingerprint, part of cache keys, changes with the content of a corpus' own weights."""
    file, prints = tmp_path / "own.json", []
    plain = default_config()
    own = dataclasses.replace(plain, noise=Noise(weights=str(file)))
    for content in ("1", "2"):
        file.write_text(content, encoding="utf-8")
        prints.append(rules_fingerprint(own))

    assert len({rules_fingerprint(plain), *prints}) == 3
