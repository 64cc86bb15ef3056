"""The stack runner as its users meet it: what it runs, what it says, and what it leaves behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
import pytest
from pulumi import ResourceOptions
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

from pulumi_daily.testing import UNKNOWN, ProgramError, Secret, Stack, StackError
from pulumi_daily.testing._process import Zygote

from .conftest import TESTS
from .toy_provider import Thing

CANARY = "canary-19c4"


@pytest.fixture
def project(tmp_path):
    """A project directory with the given files; returns its path."""

    def make(main: str, **files: str) -> Path:
        root = tmp_path / "project"
        root.mkdir()
        (root / "__main__.py").write_text("import pulumi\nfrom testing.toy_provider import Thing\n" + main)
        for name, text in files.items():
            (root / name.replace("_yaml", ".yaml").replace("_py", ".py")).write_text(text)
        return root

    return make


# --- a callable ---------------------------------------------------------------------------------------------------


def test_the_whole_life_of_a_resource(stack_of, world):
    size = 1

    def program():
        thing = Thing("a", {"n": size})
        pulumi.export("serial", thing.serial)

    with stack_of(program) as stack:
        planned = stack.preview()
        assert planned.changes == {"create": 2}
        assert planned.outputs == {"serial": UNKNOWN}
        assert planned.ops("a") == ["create"]
        assert world.objects == {}

        done = stack.up()
        assert done.changes == {"create": 2}
        assert done.outputs == stack.outputs == {"serial": stack.resource("a").outputs["serial"]}
        assert list(world.objects) == ["a-1"]

        assert not stack.preview().has_changes
        size = 2
        step = stack.preview().step("a")
        assert (step.op, step.diffs, step.id) == ("update", ("n",), "a-1")
        assert step.detailed_diff["n"].kind == "update"
        assert (step.old.inputs["n"], step.new.inputs["n"]) == (1, 2)
        assert stack.up().changes == {"same": 1, "update": 1}
        assert world.objects["a-1"]["n"] == 2

        assert stack.refresh().changes == {"same": 2}
        assert stack.destroy().changes == {"delete": 2}
        assert stack.state == [] == list(world.objects)
        assert stack.outputs == {}


def test_nothing_is_left_behind(stack_of):
    project = pulumi.get_project()

    def program():
        Thing("a", {"n": 1})

    stack = stack_of(program)
    before = set(threading.enumerate())
    for operation in (stack.preview, stack.up, stack.refresh, stack.destroy):
        operation()
    for broken in (lambda: 1 / 0, lambda: Thing("a", {"fail": ["create"]}), lambda: Thing("a", {"limit": 200})):
        stack.program = broken
        stack.up(expect_failure=True)
    assert set(threading.enumerate()) == before
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()
    assert pulumi.get_project() == project  # this thread's settings are what they were


def test_a_program_sees_its_stack_and_its_configuration(stack_of):
    seen = {}

    def program():
        config = pulumi.Config()
        seen.update(
            project=pulumi.get_project(),
            stack=pulumi.get_stack(),
            dry=pulumi.runtime.is_dry_run(),
            own=config.require("own"),
            number=config.require_int("number"),
            flag=config.require_bool("flag"),
            file=pulumi.Config("toy").get("file"),
        )
        pulumi.export("secret", config.require_secret("pw"))

    config = {"own": "mine", "number": 3, "flag": True, "pw": Secret(CANARY)}
    stack = stack_of(program, project="shop", stack="test", config=config)
    assert stack.preview().outputs == {"secret": Secret(CANARY)}
    del seen["file"]
    assert seen == {"project": "shop", "stack": "test", "dry": True, "own": "mine", "number": 3, "flag": True}
    stack.up()
    assert seen["dry"] is False


def test_an_asynchronous_program(stack_of):
    async def program():
        await asyncio.sleep(0)
        Thing("a", {"n": 1})

    assert stack_of(program).preview().changes == {"create": 2}


def test_a_provider_class_of_the_program_itself(stack_of):
    class Here(ResourceProvider):
        def create(self, props):
            return CreateResult("here-1", {"out": 2 * props["n"]})

    class Local(Resource):
        out: pulumi.Output[int]

        def __init__(self, name, n):
            super().__init__(Here(), name, {"n": n, "out": None})

    def program():
        pulumi.export("out", Local("a", 21).out)

    assert stack_of(program).up().outputs == {"out": 42}


def test_stacks_run_side_by_side_without_seeing_each_other(stack_of):
    def program():
        name = pulumi.get_stack()
        pulumi.export("name", pulumi.Config().require("which"))
        Thing(name, {"n": 1})

    def whole_life(name):
        stack = stack_of(program, stack=name, config={"which": name})
        ups = [stack.up(), stack.up()]
        return [r.outputs["name"] for r in ups], ups[0].ops(name), stack.destroy().changes

    with ThreadPoolExecutor(3) as pool:
        for name, result in zip("xyz", pool.map(whole_life, "xyz"), strict=True):
            assert result == ([name, name], ["create"], {"delete": 2})


# --- a project ----------------------------------------------------------------------------------------------------


def test_a_project_is_run_as_the_cli_runs_it(stack_of, project):
    root = project(
        "import os, sys, helper\n"
        "assert os.path.samefile(os.getcwd(), os.path.dirname(os.path.abspath(__file__)))\n"
        "assert __name__ == '__main__' and sys.argv == ['.']\n"
        "helper.count += 1\nassert helper.count == 1\n"
        "pulumi.export('project', pulumi.get_project())\n"
        "pulumi.export('open', open('data.yaml').read())\n"
        "Thing('a', {'n': 1})\nprint('said')\nprint('shouted', file=sys.stderr)\n",
        Pulumi_yaml="name: shop\nruntime: python\n",
        helper_py="count = 0\n",
        data_yaml="text",
    )
    with stack_of(root) as stack:
        for operation in (stack.preview, stack.up, stack.up):
            result = operation()
            assert result.outputs == {"project": "shop", "open": "text"}
            assert sorted(d.message for d in result.diagnostics if d.source == "program") == ["said", "shouted"]
    assert not [m for m in sys.modules if m == "helper"]


def test_a_project_whose_program_lies_elsewhere(stack_of, project):
    root = project("", Pulumi_yaml="name: shop\nruntime: python\nmain: infra\n")
    (root / "infra").mkdir()
    main = "import pulumi, os\npulumi.export('cwd', os.path.basename(os.getcwd()))"
    (root / "infra" / "__main__.py").write_text(main)
    assert stack_of(root).preview().outputs == {"cwd": "infra"}


def test_a_single_file(stack_of, tmp_path):
    file = tmp_path / "infra.py"
    file.write_text("import os, pulumi\npulumi.export('x', os.getcwd())")
    assert stack_of(file).preview().outputs == {"x": str(tmp_path)}


def test_a_file_that_imports_its_neighbour_fails_as_with_the_cli_and_is_told_why(stack_of, tmp_path):
    file = tmp_path / "infra.py"
    file.write_text("import pulumi, neighbour\npulumi.export('x', neighbour.x)")
    (tmp_path / "neighbour.py").write_text("x = 1")
    with pytest.raises(StackError, match=r"neighbour\.py lies beside infra.py, but Pulumi does not import from"):
        stack_of(file).preview()
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(tmp_path)])}
    assert stack_of(file, env=env).preview().outputs == {"x": 1}


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_the_order_of_a_set_changes_from_one_operation_to_the_next(stack_of, tmp_path, start):
    """As it does from one run of Python to the next: whatever depends on it is not the same twice."""
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.export('hash', str(hash('text')))")
    stack = stack_of(tmp_path, start=start)
    assert len({stack.preview().outputs["hash"] for _ in range(2)}) == 2
    stack = stack_of(tmp_path, start=start, env={**os.environ, "PYTHONHASHSEED": "1"})
    assert len({stack.preview().outputs["hash"] for _ in range(2)}) == 1


def test_a_missing_program_is_named(tmp_path):
    with pytest.raises(ProgramError, match=r"no __main__\.py in"):
        Stack(tmp_path)


def test_a_project_can_be_run_by_fresh_interpreters(stack_of, project):
    root = project("a = Thing('a', {'n': 1})")
    with stack_of(root, start="spawn") as stack:
        assert stack.up().changes == {"create": 2}
        assert stack.destroy().changes == {"delete": 2}


def test_how_processes_are_started_can_be_said_by_the_environment(monkeypatch, stack_of):
    monkeypatch.setenv("PULUMI_DAILY_TESTING_START", "backwards")
    with pytest.raises(ValueError, match="auto, fork or spawn, not 'backwards'"):
        stack_of(lambda: None).preview()


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_a_program_rewritten_at_once_with_the_same_length_runs_as_rewritten(stack_of, tmp_path, monkeypatch, start):
    """Nor do the modules beside it, in the program and in the provider process, come from bytecode."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    Zygote.close_all()  # the next one takes notice

    def write(word: str) -> None:
        texts = {
            "__main__.py": "import pulumi, neighbour\nfrom provided import Said\n"
            f"pulumi.export('words', ['{word}', neighbour.WORD, Said('a', {{'word': None}}).word])",
            "neighbour.py": f"WORD = '{word}'",
            "provided.py": "from pulumi import Output\nfrom pulumi.dynamic import *\n"
            "class P(ResourceProvider):\n    serialize_as_secret_always = False\n"
            f"    def create(self, props): return CreateResult('a', {{'word': '{word}'}})\n"
            "class Said(Resource):\n    word: Output[str]\n"
            "    def __init__(self, name, props): super().__init__(P(), name, props)",
        }
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
            os.utime(tmp_path / name, (1_700_000_000, 1_700_000_000))

    try:
        for word in ("one", "two"):
            write(word)
            assert stack_of(tmp_path, start=start).up().outputs == {"words": [word, word, word]}
        assert not (tmp_path / "__pycache__").exists()
    finally:
        Zygote.close_all()


