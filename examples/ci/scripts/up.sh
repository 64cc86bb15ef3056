#!/usr/bin/env bash
# Deploy the given stacks (default: all, in their order). Each is previewed first; nothing is changed if a guard refuses.
# Exits with 0; with 1 if a preview failed; with 2 if a stack has no name; with 3 if a guard refused; else with the exit code
# of `pulumi up`.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

stacks "$@"
guards
for stack in "${stacks[@]}"; do
  files=()
  preview "$stack"
  code=0
  pulumi-daily summary "${files[@]}" ${guards[@]+"${guards[@]}"} --output "$work/report.md" || code=$?
  report print "$work/report.md"
  [ "$code" = 0 ] || exit "$code"
  pulumi up "${options[@]}" --yes --skip-preview --stack "$stack"
done
