#!/usr/bin/env python3
"""Drives rust-analyzer over its protocol, and checks what an editor shows of a scenario.

    editor.py RUST_ANALYZER

Builds the program in `editor` beside this file, outside of the workspace. Prints each difference, and exits with 1 if
there is one.
"""

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

MANIFEST = """\
[package]
name = "halves"
version = "0.1.0"
edition = "2024"

[dependencies]
skipstone = {{ path = {library}, default-features = false }}
serde = {{ version = "1", features = ["derive"] }}

[workspace]
"""


class Editor:
    """An editor with one open file."""

    def __init__(self, program, folder, target):
        self.folder = folder
        self.file = folder / "src/main.rs"
        self.original = self.text = self.file.read_text()
        self.version = 1
        self.asked = 0
        self.answers = {}
        self.notices = queue.Queue()
        self.server = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
        )
        threading.Thread(target=self._listen, daemon=True).start()
        sysroot = subprocess.check_output(["rustc", "--print", "sysroot"], text=True).strip()
        options = {
            "cargo": {"targetDir": str(target)},
            "procMacro": {"server": f"{sysroot}/libexec/rust-analyzer-proc-macro-srv"},
            "checkOnSave": False,
            "cachePriming": {"enable": False},
        }
        capabilities = {
            "experimental": {"serverStatusNotification": True},
            "textDocument": {"hover": {"contentFormat": ["plaintext"]}},
            "workspace": {"workspaceEdit": {"documentChanges": True}},
        }
        uri = folder.as_uri()
        self.ask(
            "initialize",
            {"processId": os.getpid(), "rootUri": uri, "capabilities": capabilities, "initializationOptions": options},
        )
        self._send({"method": "initialized", "params": {}})
        document = {"uri": self.file.as_uri(), "languageId": "rust", "version": 1, "text": self.text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        self._wait_until_loaded()

    def _send(self, message):
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(text) + text)
        self.server.stdin.flush()

    def _listen(self):
        while True:
            length = 0
            while (line := self.server.stdout.readline().strip()):
                name, value = line.decode().split(": ", 1)
                if name == "Content-Length":
                    length = int(value)
            if length == 0:
                return
            message = json.loads(self.server.stdout.read(length))
            if "method" not in message:
                self.answers[message["id"]] = message
            elif "id" in message:
                self._send({"id": message["id"], "result": None})
            else:
                self.notices.put(message)

    def _wait_until_loaded(self):
        end = time.monotonic() + 900
        while time.monotonic() < end:
            try:
                notice = self.notices.get(timeout=5)
            except queue.Empty:
                continue
            if notice["method"] == "experimental/serverStatus":
                if notice["params"]["health"] == "error":
                    sys.exit(f"rust-analyzer: {notice['params']['message']}")
                if notice["params"]["quiescent"]:
                    return
        sys.exit("rust-analyzer did not load the program")

    def ask(self, method, params):
        self.asked += 1
        me = self.asked
        self._send({"id": me, "method": method, "params": params})
        end = time.monotonic() + 300
        while me not in self.answers:
            if time.monotonic() > end or self.server.poll() is not None:
                sys.exit(f"no answer to {method}")
            time.sleep(0.01)
        answer = self.answers.pop(me)
        if "error" in answer:
            sys.exit(f"{method}: {answer['error']}")
        return answer["result"]

    def type(self, old, new):
        """Changes the original text."""
        assert self.original.count(old) == 1, old
        self.text = self.original.replace(old, new)
        self.version += 1
        document = {"uri": self.file.as_uri(), "version": self.version}
        self._send(
            {
                "method": "textDocument/didChange",
                "params": {"textDocument": document, "contentChanges": [{"text": self.text}]},
            }
        )

    def at(self, marked):
        """The place of `|` in a text that the file has once without it."""
        before, after = marked.split("|")
        assert self.text.count(before + after) == 1, marked
        index = self.text.index(before + after) + len(before)
        line = self.text.count("\n", 0, index)
        column = index - (self.text.rfind("\n", 0, index) + 1)
        return {"textDocument": {"uri": self.file.as_uri()}, "position": {"line": line, "character": column}}

    def hover(self, marked):
        found = self.ask("textDocument/hover", self.at(marked))
        return found["contents"]["value"] if found else ""

    def lines(self, locations):
        """The lines of places, as `main.rs: text`."""
        found = set()
        for location in locations:
            file = Path(location["uri"].removeprefix("file://"))
            text = self.text if file == self.file else file.read_text()
            line = text.splitlines()[location["range"]["start"]["line"]].strip()
            found.add(f"{file.name}: {line}")
        return found

    def definition(self, marked):
        found = self.ask("textDocument/definition", self.at(marked))
        return found if isinstance(found, list) else [found]

    def references(self, marked):
        place = {**self.at(marked), "context": {"includeDeclaration": True}}
        return self.ask("textDocument/references", place)

    def rename(self, marked, name):
        edit = self.ask("textDocument/rename", {**self.at(marked), "newName": name})
        files = [(file["textDocument"]["uri"], file["edits"]) for file in edit["documentChanges"]]
        return [{"uri": uri, "range": change["range"]} for uri, changes in files for change in changes]

    def complete(self, marked):
        found = self.ask("textDocument/completion", self.at(marked))
        items = found["items"] if isinstance(found, dict) else found or []
        return {item["label"].split("(")[0]: item.get("detail", "") for item in items}


