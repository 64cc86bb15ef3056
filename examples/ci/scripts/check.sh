#!/usr/bin/env bash
# Test the program on an emulator of Daily: no key, no state and no Pulumi CLI are needed, so forks can run it.
set -euo pipefail
. "$(dirname "$0")/settings.sh"
cd "$(dirname "$0")/.."

python -m pytest -q "$INFRA"
