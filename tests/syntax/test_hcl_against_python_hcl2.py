"""What lplint and python-hcl2 read of the same Terraform files: scripts/compare_python_hcl2.py over a sample."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WILD = ROOT.parent / "shared" / "corpus" / "wild"
SCRIPT = ROOT / "scripts" / "compare_python_hcl2.py"
STEP = 10

ODD = r"""
resource "aws_iam_policy" "x" {
  name        = "a\tb\"${var.c}\"\u00e9$${d}%%{e}"
  description = <<-EOT
      two ${more}

    words $${here}
  EOT
  policy = jsonencode({
    Version   = "2012-10-17" # a comment
    "Statement" : [for key, value in local.all : { (key) = value.x[0].y, z = [1, 2.5e3, -3, null] } if value != true],
  })
  tags = { for tag in var.tags : tag.key => tag.value... }
  inner {
    list = aws_x.y[*].arn
    old  = aws_x.z.0.arn
    both = a.b.*.c
    pick = var.on ? "%{ if var.x }yes%{ else }no%{ endif }" : try(f(x...), "")
  }
  dynamic "empty" {}
}
"""


def compared(*paths: Path) -> tuple[int, int, str]:
    """How many files were compared, how many names and values were in them, and what was printed."""
    command = [sys.executable, str(SCRIPT), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    counts = re.search(r"(\d+) files compared, \d+ bytes, (\d+) names and values; 0 differ\n\Z", done.stdout)
    assert counts is not None, done.stdout + done.stderr
    assert done.returncode == 0
    return int(counts[1]), int(counts[2]), done.stdout


def test_a_file_with_something_of_everything(tmp_path: Path) -> None:
    path = tmp_path / "main.tf"
    path.write_text(ODD, "utf-8")
    files, values, _ = compared(path)
    assert files == 1
    assert values > 60


def test_a_sample_of_the_corpus() -> None:
    if not WILD.is_dir():
        pytest.skip("the corpus is not beside the checkout")
    files, values, _ = compared(*sorted(WILD.rglob("*.tf"))[::STEP])
    assert files > 300
    assert values > 20_000
