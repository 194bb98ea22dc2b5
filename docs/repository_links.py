#!/usr/bin/env python3
"""A preprocessor of mdBook: a link that leads out of the book (`../bench/README.md`) goes to the repository.

The repository's address is `workspace.package.repository` in Cargo.toml, the one place that has it.
"""

import json
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main():
    if sys.argv[1:2] == ["supports"]:
        return
    manifest = tomllib.loads((ROOT / "Cargo.toml").read_text())
    repository = f"{manifest['workspace']['package']['repository']}/blob/main/"
    _, book = json.load(sys.stdin)

    def visit(items):
        for item in items:
            if isinstance(item, dict) and "Chapter" in item:
                chapter = item["Chapter"]
                chapter["content"] = re.sub(r"\]\(\.\./", f"]({repository}", chapter["content"])
                visit(chapter["sub_items"])

    visit(book.get("items") or book.get("sections"))
    json.dump(book, sys.stdout)


if __name__ == "__main__":
    main()
