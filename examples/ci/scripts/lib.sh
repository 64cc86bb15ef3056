# What preview.sh, up.sh and drift.sh share. Their folder lies in the root of the repository; they can be called from
# anywhere, with pulumi, pulumi-daily and python on PATH.
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/.."
. "$here/settings.sh"
export INFRA
set -f # names such as support-* in the settings are not file names
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# stacks [STACK]…: set "${stacks[@]}" to the given stacks, without arguments to all. An empty name, such as of a variable
# that a job forgot, is an error: it does not mean all. So is no stack at all: nothing would be checked, and drift.sh would
# close the issue.
stacks=()
stacks() {
  local stack
  if [ $# = 0 ]; then
    set -- $STACKS
    [ $# != 0 ] || wrong "no stack: STACKS of $here/settings.sh or of the environment is blank"
  fi
  for stack in "$@"; do
    case "$stack" in
    "" | -* | *[[:space:]]*) wrong "'$stack' is not the name of a stack; give one argument for each, or none for all" ;;
    esac
  done
  stacks=("$@")
}

wrong() {
  echo "$(basename "$0"): $1" >&2
  exit 2
}

# The options of `pulumi preview` and `pulumi up`.
options=(--non-interactive --cwd "$INFRA")
if [ -n "$POLICIES" ]; then
  options+=(--policy-pack "$PWD/$POLICIES")
  export PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true # the other form of the JSON does not contain what policies say
fi

# preview STACK: add the stack's preview to "${files[@]}". A failure is part of the file; `summary` reports it. When there
# is no JSON at all (such as for a stack that does not exist), the file has what the CLI says instead. Files have numbers,
# because names made from `org/a/b` and `org/a_b` could be the same.
files=()
previews=0
preview() {
  previews=$((previews + 1))
  local file="$work/$previews.json"
  if ! pulumi preview "${options[@]}" --json --show-sames --stack "$1" >"$file" 2>"$work/stderr"; then
    echo "pulumi preview of $1 failed" >&2
    [ -s "$file" ] || cp "$work/stderr" "$file"
  fi
  cat "$work/stderr" >&2
  files+=("$1=$file")
}

# guards: set "${guards[@]}" to the options of `pulumi-daily summary` that refuse deletions. The label allow-deletes of the
# pull request lifts the limit on their number. (Old bash, as of macOS, takes an empty list for an unset variable; hence
# `${guards[@]+…}` where they are used.)
guards=()
guards() {
  local name allowed
  guards=()
  for name in $PROTECTED; do guards+=(--protect-names "$name"); done
  [ -n "$MAX_DELETES" ] || return 0
  allowed="$(report label allow-deletes)"
  if [ "$allowed" != yes ]; then guards+=(--max-deletes "$MAX_DELETES"); fi
}

report() { python "$here/report.py" "$@"; }
