"""Checks that what the Studio answers is what its description says: python check_interface.py PROGRAM openapi.json

Starts the program's studio in a folder of its own, asks for everything that can be asked for, and holds each answer
against the schema of its path. Needs jsonschema.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import jsonschema

program, description = sys.argv[1], json.loads(pathlib.Path(sys.argv[2]).read_text())


def local(schema):
    """The schema with its references, as JSON Schema knows them."""
    return {**schema, "components": description["components"]}


def schema_of(method, path, status):
    answer = description["paths"][path][method]["responses"].get(str(status))
    assert answer is not None, f"{method} {path}: nothing is said about {status}"
    return answer["content"]["application/json"]["schema"] if "content" in answer else {}


with tempfile.TemporaryDirectory() as folder:
    (pathlib.Path(folder) / "sums.toml").write_text(
        'name = "Sums"\n[inputs.x]\ntype = "f64"\ndefault = 1.0\n[[tasks]]\nfunction = "scale"\n'
        'arguments = ["x", "x"]\noutputs = "square"\n'
    )
    server = subprocess.Popen(
        [program, "studio", "--no-open", "--port", "0"], cwd=folder, stderr=subprocess.PIPE, text=True
    )
    said = ""
    while "Ctrl-C ends it" not in said:
        line = server.stderr.readline()
        assert line, f"the studio ended: {said}"
        said += line
    origin = re.search(r"studio is at (\S+)", said)[1]
    key = re.search(r"Bearer (\w+)", said)[1]
    asked = set()

    def ask(method, route, body=None, query="", expected=200, **parts):
        address = route
        for name, value in parts.items():
            address = address.replace("{%s}" % name, str(value)).replace("{*%s}" % name, str(value))
        request = urllib.request.Request(
            origin + urllib.parse.quote(address) + query,
            method=method.upper(),
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        assert answer.status == expected, f"{method} {address}: {answer.status} {answer.read()[:500]}"
        text = answer.read()
        asked.add((method, route))
        if "json" not in answer.headers["Content-Type"]:
            return None
        value = json.loads(text)
        named = route if route in description["paths"] else route.replace("{path}", "{*path}")
        jsonschema.validate(value, local(schema_of(method, named, expected)))
        return value

    try:
        one = "/api/scenarios/{name}"
        ask("get", "/api/project")
        ask("post", "/api/links", expected=201)
        ask("get", "/api/tasks")
        ask("get", "/api/input-types")
        for query in ("", "?type=sums.toml", "?collapse=toolbox"):
            ask("get", "/api/graph", query=query)
        ask("get", "/api/graph.svg")
        ask("get", "/api/graph.html")
        ask("post", "/api/scenarios", {"name": "a", "inputs": {"limit": "50"}}, expected=201)
        ask("post", "/api/scenarios", {"name": "a"}, expected=409)
        ask("get", "/api/scenarios")
        ask("get", one, name="a")
        ask("get", one, name="b", expected=404)
        ask("patch", one, {"note": "x", "add_tags": ["y"], "properties": {"p": "1"}}, name="a")
        ask("get", one + "/nodes", name="a")
        ask("post", one + "/plan", {"inputs": {"by": "2"}}, name="a")
        ask("post", one + "/plan", {"inputs": {"by": "two"}}, name="a", expected=422)

        def finish(name, body):
            run = ask("post", one + "/runs", body, name=name, expected=202)["run"]
            while ask("get", "/api/runs/{run}", run=run)["status"] == "running":
                time.sleep(0.05)
            return run

        finish("a", {})
        finish("a", {"inputs": {"by": "9"}})  # more than the limit: it fails
        ask("post", one + "/duplicate", {"name": "b", "inputs": {"by": "2"}}, name="a", expected=201)
        last = finish("b", {})
        ask("get", one + "/nodes", name="b")
        ask("put", one + "/inputs", {"by": "2.2"}, name="b")
        ask("post", one + "/inputs/check", {"by": "x"}, name="b")
        ask("delete", one + "/inputs/{node}", name="b", node="by")
        edit = ask("get", one + "/edits", name="b")[0]["edit"]
        ask("post", one + "/edits/{edit}/revert", name="b", edit=edit)
        for node in ("text", "x"):
            ask("get", one + "/nodes/{node}/preview", name="b", node=node)
        ask("get", one + "/nodes/{node}/history", name="a", node="checked")
        ask("get", one + "/nodes/{node}/lineage", name="b", node="text")
        ask("get", one + "/explain/{node}", name="b", node="text")
        ask("get", "/api/runs")
        ask("post", "/api/runs/{run}/cancel", run=last, expected=409)
        ask("put", "/api/runs/{run}/pin", {"pinned": True}, run=last)
        ask("get", "/api/kpis")
        ask("get", "/api/compare", query="?scenario=1&scenario=b&tables=true")
        ask("get", "/api/versions")
        ask("post", "/api/scenarios", {"name": "sums"}, query="?type=sums.toml", expected=201)
        ask("get", "/api/versions/{from}/diff/{to}", **{"from": 1, "to": 1})
        read = ask("get", "/api/files/{path}", path="sums.toml")
        ask("put", "/api/files/{path}", {"text": read["text"], "base": read["hash"]}, path="sums.toml")
        ask("put", "/api/files/{path}", {"text": read["text"], "base": "other"}, path="sums.toml", expected=409)
        ask("post", "/api/files", {"path": "new.toml", "name": "New"}, expected=201)
        ask("post", "/api/drafts", {"path": "new.toml", "text": "name = 1"})
        ask("post", "/api/drafts", {"path": "sums.toml", "text": read["text"]})
        ask("put", "/api/positions", {"positions": {"node:x": [1, 2]}})
        ask("get", "/api/positions")
        ask("get", one + "/deletion", name="sums")
        ask("delete", one, name="sums")
    finally:
        server.terminate()

every = {
    (method, path.replace("{*path}", "{path}"))
    for path, methods in description["paths"].items()
    for method in methods
}
missing = every - asked - {("get", "/api/events")}
assert not missing, f"never asked: {sorted(missing)}"
print(f"{len(asked)} ways to ask answer what the description says")
