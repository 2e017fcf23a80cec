"""Reads `policy.toml` into a `Manifest`: a package's identity, and nothing of rules."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Source, Span
from whereas.policy.core import SourceOfLaw
from whereas.policy.spelling import did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

MONTH_ENDS = ("last-day", "next-day")
_POLICY_KEYS = ("id", "version", "languages", "title", "uses", "month_end")
_SOURCE_KEYS = ("title", "cite", "places")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONG_KEY = re.compile(r"""(?:["'\w-]{1,99}+[ \t]*\.[ \t]*){100}""")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A package's identity.

    `folder`, `templates` (by the name in the folder `templates`) and `sha256` are
    filled in by the loader.
    """

    id: str
    version: str = "0"
    languages: tuple[str, ...] = ("en",)
    title: Mapping[str, str] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    month_end: str | None = None
    sources: Mapping[str, SourceOfLaw] = field(default_factory=dict)
    source: Source = field(
        default_factory=lambda: Source("policy.toml", ""), compare=False
    )
    folder: str = ""
    templates: Mapping[str, Source] = field(default_factory=dict)
    sha256: str = ""


class _Reader:
    """Reads one `policy.toml`, collecting what is wrong with it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Diagnostic] = []

    def place(self, key: str) -> Span:
        """Return where a key (or a table's header) stands; else the file's start."""
        name = re.escape(key)
        pattern = rf"^\s*(?:\[\s*)?(?:[\w\".-]*\.)?(\"?{name}\"?)\s*(?:[=\].])"
        found = re.search(pattern, self.source.text, re.MULTILINE)
        if found is None:
            return Span(self.source, 0, 0)
        return Span(self.source, found.start(1), found.end(1))

    def fault(self, code: Code, message: str, key: str, help_: str) -> None:
        self.faults.append(Diagnostic(code, message, self.place(key), help_))

    def unknown(self, table: Mapping[str, object], known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self.fault(
                    Code.MANIFEST_KEY,
                    f"unknown key `{key}`",
                    key,
                    did_you_mean(key, known, f"the keys here are {listed(known)}"),
                )

    def text(self, table: Mapping[str, object], key: str, default: str | None) -> str:
        value = table.get(key, default)
        if isinstance(value, str) and value.strip():
            return value
        message = f"`{key}` must be a text"
        if key not in table:
            message = f"`{key}` is missing"
        self.fault(Code.MANIFEST_VALUE, message, key, f'write `{key} = "…"`')
        return default or ""

    def texts(self, table: Mapping[str, object], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            if len(set(value)) == len(value):
                return tuple(value)
            self.fault(
                Code.MANIFEST_VALUE,
                f"`{key}` says something twice",
                key,
                "say each once",
            )
            return tuple(dict.fromkeys(value))
        self.fault(
            Code.MANIFEST_VALUE,
            f"`{key}` must be a list of texts",
            key,
            f'write `{key} = ["…"]`',
        )
        return ()

    def by_language(
        self, table: Mapping[str, object], key: str, languages: tuple[str, ...]
    ) -> Mapping[str, str]:
        value = table.get(key, {})
        if isinstance(value, str):
            return dict.fromkeys(languages, value)
        if not isinstance(value, dict) or not all(
            isinstance(one, str) for one in value.values()
        ):
            self.fault(
                Code.MANIFEST_VALUE,
                f"`{key}` must be a text, or one for each language",
                key,
                f'write `{key} = {{ {languages[0] if languages else "en"} = "…" }}`',
            )
            return {}
        for language in value:
            if language not in languages:
                self.fault(
                    Code.UNKNOWN_LANGUAGE,
                    f"`{language}` is not a language of this policy",
                    language,
                    did_you_mean(
                        language, languages, "add it to `languages`, or drop the text"
                    ),
                )
        return {k: v for k, v in value.items() if k in languages}

    def table(self, data: Mapping[str, object], key: str) -> Mapping[str, object]:
        value = data.get(key, {})
        if isinstance(value, dict):
            return value
        self.fault(
            Code.MANIFEST_VALUE, f"`{key}` must be a table", key, f"write `[{key}]`"
        )
        return {}


def parse_manifest(source: Source) -> Manifest:
    """Return what a `policy.toml` says; raises Invalid with all that is wrong."""
    long = _LONG_KEY.search(source.text)
    if long is not None:
        # `tomllib` would take the square of its length.
        raise Invalid(
            [
                Diagnostic(
                    Code.MANIFEST_SYNTAX,
                    "a key has more than 100 parts",
                    Span(source, long.start(), long.end()),
                    'mend this line: keys are written `key = "text"`',
                )
            ]
        )
    try:
        data = tomllib.loads(source.text)
    except RecursionError:
        raise Invalid(
            [_syntax_error(source, "arrays or tables are nested too deeply")]
        ) from None
    except ValueError as error:
        # Most are `TOMLDecodeError`; Python itself refuses a number of 5,000 digits.
        raise Invalid([_syntax_error(source, str(error))]) from None
    reader = _Reader(source)
    reader.unknown(data, ("policy", "source"))
    policy = reader.table(data, "policy")
    if "policy" not in data:
        reader.fault(
            Code.MANIFEST_VALUE, "the table `[policy]` is missing", "", "add `[policy]`"
        )
        raise Invalid(reader.faults)
    reader.unknown(policy, _POLICY_KEYS)
    languages = reader.texts(policy, "languages") or ("en",)
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            reader.fault(
                Code.MANIFEST_VALUE,
                f"`{language}` is not a language tag",
                "languages",
                'write tags such as `"en"`, `"zh"`',
            )
    month_end = policy.get("month_end")
    if month_end is not None and month_end not in MONTH_ENDS:
        reader.fault(
            Code.MANIFEST_VALUE,
            f"`month_end` cannot be `{month_end}`",
            "month_end",
            did_you_mean(
                str(month_end), MONTH_ENDS, 'write `"last-day"` or `"next-day"`'
            ),
        )
    manifest = Manifest(
        id=reader.text(policy, "id", None),
        version=reader.text(policy, "version", "0"),
        languages=languages,
        title=reader.by_language(policy, "title", languages),
        uses=reader.texts(policy, "uses"),
        month_end=month_end if isinstance(month_end, str) else None,
        sources=_sources(reader, reader.table(data, "source"), languages),
        source=source,
    )
    if reader.faults:
        raise Invalid(reader.faults)
    return manifest


def _sources(
    reader: _Reader, tables: Mapping[str, object], languages: tuple[str, ...]
) -> Mapping[str, SourceOfLaw]:
    sources = {}
    for name in tables:
        table = reader.table(tables, name)
        reader.unknown(table, _SOURCE_KEYS)
        cite = reader.by_language(table, "cite", languages)
        for pattern in dict.fromkeys(cite.values()):
            if pattern.count("{}") != 1:
                reader.fault(
                    Code.MANIFEST_VALUE,
                    f"`cite` of source `{name}` must have one `{{}}`, for the place",
                    name,
                    'write `cite = "Article {}"`',
                )
        sources[name] = SourceOfLaw(
            name,
            reader.by_language(table, "title", languages),
            cite,
            _places(reader, reader.table(table, "places"), languages),
        )
    return sources


def _places(
    reader: _Reader, table: Mapping[str, object], languages: tuple[str, ...]
) -> Mapping[str, Mapping[str, str]]:
    """Return how places of a source are written, by language and place."""
    for language in table:
        if language not in languages:
            reader.fault(
                Code.UNKNOWN_LANGUAGE,
                f"`{language}` is not a language of this policy",
                language,
                did_you_mean(
                    language, languages, "add it to `languages`, or drop the table"
                ),
            )
    found = {}
    for language in languages:
        places = reader.table(table, language)
        found[language] = {place: reader.text(places, place, None) for place in places}
    return found


def _syntax_error(source: Source, words: str) -> Diagnostic:
    found = re.search(r"\s*\(at line (\d+), column (\d+)\)", words)
    start = 0
    if found is not None:
        line, column = int(found[1]), int(found[2])
        lines = source.text.splitlines(keepends=True)
        start = min(sum(map(len, lines[: line - 1])) + column - 1, len(source.text))
        words = words[: found.start()]
    else:
        start = len(source.text)
        words = re.sub(r"\s*\(at end of document\)", ", at the end of the file", words)
    end = min(start + 1, len(source.text))
    return Diagnostic(
        Code.MANIFEST_SYNTAX,
        f"not a TOML file: {words[:1].lower() + words[1:]}",
        Span(source, start, end),
        'mend this line: keys are written `key = "text"`, tables `[table]`',
    )
