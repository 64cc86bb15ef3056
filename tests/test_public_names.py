"""The public names, and that importing the package stays light."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import json
import subprocess
import sys
import typing
from pathlib import Path
from typing import Literal

import pytest

import pulumi_daily


def loaded(code: str) -> set[str]:
    """The modules of a fresh interpreter after `code`."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys, json; print(json.dumps(list(sys.modules)))"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(json.loads(done.stdout))


def test_the_names_of_the_package():
    names = pulumi_daily.__all__
    assert names == sorted(set(names))
    assert {"Room", "Provider", "RoomPropertiesArgs", "RoomPropertiesArgsDict", "PermissionsArgs"} <= set(names)
    looked_up = {name for name in pulumi_daily.lookups.__all__ if name.startswith(("get_", "validate_", "Get", "Vali"))}
    assert looked_up < set(names)
    named = {*pulumi_daily._HOMES, *looked_up}
    for name in names:
        value = getattr(pulumi_daily, name)
        assert value.__name__ == name or typing.get_origin(value) is Literal
        assert name in named or name.endswith(("Args", "ArgsDict")) or typing.get_origin(value) is Literal
    assert dir(pulumi_daily) == sorted([*names, *pulumi_daily._MODULES, "__version__"])


def test_the_version_is_that_of_the_installed_package():
    assert pulumi_daily.__version__ == importlib.metadata.version("pulumi-daily")


def test_a_type_checker_sees_the_names_that_there_are():
    """The imports for type checkers are written by hand; mypy and pyright see nothing else of the package."""
    [block] = [
        node
        for node in ast.parse(Path(pulumi_daily.__file__).read_text(encoding="utf-8")).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    seen = {"__version__"}
    for node in block.body:
        if isinstance(node, ast.ImportFrom):
            if node.names[0].name == "*":
                found = importlib.import_module(f"pulumi_daily.{node.module}").__all__
                seen |= {name for name in found if "lookups" not in str(node.module) or name in pulumi_daily.__all__}
            else:
                seen |= {alias.name for alias in node.names}
    assert seen == {*pulumi_daily.__all__, *pulumi_daily._MODULES, "__version__"}


def test_every_resource_typed_input_and_lookup_is_public():
    kinds = {provider.spec.kind for provider in importlib.import_module("pulumi_daily.providers").PROVIDERS}
    assert set(pulumi_daily._HOMES) == {*kinds, "Provider", "ProviderArgs", "untyped"}
    written = (Path(pulumi_daily.__file__).parent / "resources").glob("_*_types.py")
    assert set(pulumi_daily._TYPES) == {f".resources.{path.stem}" for path in written}
    typed = {name for module in pulumi_daily._TYPES for name in importlib.import_module(module, "pulumi_daily").__all__}
    lookups = {name for one in pulumi_daily.lookups.ROUTES_USED for name in (one, f"{one}_output")}
    assert {*kinds, *typed, *lookups} < set(pulumi_daily.__all__)


@pytest.mark.parametrize("name", ["Rooms", "OtherArgs", "_hidden", "fields", "get_nothing", "Account"])
def test_other_names_are_an_attribute_error(name: str):
    with pytest.raises(AttributeError, match=f"module 'pulumi_daily' has no attribute '{name}'"):
        getattr(pulumi_daily, name)


LATE = {"api": {"RequestsTransport"}}
"""Names that are loaded on first use."""
WITHIN = {
    "api": {
        *("BATCH_LIMIT", "DEFAULT_API_URL", "ENDPOINT_UNKNOWN", "MAX_LIMIT", "ErrorString", "Redactor", "SecretText"),
        "Stop",
        *("is_loopback", "is_secret_field", "Pager", "fetcher", "printable"),
    }
}
"""Names that other parts of the package import, and nobody else should."""


@pytest.mark.parametrize("module", ["api", "emulator", "lifecycle", "lookups"])
def test_all_is_what_is_public(module: str):
    found = importlib.import_module(f"pulumi_daily.{module}")
    assert len(set(found.__all__)) == len(found.__all__)
    public = {
        name
        for name, value in vars(found).items()
        if not name.startswith("_")
        and type(value).__name__ not in ("module", "_SpecialForm")
        and name not in ("annotations", "Any", "TYPE_CHECKING")
    }
    assert public | LATE.get(module, set()) == {*found.__all__, *WITHIN.get(module, ())}
    assert not WITHIN.get(module, set()) & set(found.__all__)
    assert all(getattr(found, name) is not None for name in found.__all__)


def test_every_public_class_and_function_is_documented():
    for module in ("api", "emulator", "lifecycle", "lookups"):
        found = importlib.import_module(f"pulumi_daily.{module}")
        bare = [
            n for n in found.__all__ if callable(getattr(found, n)) and not (getattr(found, n).__doc__ or "").strip()
        ]
        assert bare == [], module


HEAVY = {"pulumi", "grpc", "dill", "starlette", "uvicorn", "pytest", "click", "hypothesis"}


def test_importing_the_package_imports_nothing_else():
    found = loaded("import pulumi_daily")
    assert not found & (HEAVY | {"pydantic", "requests"})
    assert {name for name in found if name.startswith("pulumi_daily")} == {"pulumi_daily"}


def test_the_client_alone_needs_no_pulumi():
    found = loaded("import pulumi_daily.api")
    assert not found & (HEAVY | {"pydantic", "requests"})
    found = loaded("import pulumi_daily.api; pulumi_daily.api.RequestsTransport")
    assert "requests" in found
    assert not found & (HEAVY | {"pydantic"})


def test_a_program_and_the_provider_process_load_no_emulator_and_no_test_kit():
    for code in ("import pulumi_daily; pulumi_daily.Room", "import pulumi_daily.providers"):
        found = loaded(code)
        assert not found & (HEAVY - {"pulumi", "grpc", "dill"})
        assert not {"pulumi_daily.emulator", "pulumi_daily.testing", "pulumi_daily.cli"} & found
