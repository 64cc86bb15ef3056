"""The patterns of examples/ whose story depends on Pulumi's engine: several stacks, references, a service, time."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from driver import Cli
from scenarios.model import DOMAIN, EU_DOMAIN, EU_KEY, KEY

from pulumi_daily.emulator import Emulator

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NO_CHANGES_EXPECTED = 7
"""The CLI's exit code when `--expect-no-changes` finds changes."""


def installed(example: str, folder: Path, home: Path) -> Cli:
    """Return the CLI in a copy of an example, whose Pulumi.yaml is the example's with the Python of the tests."""
    settings = (EXAMPLES / example / "Pulumi.yaml").read_text("utf-8")
    cli = Cli(folder, home, project=settings.splitlines()[0].removeprefix("name: "))
    kept = (cli.work / "Pulumi.yaml").read_text("utf-8")
    shutil.copytree(EXAMPLES / example, cli.work, dirs_exist_ok=True)
    (cli.work / "Pulumi.yaml").write_text(kept, "utf-8")
    return cli


def outputs(cli: Cli, stack: str) -> dict[str, Any]:
    """Return the outputs of a stack, with secrets in clear."""
    found = cli.call("stack", "output", "--json", "--show-secrets", "--stack", stack)
    return dict(json.loads(found.stdout))


def test_two_environments(emulator: Emulator, home: Path, tmp_path: Path) -> None:
    cli = installed("environments", tmp_path, home)
    for stack, key, domain in (("dev", EU_KEY, EU_DOMAIN), ("prod", KEY, DOMAIN)):
        cli.call("stack", "init", stack)  # the committed Pulumi.<stack>.yaml is kept
        account = ["--plaintext", f"daily:apiUrl={emulator.url}", "--plaintext", f"daily:domain={domain}"]
        cli.call("config", "set-all", *account, "--secret", f"daily:apiKey={key}")
        cli.call("up", "--yes", "--skip-preview")
    seats = {name: emulator.rooms(name)["lobby"]["properties"]["max_participants"] for name in (DOMAIN, EU_DOMAIN)}
    assert seats == {DOMAIN: 50, EU_DOMAIN: 5}
    assert KEY not in (cli.work / "Pulumi.prod.yaml").read_text("utf-8")
    cli.call("config", "set", "--stack", "dev", "--secret", "daily:apiKey", KEY)
    emulator.clear_log()
    wrong = cli.call("preview", "--stack", "dev", ok=False)
    assert wrong.returncode != 0
    assert f'daily:domain is "{EU_DOMAIN}", but the API key in use is for "{DOMAIN}"' in wrong.stdout + wrong.stderr
    assert cli.call("destroy", "--stack", "prod", "--yes", "--skip-preview", ok=False).returncode != 0
    assert {one.method for one in emulator.requests} <= {"GET"}
    assert set(emulator.rooms()) == set(emulator.rooms(EU_DOMAIN)) == {"lobby", "consulting"}


def test_an_app_gets_its_token_from_another_stack(emulator: Emulator, home: Path, tmp_path: Path) -> None:
    rooms = installed("app_tokens", tmp_path / "rooms", home)
    rooms.init({"daily:apiUrl": emulator.url}, {"daily:apiKey": KEY})
    assert rooms.run("up").ok
    app = installed("app_tokens/app", tmp_path / "app", home)
    app.env["PULUMI_BACKEND_URL"] = rooms.env["PULUMI_BACKEND_URL"]
    app.init({"daily-app:rooms": "organization/daily-app-tokens/dev"}, {})
    report = app.run("up")
    assert report.ok, report.errors
    token = outputs(rooms, "dev")["token"]
    environment = outputs(app, "dev")["environment"]
    assert environment == {"DAILY_ROOM_URL": "https://acme.daily.co/kiosk", "DAILY_TOKEN": token}
    assert token not in app.call("stack", "output").stdout
    assert all(token not in path.read_text("utf-8") for path in rooms.backend.rglob("*.json"))
    # A token that is due: the next `up` here, and then the one of the app, hand the new one on.
    program = rooms.work / "__main__.py"
    program.write_text(program.read_text("utf-8").replace("renew_share=0.25", "renew_share=0.99999999"), "utf-8")
    assert rooms.run("up").ok
    assert app.run("up").ok
    assert outputs(app, "dev")["environment"]["DAILY_TOKEN"] == outputs(rooms, "dev")["token"] != token


