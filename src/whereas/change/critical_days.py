"""A policy over a case's rows into the days at which a decision can turn.

Rules are read as their values change with the day: each column of a relation has
the forms (`day_functions`) that its values can take, each column by itself, so that
they are more than needed and never fewer. Where a form that moves is compared with
another, joined with it or looked for among some members, the truth turns on days
that `day_functions.turns` finds. Between two such days nothing turns, and one
decision stands for all of them.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from whereas.change.day_functions import (
    COUNTED,
    DAY,
    FIRST,
    LAST,
    Form,
    UnsolvableError,
    Varying,
    combined,
    growth,
    moves,
    shifted,
    turns,
    valued,
)
from whereas.engine.arithmetic import compare
from whereas.policy.core import (
    Aggregate,
    Arithmetic,
    Atom,
    Comparison,
    Either,
    Membership,
    Not,
    Parameter,
    Shift,
    Variable,
)
from whereas.values import NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from whereas.policy.core import (
        Component,
        Constant,
        Expression,
        Literal,
        Policy,
        Rule,
        Term,
    )
    from whereas.values import Type

Forms = set[Form]
# More forms of one column than any case has: days are then tried one by one.
FORMS = 20_000
# A recursion that moves a date on and on would make ever more forms of it.
MOVING = 200
_TRACKED = {"date", "integer", "decimal"}


class Critical:
    """What turns with the day: `days`, and what has another value on another day.

    `days` are the first days of stretches on which no decision turns. `solved` is
    False where they cannot be found, and every day must be tried. `changing` are
    the columns, and `variables` of each rule those names, whose values differ from
    one day to another.
    """

    def __init__(
        self,
        policy: Policy,
        components: Sequence[Component],
        stored: Callable[[Constant | Parameter], int],
        columns: Mapping[str, Sequence[Forms]],
        *,
        today: bool,
        within: tuple[int, int] = (FIRST, LAST),
    ) -> None:
        """Read the rules; `columns` are the forms of the stated relations' columns.

        `today` says whether `$today` is the day that moves, and `within` on which
        days it may be: what holds on none of them is not followed.
        """
        self.days: set[int] = set()
        self.solved = True
        self.changing: set[tuple[str, int]] = set()
        self.variables: dict[int, set[str]] = {}
        self._policy = policy
        self._stored = stored
        self._today = today
        self._within = within
        self._columns: dict[str, list[Forms]] = {}
        self._seen: set[tuple[Form, Form]] = set()
        for name, relation in policy.relations.items():
            forms = columns.get(name)
            self._columns[name] = (
                [set() for _ in relation.columns] if forms is None else [*forms]
            )
            self.changing |= {
                (name, place)
                for place, some in enumerate(self._columns[name])
                if any(moves(form) for form in some)
            }
        for component in components:
            while self._component(component) and component.recursive and self.solved:
                pass

    def _component(self, component: Component) -> bool:
        """Read a component's rules once; return whether a column got more forms."""
        grown = False
        for rule in component.rules:
            known = self.variables.setdefault(rule.index, set())
            reader = _Body(self, rule.types, known)
            env: dict[str, Forms] = {}
            reader.follow(rule.body, env)
            grown |= self._head(rule, env, known)
        return grown

    def _head(self, rule: Rule, env: Mapping[str, Forms], known: set[str]) -> bool:
        grown = False
        name = rule.head.relation
        for place, term in enumerate(rule.head.terms):
            column = self._columns[name][place]
            if not tracked(self._policy.relations[name].columns[place].type):
                continue
            before = len(column)
            column |= self.term(term, env) or set()
            grown |= len(column) > before
            if len(column) > FORMS or sum(map(moves, column)) > MOVING:
                self.solved = False
            changes = isinstance(term, Variable) and term.name in known
            changes |= any(moves(form) for form in column)
            if changes and (name, place) not in self.changing:
                self.changing.add((name, place))
                grown = True
        return grown

    # --- values ---------------------------------------------------------------------

    def column(self, atom: Atom, place: int) -> Forms | None:
        """Return the forms of a column; None for texts, which no day changes."""
        column = self._policy.relations[atom.relation].columns[place]
        if not tracked(column.type):
            return None
        return self._columns[atom.relation][place]

    def term(self, term: Term, env: Mapping[str, Forms]) -> Forms | None:
        """Return the forms of a term; None for a variable without any."""
        match term:
            case Variable(name):
                return env.get(name)
            case Parameter("today") if self._today:
                return {DAY}
        return {self._stored(term)}

    def value(self, expression: Expression, env: Mapping[str, Forms]) -> Forms | None:
        """Return the forms of an expression; None where a variable has none."""
        match expression:
            case Arithmetic(op, left, right):
                made = self._made(lambda a, b: combined(op, a, b), left, right, env)
            case Shift(op, left, amount, unit):
                end = self._policy.month_end
                made = self._made(
                    lambda a, b: shifted(op, a, b, unit, end), left, amount, env
                )
            case _:
                made = self.term(expression, env)
        return made

    def _made(
        self,
        make: Callable[[Form, Form], Form | None],
        left: Expression,
        right: Expression,
        env: Mapping[str, Forms],
    ) -> Forms | None:
        first, second = self.value(left, env), self.value(right, env)
        if first is None or second is None:
            return None
        if len(first) * len(second) > FORMS:
            self.solved = False
            return set()
        made = (make(one, other) for one, other in product(first, second))
        return {form for form in made if form is not None}

    def left(self, op: str, some: Forms, others: Forms) -> Forms:
        """Return the forms that can hold against one of some others, on some day."""
        known = [other for other in others if isinstance(other, int)]
        if len(known) < len(others):
            return some
        return {form for form in some if self._can_hold(op, form, known)}

    def _can_hold(self, op: str, form: Form, others: Sequence[int]) -> bool:
        if isinstance(form, int):
            return any(
                compare(op, form, other)
                for other in others
                if op in {"=", "!="} or NONE not in (form, other)
            )
        grows = growth(form)
        if not grows or op in {"=", "!="}:
            return True
        # The day on which it is least, or largest, is the one that counts.
        low, high = self._within if grows > 0 else self._within[::-1]
        day = low if op in {"<", "<="} else high
        value = valued(form, day, self._policy.month_end)
        return value is None or any(
            compare(op, value, other) for other in others if other != NONE
        )

    # --- turns ----------------------------------------------------------------------

    def meet(self, left: Forms, right: Forms) -> None:
        """Note the days at which a comparison of some forms turns."""
        for some, others in ((left, right), (right, left)):
            for one in some:
                if not moves(one):
                    continue
                for other in others:
                    self._pair(one, other)

    def _pair(self, one: Form, other: Form) -> None:
        if (one, other) in self._seen:
            return
        self._seen.add((one, other))
        if isinstance(one, Varying) or isinstance(other, Varying):
            self.solved = False
            return
        try:
            self.days |= turns(one, other, self._policy.month_end)
        except UnsolvableError:
            self.solved = False


