#!/usr/bin/env bash
# Look for drift in all stacks. What is found is in one issue, which the next run updates, or closes if nothing is left.
# Exits with 0 once the issue is written; with 1 if a preview failed; with 2 if there is no stack. Without GitHub or GitLab:
# with 10 if the program changes something, with 11 if only Daily was changed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

stacks
for stack in "${stacks[@]}"; do preview "$stack"; done
code=0
pulumi-daily summary "${files[@]}" --exit-code --output "$work/report.md" || code=$?
case "$code" in
0) report close "$work/report.md" ;;
10 | 11) report issue "$work/report.md" ;;
*)
  report print "$work/report.md"
  exit "$code"
  ;;
esac
[ -n "${GITHUB_ACTIONS:-}${GITLAB_CI:-}" ] || exit "$code"
