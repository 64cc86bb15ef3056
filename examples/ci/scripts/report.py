"""Report to GitHub or GitLab: one comment that is updated, one issue that is closed when nothing is left.

report.py comment FILE   write FILE as the comment of this pull request (merge request)
report.py issue FILE     open the issue with FILE as its text, or update it
report.py close FILE     close the issue, if it is open
report.py print FILE     only print FILE
report.py label NAME     print "yes" if the pull request of this run, or the one whose merge it deploys, has the label
                         (else "no")

FILE is always printed, and is added to the summary of a GitHub job. Elsewhere nothing more happens. The script needs
GITHUB_TOKEN or GITLAB_TOKEN, and finds its own comment and issue by their author and their first line.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

TRIES = 4
LONGEST = {"GitHub": 60_000, "GitLab": 900_000}
"""The longest text in characters; the forges refuse 65 536 and 1 000 000."""
LABEL = "daily-drift"
TITLE = "Daily: what exists is not what the program says"


class ReportError(Exception):
    """Error: the report could not be written. The message says what to do, and contains no token."""


class TryAgainError(ReportError):
    """Error: the forge could not answer now. `wait` is the time in seconds after which it wants to be asked again."""

    def __init__(self, message: str, wait: float = 0) -> None:
        super().__init__(message)
        self.wait = wait


@dataclass(frozen=True)
class Forge:
    """The differences between GitHub and GitLab, as data. The addresses begin below `api`."""

    name: str
    api: str
    headers: Mapping[str, str]
    token: str
    comments: str
    """Of the pull request; empty without one."""
    comment: str
    issues: str
    edit: str
    issue_text: str
    number: str
    close: Mapping[str, str]
    labelled: str
    """Where the labels are: the pull request itself, or those that were merged with a commit."""
    user: str
    me: str
    """The login of the token's owner; empty: the forge is asked."""
    log: str


def github(env: Mapping[str, str]) -> Forge:
    repo = f"/repos/{env['GITHUB_REPOSITORY']}"
    pull = re.fullmatch(r"refs/pull/(\d+)/\w+", env.get("GITHUB_REF", ""))
    token = env.get("GITHUB_TOKEN", "")
    return Forge(
        name="GitHub",
        api=env.get("GITHUB_API_URL", "https://api.github.com"),
        headers={"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"},
        token=token,
        comments=f"{repo}/issues/{pull[1]}/comments" if pull else "",
        comment=f"{repo}/issues/comments",
        issues=f"{repo}/issues",
        edit="PATCH",
        issue_text="body",
        number="number",
        close={"state": "closed"},
        labelled=f"{repo}/pulls/{pull[1]}" if pull else f"{repo}/commits/{env['GITHUB_SHA']}/pulls",
        user="login",
        # The owner of a job's own token; the API does not tell it.
        me=env.get("REPORT_AUTHOR", "github-actions[bot]"),
        log=f"{env['GITHUB_SERVER_URL']}/{env['GITHUB_REPOSITORY']}/actions/runs/{env['GITHUB_RUN_ID']}",
    )


def gitlab(env: Mapping[str, str]) -> Forge:
    project = f"/projects/{env['CI_PROJECT_ID']}"
    number = env.get("CI_MERGE_REQUEST_IID", "")
    merge = f"{project}/merge_requests/{number}"
    token = env.get("GITLAB_TOKEN", "")
    return Forge(
        name="GitLab",
        api=env["CI_API_V4_URL"],
        headers={"PRIVATE-TOKEN": token},
        token=token,
        comments=f"{merge}/notes" if number else "",
        comment=f"{merge}/notes",
        issues=f"{project}/issues",
        edit="PUT",
        issue_text="description",
        number="iid",
        close={"state_event": "close"},
        labelled=merge if number else f"{project}/repository/commits/{env['CI_COMMIT_SHA']}/merge_requests",
        user="username",
        me=env.get("REPORT_AUTHOR", ""),
        log=env["CI_JOB_URL"],
    )


def forge_of(env: Mapping[str, str]) -> Forge | None:
    """Return the forge on which this job runs; None elsewhere. Raises :class:`ReportError` without a token."""
    if env.get("GITHUB_ACTIONS"):
        forge, name = github(env), "GITHUB_TOKEN"
    elif env.get("GITLAB_CI"):
        forge, name = gitlab(env), "GITLAB_TOKEN"
    else:
        return None
    if not forge.token:
        raise ReportError(f"{name} is not set: {forge.name} cannot be written to")
    return forge


