"""Parses texts into a `Program`, and lays them out.

read_source     bytes of a file -> Source, newlines and byte-order mark put right
parse_package   Sources -> Program, or Invalid with every error
parse_document  Source -> Document, with its diagnostics
parse_rules     a stretch of rules -> statements, with its diagnostics
parse_body      the conditions of a query -> literals, or Invalid
"""

from whereas.language.parse import (
    parse_body,
    parse_document,
    parse_package,
    parse_rules,
)

__all__ = [
    "parse_body",
    "parse_document",
    "parse_package",
    "parse_rules",
]
