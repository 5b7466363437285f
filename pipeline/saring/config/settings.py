"""What corpus.toml may say, as frozen dataclasses; `saring.config` reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saring.config.rules import Rule

__all__ = [
    "MEGABYTE",
    "Build",
    "Config",
    "Dataset",
    "ExemptedText",
    "Name",
    "Noise",
    "Overlap",
    "Publish",
    "ScopedVariants",
    "Source",
    "Takedown",
]

MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """What the dataset is called and says of itself on its card.

    Attributes:
        name: the folder in processed/ and the name on the card; lower-case letters, digits, `-` and `_`.
        license: the dataset's own licence, as an SPDX identifier in lower case, or `other`; each page has its own besides.
        languages: ISO 639 codes of the languages expected in the corpus; language identification prefers them. Empty is any.
        title: the heading of the card; by default the name.
        description: the first paragraph of the card.
        homepage: the URL of the dataset's home, for the card and croissant.json.
        citation: how to cite the dataset; by default title and version.
        contact: whom to write to for removals, such as a mail address.
    """

    name: str
    license: str = "other"
    languages: tuple[str, ...] = ()
    title: str | None = None
    description: str | None = None
    homepage: str | None = None
    citation: str | None = None
    contact: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What holds for all scrapes whose path in raw/ matches a glob, where the scrape itself does not say.

    Attributes:
        path: a glob over paths in raw/, such as `news/*`; `*` matches `/` too.
        site: the site of scrapes that do not state their own.
        license: the licence of scrapes that do not state their own.
        language: the language of scrapes that do not state their own.
        columns: pairs of a field and the name that it has in the records or tables there, with dots into structs; None (`false`) where the
            field is not to be read.
        charset: the charset of scrapes that do not declare one.
    """

    path: str
    site: str | None = None
    license: str | None = None
    language: str | None = None
    columns: tuple[tuple[str, str | None], ...] = ()
    charset: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ScopedVariants:
    """Variants of a name that count only where all of this holds.

    Attributes:
        variants: the spellings.
        languages: ISO 639 codes of the documents they count in; empty is all.
        near: one of these has to stand near, as the beginning of a word, in any case; empty is no condition.
        not_near: none of these may.
    """

    variants: tuple[str, ...]
    languages: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    not_near: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """One name, the spelling to use and the spellings to correct.

    Attributes:
        canonical: the spelling to use.
        kind: person, organisation, place or product.
        variants: spellings to correct, where `languages`, `near` and `not_near` hold; for their meaning see `ScopedVariants`.
        full: the name in full ("Pavel Durov"). A variant in its place there ("Pavel DuRove") is corrected whatever the conditions.
        scripts: spellings to use in documents of another script, by ISO 15924 code: (("Cyrl", "Дуров"),).
        scoped: more variants, each group with conditions of its own.
        pack: the pack that it comes with; None for one of corpus.toml.
    """

    canonical: str
    kind: str
    variants: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    not_near: tuple[str, ...] = ()
    full: str | None = None
    scripts: tuple[tuple[str, str], ...] = ()
    scoped: tuple[ScopedVariants, ...] = ()
    pack: str | None = None

    @property
    def groups(self) -> tuple[ScopedVariants, ...]:
        """All variants with their conditions, the name's own first."""
        own = ScopedVariants(variants=self.variants, languages=self.languages, near=self.near, not_near=self.not_near)
        return (own, *self.scoped)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExemptedText:
    """An exception pinned to a document: an edit by `rule` that would change any of the text `keep` is not made.

    Attributes:
        id: the document's id, the beginning of it, or its source.
        rule: as the ledger has it; several joined by " + ", as `saring explain` shows a change that several made.
        keep: the text; empty is all that the rule changes.
    """

    id: str
    rule: str
    keep: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """Which rules run (the packs and the corpus' own, less those switched off and the kinds that are kept), and how the classifier decides.

    Attributes:
        keep: kinds of noise that stay.
        off: ids of rules that do not run; `classifier` is the line classifier.
        drop_at: a line that no rule cuts goes when the classifier is at least this sure that it is noise.
        keep_at: from here up to `drop_at` the classifier abstains: such lines stay, and are reported for review.
        weights: a file with weights of the classifier's, instead of those that come with saring; from the folder where saring runs.
        site_lines: whether the classifier is told which lines a site prints on several of its pages.
        site_pages: the least number of pages, copies of a page counted once, that make a line one of the site's.
        alarm_share: a source of which a build removes more than this share of the text beyond what is usual is named in its summary.
    """

    keep: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    drop_at: float = 0.55
    keep_at: float = 0.3
    weights: str | None = None
    site_lines: bool = True
    site_pages: int = 3
    alarm_share: float = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlap:
    """When two documents count as saying the same.

    Attributes:
        near_at: the least share of word shingles that two near duplicates have in common (Jaccard).
        contained_at: the least share of one document's text that the other holds too.
        translations: look for what is told in another language or in other words; without it, only for what is told in the same
            words, which is several times as fast.
        templates: keep both of two documents that are alike in their words, where the lesser has facts or a body of its own; without it,
            the lesser is a duplicate.
        own_at: the least share of its numbers, or of its numbers and names, that such a document has for itself.
        translated_at: the least share of one document's text that the other tells in another language or in other words, each sentence
            counted by how sure that is.
        drop_at: a document is a duplicate when the kept one covers at least this share of it.
        one_per: keep one document of a `cluster`, or one of each `language` in it.
        alarm_share: a build that would set aside more than this share of a source's documents as duplicates stops.
        encoder: a model of sentence-transformers or model2vec that tells what sentences mean, a folder or a name on the hub; the word
            vectors that come with saring where there is none.
    """

    near_at: float = 0.7
    contained_at: float = 0.8
    templates: bool = True
    own_at: float = 0.5
    translations: bool = True
    translated_at: float = 0.15
    drop_at: float = 0.5
    one_per: str = "cluster"
    alarm_share: float = 0.9
    encoder: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """Limits of a build.

    Attributes:
        scrape_bytes: a scrape larger than this, unpacked, is rejected.
        batch_bytes: about how much text a worker takes at a time.
        page_seconds: a page that takes longer than this is rejected; with 0 workers no page can be stopped.
        memory: bytes that a build is to stay below; the search for documents that say the same uses temporary files where that would not
            suffice.
        reject_share: a build that rejects more of its scrapes than this ends with exit code 3; the release stands.
    """

    scrape_bytes: int = 16 * MEGABYTE
    batch_bytes: int = 8 * MEGABYTE
    page_seconds: int = 60
    memory: int = 4_000 * MEGABYTE
    reject_share: float = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Publish:
    """Where `saring publish` goes by default.

    Attributes:
        to: `hf://datasets/ORG/NAME`, `s3://bucket/prefix` or a folder.
    """

    to: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Takedown:
    """One scrape or one text that must not be published.

    Attributes:
        id: the head of the ids of all scrapes of one URL (or of one content, where it has no URL); None for a text.
        prints: hashes of runs of a text's words, from which it cannot be read, as hexadecimal numbers.
        asked: the day on which somebody asked for it, as an ISO date.
        reason: why, for the maintainers; it is not published.
    """

    id: str | None = None
    prints: tuple[str, ...] = ()
    asked: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """All of corpus.toml, with the rule packs that it selects, and takedowns.toml beside it.

    `rules` are those that run, `off` those that `[noise]` switches off.
    """

    dataset: Dataset
    sources: tuple[Source, ...] = ()
    names: tuple[Name, ...] = ()
    rules: tuple[Rule, ...] = ()
    off: tuple[Rule, ...] = ()
    keeps: tuple[ExemptedText, ...] = ()
    noise: Noise = field(default_factory=Noise)
    overlap: Overlap = field(default_factory=Overlap)
    splits: tuple[tuple[str, float], ...] = (("train", 1.0),)
    build: Build = field(default_factory=Build)
    publish: Publish = field(default_factory=Publish)
    takedowns: tuple[Takedown, ...] = ()
