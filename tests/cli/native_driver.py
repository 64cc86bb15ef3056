"""The real CLI with the native plugin: the programs of scenarios, with the plugin's resources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from driver import Cli

from pulumi_daily.lifecycle.kinds.table import KINDS
from pulumi_daily.objects.notes import DRIFT
from pulumi_daily.objects.plugin_names import path_to_daily, shape_of, to_daily
from pulumi_daily.objects.values import format_path, parse_path

NATIVE = Path(__file__).parents[1] / "scenarios" / "native"
PLUGIN = "daily:index:"


class NativeCli(Cli):
    """Runs the programs with the resources of the plugin."""

    def write(self, source: str) -> None:
        super().write(source.replace("import pulumi_daily as daily", "import native_door as daily"))

    def outputs_of(self, resource: str) -> Mapping[str, Any]:
        """Under Daily's names."""
        kind = re.search(rf"::{PLUGIN}(\w+)::{resource}\"", self.state_text())
        assert kind is not None
        return dict(to_daily(shape_of(KINDS[kind[1]].spec), super().outputs_of(resource)))

    @staticmethod
    def leaves(kind: str, detailed: Mapping[str, Any]) -> set[str]:
        """Under Daily's names; all that drifted is one leaf, as with the dynamic providers."""
        known = KINDS.get(kind.removeprefix(PLUGIN))
        shape = known and shape_of(known.spec)
        return {
            f"{diff['diffKind'].removesuffix('-replace')} {format_path(path_to_daily(shape, parse_path(path)))}"
            if diff["inputDiff"]
            else f"add {DRIFT}"
            for path, diff in detailed.items()
        }

    def _observed(self, arguments: list[str]) -> Any:
        report = super()._observed(arguments)
        report.warnings = [line for line in report.warnings if "pulumi-resource-daily" not in line]
        return report
