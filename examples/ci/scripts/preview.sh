#!/usr/bin/env bash
# Preview all stacks and show the result as one comment of the pull request, which the next run updates.
# Exits with 0; with 1 if a preview failed; with 2 if there is no stack; with 3 if a guard refused it.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

stacks
for stack in "${stacks[@]}"; do preview "$stack"; done
guards
code=0
pulumi-daily summary "${files[@]}" ${guards[@]+"${guards[@]}"} --output "$work/report.md" || code=$?
report comment "$work/report.md"
exit "$code"
