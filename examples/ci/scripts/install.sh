#!/usr/bin/env bash
# Install what the program needs: infra/requirements.txt, or the file given; and what the policy pack needs.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
cd "$(dirname "$0")/.."

files=(-r "$INFRA/${1:-requirements.txt}")
if [ -n "$POLICIES" ]; then files+=(-r "$POLICIES/requirements.txt"); fi
python -m pip install --quiet --disable-pip-version-check "${files[@]}"
