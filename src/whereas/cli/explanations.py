"""`whereas decide --explain … --out FOLDER`: a line for each case, and a heading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whereas.cli.progress import progress
from whereas.cli.terminal import say
from whereas.diagnostics import UsageError
from whereas.output_files import filled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from whereas.explain import Decisions
    from whereas.policy.core import Policy

WISHES = "all, refused, or an outcome"


def wanted(wish: str, policy: Policy) -> Callable[[str | None], bool]:
    """Return which outcomes are to be explained; raises `UsageError`."""
    from whereas.policy.spelling import did_you_mean

    if wish == "all":
        return lambda _: True
    if wish == "refused":
        return lambda outcome: outcome not in policy.wanted
    known = [*(one.name for one in policy.outcomes), "undetermined"]
    if wish not in known:
        way_out = did_you_mean(wish, [*known, "all", "refused"], f"say {WISHES}")
        raise UsageError(f"the policy has no outcome `{wish}`; {way_out}")
    return lambda outcome: (outcome or "undetermined") == wish


def explain(
    decisions: Decisions, chosen: Callable[[str | None], bool], folder: Path
) -> None:
    """Write the explanations of some decisions into a folder; each file whole."""
    from whereas.checker.explanations import HEADING, LINES
    from whereas.explain import Explainer
    from whereas.explain.explanations import explanations, heading

    explained = 0
    with progress("explaining") as tell, filled(folder) as part:
        with (part / LINES).open("x", encoding="utf-8", newline="\n") as stream:
            for line in explanations(Explainer(decisions.model), decisions, chosen):
                stream.write(line)
                stream.write("\n")
                explained += 1
                if explained % 10_000 == 0:
                    tell(f"explaining: {explained:,}")
        text = heading(decisions, explained)
        (part / HEADING).write_text(text, encoding="utf-8", newline="\n")
    noun = "explanation" if explained == 1 else "explanations"
    say(f"{explained:,} {noun} in {folder}")