def test_rooms_of_a_pull_request_stay_quiet_and_a_moving_exp_does_not(
    emulator: Emulator, home: Path, tmp_path: Path
) -> None:
    cli = installed("pull_request_rooms", tmp_path, home)
    opened = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86400))
    cli.init({"daily:apiUrl": emulator.url, "pullRequest": "7", "openedAt": opened}, {"daily:apiKey": KEY})
    assert cli.run("up").ok
    assert cli.call("preview", "--expect-no-changes").returncode == 0
    program = cli.work / "__main__.py"
    moving = program.read_text("utf-8").replace("ends = opened +", "ends = datetime.now(opened.tzinfo) +")
    program.write_text(moving, "utf-8")
    assert cli.call("preview", "--expect-no-changes", ok=False).returncode == NO_CHANGES_EXPECTED
    emulator.clear_log()
    report = cli.run("up")
    assert [step.leaves for step in report.steps if step.op == "update"] == [("update defaults.properties.exp",)]
    assert emulator.count("POST /rooms/:name") == len(emulator.rooms()) == 2


@contextmanager
def service(cli: Cli, emulator: Emulator) -> Iterator[str]:
    """Run the service of examples/customer_stacks in a process, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    account = {"DAILY_API_KEY": KEY, "DAILY_DOMAIN": DOMAIN, "DAILY_API_URL": emulator.url}
    env = {name: value for name, value in cli.env.items() if name != "PULUMI_DEBUG_COMMANDS"} | account
    command = [sys.executable, str(EXAMPLES / "customer_stacks" / "service.py"), str(port)]
    process = subprocess.Popen(command, cwd=cli.work, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=60)


def ask(method: str, address: str) -> tuple[int, dict[str, Any]]:
    """Send a request, and return the status and the body of the answer. Waits for a server that is starting."""
    request, ends = Request(address, method=method), time.monotonic() + 60
    while True:
        try:
            with urlopen(request, timeout=120) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)
        except URLError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)


def test_a_service_with_a_stack_per_customer(emulator: Emulator, home: Path, tmp_path: Path) -> None:
    cli = Cli(tmp_path, home, project="customers")
    (cli.work / "Pulumi.yaml").unlink()  # the service has no project: its programs are functions
    with service(cli, emulator) as address:
        status, urls = ask("PUT", f"{address}/customers/globex")
        assert (status, set(urls)) == (200, {"globex-reception", "globex-consulting"})
        assert ask("PUT", f"{address}/customers/initech")[0] == 200
        emulator.edit_room("globex-reception", privacy="public")
        assert ask("PUT", f"{address}/customers/globex") == (200, urls)
        assert emulator.rooms()["globex-reception"]["privacy"] == "private"
        emulator.fail("*", status=401, times=None)
        status, said = ask("PUT", f"{address}/customers/initech")
        assert (status, said) == (500, {"error": "the rooms could not be changed; try again"})
        emulator.clear_faults()
        assert ask("DELETE", f"{address}/customers/globex") == (200, {})
        assert ask("PUT", f"{address}/customers/Not.A.Name")[0] == 404
    assert set(emulator.rooms()) == {"initech-reception", "initech-consulting"}
    stacks = {path.stem for path in (cli.backend / ".pulumi" / "stacks" / "customers").glob("*.json")}
    assert stacks == {"initech"}
    assert KEY not in "".join(path.read_text("utf-8") for path in cli.backend.rglob("*.json"))
