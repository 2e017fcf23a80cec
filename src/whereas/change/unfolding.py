"""Atoms into the bodies of the rules that could give them, in a search for repairs.

And least and greatest values into the rows that have them, or go beyond them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from whereas.change.current_truth import Standing
from whereas.change.linear import NotSearchedError
from whereas.change.terms import Equal, Item, Prove, bound, meaning, unbound
from whereas.policy.core import Comparison, Variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from whereas.change.constraints import Cell
    from whereas.change.terms import Environment, Key, State
    from whereas.policy.core import Aggregate, Atom, Rule

# Rules that may rest on one another, from the goal down.
DEPTH = 40
# No variable of a policy is called so.
_EXTREME = "the extreme"


class Rules(Standing):
    """Unfolds atoms by rules, and aggregates by what they are of."""

    def _unfolded(
        self, state: State, item: Item, atom: Atom, bindings: Environment
    ) -> Iterator[tuple[tuple[Item, ...], Environment]]:
        """Yield the body of each rule that could give an atom, its head matched."""
        if item.depth >= DEPTH:
            raise NotSearchedError(f"recursion deeper than {DEPTH} rules")
        call = [self._argument(item, term, bindings) for term in atom.terms]
        values = [state.store.cell(value) for value in call if bound(value)]
        settled = tuple(value for value in values if isinstance(value, int))
        above = item.above
        if len(settled) == len(call):
            goal = (atom.relation, settled)
            if goal in above:
                # A proof of a fact that rests on itself is none.
                return
            above = (*above, goal)
        for rule in self.facts.rules(atom.relation):
            self._instances += 1
            number = self._instances
            found: dict[Key, Cell | Key] = dict(bindings)
            same = self._headed(state, rule, call, found)
            if same is not None:
                body = (
                    Item(literal, number, above, item.depth + 1)
                    for literal in rule.body
                )
                yield (*map(Item, same), *body), found

    def _headed(
        self,
        state: State,
        rule: Rule,
        call: Sequence[Cell | Key],
        found: dict[Key, Cell | Key],
    ) -> list[Equal] | None:
        """Bind a rule's head to a call; None: they cannot be the same."""
        number = self._instances
        same = []
        for term, value in zip(rule.head.terms, call, strict=True):
            mine: Cell | Key = (
                meaning((number, term.name), found)
                if isinstance(term, Variable)
                else self.facts.stored(term)
            )
            theirs = meaning(value, found)
            if mine == theirs:
                continue
            if unbound(mine):
                found[mine] = theirs
            elif unbound(theirs):
                found[theirs] = mine
            else:
                assert bound(mine) and bound(theirs)  # noqa: S101
                one, other = state.store.cell(mine), state.store.cell(theirs)
                if isinstance(one, int) and isinstance(other, int):
                    if one != other:
                        return None
                else:
                    same.append(Equal(one, other))
        return same

    # --- least and greatest values ----------------------------------------------------

    def _copied(
        self, item: Item, literal: Aggregate, bindings: Environment
    ) -> tuple[int, tuple[Item, ...], dict[Key, Cell | Key]]:
        """Return the body with variables of its own, but for those that group."""
        self._instances += 1
        number = self._instances
        found = dict(bindings)
        for name in literal.group:
            found[number, name] = meaning((item.instance, name), bindings)
        items = tuple(replace(item, literal=o, instance=number) for o in literal.body)
        return number, items, found

    def _some(
        self,
        state: State,
        item: Item,
        literal: Aggregate,
        bindings: Environment,
        value: Cell | None,
        *,
        beyond: bool = False,
    ) -> Prove:
        """Return the task that some row is there, with a value or one beyond it."""
        number, items, found = self._copied(item, literal, bindings)
        term = literal.term
        assert term is not None  # noqa: S101  # only `count` has none
        if value is None:
            return Prove(items, found)
        if beyond:
            op = ">" if literal.function == "max" else "<"
            test = Comparison(op, term, Variable(_EXTREME))
            found[number, _EXTREME] = value
            return Prove((*items, replace(items[0], literal=test)), found)
        inner = replace(item, instance=number)
        key = self._argument(inner, term, found)
        if unbound(key):
            found[key] = value
            return Prove(items, found)
        assert bound(key)  # noqa: S101
        same = Equal(state.store.cell(key), value)
        return Prove((inner.of(same), *items), found)