def main():
    differences = []

    def expect(what, holds, found):
        if not holds:
            differences.append(f"{what}: {found}")

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "halves"
        shutil.copytree(HERE / "editor", folder)
        library = json.dumps(str(ROOT / "pipeline-core"))
        (folder / "Cargo.toml").write_text(MANIFEST.format(library=library))
        shutil.copy(ROOT / "Cargo.lock", folder / "Cargo.lock")
        # A target folder of its own: the editor builds other features of the dependencies.
        target = Path(os.environ.get("CARGO_TARGET_DIR", folder / "target")) / "editor"
        subprocess.run(["cargo", "check", "-q", "--target-dir", target], cwd=folder, check=True)
        editor = Editor(sys.argv[1], folder, target)

        left = {
            "main.rs: (left, right) = split(numbers, at);",
            "main.rs: sum = total(left);",
            "main.rs: let left = &halves.left;",
        }
        for name, place in [
            ("a node in an argument", "total(le|ft)"),
            ("a node at its statement", "(le|ft, right)"),
            ("a node in the program", "halves.le|ft;"),
        ]:
            hover = editor.hover(place)
            expect(f"{name}: type on hover", "Output<Vec<f64" in hover and " as " not in hover, hover)
            expect(f"{name}: documentation on hover", "The halves." in hover, hover)
            expect(f"{name}: nothing hidden on hover", "__" not in hover, hover)
            found = editor.definition(place)
            expect(f"{name}: one definition", len(found) == 1, found)
            lines = editor.lines(found)
            expect(f"{name}: the statement", lines == {"main.rs: (left, right) = split(numbers, at);"}, lines)
            lines = editor.lines(editor.references(place))
            expect(f"{name}: references", lines == left, lines)
            changed = editor.rename(place, "renamed")
            expect(f"{name}: rename", editor.lines(changed) == left and len(changed) == 3, changed)

        hover = editor.hover("split(num|bers, at)")
        expect("an input on hover", "Input<Vec<f64" in hover and "Some numbers." in hover, hover)
        hover = editor.hover("ro|ws = ")
        expect("an output of a type of another module", "Output<Vec<Scored" in hover, hover)
        hover = editor.hover("let val|ues")
        expect("a value", "Vec<f64" in hover and " as " not in hover, hover)

        right = {
            "main.rs: (left, right) = split(numbers, at);",
            "main.rs: rows = tasks::score(right);",
            "main.rs: whole = total(one.right);",
        }
        hover = editor.hover("total(one.ri|ght)")
        expect("a node of a subscenario on hover", "Output<Vec<f64" in hover and "__" not in hover, hover)
        found = editor.definition("total(one.ri|ght)")
        expect("a node of a subscenario: one definition", len(found) == 1, found)
        lines = editor.lines(editor.references("total(one.ri|ght)"))
        expect("a node of a subscenario: references", lines == right, lines)
        changed = editor.rename("total(one.ri|ght)", "renamed")
        expect("a node of a subscenario: rename", editor.lines(changed) == right and len(changed) == 3, changed)
        hover = editor.hover("total(on|e.right)")
        expect("a subscenario on hover", "Halves" in hover and "The halves of the first list." in hover, hover)
        hover = editor.hover("num|bers: first")
        expect("an input of a subscenario on hover", "Input<Vec<f64" in hover and "Some numbers." in hover, hover)
        found = editor.definition("one = Hal|ves")
        expect("the scenario of a subscenario", editor.lines(found) == {"main.rs: pub Halves {"}, found)

        mode = {"main.rs: input mode: Mode = Mode::All;", "main.rs: if mode == Mode::All {"}
        hover = editor.hover("if mo|de == Mode::All")
        expect("the input of a branch on hover", "Input<Mode" in hover and "The way." in hover, hover)
        lines = editor.lines(editor.references("if mo|de == Mode::All"))
        expect("the input of a branch: references", lines == mode, lines)
        changed = editor.rename("if mo|de == Mode::All", "renamed")
        expect("the input of a branch: rename", editor.lines(changed) == mode and len(changed) == 2, changed)
        hover = editor.hover("negative(res|ult)")
        expect("a node of a branch on hover", "Output<Option<f64" in hover and "The result." in hover, hover)
        found = editor.definition("tasks::la|st::<f64>(values)")
        expect("a generic task: one definition", len(found) == 1, found)
        hover = editor.hover("Mode::Al|l {")
        expect("a value in a condition on hover", "All" in hover, hover)

        task = {
            "main.rs: use tasks::{split, total};",
            "main.rs: (left, right) = split(numbers, at);",
            "tasks.rs: pub fn split(numbers: &[f64], at: usize) -> (Vec<f64>, Vec<f64>) {",
        }
        hover = editor.hover("= spl|it(")
        signature = "pub fn split(numbers: &[f64], at: usize) -> (Vec<f64>, Vec<f64>)"
        expect("a task on hover", signature in hover and "Splits the numbers." in hover, hover)
        found = editor.definition("= spl|it(")
        expect("a task: one definition", len(found) == 1 and editor.lines(found) <= task, found)
        lines = editor.lines(editor.references("= spl|it("))
        expect("a task: references", lines == task, lines)
        changed = editor.rename("= spl|it(", "renamed")
        expect("a task: rename", editor.lines(changed) == task and len(changed) == 3, changed)

        nodes = {"numbers", "at", "left", "right", "sum", "rows"}
        for old, new, place in [
            ("total(left)", "total(le)", "total(le|)"),
            ("total(left)", "total()", "total(|)"),
            ("split(numbers, at)", "split(numbers, )", "split(numbers, |)"),
            ("total(left)", "total(numbers: )", "total(numbers: |)"),
        ]:
            editor.type(old, new)
            found = editor.complete(place)
            expect(f"nodes complete in `{new}`", nodes <= found.keys(), sorted(found))
            hidden = [label for label in found if label.startswith("__")]
            expect(f"nothing hidden completes in `{new}`", not hidden, hidden)
            expect(f"types in `{new}`", "Vec<f64" in found.get("left", ""), found.get("left"))
        for new, place, names in [
            ("sum = to", "sum = to|", {"total", "split", "tasks::"}),
            ("sum = ", "sum = |\n", {"total", "split", "tasks::"}),
            ("sum = tasks::", "sum = tasks::|", {"total", "split", "score"}),
            ("sum = tasks::sc", "sum = tasks::sc|", {"score"}),
            ("sum = to(left);", "sum = to|(left);", {"total"}),
        ]:
            editor.type("sum = total(left);", new)
            found = editor.complete(place)
            if new == "sum = to":
                names = names - {"tasks::"}
            expect(f"tasks complete in `{new}`", names <= found.keys(), sorted(found))
            hidden = [label for label in found if label.startswith("__")]
            expect(f"nothing hidden completes in `{new}`", not hidden, hidden)
            # The other nodes have their types.
            hover = editor.hover("halves.le|ft;")
            expect(f"another node beside `{new}`", "Output<Vec<f64" in hover, hover)
            hover = editor.hover("ro|ws = ")
            expect(f"a later node beside `{new}`", "Output<Vec<Scored" in hover, hover)
        editor.type("&halves.left;", "&halves.")
        found = editor.complete("&halves.|\n")
        expect("nodes complete in the program", nodes <= found.keys(), sorted(found))
        expect("no other field", "instance" not in found, sorted(found))
        editor.type("let left = &halves.left;", "Ha")
        found = editor.complete("    Ha|\n")
        expect("the scenario completes", "Halves" in found, sorted(found))
        hidden = [label for label in found if label.startswith("__")]
        expect("nothing hidden completes in the program", not hidden, hidden)
        editor.server.kill()

    for difference in differences:
        print(difference, file=sys.stderr)
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
