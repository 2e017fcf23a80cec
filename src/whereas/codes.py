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