class _Body:
    """Reads one rule's body: which forms its variables have, and what turns."""

    def __init__(
        self, critical: Critical, types: Mapping[str, Type], changing: set[str]
    ) -> None:
        self._critical = critical
        self._types = types
        self._changing = changing

    def follow(self, body: Sequence[Literal], env: dict[str, Forms]) -> None:
        """Read a body's atoms, then its other literals until they say no more."""
        others = [one for one in body if not isinstance(one, Atom)]
        for literal in body:
            if isinstance(literal, Atom):
                self._atom(literal, env)
        for _ in others:
            known = set(env), len(self._changing)
            for literal in others:
                self._other(literal, env)
            if known == (set(env), len(self._changing)):
                return

    def _atom(self, atom: Atom, env: dict[str, Forms]) -> None:
        for place, term in enumerate(atom.terms):
            column = self._critical.column(atom, place)
            if (
                isinstance(term, Variable)
                and (atom.relation, place) in self._critical.changing
            ):
                self._changing.add(term.name)
            if column is None:
                continue
            known = self._critical.term(term, env)
            if known is not None:
                self._critical.meet(known, column)
            if isinstance(term, Variable):
                env[term.name] = set(column) if known is None else _both(known, column)

    def _other(self, literal: Literal, env: dict[str, Forms]) -> None:
        critical = self._critical
        match literal:
            case Not(atom):
                for place, term in enumerate(atom.terms):
                    column = critical.column(atom, place)
                    known = critical.term(term, env)
                    if column is not None and known is not None:
                        critical.meet(known, column)
            case Comparison():
                self._comparison(literal, env)
            case Membership(term, members):
                known = critical.value(term, env)
                if known is not None and any(moves(form) for form in known):
                    among: Forms = set().union(
                        *(critical.term(m, env) or () for m in members)
                    )
                    critical.meet(known, among)
            case Either(branches, binds):
                self._either(branches, binds, env)
            case Aggregate():
                self._aggregate(literal, env)
            case _:
                pass

    def _comparison(self, literal: Comparison, env: dict[str, Forms]) -> None:
        critical = self._critical
        left, right = literal.left, literal.right
        if literal.binds is not None:
            given = right if left == Variable(literal.binds) else left
            self._bind(literal.binds, critical.value(given, env), env)
            if self._differs(given):
                self._changing.add(literal.binds)
            return
        first, second = critical.value(left, env), critical.value(right, env)
        if first is None or second is None:
            return
        critical.meet(first, second)
        # What can never hold is left out, or a recursion that counts would not end.
        op, inverse = literal.op, _TURNED.get(literal.op, literal.op)
        if isinstance(left, Variable):
            env[left.name] = critical.left(op, first, second)
        if isinstance(right, Variable):
            env[right.name] = critical.left(inverse, second, first)

    def _either(
        self,
        branches: Sequence[Sequence[Literal]],
        binds: Sequence[str],
        env: dict[str, Forms],
    ) -> None:
        found: dict[str, Forms] = {}
        for branch in branches:
            inner = {name: forms for name, forms in env.items() if name not in binds}
            self.follow(branch, inner)
            for name in binds:
                if name in inner:
                    found.setdefault(name, set()).update(inner[name])
        env.update(found)

    def _aggregate(self, literal: Aggregate, env: dict[str, Forms]) -> None:
        critical = self._critical
        inner = {n: forms for n, forms in env.items() if n in literal.group}
        self.follow(literal.body, inner)
        if literal.function in {"count", "sum"}:
            # Where two rows come to be alike, there is one less.
            for known in inner.values():
                critical.meet(known, known)
        forms: Forms | None = {COUNTED}
        if literal.term is not None:
            forms = critical.value(literal.term, inner)
            if forms is not None and literal.function == "sum":
                forms = {Varying(any(moves(one) for one in forms))}
        if literal.binds is not None:
            self._bind(literal.binds, forms, env)
            self._changing.add(literal.binds)
        elif forms is not None:
            target = critical.term(literal.target, env)
            if target is not None:
                critical.meet(target, forms)

    def _bind(self, name: str, forms: Forms | None, env: dict[str, Forms]) -> None:
        type_ = self._types.get(name)
        if forms is not None and type_ is not None and tracked(type_):
            env[name] = set(forms)

    def _differs(self, expression: Expression) -> bool:
        match expression:
            case Variable(name):
                return name in self._changing
            case Parameter("today"):
                return True
            case Arithmetic(_, left, right) | Shift(_, left, right):
                return self._differs(left) or self._differs(right)
        return False


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def tracked(type_: Type) -> bool:
    """Return whether a day can change values of a type."""
    return type_.kind in _TRACKED


def _both(one: Forms, other: Forms) -> Forms:
    """Return the forms of what is in two columns."""
    loose = {
        form
        for some, others in ((one, other), (other, one))
        for form in some
        if not isinstance(form, int) or any(isinstance(o, Varying) for o in others)
    }
    return loose | (one & other)
