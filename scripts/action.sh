#!/usr/bin/env bash
# What the GitHub Action (action.yml) runs: installs lplint, lints, and writes the outputs and the summary of the job.
# It never fails the step because of findings, so that they are uploaded; the exit code is an output.
set -euo pipefail

environment="$RUNNER_TEMP/lplint-environment"
sarif="$RUNNER_TEMP/lplint.sarif"
json="$RUNNER_TEMP/lplint.json"

case "$LPLINT_VERSION" in
  "") package=lplint ;;
  *[!0-9A-Za-z.+]*)
    echo "::error title=lplint::the input version holds more than a version; write it as 0.1.0"
    exit 2
    ;;
  *) package="lplint==$LPLINT_VERSION" ;;
esac
# A checkout of lplint itself is what its own tests run.
if [ -n "${LPLINT_PACKAGE:-}" ]; then package="$LPLINT_PACKAGE"; fi

"$PYTHON" -m venv "$environment"
bin="$environment/bin"
if [ ! -d "$bin" ]; then bin="$environment/Scripts"; fi
"$bin/python" -m pip install --quiet --disable-pip-version-check "$package"

# Code scanning annotates the lines of a change by itself; without it, the log's commands do.
log=github
if [ "$LPLINT_UPLOAD" = true ]; then log=concise; fi
arguments=(--output "sarif=$sarif" --output "json=$json" --output "markdown=$RUNNER_TEMP/lplint.md" --format "$log")
case "$LPLINT_FAIL_ON" in
  "" | never) ;;
  *) arguments+=("--fail-on=$LPLINT_FAIL_ON") ;;
esac
if [ -n "$LPLINT_CONFIG" ]; then arguments+=("--config=$LPLINT_CONFIG"); fi
# A path that begins with a hyphen is still a path.
arguments+=(--)
while IFS= read -r path; do
  if [ -n "$path" ]; then arguments+=("$path"); fi
done <<<"$LPLINT_PATHS"

code=0
"$bin/lplint" "${arguments[@]}" || code=$?
if [ "$code" -eq 1 ] && [ "$LPLINT_FAIL_ON" = never ]; then code=0; fi
echo "code=$code" >>"$GITHUB_OUTPUT"

if [ -f "$RUNNER_TEMP/lplint.md" ]; then cat "$RUNNER_TEMP/lplint.md" >>"$GITHUB_STEP_SUMMARY"; fi
if [ -f "$sarif" ]; then echo "sarif=$sarif" >>"$GITHUB_OUTPUT"; fi
if [ -f "$json" ]; then
  "$bin/python" - "$json" >>"$GITHUB_OUTPUT" <<'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    summary = json.load(file)["summary"]
for name in ("errors", "warnings", "notes", "policies"):
    print(f"{name}={int(summary[name])}")
PYTHON
fi
