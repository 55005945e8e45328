"""Reads {version: [object, ...]} as JSON; prints what the schemas of Kubernetes object to, as a JSON list of lines."""

import functools
import json
import sys

from kubernetes_validate import utils

# Each schema holds megabytes of definitions: read them once.
utils.schema_contents = functools.cache(utils.schema_contents)

found = []
for version, objects in json.load(sys.stdin).items():
    for one in objects:
        name = f"{version}: {one['kind']} {one['metadata']['name']}"
        try:
            utils.validate(one, version, strict=True)
        except utils.ValidationError as error:
            found.append(f"{name}: {'.'.join(map(str, error.path))}: {error.message}")
        except utils.SchemaNotFoundError as error:
            found.append(f"{name}: {error.message}")
print(json.dumps(found))
