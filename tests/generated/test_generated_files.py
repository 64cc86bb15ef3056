"""What tools/generate.py writes: it is fresh, complete, and says what the field models say."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pulumi_daily.objects.fields import Fields, entries, setting
from pulumi_daily.objects.permissions import Permissions
from pulumi_daily.objects.room import Room, RoomProperties
from pulumi_daily.providers import PROVIDERS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("daily_generate", ROOT / "tools" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def files(generate: ModuleType) -> dict[str, str]:
    found: dict[str, str] = generate.generated()
    return found


def test_the_committed_files_are_fresh(files: dict[str, str]) -> None:
    old = [name for name, text in files.items() if (ROOT / name).read_text(encoding="utf-8") != text]
    assert old == [], f"{old} are stale: run `python tools/generate.py`"


def test_check_fails_on_a_missing_and_on_a_changed_file(
    generate: ModuleType,
    files: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(generate, "generated", lambda: files)  # making them takes seconds
    assert generate.main(["--check"], root=tmp_path) == 1
    assert "docs/reference/room.md is stale" in capsys.readouterr().out
    assert generate.main([], root=tmp_path) == 0
    assert generate.main(["--check"], root=tmp_path) == 0
    page = tmp_path / "docs" / "reference" / "room.md"
    page.write_text(page.read_text(encoding="utf-8") + "by hand\n", encoding="utf-8")
    assert generate.main(["--check"], root=tmp_path) == 1
    assert "docs/reference/room.md is stale" in capsys.readouterr().out


def test_the_page_has_every_setting_with_what_is_known_of_it(files: dict[str, str]) -> None:
    page = files["docs/reference/room.md"]
    for name in [*entries(Room), *entries(RoomProperties)]:
        assert f"| `{name}` |" in page
    assert "The 50 keys of `properties`" in page
    assert "| `max_participants` | whole number | `200` | at least 1 | paid |" in page
    assert "| `geo` | text |  | `af-south-1`, " in page
    assert "Deprecated" in next(line for line in page.splitlines() if "`meeting_join_hook`" in line)
    assert "| `url` (required) | text |" in page


def test_every_link_of_the_page_has_its_heading(files: dict[str, str]) -> None:
    page = files["docs/reference/room.md"]
    headings = {line.lstrip("# ").lower().replace(" ", "-") for line in page.splitlines() if line.startswith("#")}
    links = {part.split(")")[0] for part in page.split("](#")[1:]}
    assert links
    assert links <= headings


def test_an_object_that_shares_types_imports_them(generate: ModuleType) -> None:
    class OtherSettings(Fields):
        """Settings of another object."""

        permissions: Permissions | None = setting("As in a room.")

    class Other(Fields):
        """Another object."""

        properties: OtherSettings | None = setting("Its settings.")

    first = generate.TARGETS[0]
    types = generate.InputTypes()
    generate.inputs_module(first, types)
    second = generate.Target(dataclasses.replace(first.spec, kind="Other", inputs=Other), "other")
    other = generate.inputs_module(second, types)
    assert [line for line in other.splitlines() if line.startswith("class ")] == [
        "class OtherArgs:",
        "class OtherSettingsArgsDict(TypedDict):",
        "class OtherSettingsArgs:",
    ]
    assert "from ._room_types import PermissionsArgs, PermissionsArgsDict" in " ".join(
        other.replace("(", "").replace(",\n)", "").split()
    )


def test_a_name_of_a_dictionary_is_no_output(generate: ModuleType) -> None:
    class Odd(Fields):
        """An object with a key that is a method of every dictionary."""

        items: str | None = setting("What is in it.")

    class Other(Fields):
        """Another object."""

        properties: Odd | None = setting("Its settings.")

    target = generate.Target(dataclasses.replace(generate.TARGETS[0].spec, inputs=Other), "other")
    with pytest.raises(SystemExit, match=r"Odd: a dictionary has attributes of the names \['items'\]"):
        generate.outputs_module((target,))


def test_files_are_generated_for_every_kind(generate: ModuleType) -> None:
    assert {target.spec.kind for target in generate.TARGETS} == {provider.spec.kind for provider in PROVIDERS}
