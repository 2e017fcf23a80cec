"""`whereas init`: a workspace that works at once, or empty fact files for a policy."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from whereas.cli.app import Command
from whereas.cli.options import POLICY
from whereas.cli.packaged import workspace_folder
from whereas.cli.settings import FILE
from whereas.cli.terminal import reason, write, write_file
from whereas.diagnostics import UsageError

POLICY_NAME = "nmpa-summary"
FACTS_NAME = "demo"

SETTINGS = f"""\
# Defaults of this workspace. The environment (WHEREAS_POLICY, …) and flags win.
policy = "policy/{POLICY_NAME}"
facts = "facts/{FACTS_NAME}"
"""

README = f"""\
# A workspace of whereas

`policy/{POLICY_NAME}` holds the rules, in Markdown beside the words that they encode.
`facts/{FACTS_NAME}` holds the facts: a synthetic demonstration, a file for a relation.
`{FILE}` names both, so that no command has to.

```console
$ whereas decide
$ whereas why B-001
$ whereas check
$ whereas test
```

Facts of your own: `whereas init --facts facts/mine` writes files with headers; then
`whereas decide --facts facts/mine`. Nothing here is legal advice.
"""


@click.command("init", cls=Command, short_help="Lay down a workspace.")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--facts",
    "facts_wanted",
    is_flag=False,
    flag_value="",
    metavar="[FOLDER]",
    help="Instead: write the empty fact files that the policy needs, with headers.",
)
@POLICY
def command(folder: Path, facts_wanted: str | None, policy: Path | None) -> int:
    """Lay down a workspace in FOLDER: a policy, facts to try it on, settings.

    Nothing is ever overwritten.
    """
    if facts_wanted is not None:
        from whereas.cli.fact_files import write_fact_files

        return write_fact_files(policy, facts_wanted)
    plan = _plan(folder)
    there = [path for path in plan if path.exists() or path.is_symlink()]
    if there:
        raise UsageError(
            f"`{there[0]}` is there already, and nothing was written;"
            " choose an empty folder: whereas init FOLDER"
        )
    for path, content in plan.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                shutil.copyfile(content, path)
            else:
                write_file(path, [content])
        except OSError as error:
            raise UsageError(f"cannot write `{path}`: {reason(error)}") from None
    where = "" if folder == Path() else f"cd {folder}, then "
    write(
        [
            f"wrote {len(plan)} files: the policy {POLICY_NAME},"
            f" the facts {FACTS_NAME}, {FILE} and README.md\n"
            f"next: {where}whereas decide\n"
        ],
        None,
    )
    return 0


def _plan(folder: Path) -> dict[Path, Path | str]:
    """Return what is written where: the path of a file to copy, or its text."""
    plan: dict[Path, Path | str] = {folder / FILE: SETTINGS}
    plan[folder / "README.md"] = README
    for kind, name in (("policy", POLICY_NAME), ("facts", FACTS_NAME)):
        source = workspace_folder(kind, name)
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                plan[folder / kind / name / path.relative_to(source)] = path
    return plan
