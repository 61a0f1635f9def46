"""Holds the JSON Schemas that remit prints against samples: schema.py valid|invalid SCHEMA FILE..."""

import json
import re
import sys

import jsonschema
import yaml


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: neither dates nor a truth in every word."""


Core.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag.rsplit(":", 1)[1] in ("int", "float", "null")]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))


def load(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    try:
        return json.loads(text)
    except ValueError:
        return yaml.load(text, Core)


def complaint(validator, path):
    try:
        document = load(path)
    except (yaml.YAMLError, UnicodeDecodeError) as why:
        return f"not even YAML: {why}"
    found = next(validator.iter_errors(document), None)
    return found and f"{list(found.path)}: {found.message[:200]}"


def main():
    wanted, schema_path, *paths = sys.argv[1:]
    with open(schema_path, encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in paths:
        why = complaint(validator, path)
        if wanted == "valid" and why:
            print(f"{path}: {why}")
        if wanted == "invalid" and not why:
            print(path.rsplit("/", 1)[-1].removesuffix(".yaml"))


main()
