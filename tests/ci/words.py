#!/usr/bin/env python3
"""Finds wording that plain English avoids, in comments, strings, documents and the page.

    tests/ci/words.py            checks every tracked file; exit code 1 if a word is found
    tests/ci/words.py FILE...    checks these files
    tests/ci/words.py --count    prints how often each word occurs, and passes

`words.toml` beside this file lists the words, each with what to write instead, and the places where one of them is
right.
"""

import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent

RUST = re.compile(
    r"""
    (?P<comment>//[^\n]*)
    | (?P<block>/\*.*?\*/)
    | (?P<raw>b?r(?P<hashes>\#*)".*?"(?P=hashes))
    | (?P<string>b?"(?:\\.|[^"\\])*")
    | (?P<char>'(?:\\[^\n]*?|[^'\\\n])')
    """,
    re.VERBOSE | re.DOTALL,
)
# Comments, strings, and the text between tags.
PAGE = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)
    | (?P<tagged>(?<=[\w"'}\])/]>)[^<>{}]+(?=[<{]))
    """,
    re.VERBOSE | re.DOTALL,
)
STYLES = re.compile(r"(?P<comment>/\*.*?\*/)", re.DOTALL)
SCRIPT = re.compile(r"(?P<comment>\#[^\n]*)|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*')")


def code_blanked(text, pattern):
    """The text with everything but comments and strings blanked; lines stay where they are."""
    kept = [" " if letter != "\n" else "\n" for letter in text]
    for match in pattern.finditer(text):
        if match.lastgroup != "char":
            kept[match.start() : match.end()] = text[match.start() : match.end()]
    return "".join(kept)


def prose(path, text):
    """What people read in a file, line by line."""
    match path.suffix:
        case ".rs":
            # A name of a test is a sentence.
            names = re.sub(r"\bfn ((?:[a-z0-9]+_){3,}[a-z0-9]+)", lambda m: f'"{m[1].replace("_", " ")}"', text)
            text = code_blanked(names, RUST)
            # Words of code in backticks, and code in documentation, are not prose.
            return re.sub(r"`[^`\n]*`", "``", text)
        case ".md":
            text = re.sub(r"^```.*?^```", lambda m: "\n" * m[0].count("\n"), text, flags=re.DOTALL | re.MULTILINE)
            return re.sub(r"`[^`\n]*`", "``", text)
        case ".ts" | ".tsx" | ".mjs":
            return code_blanked(text, PAGE)
        case ".css":
            return code_blanked(text, STYLES)
        case ".stderr" | ".snap" | ".html":
            return text
        case ".toml" | ".py" | ".yml" | ".txt" | "":
            return code_blanked(text, SCRIPT)
    return ""


def files(arguments):
    if arguments:
        return [Path(argument).resolve() for argument in arguments]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def main():
    rules = tomllib.loads((HERE / "words.toml").read_text())
    words = [(re.compile(rf"(?<![\w`-])(?:{word['avoid']})(?![\w-])", re.IGNORECASE), word) for word in rules["word"]]
    left_out = tuple(rules["left_out"])
    counting = "--count" in sys.argv
    found = Counter()
    for path in files([argument for argument in sys.argv[1:] if not argument.startswith("--")]):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(left_out) or not path.is_file():
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(prose(path, text).splitlines(), 1):
            for pattern, word in words:
                for match in pattern.finditer(line):
                    right = any(name.startswith(place) and (not part or part in line) for place, part in word.get("right", []))
                    if right:
                        continue
                    found[word["avoid"]] += 1
                    if not counting:
                        print(f"{name}:{number}: `{match[0]}`: {word['instead']}\n    {line.strip()[:150]}")
    if counting:
        for word, count in found.most_common():
            print(f"{count:6}  {word}")
    total = sum(found.values())
    print(f"{total} places" if total else "no words to avoid", file=sys.stderr)
    sys.exit(0 if counting or not total else 1)


if __name__ == "__main__":
    main()
