"""Print the npm packages that the frontend was compiled from, as CycloneDX.

npm's own command refuses trees with conflicting peer dependencies, which npm itself installs.
"""

import base64
import json
import sys
from pathlib import Path
from urllib.parse import quote

FOLDER = "node_modules/"


def main(lock: Path) -> None:
    """Print the list for one lock file."""
    packages = json.loads(lock.read_text())["packages"]
    components = [
        component(path.rpartition(FOLDER)[2], package) for path, package in packages.items() if FOLDER in path
    ]
    unique = {part["bom-ref"]: part for part in components}
    json.dump(
        {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": [*unique.values()]}, sys.stdout
    )


def component(name: str, package: dict[str, str]) -> dict[str, object]:
    """One package, with its digest from the lock file."""
    purl = f"pkg:npm/{quote(name, safe='/')}@{package['version']}"
    algorithm, _, digest = package.get("integrity", "").partition("-")
    hashes = {"hashes": [{"alg": f"SHA-{algorithm.removeprefix('sha')}", "content": base64.b64decode(digest).hex()}]}
    return {"type": "library", "bom-ref": purl, "name": name, "version": package["version"], "purl": purl} | (
        hashes if digest else {}
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
