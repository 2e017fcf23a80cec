"""The error codes: one number for each kind of fault, never used for another.

Families: E1 text and syntax, E2 names, arity and types, E3 safety and absence,
E4 strata, E5 facts, E6 questions, templates, parameters and settings, W7 what is
suspect. Each code has a page in `docs/reference/errors/`.
"""

from __future__ import annotations

import enum


@enum.unique
class Code(enum.StrEnum):
    """An error code; the name says the fault, the value is what users quote."""

    # E660 to E679: scenario files.
    SCENARIO_SYNTAX = "E660"
    SCENARIO_DOUBLED_KEY = "E661"
    SCENARIO_UNKNOWN_KEY = "E662"
    SCENARIO_SHAPE = "E663"
    SCENARIO_UNKNOWN_NAME = "E664"
    SCENARIO_VALUE = "E665"
    SCENARIO_DELTA = "E666"
    SCENARIO_EXTENDS = "E667"
    SCENARIO_EXPECTATION = "E668"
    SCENARIO_FACTS = "E669"

    # --- E650-E659: templates -----------------------------------------------------
    TEMPLATE_SYNTAX = "E650"
    TEMPLATE_UNDEFINED = "E651"
    TEMPLATE_UNSAFE = "E652"
    TEMPLATE_FAILED = "E653"
    TEMPLATE_OUTSIDE = "E654"

    # E5: facts.
    FACTS_FOLDER = "E501"
    MISSING_FILE = "E502"
    TWO_FILES = "E503"
    STRAY_FILE = "E504"
    UNREADABLE_FILE = "E505"
    NOT_UTF8 = "E506"
    NUL_BYTE = "E507"
    MALFORMED_FILE = "E508"
    NO_HEADER = "E509"
    UNKNOWN_FACT_COLUMN = "E510"
    MISSING_FACT_COLUMN = "E511"
    DOUBLED_FACT_COLUMN = "E512"
    BLANK_ROW = "E513"
    EMPTY_CELL = "E514"
    WRONG_TYPE = "E515"
    NO_SUCH_DAY = "E516"
    NOT_A_MEMBER = "E517"
    DUPLICATE_KEY = "E518"
    DANGLING_REFERENCE = "E519"
    FORMULA = "E520"

    # E680 to E699: whereas.toml and the workspace.
    SETTINGS_SYNTAX = "E680"
    SETTINGS_UNKNOWN_KEY = "E681"
    SETTINGS_VALUE = "E682"
    SETTINGS_OUTSIDE = "E683"