# --- requests ---------------------------------------------------------------------------------------------------


def call(forge: Forge, method: str, address: str, **options: Any) -> requests.Response:
    """Return the forge's answer. Raises :class:`TryAgainError` if it may be asked again, else :class:`ReportError`."""
    if not address.startswith(forge.api + "/"):
        raise ReportError(f"{forge.name} named an address of another server; the token is not sent there")
    where = f"{method} {address.removeprefix(forge.api).partition('?')[0]}"
    try:
        answer = requests.request(method, address, headers=forge.headers, timeout=30, allow_redirects=False, **options)
    except requests.RequestException as error:
        raise TryAgainError(f"{forge.name} cannot be reached: {where}: {type(error).__name__}") from None
    if answer.ok and not answer.is_redirect:
        return answer
    text = f"{where}: {answer.status_code} {answer.reason}"
    wait = answer.headers.get("Retry-After", "")
    if answer.status_code == 429 or answer.status_code >= 500 or (answer.status_code == 403 and wait):
        raise TryAgainError(f"{forge.name}: {text}", float(wait) if wait.isdigit() else 0)
    advice = "; is the token expired, and may it write comments and issues?" if answer.status_code in (401, 403) else ""
    raise ReportError(f"{forge.name} refused a request: {text}{advice}")