@pytest.mark.parametrize("start", ["fork", "spawn"])
@pytest.mark.parametrize("module", ["requests", "pulumi_daily"])
def test_a_module_of_the_project_goes_before_an_installed_one(stack_of, tmp_path, start, module):
    """Although the process that is forked has imported the installed one."""
    (tmp_path / f"{module}.py").write_text("WORD = 'own'")
    (tmp_path / "__main__.py").write_text(f"import pulumi, {module}\npulumi.export('word', {module}.WORD)")
    assert stack_of(tmp_path, start=start).up().outputs == {"word": "own"}


# --- what goes wrong ----------------------------------------------------------------------------------------------


def test_an_error_of_a_callable_is_told_from_its_first_line_on(stack_of):
    def program():
        raise RuntimeError("boom")

    with pytest.raises(StackError, match="RuntimeError: boom") as failure:
        stack_of(program).preview()
    text = str(failure.value)
    assert text.startswith("preview of stack test/dev failed\n  Program failed with an unhandled exception:")
    assert "test_stack.py" in text
    assert "asyncio" not in text
    assert "run_in_stack" not in text
    assert not failure.value.result.ok


def test_an_error_of_a_project_is_told_from_its_first_line_on(stack_of, project):
    root = project("def deep():\n    raise RuntimeError('boom')\ndeep()")
    with pytest.raises(StackError, match="RuntimeError: boom") as failure:
        stack_of(root).preview()
    assert str(failure.value).count("File ") == 2


