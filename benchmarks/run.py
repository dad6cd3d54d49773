"""The timings of docs/benchmarks.md: ratios of whole processes, taken in turn in one run.

usage: run.py [--runs N]      makes an environment of its own in .venv-bench the first time
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
MANAGED = ROOT.parent / "shared" / "corpus" / "aws-managed"
WILD = ROOT.parent / "shared" / "corpus" / "wild"
VENV = ROOT / ".venv-bench"
CHECKOV = ROOT / ".venv-bench-checkov"  # by itself: it pins much of what the others bring
# What of checkov is about IAM policies, in Terraform.
CHECKOV_IDS = ",".join(
    f"CKV_AWS_{number}"
    for number in (
        1, 32, 33, 40, 49, 60, 61, 62, 63, 70, 107, 108, 109, 110, 111, 169, 274, 283, 286, 287, 288, 289, 290, 301,
        355, 356, 358, 364,
    )
)  # fmt: skip
MODULES = (
    "terraform-aws-modules__terraform-aws-iam",
    "nozaq__terraform-aws-secure-baseline",
    "philips-labs__terraform-aws-github-runner",
)
ONE_POLICY = """\
{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::reports/*"},
    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
  ]
}
"""


def environment() -> Path:
    """The Python of an environment with lplint as users have it (not editable, compiled) and its peers."""
    python = VENV / "bin" / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
        subprocess.run([*pip, "setuptools<81", "parliament==1.6.4", "cfn-lint==1.58.0"], check=True)
    subprocess.run([*pip, "--force-reinstall", "--no-deps", str(ROOT)], check=True)
    subprocess.run([*pip, str(ROOT)], check=True)
    subprocess.run([str(python), "-m", "compileall", "-q", str(VENV / "lib")], check=False)
    return python


def checkov() -> str:
    """The command of checkov in an environment of its own."""
    if not (CHECKOV / "bin" / "checkov").exists():
        subprocess.run([sys.executable, "-m", "venv", str(CHECKOV)], check=True)
        subprocess.run([str(CHECKOV / "bin" / "pip"), "install", "--quiet", "checkov==3.3.30"], check=True)
    return str(CHECKOV / "bin" / "checkov")


def seconds(command: list[str]) -> float:
    """How long one process takes, from start to end."""
    # Not in the checkout: its pyproject.toml speaks of lplint, so that it is read, and few others do.
    elsewhere = tempfile.gettempdir()
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, cwd=elsewhere)
    return time.perf_counter() - start


def compare(name: str, one: list[str], other: list[str], runs: int) -> str:
    """A row of the table: the medians of both, and the median of their ratios pair by pair."""
    seconds(one), seconds(other)
    pairs = [(seconds(one), seconds(other)) for _ in range(runs)]
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    shown = f"{ratio:.1f} times as long" if ratio >= 1 else f"{1 / ratio:.1f} times as fast"
    return f"| {name} | {mine * 1000:.0f} ms | {theirs * 1000:.0f} ms | {shown} |"


def templates() -> list[str]:
    """The CloudFormation templates in YAML that libyaml's composer takes and that may hold a policy."""
    found = []
    for pattern in ("*.yaml", "*.yml"):
        for path in sorted(WILD.rglob(pattern)):
            data = path.read_bytes()
            if b"AWSTemplateFormatVersion" in data and b"Statement" in data:
                try:
                    list(yaml.compose_all(data, yaml.CSafeLoader))
                except (yaml.YAMLError, UnicodeDecodeError):
                    continue
                found.append(str(path))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs: int = parser.parse_args().runs
    python = str(environment())
    lplint = str(VENV / "bin" / "lplint")
    with tempfile.TemporaryDirectory() as folder:
        policy = os.path.join(folder, "policy.json")
        Path(policy).write_text(ONE_POLICY, "utf-8")
        print("| what | lplint | the other | lplint is |\n|---|---|---|---|")
        print(compare("one policy, against `python -c pass`", [lplint, policy], [python, "-c", "pass"], runs))
    if MANAGED.is_dir():
        count = len(list(MANAGED.glob("*.json")))
        peer = [python, str(ROOT / "benchmarks" / "parliament_folder.py"), str(MANAGED)]
        print(
            compare(
                f"{count} AWS managed policies, against parliament 1.6.4",
                [lplint, str(MANAGED)],
                peer,
                max(3, runs // 3),
            )
        )
    if WILD.is_dir():
        modules = [str(path) for pattern in ("*.tf", "*.tofu") for path in sorted(WILD.rglob(pattern))]
        parse = [python, str(ROOT / "benchmarks" / "tree_sitter_folder.py"), str(WILD)]
        print(
            compare(
                f"{len(modules)} Terraform files in one process, against tree-sitter's parse of those in question",
                [lplint, "--jobs", "1", *modules],
                parse,
                max(3, runs // 3),
            )
        )
        files = templates()
        print(
            compare(
                f"{len(files)} templates in one process, against libyaml's composer alone",
                [lplint, "--jobs", "1", *files],
                [python, str(ROOT / "benchmarks" / "libyaml_files.py"), *files],
                max(3, runs // 3),
            )
        )
        twenty = files[:: len(files) // 20][:20]
        print(
            compare(
                "twenty of them, against cfn-lint 1.58.0",
                [lplint, "--jobs", "1", *twenty],
                [str(VENV / "bin" / "cfn-lint"), *twenty],
                max(3, runs // 5),
            )
        )
        command = [checkov(), "--framework", "terraform", "--check", CHECKOV_IDS, "--quiet", "--compact"]
        for module in MODULES:
            folder = str(WILD / module)
            peer = [*command, "--skip-download", "--directory", folder]
            name = module.partition("__")[2]
            # Once each, behind one that is not counted: a run takes half a minute.
            print(compare(f"{name}, against checkov 3.3.30 and its IAM checks alone", [lplint, folder], peer, 1))


if __name__ == "__main__":
    main()
