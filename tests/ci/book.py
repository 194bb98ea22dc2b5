#!/usr/bin/env python3
"""Checks the links of the built book: `book.py BOOK`, the folder that `mdbook build` wrote.

A link within the book must lead to a page and, with `#…`, to an element on it. A link to the repository must lead to a file of this
clone. Links to other sites are listed and not opened.
"""

import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes:
            self.ids.add(attributes["id"])
        for name in ("href", "src"):
            if attributes.get(name):
                self.links.append(attributes[name])


def main():
    book = Path(sys.argv[1]).resolve()
    repository = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["repository"] + "/blob/main/"
    # `print.html` repeats all pages, and `toc.html` is part of each.
    pages = {path: Page(path) for path in sorted(book.glob("*.html")) if path.name not in ("print.html", "toc.html", "404.html")}
    broken, others, checked = [], set(), 0
    for path, page in pages.items():
        for link in page.links:
            checked += 1
            if link.startswith(repository):
                if not (ROOT / unquote(urlsplit(link[len(repository) :]).path)).exists():
                    broken.append(f"{path.name}: {link} is not a file of the repository")
                continue
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data"):
                others.add(link)
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                broken.append(f"{path.name}: {link} leads nowhere")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                broken.append(f"{path.name}: {link}: the page has no element with this id")
    print(f"{checked} links on {len(pages)} pages, {len(others)} to other sites")
    for line in broken:
        print(line, file=sys.stderr)
    sys.exit(1 if broken or not checked else 0)


if __name__ == "__main__":
    main()
