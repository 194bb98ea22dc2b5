"""Checks OpenLineage run events, one JSON object per line, against the published schemas.

Usage: check_openlineage.py SCHEMAS EVENTS, where SCHEMAS is a folder with OpenLineage.json and facets/*.json.
Every facet must be one of those and must match its own schema.
"""

import json
import pathlib
import sys

import jsonschema
import referencing

schemas = {}
folder = pathlib.Path(sys.argv[1])
for path in [folder / "OpenLineage.json", *sorted((folder / "facets").glob("*.json"))]:
    schema = json.loads(path.read_text())
    schemas[schema["$id"]] = schema
registry = referencing.Registry().with_resources(
    [(name, referencing.Resource.from_contents(schema)) for name, schema in schemas.items()]
)


def check(value, schema, where):
    validator = jsonschema.Draft202012Validator(
        {"$ref": schema}, registry=registry, format_checker=jsonschema.FormatChecker()
    )
    errors = [f"{where}: {error.message}" for error in validator.iter_errors(value)]
    if errors:
        sys.exit("\n".join(errors))


def facets(event):
    yield from event["run"].get("facets", {}).items()
    yield from event["job"].get("facets", {}).items()
    for dataset in event["inputs"] + event["outputs"]:
        for kind in ["facets", "inputFacets", "outputFacets"]:
            yield from dataset.get(kind, {}).items()


seen = set()
events = [json.loads(line) for line in pathlib.Path(sys.argv[2]).read_text().splitlines()]
for number, event in enumerate(events, 1):
    check(event, event["schemaURL"], f"event {number}")
    for name, facet in facets(event):
        check(facet, facet["_schemaURL"], f"event {number}, facet {name}")
        document, _, _ = facet["_schemaURL"].partition("#")
        assert name in schemas[document]["properties"], f"{document} has no facet {name}"
        seen.add(name)
required = {"schema", "columnLineage", "outputStatistics", "inputStatistics", "errorMessage", "parent"}
if not required <= seen:
    sys.exit(f"no event has {sorted(required - seen)}")
print(f"{len(events)} events are valid, with the facets {', '.join(sorted(seen))}")
