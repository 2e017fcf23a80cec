"""A small policy with all that a proof can rest on, and its facts as files."""

from __future__ import annotations

from pathlib import Path

from whereas.api import setting_of
from whereas.engine import solve
from whereas.engine.model import Model
from whereas.facts import load_facts
from whereas.policy import load_policy

MANIFEST = """\
[policy]
id = "parts"
version = "1"
languages = ["en"]
title = { en = "Parts" }
month_end = "last-day"

[source.LAW]
title = { en = "The law" }
cite = { en = "Law, {}" }
"""

RULES = """\
# Parts

```datalog
input part(part: text, made: date, price: decimal(2), expires: date?, grade: {"a", "b", "c"})
    key part closed @en("part {part} of {made}").
input of(whole: text references part, part: text references part, number: integer) closed.
input test(part: text references part, lab: text, passed: boolean, tested: date) closed.
input recalled(part: text references part) closed.
parameter months: integer = 6.
parameter limit: decimal(2) = 100.
lab("near"). lab("far").

relation within(part, whole) @en("{part} is within {whole}").
@id("W") @cite("LAW", "1")
within(Part, Whole) :- of(Whole, Part, _).
@id("W")
within(Part, Whole) :- within(Part, Middle), within(Middle, Whole).

% A part is bad if it was recalled, or rests on a bad one.
bad(Part) :- recalled(Part).
bad(Whole) :- within(Part, Whole), recalled(Part).

unencoded "X" @en("taste").

@id("T") @cite("LAW", "2") @subject_to("X")
tested(Part, Last) :-
    part(Part, made: Made), Tests = count { test(part: Part, passed: true) }, Tests >= 2,
    Last = max On { test(Part, Lab, true, On), lab(Lab) },
    Last <= Made + $months months, Last - Made > 3.

@id("P") @cite("LAW", "3")
cheap(Whole, Total) :-
    part(part: Whole), Total = sum Price { within(Part, Whole), part(Part, price: Price), not recalled(Part) },
    Total * 2 < $limit.

@id("F")
fresh(Part) :- part(Part, _, _, Expires, Grade), ( Expires = none ; Expires > $today ),
    Grade in {"a", "b"}, not Grade in {"c"}.

@id("OK") @cite("LAW", "4")
good(Part, Level) :-
    fresh(Part), tested(Part, _), cheap(Part, _), not bad(Part), not recalled(Part),
    ( Level = "whole", not of(_, Part, _) ; Level = "part", of(_, Part, _) ).

refused(Part) :- bad(Part).
sound(Part) :- good(Part, _).

subject part.
outcome "refused" if refused(Part).
outcome "good" wanted if sound(Part).
outcome "other" otherwise.
show tested, within.
```
"""

FACTS = {
    "part.csv": """\
part,made,price,expires,grade
car,2025-08-31,1000.50,,a
wheel,2025-01-31,20.25,2027-01-01,a
tyre,2025-01-02,5.10,,b
hub,2025-01-02,2.00,2026-01-01,c
van,2025-01-02,9.00,,b
""",
    "of.csv": """\
whole,part,number
car,wheel,4
wheel,tyre,1
wheel,hub,1
van,hub,3
""",
    "test.csv": """\
part,lab,passed,tested
car,near,true,2026-02-28
car,far,true,2025-12-01
car,far,false,2026-03-01
wheel,near,true,2025-02-05
wheel,far,true,2025-03-01
""",
    "recalled.csv": "part\nvan\n",
}

DAY = "2026-02-01"
CASES = ("car", "wheel", "tyre", "hub", "van")


def lay_down(folder: Path) -> None:
    """Write the policy and its facts."""
    for name, text in {
        "policy/policy.toml": MANIFEST,
        "policy/rules.md": RULES,
        **{f"facts/{name}": text for name, text in FACTS.items()},
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def model(folder: Path) -> Model:
    """Decide it."""
    from datetime import date

    lay_down(folder)
    policy = load_policy(folder / "policy")
    base = load_facts(folder / "facts", policy)
    setting = setting_of(policy, date.fromisoformat(DAY), {})
    return solve(policy, base, setting, engine="sqlite")
