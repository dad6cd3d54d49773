"""Parses with tree-sitter alone the Terraform modules of a folder that may hold policies, as one process: what
benchmarks/run.py compares lplint's evaluation with.

usage: tree_sitter_folder.py FOLDER
"""

from __future__ import annotations

import gc
import os
import sys

import tree_sitter
import tree_sitter_hcl

from lplint.extract import is_terraform, may_hold_module


def main() -> None:
    gc.disable()  # as lplint does
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
    files = size = 0
    for folder, _, names in os.walk(sys.argv[1]):
        texts = []
        for name in filter(is_terraform, names):
            with open(os.path.join(folder, name), "rb") as file:
                texts.append(file.read())
        if any(map(may_hold_module, texts)):
            for text in texts:
                parser.parse(text)
                files += 1
                size += len(text)
    print(f"{files} files, {size} bytes")


if __name__ == "__main__":
    main()