@pytest.mark.parametrize("where", ["project", "callable"])
def test_a_readable_error_is_shown_as_it_is(stack_of, project, where):
    if where == "project":
        program = project("raise pulumi.RunError('set a key first')")
    else:

        def program():
            raise pulumi.RunError("set a key first")

    result = stack_of(program).preview(expect_failure=True)
    assert result.messages("error")[0] == "set a key first"
    assert "Traceback" not in str(result.error)


def test_a_program_that_ends_itself_is_an_error(stack_of, project):
    root = project("import sys\nprint('last words')\nsys.stdout.flush()\nsys.exit(7)")
    with pytest.raises(StackError, match="non-zero exit code: 7"):
        stack_of(root).up()


def test_a_program_that_is_killed_is_an_error(stack_of, project):
    root = project("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(StackError, match="exit code: -9"):
        stack_of(root).up()


def test_expecting_a_failure_that_does_not_come_is_a_failure(stack_of):
    with pytest.raises(AssertionError, match="preview of stack test/dev was expected to fail"):
        stack_of(lambda: None).preview(expect_failure=True)


def test_all_check_failures_are_in_the_message(stack_of):
    def program():
        Thing("a", {"limit": 200, "color": "plaid"})

    with pytest.raises(StackError) as failure:
        stack_of(program).preview()
    message = (
        "pulumi-python:dynamic/toy:Thing::a: pulumi-python:dynamic/toy:Thing resource 'a': "
        "property limit value {200} has a problem: must be at most 100"
    )
    assert message in str(failure.value)
    assert "property color value {plaid} has a problem: no such color" in str(failure.value)
    assert len(failure.value.errors) == 2


def test_a_failure_tells_the_resource_and_the_providers_words(stack_of):
    def program():
        Thing("a", {"fail": ["create"]})

    result = stack_of(program).up(expect_failure=True)
    assert "create was told to fail" in result.step("a").error
    assert "pulumi-python:dynamic/toy:Thing::a" in str(result.error)
    assert result.changes == {"create": 1}  # the stack itself


def test_after_a_failure_nothing_new_is_begun(stack_of, world):
    def program():
        a = Thing("a", {"fail": ["create"]})
        Thing("b", {"n": a.serial})

    result = stack_of(program).up(expect_failure=True)
    assert result.ops("b") == []
    assert world.objects == {}


@pytest.mark.parametrize("make", [pulumi.FileAsset, pulumi.FileArchive])
def test_a_file_of_an_asset_that_is_not_there_is_named(stack_of, tmp_path, monkeypatch, make):
    monkeypatch.chdir(tmp_path)
    where = re.escape(f"'{tmp_path / 'nowhere.txt'}': open {tmp_path / 'nowhere.txt'}: no such file or directory")
    with pytest.raises(StackError, match=rf'hash for "a": failed to open (asset|archive) file {where}'):
        stack_of(lambda: Thing("t", {"in": [{"a": make("nowhere.txt")}]})).preview()
    with pytest.raises(StackError, match=f"cannot unmarshal output properties: .*{where}"):
        stack_of(lambda: pulumi.export("a", make("nowhere.txt"))).preview()
    (tmp_path / "nowhere.txt").write_text("now it is")
    assert stack_of(lambda: pulumi.export("a", make("nowhere.txt"))).preview().ok


def test_a_name_can_be_used_once(stack_of):
    def program():
        Thing("a", {"n": 1})
        Thing("a", {"n": 1})

    with pytest.raises(StackError, match="Duplicate resource URN"):
        stack_of(program).preview()


def test_what_the_kit_does_not_serve_is_named(stack_of):
    def foreign():
        pulumi.CustomResource("aws:s3:Bucket", "b", {})

    def function():
        pulumi.runtime.invoke("toy:index:lookup", {})

    def transform():
        Thing("a", {"n": 1}, ResourceOptions(transforms=[lambda args: None]))

    def transform_of_all():
        pulumi.runtime.register_resource_transform(lambda args: None)

    def hook():
        hooks = pulumi.ResourceHookBinding(after_create=[pulumi.ResourceHook("told", lambda args: None)])
        Thing("a", {"n": 1}, ResourceOptions(hooks=hooks))

    def reference():
        pulumi.StackReference("organization/net/dev")

    for program, said in (
        (foreign, 'provider package "aws" is not served'),
        (function, "function toy:index:lookup is not served"),
        (transform, "the option `transforms` of a: transforms are not served .* `transformations` are"),
        (transform_of_all, "register_resource_transform: transforms are not served"),
        (hook, "the hook told: hooks are not served"),
        (reference, r'unknown stack "organization/net/dev"; .*references={"organization/net/dev": {…}}'),
    ):
        with pytest.raises(StackError, match=said) as failure:
            stack_of(program).preview()
        assert len(failure.value.errors) == 1


# --- bounded in time ----------------------------------------------------------------------------------------------


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"


def test_a_program_that_hangs_is_ended(stack_of, project, tmp_path):
    root = project(f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)")
    with pytest.raises(StackError, match="asked for nothing and not ended for 2 s"):
        stack_of(root, timeout=2).preview()
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_callable_that_hangs_is_reported(stack_of):
    release = threading.Event()
    with pytest.raises(StackError, match="its thread is still running"):
        stack_of(lambda: release.wait(60), timeout=1).preview()
    release.set()
    for thread in threading.enumerate():
        if thread.name.startswith("pulumi-daily"):
            thread.join(10)


def test_a_provider_that_hangs_is_ended(stack_of, world):
    stack = stack_of(lambda: Thing("a", {"hang": ["create"]}), timeout=3)
    with pytest.raises(StackError, match="the provider did not answer Create within 3 s"):
        stack.up()
    [[_, _, pid]] = world.calls("create")
    assert gone(pid)


def test_a_provider_that_dies_is_named_with_its_last_words(stack_of):
    stack = stack_of(lambda: Thing("a", {"die": ["create"]}))
    with pytest.raises(
        StackError, match=r"the provider process is gone \(during Create\); it ended with status 3"
    ) as e:
        stack.up()
    assert "dying words" in str(e.value)


def test_a_provider_that_cannot_be_started_is_named(stack_of):
    stack = stack_of(lambda: Thing("a", {}), start="spawn", python="/bin/false")
    with pytest.raises(StackError, match="the provider process did not start; it ended with status 1"):
        stack.up()


def test_a_module_the_provider_cannot_import_is_named(stack_of):
    stack = stack_of(lambda: Thing("a", {}), env={"PATH": os.environ["PATH"], "PYTHONPATH": ""})
    with pytest.raises(StackError, match="ModuleNotFoundError: No module named 'testing'"):
        stack.preview()


def test_the_process_that_forks_can_be_lost(stack_of):
    stack = stack_of(lambda: Thing("a", {"n": 1}))
    stack.preview()
    zygote = Zygote.of(sys.executable)
    os.kill(zygote._popen.pid, signal.SIGKILL)
    zygote._popen.wait(10)
    zygote._sock.close()
    assert stack.preview().changes == {"create": 2}


# --- processes ----------------------------------------------------------------------------------------------------


def test_every_operation_and_every_provider_resource_has_a_process_of_its_own(stack_of, world):
    def program():
        eu = pulumi.ProviderResource("pulumi-python", "eu", {"toy:file": str(world.path), "toy:owner": "eu"})
        Thing("a", {"n": 1}, ResourceOptions(provider=eu))
        Thing("b", {"n": 1})

    stack = stack_of(program, config={"toy:owner": "us"})
    stack.preview()
    stack.up()
    stack.destroy()
    calls = world.calls("configure")
    assert sorted(owner for _, owner, _ in calls) == ["eu", "eu", "eu", "us", "us", "us"]
    assert len({pid for _, _, pid in calls}) == 6
    assert all(gone(pid) for _, _, pid in calls)
    assert os.getpid() not in {pid for _, _, pid in world.calls()}


@pytest.mark.parametrize(("parallel", "most"), [(16, 4), (2, 2), (1, 1)])
def test_a_provider_process_serves_four_calls_at_once(stack_of, world, parallel, most):
    def program():
        for i in range(6):
            Thing(f"t{i}", {"meet": most})

    stack_of(program, parallel=parallel).up()
    assert max(what for method, what, _ in world.calls("in flight")) == most


def test_a_provider_has_the_environment_and_the_working_directory_of_the_project(stack_of, project):
    root = project("a = Thing('a', {'tell': True, 'told': None})\npulumi.export('told', a.told)")
    env = {**os.environ, "PYTHONPATH": str(TESTS), "TOY_WORD": "hello"}
    told = stack_of(root, env=env, project="shop").up().outputs["told"]
    assert told == {"cwd": str(root), "word": "hello", "project": "shop"}


# --- the state ----------------------------------------------------------------------------------------------------


def test_a_state_is_kept_in_a_file_for_its_owner_alone(stack_of, tmp_path, world):
    def program():
        Thing("a", {"pw": pulumi.Output.secret(CANARY)}, ResourceOptions(additional_secret_outputs=["token"]))

    file = tmp_path / "state" / "dev.json"
    config = {"toy:owner": Secret(CANARY + "-key")}
    with stack_of(program, config=config, state_file=file) as stack:
        stack.up()
        token = stack.resource("a").outputs["token"].value
    assert token
    assert [stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()] == [0o600]

    with stack_of(program, config={"toy:owner": Secret("another")}, state_file=file) as again:
        assert again.resource("a").inputs["pw"] == Secret(CANARY)
        again.destroy()  # with the configuration of the state
    assert world.calls("configure")[-1][1] == CANARY + "-key"
    assert json.loads(file.read_text())["deployment"]["resources"] == []


def test_what_was_done_before_a_crash_is_in_the_file(tmp_path, world):
    script = tmp_path / "crash.py"
    file = tmp_path / "state.json"
    script.write_text(
        "import os, pulumi\nfrom testing.toy_provider import Thing\nfrom pulumi_daily.testing import Stack\n"
        "def program():\n    a = Thing('a', {'n': 1})\n    b = Thing('b', {'n': a.serial})\n"
        "    b.serial.apply(lambda _: os._exit(9))\n"
        f"Stack(program, config={{'toy:file': {str(world.path)!r}}}, state_file={str(file)!r}).up()\n"
    )
    done = subprocess.run([sys.executable, script], env={**os.environ, "PYTHONPATH": str(TESTS)}, timeout=120)
    assert done.returncode == 9
    with Stack(lambda: None, state_file=file, env={**os.environ, "PYTHONPATH": str(TESTS)}) as stack:
        assert stack.resource("a").id == "a-1"
        assert stack.resource("b").id == "b-1"
        stack.destroy()
    assert world.objects == {}


def test_the_record_of_an_operation_grows_with_its_steps_and_not_with_their_square(stack_of, tmp_path, monkeypatch):
    from pulumi_daily.testing._file import StateFile

    written = []
    append = StateFile._append
    monkeypatch.setattr(
        StateFile, "_append", lambda self, entry: (written.append(len(str(entry))), append(self, entry))
    )

    def program():
        for i in range(size):
            Thing(f"thing-{i:03}", {"n": i})

    sizes = {}
    for size in (10, 20, 40):
        written.clear()
        with stack_of(program, state_file=tmp_path / f"{size}.json", project="p") as stack:
            stack.up()
        sizes[size] = sum(written)
    assert (sizes[40] - sizes[20]) == pytest.approx(2 * (sizes[20] - sizes[10]), rel=0.05)


def test_a_stack_begins_from_an_export(stack_of):
    def program():
        Thing("a", {"pw": pulumi.Output.secret(CANARY)})

    first = stack_of(program)
    first.up()
    assert CANARY not in json.dumps(first.export())
    second = stack_of(program, state=first.export(show_secrets=True))
    assert not second.preview().has_changes
    assert second.destroy().changes == {"delete": 2}
    assert len(first.state) == 3  # the states of one are not those of the other


def test_states_are_copies(stack_of):
    stack = stack_of(lambda: Thing("a", {"o": {"n": 1}}))
    stack.up()
    stack.resource("a").inputs["o"]["n"] = 2
    stack.state[0].urn = "changed"
    assert not stack.preview().has_changes


def test_a_preview_changes_neither_state_nor_world(stack_of, world):
    stack = stack_of(lambda: Thing("a", {"n": 1, "first": True}))
    stack.up()
    before = (stack.export(show_secrets=True), world.objects)
    stack.program = lambda: Thing("a", {"n": 2, "key": "other", "first": True})
    assert stack.preview(refresh=True).ops("a") == ["refresh", "delete-replaced", "replace", "create-replacement"]
    assert stack.destroy(preview=True).changes == {"delete": 2}
    assert stack.refresh(preview=True).changes == {"same": 2}
    assert (stack.export(show_secrets=True), world.objects) == before


def test_destroy_after_a_refresh(stack_of, world):
    stack = stack_of(lambda: Thing("a", {"n": 1}))
    stack.up()
    with world.edit() as data:
        data["objects"].clear()
    result = stack.destroy(refresh=True)
    assert result.ops("a") == ["refresh"]
    assert world.calls("delete") == []


# --- import -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"name": "a"}, "import entry 'a' has no type, id"),
        ({"type": "t:i:T", "name": "a", "id": "1", "parent": "p"}, "unknown parent 'p'"),
        ({"type": "t:i:T", "name": "a", "id": "1", "provider": "p"}, "unknown provider 'p'"),
    ],
)
def test_an_import_that_cannot_be_is_refused(stack_of, entry, said):
    with pytest.raises(ValueError, match=said):
        stack_of(lambda: None).import_file({"resources": [entry]})


