"""`whereas init`: a workspace that works at once, or empty fact files for a policy."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from whereas.cli.app import Command
from whereas.cli.options import POLICY
from whereas.cli.packaged import Example, examples, policies_of, workspace_folder
from whereas.cli.settings import FILE
from whereas.cli.terminal import write
from whereas.diagnostics import UsageError
from whereas.output_files import filled

SETTINGS = """\
# Defaults of this workspace. The environment (WHEREAS_POLICY, …) and flags win.
policy = "policy/{policy}"
facts = "facts/{facts}"
"""

README = """\
# A workspace of whereas

`policy/{policy}` holds the rules, in Markdown beside the words that they encode.
`facts/{facts}` holds the facts: a synthetic demonstration, a file for a relation.
`{file}` names both, so that no command has to.

```console
$ whereas decide
$ whereas why {case}
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
@click.option(
    "--example",
    "names",
    multiple=True,
    metavar="NAME",
    help="The policy to lay down, with its facts; `list` names them. May be repeated.",
)
@POLICY
def command(
    folder: Path,
    facts_wanted: str | None,
    names: tuple[str, ...],
    policy: Path | None,
) -> int:
    """Lay down a workspace in FOLDER: a policy, facts to try it on, settings.

    Nothing is ever overwritten.
    """
    if facts_wanted is not None:
        from whereas.cli.fact_files import write_fact_files

        return write_fact_files(policy, facts_wanted)
    known = examples()
    if "list" in names:
        rows = [f"{name}  (facts: {', '.join(known[name].facts)})\n" for name in known]
        write(["".join(rows)], None)
        return 0
    for name in names:
        if name not in known:
            from whereas.policy.spelling import did_you_mean

            way_out = did_you_mean(name, known, f"there are {', '.join(known)}")
            raise UsageError(f"no example is called `{name}`; {way_out}")
    chosen = list(dict.fromkeys(names)) or [next(iter(known))]
    plan = _plan({name: known[name] for name in chosen})
    places = [folder / name for name in plan]
    there = [path for path in places if path.exists() or path.is_symlink()]
    if there:
        raise UsageError(
            f"`{there[0]}` is there already, and nothing was written;"
            " choose an empty folder: whereas init FOLDER"
        )
    with filled(folder) as part:
        for place, content in plan.items():
            path = part / place
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                shutil.copyfile(content, path)
            else:
                path.write_text(content, encoding="utf-8", newline="\n")
    where = "" if folder == Path() else f"cd {folder}, then "
    policies = _listed("policy", "policies", chosen)
    facts = _listed("facts", "facts", [known[name].facts[0] for name in chosen])
    write(
        [
            f"wrote {len(plan)} files: {policies}, {facts}, {FILE} and README.md\n"
            f"next: {where}whereas decide\n"
        ],
        None,
    )
    return 0


def _listed(one: str, several: str, names: list[str]) -> str:
    names = list(dict.fromkeys(names))
    return f"the {one if len(names) == 1 else several} {', '.join(names)}"


def _plan(chosen: dict[str, Example]) -> dict[Path, Path | str]:
    """Return what is written where: the path of a file to copy, or its text.

    The first policy that was chosen is the workspace's.
    """
    first, example = next(iter(chosen.items()))
    words = {"policy": first, "facts": example.facts[0], "case": example.case}
    plan: dict[Path, Path | str] = {Path(FILE): SETTINGS.format(**words)}
    plan[Path("README.md")] = README.format(**words, file=FILE)
    wanted = [("policy", used) for name in chosen for used in policies_of(name)]
    wanted += [("facts", one) for name in chosen for one in chosen[name].facts]
    for kind, name in dict.fromkeys(wanted):
        source = workspace_folder(kind, name)
        for path in sorted(source.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                plan[Path(kind, name) / path.relative_to(source)] = path
    return plan
