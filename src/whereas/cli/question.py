"""A question's folders and flags into a model: the way of `decide`, `why`, `query`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from whereas.cli.progress import progress
from whereas.cli.terminal import say as say_line
from whereas.diagnostics import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from whereas.cli.options import Question
    from whereas.engine.model import Model
    from whereas.explain import Decisions, Explainer
    from whereas.facts import FactBase
    from whereas.policy.core import Policy


def policy_of(question: Question) -> Policy:
    """Load the policy that a question names."""
    from whereas.policy import load_policy

    return load_policy(question.policy_folder)


def parameters_of(assignments: tuple[str, ...]) -> dict[str, str]:
    """Take `--set name=value` apart."""
    found = {}
    for each in assignments:
        name, sign, value = each.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"`--set {each}` has no value; write --set name=value")
        found[name.strip()] = value.strip()
    return found


def solved(
    question: Question,
    policy: Policy,
    readings: bool | None = False,
    *,
    dated: bool = False,
) -> Model:
    """Load the facts and decide the policy over them.

    `readings`: under each other value of an unsettled parameter too (None: unless
    the facts are many, and then it is said). `dated`: the question itself asks which
    day is today.
    """
    from whereas.api import load_facts, setting_of
    from whereas.engine import solve
    from whereas.engine.readings import MANY, other_readings, tries_readings

    setting = setting_of(policy, question.today, parameters_of(question.assignments))
    if _asked("today") and not (policy.uses_today or dated):
        say_line(
            f"warning: the policy `{policy.id}` never reads `$today`;"
            " --today changes nothing"
        )
    with progress("reading facts") as say:
        facts = load_facts(question.facts_folder, policy, engine=question.engine)
        say("deciding")
        tried = tries_readings(facts, readings)
        model = solve(
            policy,
            facts,
            setting,
            engine=question.engine,
            certify=question.certify,
            progress=say,
            readings=tried,
        )
    if readings is None and not tried and other_readings(policy, setting):
        say_line(
            f"other readings of unsettled parameters were not tried: more than {MANY:,}"
            " facts are stated; --readings tries them"
        )
    warn(facts)
    return model


def _asked(name: str) -> bool:
    """Return whether an option was given on the command line itself."""
    source = click.get_current_context().get_parameter_source(name)
    return source is click.core.ParameterSource.COMMANDLINE


def asked(
    question: Question,
    policy: Policy,
    saved: Path | None,
    readings: bool | None = False,
    *,
    dated: bool = False,
) -> tuple[Model, Explainer]:
    """Return a model, decided now or kept in a file, and who explains it."""
    from whereas.explain import Explainer

    if saved is None:
        model = solved(question, policy, readings, dated=dated)
    else:
        model = opened(saved, policy, dated=dated)
    return model, Explainer(model)


def opened(saved: Path, policy: Policy, *, dated: bool = False) -> Model:
    """Open a model that was kept; what it was decided with cannot be changed now.

    `dated`: the question itself asks which day is today, if the policy does not.
    """
    from whereas.explain import open_saved

    context = click.get_current_context()
    flags = {
        parameter.name: parameter.opts[0]
        for parameter in context.command.params
        if context.get_parameter_source(str(parameter.name))
        is click.core.ParameterSource.COMMANDLINE
    }
    for name in ("today", "assignments", "engine", "readings"):
        if name == "today" and dated and not policy.uses_today:
            continue
        if name in flags:
            raise UsageError(
                f"{flags[name]} cannot change a model that was kept;"
                " decide again, or leave --model out"
            )
    facts = context.params["facts"] if "facts" in flags else None
    return open_saved(saved, policy, facts, certify=context.params.get("certify"))


def brief_in(format_: str, *, brief: bool) -> None:
    """See to it that a brief page is asked for in a format that has one."""
    if brief and format_ not in {"text", "markdown", "html"}:
        raise UsageError(
            f"--brief is for text, markdown and html; {format_} has everything"
        )


def askable(outcome: str | None, policy: Policy) -> None:
    """See to it that an outcome can be asked about: it has a goal of its own."""
    from whereas.policy.spelling import did_you_mean

    known = [one.name for one in policy.outcomes if one.goal is not None]
    if outcome is None or outcome in known:
        return
    if any(one.name == outcome for one in policy.outcomes):
        raise UsageError(
            f"`{outcome}` is decided where no other outcome is (`otherwise`):"
            f" ask about {', '.join(known)}"
        )
    way_out = did_you_mean(outcome, known, f"there are {', '.join(known)}")
    raise UsageError(f"the policy has no outcome `{outcome}`; {way_out}")


def warn(facts: FactBase) -> None:
    """Say on stderr what is suspect in the facts, in one line each."""
    for warning in facts.warnings:
        say_line(f"warning[{warning.code.value}]: {warning.at}: {warning.message}")


def decided(
    question: Question,
    policy: Policy,
    cases: tuple[str, ...] = (),
    readings: bool | None = False,
) -> Decisions:
    """Load the facts and decide every case, or the cases that are named."""
    from whereas.cli.cases import case_of
    from whereas.explain import decide

    if policy.subject is None:
        raise UsageError(
            f"the policy `{policy.id}` decides nothing: it has no `subject`;"
            " it is there to be used by others"
        )
    model = solved(question, policy, readings)
    if cases:
        return decide(model, [case_of(model, tuple(c.split(","))) for c in cases])
    with progress("writing down the reasons"):
        return decide(model)


def language_of(policy: Policy, wish: str | None) -> str:
    """Return the language of the words; a wish that the policy lacks is an error."""
    if wish is None:
        return policy.languages[0]
    if wish not in policy.languages:
        raise UsageError(
            f"the policy does not speak `{wish}`; its languages are"
            f" {', '.join(policy.languages)}"
        )
    return wish
