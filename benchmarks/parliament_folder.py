"""Runs parliament over a folder of policies, as one process: what benchmarks/run.py compares lplint with.

usage: parliament_folder.py FOLDER
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

warnings.simplefilter("ignore")  # parliament imports pkg_resources, which says that it is deprecated

from parliament import analyze_policy_string  # type: ignore[import-not-found,unused-ignore]  # noqa: E402


def main() -> None:
    findings = raised = 0
    for path in sorted(Path(sys.argv[1]).glob("*.json")):
        document = json.loads(path.read_text("utf-8-sig"))
        document = document.get("PolicyVersion", {}).get("Document", document)
        try:
            findings += len(analyze_policy_string(json.dumps(document)).findings)
        except Exception:  # noqa: BLE001  it raises on two of AWS's own policies
            raised += 1
    print(f"{findings} findings, raised on {raised} policies")


if __name__ == "__main__":
    main()
