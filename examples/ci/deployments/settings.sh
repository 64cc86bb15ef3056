#!/usr/bin/env bash
# Set up Pulumi Deployments for a stack in Pulumi Cloud: previews of pull requests, `up` after a merge.
# The key of Daily comes from the ESC environment of the stack (../esc), or encrypted from Pulumi.prod.yaml.
set -euo pipefail
# ---- EDIT HERE ----
STACK="${STACK:-acme/video/prod}"
REPOSITORY="${REPOSITORY:-acme/infra}"
INFRA="${INFRA:-infra}"
# -------------------
pulumi deployment settings edit --stack "$STACK" \
  --github-repo "$REPOSITORY" --branch main --folder "$INFRA" --path-filter "$INFRA/**" \
  --preview-prs --push-to-deploy --pr-template=false \
  --executor-image pulumi/pulumi-python-3.13:3.260.0 \
  --skip-install-deps --pre-run-command "python -m pip install -r requirements.txt"
