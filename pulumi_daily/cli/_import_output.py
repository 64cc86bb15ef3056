"""The files and the report of ``pulumi-daily import``."""

from __future__ import annotations

import keyword
import shlex
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..importing import SECRET, Existing, LeftOut
from ..objects.kinds import DYNAMIC_PROVIDER
from ..objects.room import ROOM
from ..objects.room_set import ROOM_SET
from ._import_file import shown_secrets
from ._import_layout import Plan
from ._program import ACCOUNT, MODULES, Program, SecondAccount
from ._terminal import say

FEW = 5
"""The most objects with the same omitted setting that are reported one by one, and the most commands."""

IMPORT = "--generate-code=false --protect=false --yes"


@dataclass(frozen=True)
class Output:
    """The files that the command writes."""

    file: Path
    """The import file; ``-`` is standard output."""
    code: Path | None
    split: bool
    dry_run: bool

    @property
    def out(self) -> Path | None:
        """Return the import file; None for standard output."""
        return None if str(self.file) == "-" else self.file

    @property
    def possible(self) -> dict[str, Path]:
        """Return the files that may be written, by the options or the modules that name them."""
        found = {} if self.out is None else {"--out": self.out}
        if self.code is not None:
            found["--program"] = self.code
            modules = (ACCOUNT, *MODULES.values()) if self.split else ()
            found |= {f"--split: {name}": self._module(self.code, name) for name in modules}
        return found

    def files(self, text: str, program: Program) -> dict[Path, str]:
        """Return the texts of the files: the import file, and the program."""
        found = {} if self.out is None else {self.out: text}
        if self.code is not None:
            found |= {self._module(self.code, name): source for name, source in program.modules.items()}
        return found

    @staticmethod
    def _module(code: Path, name: str) -> Path:
        return code.with_name(f"{name}.py") if name else code


def report(plan: Plan, output: Output, second: SecondAccount | None) -> None:
    """Print what was written, what was left out, and the next steps."""
    err = output.out is None and not output.dry_run

    def line(text: str) -> None:
        say(text, err=err)

    counts = Counter(one.spec.noun for one in plan.objects.values())
    file = "would be imported" if output.dry_run else output.out or "standard output"
    line(f"{file}: {', '.join(f'{count} {noun}' + 's' * (count > 1) for noun, count in counts.items())}")
    if output.dry_run:
        for (kind, name), one in plan.objects.items():
            line(f'  {kind} "{name}"' + ("" if name == one.label else f" ({one.label})"))
    for text in _left_out(plan.objects):
        line(f"  {text}")
    for text in plan.not_taken:
        line(f"  not in the file: {text}")
    if plan.present and output.code is not None:
        line(
            f"  {plan.present} of these are in the stack already (from an earlier import): leave their code out, or "
            "replace the program with this one"
        )
    if not output.dry_run:
        for text in ["Next:", *(f"  {step}" for step in _steps(plan, output, second))]:
            line(text)


def _left_out(objects: Mapping[tuple[str, str], Existing]) -> list[str]:
    """Return the lines about omitted settings; one for many objects with the same one."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in objects.values():
        for item in one.left_out:
            noun, label = one.spec.noun, one.label
            if one.spec is ROOM_SET:
                noun, label = "room", str(item.path[1])
                item = replace(item, setting=item.setting.removesuffix(f" of {label}"))
            found[noun, _advice(one, item)].append(label)
    lines = []
    for (noun, advice), labels in found.items():
        if len(labels) > FEW:
            some = ", ".join(f'"{label}"' for label in labels[:FEW])
            lines.append(f"{len(labels)} {noun}s ({some}, …): {advice}")
        else:
            lines += [f'{noun} "{label}": {advice}' for label in labels]
    return lines


def _advice(one: Existing, item: LeftOut) -> str:
    """Return a text about an omitted setting, with the consequence."""
    if item.why != SECRET:
        return f"{item.setting} left out: {item.why}"
    name = item.setting.rpartition(".")[2]
    if name in one.spec.write_only:
        return f"{item.setting} left out (secret): Daily does not show it, and it stays until the program sets another"
    if _comes_back(one, name):
        return f"{item.setting} left out (secret): it stays as it is, and the next refresh brings it as an output"
    return f"{item.setting} left out (secret); add it to the program, with its secrets"


def _comes_back(one: Existing, name: str) -> bool:
    """Return whether a secret is an output that a refresh can read."""
    return name in shown_secrets(one) and name not in one.spec.write_only


def _steps(plan: Plan, output: Output, second: SecondAccount | None) -> Sequence[str]:
    """Return the next steps, in their order."""
    what = "rooms" if {one.spec.noun for one in plan.objects.values()} == {ROOM.noun} else "resources"
    code = output.code
    if code is None:
        program = f"declare the same {what} in the program (--program writes it)"
    elif code.name == "__main__.py":
        program = f"{code} is the program already"
    else:
        is_module = code.suffix == ".py" and code.stem.isidentifier() and not keyword.iskeyword(code.stem)
        program = f"import {code} in the program" if output.split and is_module else f"paste {code} into the program"
    steps = []
    if output.out is not None:
        steps.append(f"pulumi import --file {shlex.quote(str(output.out))} {IMPORT}")
    if second is None:
        steps.append(f"{program}; `pulumi preview` then shows no change")
    else:
        target = shlex.quote(f"**{DYNAMIC_PROVIDER}::{second.name}")
        provider = [program, f"pulumi config set --secret {second.secret}", f"pulumi up --target {target}"]
        steps = [*provider, *steps, "`pulumi preview` then shows no change"]
    if any(_comes_back(one, name) for one in plan.objects.values() for name in shown_secrets(one)):
        steps.append("pulumi refresh --yes   (brings the secrets that Daily shows, as secret outputs)")
    if code is not None and plan.program.secrets:
        some = plan.program.secrets[:FEW]
        more = len(plan.program.secrets) - len(some)
        steps.append("to manage secrets that were left out, each with one update (see the comments in the program):")
        steps += [f"  pulumi config set --secret {key}" for key in some]
        steps += [f"  … and {more} more"] if more else []
    return steps
