"""Small policies written inline, and what is said about them."""

from __future__ import annotations

from whereas.diagnostics import Diagnostic, Invalid, Source, Span
from whereas.language import parse_package
from whereas.policy import Manifest, Policy, check, parse_manifest

MANIFEST = """\
[policy]
id = "example"
version = "1.0.0"
languages = ["en", "zh"]
month_end = "last-day"

[source.LAW]
cite = { en = "Article {}", zh = "第{}条" }
"""
BATCH = """\
input batch(batch: text, made: date, ends: date?, n: integer, w: decimal(2),
            k: {"a", "b"}, ok: boolean) key batch closed.
"""


def policy(rules: str, manifest: str = MANIFEST) -> Policy:
    """Return the checked policy that some rules make."""
    source = Source("rules.md", f"# Rules\n\n```datalog\n{rules.strip()}\n```\n")
    return check(parse_package([source]), read(manifest))


def read(manifest: str) -> Manifest:
    """Return the manifest of a `policy.toml`."""
    return parse_manifest(Source("policy.toml", manifest))


def said(rules: str, manifest: str = MANIFEST) -> list[tuple[str, str]]:
    """Return the codes and underlined words of all that is said about rules."""
    return [(d.code.value, words(d)) for d in found(rules, manifest)]


def found(rules: str, manifest: str = MANIFEST) -> list[Diagnostic]:
    """Return all that is said about rules: errors, or else warnings."""
    try:
        return list(policy(rules, manifest).warnings)
    except Invalid as error:
        return list(error.diagnostics)


def errors(rules: str, manifest: str = MANIFEST) -> list[tuple[str, str]]:
    """Return the codes and underlined words of the errors in rules."""
    return [(d.code.value, words(d)) for d in found(rules, manifest) if d.is_error]


def words(diagnostic: Diagnostic) -> str:
    """Return what a message underlines."""
    return diagnostic.at.text if isinstance(diagnostic.at, Span) else ""
