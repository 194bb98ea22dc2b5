"""Checks that the Studio's responses match its OpenAPI description: python check_interface.py PROGRAM openapi.json

Starts the program's studio in a temporary folder, calls every operation, and validates each response against the
schema of its path. Needs jsonschema.
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
    """Returns the schema with the components that its references need."""
    return {**schema, "components": description["components"]}


def schema_of(method, path, status):
    answer = description["paths"][path][method]["responses"].get(str(status))
    assert answer is not None, f"{method} {path}: no response is described for status {status}"
    return answer["content"]["application/json"]["schema"] if "content" in answer else {}


with tempfile.TemporaryDirectory() as folder:
    (pathlib.Path(folder) / "sums.toml").write_text(
        'name = "Sums"\n[inputs.x]\ntype = "f64"\ndefault = 1.0\n[[tasks]]\nfunction = "scale"\n'
        'arguments = ["x", "x"]\noutputs = "square"\n'
    )
    server = subprocess.Popen(
        [program, "studio", "--no-open", "--port", "0"], cwd=folder, stderr=subprocess.PIPE, text=True
    )
    output = ""
    while "Ctrl-C stops it" not in output:
        line = server.stderr.readline()
        assert line, f"the studio ended: {output}"
        output += line
    origin = re.search(r"studio is at (\S+)", output)[1]
    key = re.search(r"Bearer (\w+)", output)[1]
    called = set()

    def call(method, route, body=None, query="", expected=200, **parts):
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
        called.add((method, route))
        if "json" not in answer.headers["Content-Type"]:
            return None
        value = json.loads(text)
        named = route if route in description["paths"] else route.replace("{path}", "{*path}")
        jsonschema.validate(value, local(schema_of(method, named, expected)))
        return value

    try:
        one = "/api/scenarios/{name}"
        call("get", "/api/project")
        call("post", "/api/links", expected=201)
        call("get", "/api/tasks")
        call("get", "/api/input-types")
        for query in ("", "?type=sums.toml", "?toggle=toolbox"):
            call("get", "/api/graph", query=query)
        call("get", "/api/graph.svg")
        call("get", "/api/graph.html")
        call("post", "/api/scenarios", {"name": "a", "inputs": {"limit": "50"}}, expected=201)
        call("post", "/api/scenarios", {"name": "a"}, expected=409)
        call("get", "/api/scenarios")
        call("get", one, name="a")
        call("get", one, name="b", expected=404)
        call("patch", one, {"note": "x", "add_tags": ["y"], "properties": {"p": "1"}}, name="a")
        call("get", one + "/nodes", name="a")
        call("post", one + "/plan", {"inputs": {"by": "2"}}, name="a")
        call("post", one + "/plan", {"inputs": {"by": "two"}}, name="a", expected=422)

        def finish(name, body):
            run = call("post", one + "/runs", body, name=name, expected=202)["run"]
            while call("get", "/api/runs/{run}", run=run)["status"] == "running":
                time.sleep(0.05)
            return run

        finish("a", {})
        finish("a", {"inputs": {"by": "9"}})  # above the limit, so the run fails
        call("post", one + "/duplicate", {"name": "b", "inputs": {"by": "2"}}, name="a", expected=201)
        last = finish("b", {})
        call("get", one + "/nodes", name="b")
        call("put", one + "/inputs", {"by": "2.2"}, name="b")
        call("post", one + "/inputs/check", {"by": "x"}, name="b")
        call("delete", one + "/inputs/{node}", name="b", node="by")
        edit = call("get", one + "/edits", name="b")[0]["edit"]
        call("post", one + "/edits/{edit}/revert", name="b", edit=edit)
        for node in ("text", "x"):
            call("get", one + "/nodes/{node}/preview", name="b", node=node)
        call("get", one + "/nodes/{node}/history", name="a", node="checked")
        call("get", one + "/nodes/{node}/lineage", name="b", node="text")
        call("get", one + "/explain/{node}", name="b", node="text")
        call("get", "/api/runs")
        call("post", "/api/runs/{run}/cancel", run=last, expected=409)
        call("put", "/api/runs/{run}/pin", {"pinned": True}, run=last)
        call("get", "/api/kpis")
        call("get", "/api/compare", query="?scenario=1&scenario=b&tables=true")
        call("get", "/api/versions")
        call("post", "/api/scenarios", {"name": "sums"}, query="?type=sums.toml", expected=201)
        call("get", "/api/versions/{from}/diff/{to}", **{"from": 1, "to": 1})
        read = call("get", "/api/files/{path}", path="sums.toml")
        call("put", "/api/files/{path}", {"text": read["text"], "base": read["hash"]}, path="sums.toml")
        call("put", "/api/files/{path}", {"text": read["text"], "base": "other"}, path="sums.toml", expected=409)
        call("post", "/api/files", {"path": "new.toml", "name": "New"}, expected=201)
        call("post", "/api/drafts", {"path": "new.toml", "text": "name = 1"})
        call("post", "/api/drafts", {"path": "sums.toml", "text": read["text"]})
        call("put", "/api/positions", {"positions": {"node:x": [1, 2]}})
        call("get", "/api/positions")
        call("get", one + "/deletion", name="sums")
        call("delete", one, name="sums")
    finally:
        server.terminate()

every = {
    (method, path.replace("{*path}", "{path}"))
    for path, methods in description["paths"].items()
    for method in methods
}
missing = every - called - {("get", "/api/events")}
assert not missing, f"not called: {sorted(missing)}"
print(f"the responses of {len(called)} operations match the description")
