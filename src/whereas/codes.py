"""The error codes: one number for each kind of fault, never used for another.

Families: E1 text and syntax, E2 names, arity and types, E3 safety and absence,
E4 strata, E5 facts, E6 questions, templates, parameters, settings and limits, W7
what is suspect. Each code has a page in `docs/reference/errors/`.
"""

from __future__ import annotations

import enum


@enum.unique
class Code(enum.StrEnum):
    """An error code; the name says the fault, the value is what users quote."""

    # --- text and syntax
    BLOCK_NOT_AT_MARGIN = "E101"
    BLOCK_UNCLOSED = "E102"
    BLOCK_LANGUAGE = "E103"
    RULES_OUTSIDE_BLOCK = "E104"
    TEXT_UNCLOSED = "E110"
    TEXT_ESCAPE = "E111"
    BAD_NUMBER = "E112"
    NUMBER_TOO_LONG = "E113"
    IMPOSSIBLE_DATE = "E114"
    DATE_FORM = "E115"
    WIDE_PUNCTUATION = "E116"
    FOREIGN_OPERATOR = "E117"
    UNEXPECTED_CHARACTER = "E118"
    QUOTES = "E119"
    BRACKET_UNCLOSED = "E120"
    BRACKET_UNOPENED = "E121"
    FULL_STOP_MISSING = "E122"
    BODY_MISSING = "E123"
    CAPITAL_RELATION = "E124"
    BARE_WORD = "E125"
    POSITION_AFTER_NAME = "E126"
    NESTED_TOO_DEEP = "E127"
    STATEMENT_TOO_LONG = "E128"
    SYNTAX = "E129"
    UNKNOWN_ANNOTATION = "E130"
    ANNOTATION_MISPLACED = "E131"
    ANNOTATION_TWICE = "E132"
    CALL = "E133"
    ONE_ALTERNATIVE = "E134"
    NOT_WHAT = "E135"
    UNKNOWN_STATEMENT = "E136"
    COLUMN_TYPE_MISSING = "E137"
    AGGREGATE_PLACE = "E138"

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

    # E670 to E679: proofs that are to be verified.
    PROOF_UNREADABLE = "E670"
    PROOF_SHAPE = "E671"

    # --- E620-E639: what only an evaluation shows
    NUMBER_TOO_LARGE = "E620"
    DATE_OUT_OF_RANGE = "E621"

    # --- E630-E639: limits of a command
    LIMIT_EXCEEDED = "E630"

    # --- E640-E649: saved models ---------------------------------------------------
    MODEL_OF_OTHER_POLICY = "E640"
    MODEL_OF_OTHER_FACTS = "E641"
    NO_MODEL = "E642"
    MODEL_UNREADABLE = "E643"
    FILE_UNWRITABLE = "E644"

    # --- E650-E659: templates -----------------------------------------------------
    TEMPLATE_SYNTAX = "E650"
    TEMPLATE_UNDEFINED = "E651"
    TEMPLATE_UNSAFE = "E652"
    TEMPLATE_FAILED = "E653"
    TEMPLATE_OUTSIDE = "E654"
    TEMPLATE_TOO_MUCH = "E655"

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

    # E540 to E549: limits of fact files.
    TOO_MANY_COLUMNS = "E540"
    TOO_MANY_ROWS = "E541"
    CELL_TOO_LONG = "E542"
    UNPACKS_TOO_MUCH = "E543"

    # E530 to E539: changes to facts.
    CHANGE_OF_UNKNOWN = "E530"
    CHANGE_OF_NOTHING = "E531"
    CHANGE_UNCLEAR = "E532"

    # E680 to E699: whereas.toml and the workspace.
    SETTINGS_SYNTAX = "E680"
    SETTINGS_UNKNOWN_KEY = "E681"
    SETTINGS_VALUE = "E682"
    SETTINGS_OUTSIDE = "E683"

    # E690 to E699: limits of all files that a user names.
    FILE_TOO_LARGE = "E690"

    # E2: names, arity and types of a policy.
    UNKNOWN_RELATION = "E201"
    WRONG_ARITY = "E202"
    UNKNOWN_COLUMN = "E203"
    COLUMN_TWICE = "E204"
    INCOMPLETE_HEAD = "E205"
    DECLARED_TWICE = "E206"
    INPUT_AS_HEAD = "E207"
    UNDEFINED_RELATION = "E208"
    UNKNOWN_TYPE = "E209"
    RESERVED_NAME = "E210"
    UNNAMED_COLUMNS = "E211"
    BAD_REFERENCE = "E212"
    BAD_KEY = "E213"
    TYPE_MISMATCH = "E214"
    OUTSIDE_ENUMERATION = "E215"
    NOT_ORDERED = "E216"
    BAD_ARITHMETIC = "E217"
    BAD_AGGREGATE = "E218"
    MAY_BE_NONE = "E219"
    NEVER_NONE = "E220"
    DIFFERENT_REFERENCES = "E221"
    TOO_MANY_DECIMALS = "E222"
    UNKNOWN_PARAMETER = "E223"
    BAD_DEFAULT = "E224"
    NO_MONTH_END = "E225"
    MEMBER_TWICE = "E226"
    NO_OWN_ID = "E227"
    UNTYPED_COLUMN = "E228"
    LABEL_TAKEN = "E240"
    EMPTY_LABEL = "E241"
    IDLE_READING = "E242"

    # E3: safety and absence.
    UNBOUND_HEAD = "E301"
    UNBOUND_NEGATED = "E302"
    UNBOUND_COMPARED = "E303"
    UNBOUND_GROUP = "E304"
    UNBOUND_ALTERNATIVE = "E305"
    UNVOUCHED_ABSENCE = "E306"
    UNCOVERED_ABSENCE = "E307"
    NEVER_FIRES = "E308"
    NESTED_AGGREGATE = "E309"
    UNBOUND_VALIDITY = "E310"
    BAD_COVERAGE = "E311"

    # E4: strata, subject and outcomes, exceptions.
    NEGATIVE_CYCLE = "E401"
    AGGREGATE_CYCLE = "E402"
    BAD_SUBJECT = "E421"
    SECOND_SUBJECT = "E422"
    OUTCOME_TWICE = "E423"
    OTHERWISE_NOT_LAST = "E424"
    WANTED_OTHERWISE = "E426"
    SUBJECT_AND_OUTCOMES = "E427"
    BAD_SHOW = "E428"
    GOAL_WITHOUT_KEY = "E429"
    EXCEPTION_NOT_MADE = "E431"
    UNKNOWN_UNENCODED = "E432"
    UNKNOWN_ID = "E433"
    UNKNOWN_SOURCE = "E434"
    BAD_TIMELINE = "E435"
    WANTED_NOT_NESTED = "E436"
    # E440 to E449: what may be corrected.
    BAD_CORRECTABLE = "E440"
    CORRECTABLE_COLUMN = "E441"
    CORRECTABLE_TWICE = "E442"
    CORRECTABLE_WEIGHT = "E443"

    # E601 to E609: texts. E610 to E619: policy.toml.
    UNKNOWN_HOLE = "E601"
    MALFORMED_HOLE = "E602"
    UNKNOWN_HOLE_COLUMN = "E603"
    UNKNOWN_LANGUAGE = "E604"
    MANIFEST_SYNTAX = "E610"
    MANIFEST_KEY = "E611"
    MANIFEST_VALUE = "E612"
    UNKNOWN_PACKAGE = "E613"
    PACKAGE_OUTSIDE = "E614"
    PACKAGE_CYCLE = "E615"
    UNREADABLE_RULES = "E616"
    NOT_UTF8_POLICY = "E617"
    NO_MANIFEST = "E618"
    PASSED_OVER = "E619"

    # W701 to W719: what is suspect in a policy.
    VARIABLE_ONCE = "W701"
    RELATION_UNREAD = "W702"
    INPUT_UNREAD = "W703"
    NO_CITATION = "W704"
    MISSING_TRANSLATION = "W705"
    VALIDITY_GAP = "W706"
    VALIDITY_OVERLAP = "W707"
    PARAMETER_UNREAD = "W708"
    CITED_OTHERWISE = "W709"
    HEADING_LANGUAGES = "W711"
    DATE_UNBOUNDED = "W712"
    END_UNASKED = "W713"
    # W720 to W729: what is suspect in facts.
    LINE_END_MISSING = "W720"
