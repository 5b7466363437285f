"""The settings of corpus.toml and takedowns.toml as frozen dataclasses; `saring.config.load` parses the files."""

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
    "Extract",
    "Name",
    "Noise",
    "Overlap",
    "Publish",
    "ScopedVariants",
    "Source",
    "Takedown",
]

#: Bytes of a megabyte in settings and their limits.
MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """Metadata of the dataset for its folder name and its dataset card: `[dataset]` of corpus.toml.

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
    """Default metadata for all scrapes whose path in raw/ matches a glob: one `[[source]]` of corpus.toml.

    Attributes:
        path: a glob over paths in raw/, such as `news/*`; `*` matches `/` too.
        site: the site of scrapes that do not declare their own.
        license: the licence of scrapes that do not declare their own.
        language: the language of scrapes that do not declare their own.
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
    """Variants of a name that are corrected only if all conditions on the document's language and the nearby words hold.

    Attributes:
        variants: the spellings to correct.
        languages: ISO 639 codes of documents in which they are corrected; empty is all.
        near: prefixes of words, ignoring case, one of which must occur near the variant; empty is no condition.
        not_near: prefixes of words of which none may occur near the variant.
    """

    variants: tuple[str, ...]
    languages: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    not_near: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """One name of the name registry: its canonical spelling and the variants to correct to it.

    Attributes:
        canonical: the spelling to use.
        kind: person, organisation, place or product.
        variants: spellings to correct if the conditions `languages`, `near` and `not_near` hold (see `ScopedVariants`).
        full: the full name ("Pavel Durov"). A variant within it ("Pavel DuRove") is corrected whatever the conditions.
        scripts: spellings to use in documents of another script, by ISO 15924 code: (("Cyrl", "Дуров"),).
        scoped: more variants, each group with its own conditions.
        pack: the name pack that defines it; None for a name of corpus.toml.
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
        """All groups of variants with their conditions: those of the name itself first, then `scoped`."""
        own = ScopedVariants(variants=self.variants, languages=self.languages, near=self.near, not_near=self.not_near)
        return (own, *self.scoped)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExemptedText:
    """A text of one document that a rule must not change: one `[[exception]]` of corpus.toml.

    Attributes:
        id: the document's id, a prefix of it, or its source.
        rule: the rule's id in the ledger; several are joined by " + ", as `saring explain` shows a change made by several rules.
        keep: edits by the rule that overlap this text are not made; empty exempts all its edits in the document.
    """

    id: str
    rule: str
    keep: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Extract:
    """How the text of HTML pages is written: `[extract]` of corpus.toml. Flat text keeps its own form.

    Attributes:
        format: `text`, one line for each paragraph; or `markdown`, with headings, lists, tables, code and quotations.
    """

    format: str = "text"


@dataclass(frozen=True, kw_only=True, slots=True)
class Noise:
    """Settings of noise removal: rules that are switched off, and thresholds of the line classifier. `[noise]` of corpus.toml.

    Attributes:
        keep: kinds of noise that are not removed.
        off: ids of rules that do not run; `classifier` is the line classifier.
        drop_at: a line that no rule deletes is deleted if the classifier's probability of noise is at least this.
        keep_at: from this probability up to `drop_at` the classifier abstains: the line stays and is listed for review.
        weights: a file of classifier weights to use instead of those that come with saring; relative to the working directory.
        site_lines: whether the classifier uses site-line counts: on how many pages of its site a line occurs.
        site_pages: the number of distinct pages from which on a repeated line counts as a line of the site.
        alarm_share: the build's summary names a source if the share of its text that was removed exceeds the usual share by more than this.
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
    """Thresholds of duplicate and translation detection: `[overlap]` of corpus.toml.

    Attributes:
        near_at: the minimum Jaccard similarity of word shingles between near duplicates.
        contained_at: the minimum share of one document's text that the other contains too (containment).
        templates: keep both of two documents with similar wording (pages filled in from one template) if the shorter one has many numbers and
            names that the longer one lacks, or a different main text between the shared passages; if false, the shorter is a duplicate.
        own_at: how many these must be: the minimum share of the shorter document's numbers, or of its numbers and names, that the longer lacks.
        translations: look for translations and retranslations; if false, only for shared wording, which is several times as fast.
        translated_at: the minimum share of one document's text that the other translates or paraphrases, each sentence weighted by the
            confidence of its alignment.
        drop_at: a document is a duplicate if the kept one covers at least this share of it.
        one_per: keep one document of a `cluster`, or one of each `language` in it.
        alarm_share: a build stops if it would mark more than this share of a source's documents as duplicates.
        encoder: a sentence-transformers or model2vec model for sentence embeddings, a folder or a name on the hub; None uses the word vectors
            that come with saring.
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
    """Limits of a build on size, time, memory and rejections: `[build]` of corpus.toml.

    Attributes:
        scrape_bytes: the maximum size of a scrape after decompression; larger ones are rejected.
        batch_bytes: the approximate amount of text that a worker processes at a time.
        page_seconds: the time limit for one page; slower pages are rejected. Without worker processes (`--workers 0`) it cannot be enforced.
        memory: bytes that a build should stay below; the search for duplicates and translations uses temporary files to stay within it.
        reject_share: a build that rejects a larger share of its scrapes ends with exit code 3; its release stays valid.
    """

    scrape_bytes: int = 16 * MEGABYTE
    batch_bytes: int = 8 * MEGABYTE
    page_seconds: int = 60
    memory: int = 4_000 * MEGABYTE
    reject_share: float = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Publish:
    """The default target of `saring publish`: `[publish]` of corpus.toml.

    Attributes:
        to: a folder or a URL such as `hf://datasets/ORG/NAME`; None if the target must be given on the command line.
    """

    to: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Takedown:
    """A page or a text that must not be published: one `[[takedown]]` of takedowns.toml.

    Attributes:
        id: the page's id, which all scrapes of its URL (or of its content, if it has no URL) share; None for a text.
        prints: fingerprints of the text, from which it cannot be reconstructed: hashes of runs of its words, as hexadecimal numbers.
        asked: the date of the request, in ISO 8601.
        reason: why, for the maintainers; not published.
    """

    id: str | None = None
    prints: tuple[str, ...] = ()
    asked: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """The complete configuration of a corpus: corpus.toml with its rule packs, and takedowns.toml.

    Attributes:
        dataset, extract, noise, overlap, build, publish: the tables of these names.
        sources: the `[[source]]` tables, in order; the first that has a value for a scrape applies.
        names: the corpus' own names, then those of the selected packs.
        rules: the rules that run: the corpus' own, then those of the packs.
        off: the rules that `[noise]` switches off.
        keeps: the `[[exception]]` tables.
        splits: pairs of a split name and its share.
        takedowns: the `[[takedown]]` tables of takedowns.toml.
    """

    dataset: Dataset
    sources: tuple[Source, ...] = ()
    names: tuple[Name, ...] = ()
    rules: tuple[Rule, ...] = ()
    off: tuple[Rule, ...] = ()
    keeps: tuple[ExemptedText, ...] = ()
    extract: Extract = field(default_factory=Extract)
    noise: Noise = field(default_factory=Noise)
    overlap: Overlap = field(default_factory=Overlap)
    splits: tuple[tuple[str, float], ...] = (("train", 1.0),)
    build: Build = field(default_factory=Build)
    publish: Publish = field(default_factory=Publish)
    takedowns: tuple[Takedown, ...] = ()
