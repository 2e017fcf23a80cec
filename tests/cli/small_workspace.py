"""The texts of a small workspace: one rule and two cases."""

from __future__ import annotations

MANIFEST = """\
[policy]
id = "small"
version = "1"
languages = ["en"]
title = { en = "A small policy" }

[source.LAW]
title = { en = "The law" }
cite = { en = "Law, {}" }
"""

RULES = """\
# Small

```datalog
input case(case: text, maker: text references maker, made: date, kind: kind) key case closed
    @en("case {case} was made on {made}").
input maker(maker: text, name: text) key maker @en("maker {maker} is {name}").
type kind = {"good" @en("good"), "bad" @en("bad")}.
parameter since: date = 2020-01-01.

relation fine(case) @en("case {case} is fine", not: "case {case} is not fine").
@id("L-1") @cite("LAW", "1") @en("it was made on {Made}, as {Kind}")
fine(Case) :- case(Case, made: Made, kind: Kind), Kind = "good", Made >= $since.

subject case.
outcome "yes" @en("yes") if fine(Case).
outcome "no" @en("no") otherwise.
```
"""

CASES = """\
case,maker,made,kind
C-1,M-1,2025-01-01,good
C-2,M-1,2025-01-02,bad
"""

MAKERS = "maker,name\nM-1,One\n"

SETTINGS = 'policy = "policy"\nfacts = "facts"\n'

FILES = {
    "policy/policy.toml": MANIFEST,
    "policy/rules.md": RULES,
    "facts/case.csv": CASES,
    "facts/maker.csv": MAKERS,
    "whereas.toml": SETTINGS,
}
