"""Templates into text, in a sandbox: ours, or a policy package's in their place.

A template is data from someone else. It runs in a sandbox with a budget (`sandbox`),
sees only what it is given, and what it does wrong is an error with file and line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from whereas.codes import Code
from whereas.diagnostics import Diagnostic, Invalid, Source, Span
from whereas.user_files import lies_within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from whereas.render.sandbox import Sandbox

BUILT_IN = Path(__file__).parent / "templates"


def rendered(
    name: str,
    values: Mapping[str, object],
    *,
    own: Mapping[str, Source] | None = None,
    filters: Mapping[str, Callable[..., object]] | None = None,
) -> str:
    """Return a template filled in; `own` are those of a policy, which come first.

    Raises `Invalid` with the place in the template, whatever it does wrong.
    """
    from jinja2 import TemplateSyntaxError, UndefinedError
    from jinja2.exceptions import SecurityError, TemplateError

    from whereas.render.sandbox import TooMuch

    source = found(name, own or {})
    environment = _environment(name, own or {}, filters or {})
    try:
        return environment.from_string(source.text).render(values)
    except TemplateSyntaxError as error:
        raise _invalid(
            Code.TEMPLATE_SYNTAX,
            f"the template cannot be read: {_plain(error.message)}",
            source,
            error.lineno if error.name in {None, name} else 1,
            "correct it, or remove it: the one that is built in is then used",
        ) from None
    except SecurityError as error:
        raise _invalid(
            Code.TEMPLATE_UNSAFE,
            f"the template reaches for what it must not see: {_plain(str(error))}",
            source,
            _line(error),
            "use only the names that a template is given",
        ) from None
    except UndefinedError as error:
        raise _invalid(
            Code.TEMPLATE_UNDEFINED,
            f"the template reads a name that is not there: {_plain(str(error))}",
            source,
            _line(error),
            "see docs/reference/templates.md for the names that a template is given",
        ) from None
    except TooMuch as error:
        raise _invalid(
            Code.TEMPLATE_TOO_MUCH,
            f"the template asks for too much: {error}",
            source,
            _line(error),
            "see docs/reference/limits.md for what a template may do",
        ) from None
    except Invalid:
        raise
    except (
        TemplateError,
        ArithmeticError,
        AttributeError,
        LookupError,
        OverflowError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise _invalid(
            Code.TEMPLATE_FAILED,
            f"the template fails: {_plain(str(error))}",
            source,
            _line(error),
            f"correct `{Path(source.name).name}`",
        ) from None


def escaped_markdown(text: str) -> str:
    """Escape what Markdown would read as its own."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|~&" else c for c in text)


def found(name: str, own: Mapping[str, Source]) -> Source:
    """Return the text of a template: the policy's, else the one that is built in.

    Refuses a name that leaves the folder of the templates.
    """
    if name in own:
        return own[name]
    path = BUILT_IN / name
    if path.is_file() and lies_within(path, BUILT_IN):
        return Source(f"templates/{name}", path.read_text(encoding="utf-8"))
    raise _invalid(
        Code.TEMPLATE_OUTSIDE,
        f"there is no template `{name}`",
        Source(name, ""),
        None,
        "a template is named by a file of the package's folder `templates`",
    )


def _environment(
    name: str,
    own: Mapping[str, Source],
    filters: Mapping[str, Callable[..., object]],
) -> Sandbox:
    from jinja2 import FunctionLoader
    from jinja2.exceptions import SecurityError

    from whereas.render.sandbox import Sandbox

    def load(wanted: str) -> tuple[str, str, Callable[[], bool]]:
        try:
            source = found(wanted, own)
        except Invalid as error:
            # The place to name is where it is included.
            raise SecurityError(error.diagnostics[0].message) from None
        return source.text, source.name, lambda: True

    return Sandbox(
        FunctionLoader(load), filters, autoescape=name.endswith((".html", ".xml"))
    )


def _line(error: BaseException) -> int | None:
    """Return the line of the template at which an error came up."""
    import traceback

    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == "<template>"
    ]
    return lines[-1] if lines else None


def _plain(words: str | None) -> str:
    """Return a library's message in our manner: one line, lower case, no stop."""
    said = " ".join((words or "it fails").split()).rstrip(".").replace("'", "`")
    said = said.replace("Jinja was looking for the following tags:", "Expected")
    said = said.replace(". ", "; ").replace("; The", "; the").replace("; You", "; you")
    return said[:1].lower() + said[1:]


def _invalid(
    code: Code, message: str, source: Source, line: int | None, help_: str
) -> Invalid:
    start = 0
    number = min(line or 1, source.text.count("\n") + 1)
    for _ in range(number - 1):
        start = source.text.index("\n", start) + 1
    text = source.line(number) if source.text else ""
    indent = len(text) - len(text.lstrip())
    at = Span(source, start + indent, start + max(indent, len(text.rstrip())))
    return Invalid([Diagnostic(code, message, at, help=help_)])
