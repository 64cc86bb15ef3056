#!/usr/bin/env bash
# Install what the program needs: infra/requirements.txt, or the file given.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
cd "$(dirname "$0")/.."

python -m pip install --quiet --disable-pip-version-check -r "$INFRA/${1:-requirements.txt}"
