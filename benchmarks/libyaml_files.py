"""Composes YAML files with libyaml alone, as one process: what benchmarks/run.py compares lplint's templates with.

usage: libyaml_files.py FILE...
"""

from __future__ import annotations

import gc
import sys

import yaml


def main() -> None:
    gc.disable()  # as lplint does
    documents = size = 0
    for name in sys.argv[1:]:
        with open(name, encoding="utf-8-sig") as file:
            text = file.read()
        documents += sum(1 for _ in yaml.compose_all(text, yaml.CSafeLoader))
        size += len(text)
    print(f"{documents} documents, {size} characters")


if __name__ == "__main__":
    main()