def test_an_import_of_what_is_there_is_skipped_and_another_object_refused(stack_of):
    stack = stack_of(lambda: Thing("a", {"n": 1}))
    stack.up()
    entry = {"type": "pulumi-python:dynamic/toy:Thing", "name": "a", "id": stack.resource("a").id}
    assert "import" not in stack.import_file({"resources": [entry]}).changes
    assert stack.resource("a").inputs["n"] == 1
    with pytest.raises(ValueError, match="already exists"):
        stack.import_file({"resources": [{**entry, "id": "another"}]})


def test_an_import_names_a_provider_of_the_state(stack_of):
    account = {"type": "pulumi:providers:pulumi-python", "name": "eu"}
    entry = {"type": "pulumi-python:dynamic/toy:Thing", "name": "a", "id": "a-1", "provider": "eu", "outputs": {"n": 1}}
    stack = stack_of(lambda: Thing("b", {"n": 1}))
    stack.up()
    entry["inputs"] = {"n": 1, "__provider": stack.resource("b").inputs["__provider"]}
    with pytest.raises(ValueError, match="unknown provider 'eu'"):
        stack.import_file({"resources": [account, entry]})
    stack.program = lambda: pulumi.ProviderResource("pulumi-python", "eu", {"toy:file": stack.config["toy:file"]})
    stack.up()
    stack.import_file({"resources": [account, entry]})
    assert stack.resource("a").provider == f"{stack.resource('eu').urn}::{stack.resource('eu').id}"