def entries(forge: Forge, path: str, **params: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of all pages of a list."""
    answer = call(forge, "GET", forge.api + path, params={**params, "per_page": "100"})
    yield from answer.json()
    while following := answer.links.get("next", {}).get("url"):
        answer = call(forge, "GET", following)
        yield from answer.json()


def with_patience(action: Callable[[], Any], sleep: Callable[[float], None]) -> Any:
    """Return the result of `action`, which is repeated from its beginning while the forge cannot answer.

    A repetition looks again for the comment or the issue. One that was written although the answer was lost is
    therefore found, and not written twice.
    """
    for attempt in range(TRIES - 1):
        try:
            return action()
        except TryAgainError as error:
            sleep(min(60.0, max(error.wait, 2.0**attempt)))
    return action()


# --- texts ------------------------------------------------------------------------------------------------------


def marker(what: str, env: Mapping[str, str]) -> str:
    """Return the first line of this project's comment or issue."""
    return f"<!-- pulumi-daily {what} of {env.get('INFRA', 'infra')} -->"


def shortened(text: str, longest: int) -> str:
    """Return `text`, cut after a line if it has more than `longest` characters; what is open there is closed."""
    if len(text) <= longest:
        return text
    kept = text[: text.rfind("\n", 0, longest - 200) + 1]
    if len(re.findall(r"(?m)^```", kept)) % 2:
        kept += "```\n"
    kept += "</details>\n" * (kept.count("<details") - kept.count("</details>"))
    return f"{kept}\n… The rest is in the log of the run.\n"


def body(forge: Forge, what: str, text: str, env: Mapping[str, str]) -> str:
    """Return the text of a comment or an issue: marker, report, and where it comes from."""
    # For pull requests, the last two may be a merge commit that nobody sees.
    commits = ("HEAD_SHA", "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", "GITHUB_SHA", "CI_COMMIT_SHA")
    commit = next((env[name] for name in commits if env.get(name)), "")
    if forge.name == "GitLab":
        text = re.sub(r"(?m)^(\s*)/", r"\1\\/", text)  # else GitLab takes the line for a command
    text = shortened(text, LONGEST[forge.name]).strip()
    return f"{marker(what, env)}\n{text}\n\n<sub>Commit {commit[:8]}, [log]({forge.log})</sub>\n"


# --- what is done -----------------------------------------------------------------------------------------------


def own(forge: Forge, found: Iterator[dict[str, Any]], mark: str, text: str) -> dict[str, Any] | None:
    """Return the first entry of `found` that this script wrote: others may quote the marker."""
    me = forge.me or call(forge, "GET", f"{forge.api}/user").json()[forge.user]
    for entry in found:
        author = (entry.get("user") or entry.get("author") or {}).get(forge.user)
        if author == me and (entry.get(text) or "").startswith(mark) and "pull_request" not in entry:
            return entry
    return None


def comment(forge: Forge, text: str, env: Mapping[str, str]) -> str:
    """Write the comment of the pull request, and return what was done."""
    if not forge.comments:
        return "This run has no pull request: no comment was written."
    content = {"body": body(forge, "preview", text, env)}
    old = own(forge, entries(forge, forge.comments), marker("preview", env), "body")
    if old is None:
        call(forge, "POST", forge.api + forge.comments, json=content)
        return "The comment was written."
    call(forge, forge.edit, f"{forge.api}{forge.comment}/{old['id']}", json=content)
    return "The comment was updated."


def names(labels: list[Any]) -> list[str]:
    """Return the names of labels, which are objects on GitHub."""
    return [one["name"] if isinstance(one, dict) else one for one in labels]


def open_issue(forge: Forge, env: Mapping[str, str]) -> dict[str, Any] | None:
    state = "open" if forge.name == "GitHub" else "opened"
    found = entries(forge, forge.issues, state=state, labels=LABEL)
    return own(forge, found, marker("drift", env), forge.issue_text)


def issue(forge: Forge, text: str, env: Mapping[str, str]) -> str:
    """Open the issue or update it, and return what was done."""
    content = {forge.issue_text: body(forge, "drift", text, env)}
    old = open_issue(forge, env)
    if old is None:
        labels: Any = [LABEL] if forge.name == "GitHub" else LABEL
        answer = call(forge, "POST", forge.api + forge.issues, json={**content, "title": TITLE, "labels": labels})
        if LABEL not in names(answer.json()["labels"]):
            raise ReportError(f"the new issue got no label {LABEL}, by which the next run finds it: create the label")
        return "An issue was opened."
    call(forge, forge.edit, f"{forge.api}{forge.issues}/{old[forge.number]}", json=content)
    return "The issue was updated."


def close(forge: Forge, text: str, env: Mapping[str, str]) -> str:
    """Close the issue if it is open, and return what was done."""
    old = open_issue(forge, env)
    if old is None:
        return "No issue is open."
    content = {forge.issue_text: body(forge, "drift", text, env), **forge.close}
    call(forge, forge.edit, f"{forge.api}{forge.issues}/{old[forge.number]}", json=content)
    return "The issue was closed."


def was_merged(forge: Forge, request: Mapping[str, Any], env: Mapping[str, str]) -> bool:
    """Return whether a pull request was merged into the branch of this run.

    A label on one that went into another branch was not set for this deployment.
    """
    if forge.name == "GitHub":
        # No `merge_commit_sha`: after a rebase it may be another commit.
        return bool(request.get("merged_at")) and env.get("GITHUB_REF") == f"refs/heads/{request['base']['ref']}"
    if request["state"] != "merged" or request["target_branch"] != env.get("CI_COMMIT_BRANCH"):
        return False
    # Both are empty after a fast-forward.
    commits = {request.get(key) for key in ("merge_commit_sha", "squash_commit_sha")} - {None}
    return not commits or env["CI_COMMIT_SHA"] in commits


def has_label(forge: Forge, name: str, env: Mapping[str, str]) -> bool:
    """Return whether the pull request has a label; for a commit on the main branch, the one that was merged with it."""
    if forge.comments:
        return name in names(call(forge, "GET", forge.api + forge.labelled).json()["labels"])
    found = entries(forge, forge.labelled)
    return any(was_merged(forge, one, env) and name in names(one["labels"]) for one in found)


ACTIONS = {"comment": comment, "issue": issue, "close": close}


def main(argv: list[str], env: Mapping[str, str], sleep: Callable[[float], None] = time.sleep) -> int:
    """Run one command, and return the exit code."""
    if len(argv) != 2 or argv[0] not in (*ACTIONS, "print", "label"):
        print(__doc__)
        return 2
    command, argument = argv
    try:
        if command == "label":
            forge = forge_of(env)
            print("yes" if forge and with_patience(lambda: has_label(forge, argument, env), sleep) else "no")
            return 0
        text = Path(argument).read_text("utf-8")
        print(text, flush=True)
        if env.get("GITHUB_STEP_SUMMARY"):
            with open(env["GITHUB_STEP_SUMMARY"], "a", encoding="utf-8") as summary:
                summary.write(shortened(text, 200_000))  # at most 1 MiB
        if command in ACTIONS and (forge := forge_of(env)):
            print(with_patience(lambda: ACTIONS[command](forge, text, env), sleep))
    except (ReportError, OSError) as error:
        print(f"report.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
