"""Write the files that are generated from the package: typed inputs and outputs, resource classes, documentation pages,
pictures.

    python tools/generate.py           write the files
    python tools/generate.py --check   exit 1 and list the stale files, if any

Each object of Daily is one entry in ``targets.TARGETS``. A nested type that two objects share is written into the
module of the first and imported by the next.
"""

from __future__ import annotations

import argparse
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

sys.path.insert(0, str(ROOT / "tools"))  # for use with this file loaded by its path
if "pulumi_daily" not in sys.modules:
    # The package imports generated files; without this, a missing or broken one could not be generated again.
    bare = types.ModuleType("pulumi_daily")
    bare.__path__ = [str(ROOT / "pulumi_daily")]
    sys.modules["pulumi_daily"] = bare

import console_picture  # noqa: E402
import fault_tables  # noqa: E402
import plots  # noqa: E402
import plugin_schema  # noqa: E402
from coverage_page import PAGE, coverage_page  # noqa: E402
from output_classes import PATH, outputs_module  # noqa: E402
from python_types import InputTypes  # noqa: E402
from reference_pages import page  # noqa: E402
from resource_classes import resource_module  # noqa: E402
from targets import TARGETS, Target  # noqa: E402
from typed_inputs import inputs_module  # noqa: E402


def generated(targets: tuple[Target, ...] = TARGETS) -> dict[str, str]:
    """Return the text of every generated file, by its path in the project."""
    files: dict[str, str] = {}
    types = InputTypes()
    for target in targets:
        files[f"pulumi_daily/resources/{target.module}.py"] = inputs_module(target, types)
        files[f"pulumi_daily/resources/{target.name}.py"] = resource_module(target, types)
        files[target.page] = page(target)
    files[PATH] = outputs_module(targets)
    files[PAGE] = coverage_page()
    files[plugin_schema.PATH] = plugin_schema.schema()
    files[fault_tables.PAGE] = fault_tables.page()
    return files | console_picture.pictures() | plots.pictures()


def stale(root: Path = ROOT) -> list[str]:
    """Return the generated files under ``root`` that are missing or outdated."""
    found = []
    for name, text in generated().items():
        path = root / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            found.append(name)
    return found


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description="Write what is generated from the field models.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    if parser.parse_args(argv).check:
        old = stale(root)
        for name in old:
            print(f"{name} is stale: run python tools/generate.py")
        return 1 if old else 0
    for name, text in generated().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