# --- results ------------------------------------------------------------------------------------------------------


def test_a_result_can_be_asked(stack_of):
    stack = stack_of(lambda: Thing("a", {"key": "k", "say": "hello"}))
    assert stack.up().messages() == ["warning: check: hello", "warning: create: hello"]
    stack.program = lambda: Thing("a", {"key": "l"})
    result = stack.up()
    assert result.ops("a") == ["create-replacement", "replace", "delete-replaced"]
    assert result.step("a").op == "replace"
    assert result.step("a").replaces == ("key",)
    assert result.changes == {"same": 1, "replace": 1}
    with pytest.raises(LookupError, match="0 steps on 'z'"):
        result.step("z")
    with pytest.raises(LookupError, match="0 resources called 'z'"):
        stack.resource("z")


def test_timeouts_of_a_resource_are_read(stack_of):
    from pulumi_daily.testing._goals import GoalError, seconds

    texts = ("1h2m3s", "1.5m", "250ms", ".5s", "1.s", "-1m", "+1us", "1µs", "1μs", "0", "-0")
    assert [seconds(t) for t in texts] == [3723, 90, 0.25, 0.5, 1, -60, 1e-6, 1e-6, 1e-6, 0, 0]
    for wrong in ("", "1", "h", "1x", ".s", "1.2.3s", " 1m", "1m ", "1m -1s", "\u0661m", "2562048h"):
        with pytest.raises(GoalError, match=f"^unable to parse customTimeout Value {wrong}$"):
            seconds(wrong)
    options = ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="2m", read="1s"))
    stack = stack_of(lambda: Thing("a", {"n": 1}, options))
    stack.up()
    assert stack.resource("a").custom_timeouts == {"create": 120.0, "read": 1.0}


def test_a_resource_among_the_outputs_of_a_component_is_a_reference_in_the_state(stack_of, tmp_path):
    class Group(pulumi.ComponentResource):
        def __init__(self):
            super().__init__("t:g:Group", "g")
            child = Thing("a", {"n": 1}, ResourceOptions(parent=self))
            self.register_outputs({"self": self, "things": [child]})

    signature = {"4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e", "packageVersion": ""}
    group = "urn:pulumi:dev::test::t:g:Group::g"
    child = "urn:pulumi:dev::test::t:g:Group$pulumi-python:dynamic/toy:Thing::a"
    expected = {"self": {**signature, "urn": group}, "things": [{**signature, "urn": child, "id": "a-1"}]}
    file = tmp_path / "state.json"
    for ops in (["create"], ["same"]):  # the second reads the state of the first
        with stack_of(Group, state_file=file) as stack:
            assert stack.up().ops("g") == ops
            [exported] = [r for r in stack.export()["deployment"]["resources"] if r["urn"] == group]
        assert exported["outputs"] == expected
