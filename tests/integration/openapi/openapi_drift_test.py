"""The API that the control plane describes is the one that the dashboard's types were made from.

Usage: openapi_drift_test.py PROGRAM, a built wh-control-plane. It needs no database.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
CHECKED_IN = ROOT / "spa/src/api/openapi.json"
SHOWN = 20


def differences(ours, theirs, pointer=""):
    """Lines that say where the checked-in document (ours) and the program's (theirs) differ, by JSON pointer."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name in sorted(ours.keys() | theirs.keys()):
            here = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in theirs:
                yield f"{here}: the control plane no longer has it"
            elif name not in ours:
                yield f"{here}: new in the control plane"
            else:
                yield from differences(ours[name], theirs[name], here)
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs)):
            yield from differences(one, other, f"{pointer}/{index}")
    elif type(ours) is not type(theirs) or ours != theirs:
        yield f"{pointer}: checked in {json.dumps(ours)}, the control plane says {json.dumps(theirs)}"


def main(program):
    printed = subprocess.run([program, "openapi"], check=True, stdout=subprocess.PIPE, timeout=45).stdout
    found = list(differences(json.loads(CHECKED_IN.read_text(encoding="utf-8")), json.loads(printed)))
    if not found:
        return 0
    path = CHECKED_IN.relative_to(ROOT)
    print(f"{path} is not what this control plane describes, so the dashboard's types are out of date:")
    for line in found[:SHOWN]:
        print(f"  {line}")
    if len(found) > SHOWN:
        print(f"  … and {len(found) - SHOWN} more")
    print("Take the new description, then mend what no longer type-checks:")
    print(f"  cd spa && npm run gen:api -- {os.path.relpath(program, ROOT / 'spa')} && npm run typecheck")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
