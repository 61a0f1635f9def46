"""Says which members of JSON documents no page in a directory names: json_docs.py DIRECTORY FILE..."""

import json
import re
import sys

# Below these the members are named by whoever wrote the profile, the job or the policy, or are JSON Schema's.
FREE = {"set", "properties"}


def members(value, found):
    if isinstance(value, list):
        for one in value:
            members(one, found)
    if isinstance(value, dict):
        found.update(value)
        for key, one in value.items():
            if key not in FREE:
                members(one, found)


def documents(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    if path.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines()]
    return [json.loads(text)]


def main():
    directory, *paths = sys.argv[1:]
    known = set()
    for page in ("json.md", "policy.md"):
        with open(f"{directory}/{page}", encoding="utf-8") as f:
            known.update(re.findall(r"`([a-z0-9_$-]+)`", f.read()))
    for path in paths:
        found = set()
        try:
            members(documents(path), found)
        except ValueError as why:
            print(f"{path}: {why}")
        if "$schema" not in found and found - known:
            print(f"{path}: {' '.join(sorted(found - known))}")


main()
