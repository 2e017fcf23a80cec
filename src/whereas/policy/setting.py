"""Reads the words of `--set name=value` and `--today` into a `Setting`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from whereas.diagnostics import UsageError
from whereas.policy.core import ParameterDefinition, Policy, Setting
from whereas.policy.spelling import did_you_mean, listed
from whereas.values import LARGEST, Type, Value

if TYPE_CHECKING:
    from collections.abc import Mapping


def setting(policy: Policy, values: Mapping[str, str], today: date | None) -> Setting:
    """Return the values with which a policy is decided.

    Raises UsageError for a parameter that is unknown, a value that does not fit its
    type, and where the policy reads `$today` and no day is given.
    """
    chosen = {name: one.default for name, one in policy.parameters.items()}
    for name, text in values.items():
        parameter = policy.parameters.get(name)
        if parameter is None:
            known = sorted(policy.parameters)
            if not known:
                raise UsageError(
                    f"cannot set `{name}`: the policy `{policy.id}` has no parameters"
                )
            way = f"the parameters are {listed(known)}"
            raise UsageError(
                f"unknown parameter `{name}`: {did_you_mean(name, known, way)}"
            )
        chosen[name] = _value(parameter, text)
    if policy.uses_today and today is None:
        raise UsageError(
            "the policy reads `$today`, and no day is given: "
            "give it with `--today 2026-01-31`, or as `today` in `whereas.toml`"
        )
    return Setting(chosen, today if policy.uses_today else None)


def _value(parameter: ParameterDefinition, text: str) -> Value:
    type_ = parameter.type
    if type_.optional and text == "none":
        return None
    value = parsed(text, type_)
    if value is None:
        expected = str(replace(type_, optional=False))
        if type_.members:
            raise UsageError(
                f"parameter `{parameter.name}` cannot be `{text}`: "
                + did_you_mean(
                    text, type_.members, f"its values are {listed(type_.members)}"
                )
            )
        raise UsageError(
            f"parameter `{parameter.name}` cannot be `{text}`: write {_form(expected)}"
        )
    return value


def _form(expected: str) -> str:
    forms = {
        "date": "a date, such as `2026-01-31`",
        "integer": "an integer, such as `12`",
        "boolean": "`true` or `false`",
    }
    return forms.get(expected, f"a value of type {expected}")


def parsed(text: str, type_: Type) -> Value:
    """Return the value that a text is in a type; None where it is none."""
    match type_.kind:
        case "text":
            return text if not type_.members or text in type_.members else None
        case "boolean":
            return {"true": True, "false": False}.get(text)
        case "date":
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                return None
            try:
                return date.fromisoformat(text)
            except ValueError:
                return None
        case "integer":
            if not re.fullmatch(r"-?[0-9]{1,18}", text):
                return None
            return int(text)
        case _:
            if not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", text):
                return None
            number = Decimal(text)
            scaled = number.scaleb(type_.scale)
            if scaled != scaled.to_integral_value() or abs(scaled) > LARGEST:
                return None
            return number
