"""The attempts of a refusal: those that come nearest, each condition as it is.

Which attempts there are, and which conditions each of them meets, is worked out anew
(`tries`). What the document says of a condition that is met is checked like a premise;
of one that is not, what was found instead: the other value, the rows that should not
be there, the search that found none, and the attempts at what is missing in turn.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from whereas.checker.bodies import names
from whereas.checker.claims import Fact
from whereas.checker.premises import KINDS, ROWS_SHOWN, Instance
from whereas.checker.spelled import spelled
from whereas.checker.tries import attempts, nearest
from whereas.policy.core import Aggregate, Atom, Comparison, Either, Membership, Not

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from whereas.checker.steps import Steps
    from whereas.checker.tries import Body, Open, Try
    from whereas.policy.core import Literal

# Levels of attempts: at the goal, at what these lack, and once more.
DEPTH = 3
# Attempts of one rule at the goal of a case; of what is missing, and of any other
# goal, there is one.
SHOWN = 3
# When so many are told, what else is missing is only named.
MOST = 2_000

Said = dict[str, Any]
# A relation and a value for each column, `...` standing for any.
Goal = tuple[str, tuple["Open", ...]]


@dataclass(frozen=True, slots=True)
class Here:
    """Where conditions are checked: for which rule and attempt, and how deep."""

    instance: Instance
    tried: Try
    depth: int


@dataclass(slots=True)
class Attempts:
    """Checks attempts at what does not hold.

    Unless `again`, what was told already is not told a second time.
    """

    steps: Steps
    again: bool = False
    _told: set[Goal] = field(default_factory=set)
    _made: int = 0

    def at(
        self, at: str, said: Sequence[Said], goal: Goal, most: int, depth: int = DEPTH
    ) -> None:
        """Check the attempts at a goal: those that come nearest, and no others."""
        claims, world = self.steps.claims, self.steps.world
        expected = attempts(world, *goal, most)
        self._told.add(goal)
        self._made += len(expected)
        claims.equal(at, [one["rule"] for one in said], [r.label for r, _ in expected])
        for place, (one, (rule, tried)) in enumerate(zip(said, expected, strict=False)):
            if one["rule"] == rule.label:
                proved, file = self.steps.proved, self.steps.file
                instance = Instance(claims, world, rule, proved, file, tried.open)
                here = Here(instance, tried, depth)
                where = f"{at}/{place}"
                claims.equal(f"{where}/unmet", one["unmet"], len(tried.unmet))
                self._substitution(f"{where}/substitution", one["substitution"], here)
                self._conditions(
                    f"{where}/conditions", one["conditions"], rule.body, here
                )

    def _substitution(self, at: str, said: Mapping[str, Any], here: Here) -> None:
        claims, valued = self.steps.claims, here.tried.valued
        if said.keys() != valued.keys():
            words = ", ".join(sorted(valued)) or "none"
            claims.reject(at, f"the variables that have a value are: {words}")
        for name in said.keys() & valued.keys():
            type_ = here.instance.rule.types[name]
            claims.same(f"{at}/{name}", said[name], type_, valued[name])

    def _conditions(
        self,
        at: str,
        said: Sequence[Said],
        body: Body,
        here: Here,
        lacking: frozenset[str] = frozenset(),
    ) -> None:
        """Check what is said of each literal of a body.

        `lacking` are variables that were open before the first.
        """
        claims = self.steps.claims
        if len(said) != len(body):
            claims.reject(at, f"there are {len(body)} conditions")
            return
        for place, (one, literal) in enumerate(zip(said, body, strict=True)):
            where, met = f"{at}/{place}", place not in here.tried.unmet
            open_ = names(literal) & here.tried.open
            claims.equal(f"{where}/literal", one["literal"], spelled(literal))
            claims.equal(f"{where}/met", one["met"], met)
            if one["met"] == met and not met:
                self._unmet(where, one, literal, here, lacking)
            elif one["met"] == met and self._has(where, one, "premise"):
                found = here.tried.valued
                where = f"{where}/premise"
                here.instance.literal(where, literal, one["premise"], found)
            if isinstance(literal, Atom):
                # What an atom did not give is lacking to those after it.
                lacking |= open_

    def _has(self, at: str, said: Said, part: str, open_: Collection[str] = ()) -> bool:
        """Check that a condition has one part alone, and which variables are open."""
        claims = self.steps.claims
        claims.equal(f"{at}/open", sorted(said.get("open", [])), sorted(open_))
        for one in ("premise", "missing", "branches"):
            if (said.get(one) is not None) != (one == part):
                words = "this is lacking" if one == part else "this has no place here"
                claims.reject(f"{at}/{one}", words)
        return said.get(part) is not None

    # --- what is not met --------------------------------------------------------------

    def _unmet(
        self,
        at: str,
        said: Said,
        literal: Literal,
        here: Here,
        lacking: frozenset[str],
    ) -> None:
        """Check what was found instead of a literal that does not hold."""
        open_ = names(literal) & here.tried.open
        match literal:
            case Atom():
                open_ &= lacking
                if self._has(at, said, "missing", open_):
                    self._missing(
                        f"{at}/missing", said["missing"], literal, here, open_
                    )
            case Either(branches):
                if self._has(at, said, "branches", open_):
                    self._branches(f"{at}/branches", said["branches"], branches, here)
            case _:
                open_ = _needed(literal, open_)
                part = "" if open_ else "premise"
                if self._has(at, said, part, open_):
                    self._instead(f"{at}/premise", said["premise"], literal, here)

    def _missing(
        self, at: str, said: Said, atom: Atom, here: Here, open_: frozenset[str]
    ) -> None:
        """Check the search for an atom, and the attempts at it in turn."""
        claims, world = self.steps.claims, self.steps.world
        found = here.tried.valued
        here.instance.said_sought(at, atom, said, found)
        claims.equal(f"{at}/open", sorted(said["open"]), sorted(open_))
        known = world.known(atom, found)
        goal = atom.relation, tuple(known.get(i, ...) for i in range(len(atom.terms)))
        told = goal in self._told and not self.again
        if (
            open_
            or atom.relation in world.stated
            or told
            or here.depth <= 1
            or self._made >= MOST
        ):
            claims.equal(f"{at}/attempts", said["attempts"], [])
            return
        self.at(f"{at}/attempts", said["attempts"], goal, 1, here.depth - 1)

    def _branches(
        self,
        at: str,
        said: Sequence[Sequence[Said]],
        branches: Sequence[Body],
        here: Here,
    ) -> None:
        """Check the nearest attempt at each branch of an alternative."""
        if len(said) != len(branches):
            self.steps.claims.reject(at, f"there are {len(branches)} branches")
            return
        for place, (one, branch) in enumerate(zip(said, branches, strict=True)):
            (tried,) = nearest(self.steps.world, branch, here.tried.values, (), 1)
            inner = replace(here.instance, open=tried.open)
            self._conditions(
                f"{at}/{place}",
                one,
                branch,
                Here(inner, tried, here.depth),
                here.tried.open,
            )

    def _instead(self, at: str, said: Said, literal: Literal, here: Here) -> None:
        """Check the value of what does not hold, or the rows that should be absent."""
        instance, found = here.instance, here.tried.valued
        if said["kind"] != KINDS[type(literal)]:
            self.steps.claims.reject(at, f"this is not `{spelled(literal)}`")
            return
        match literal:
            case Comparison():
                instance.said_compared(at, literal, said, found)
            case Membership():
                instance.said_among(at, literal, said, found)
            case Aggregate():
                instance.said_counted(at, literal, said, found)
            case Not(atom):
                instance.said_sought(at, atom, said, found)
                rows = self.steps.world.matching(
                    atom.relation, self.steps.world.known(atom, found)
                )
                self._found(at, said, {Fact(atom.relation, row) for row in rows})

    def _found(self, at: str, said: Said, rows: set[Fact]) -> None:
        """Check the facts that should be absent: as many as there are, up to some."""
        claims = self.steps.claims
        numbers = said.get("found", [])
        claims.equal(f"{at}/counted", said.get("counted", 0), len(rows))
        if len(numbers) != min(len(rows), ROWS_SHOWN):
            claims.reject(f"{at}/found", f"there are {len(rows)} rows")
        for place, number in enumerate(numbers):
            fact = self.steps.proved(f"{at}/found/{place}", number)
            if fact is not None and fact not in rows:
                words = f"{fact} is none of them, or is named twice"
                claims.reject(f"{at}/found/{place}", words)
            rows -= {fact}


def _needed(literal: Literal, open_: frozenset[str]) -> frozenset[str]:
    """Return what a literal lacks, of the variables in it that are open."""
    match literal:
        case Comparison(binds=name):
            return open_ - {name}
        case Aggregate(group=group):
            return open_ & frozenset(group)
    return open_


def rules_named(said: Sequence[Said]) -> Iterator[str]:
    """Yield the label of every rule that attempts name."""
    for one in said:
        yield one["rule"]
        waiting = [*one["conditions"]]
        for condition in waiting:  # it grows while it is read
            yield from rules_named(condition.get("missing", {}).get("attempts", []))
            waiting += [
                each for branch in condition.get("branches", []) for each in branch
            ]
