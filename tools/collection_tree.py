"""Copy the checkout to .cache/trees/NAME/ansible_collections/railyard/aws and print that path.

    python tools/collection_tree.py NAME

NAME is whose copy it is: several work at the same time. ansible-test and antsibull-docs want a collection at its real
place and refuse the link in collections/. The collections that ours stands on are linked beside the copy.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parent.parent
NEIGHBOURS = tuple(
    name.replace(".", "/") for name in yaml.safe_load((PROJECT / "galaxy.yml").read_text("utf-8"))["dependencies"]
)


def listed_files() -> list[str]:
    """Paths, relative to the checkout, of what is built: what neither git nor galaxy.yml ignores."""
    ignored = yaml.safe_load((PROJECT / "galaxy.yml").read_text("utf-8"))["build_ignore"]
    patterns = [*ignored, *(f"{pattern}/*" for pattern in ignored)]
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(
        name
        for name in set(listing.split("\0")) - {""}
        if os.path.lexists(PROJECT / name) and not any(fnmatch(name, pattern) for pattern in patterns)
    )


def installed_collections() -> Path:
    """Directory ``ansible_collections`` of the ``ansible`` package; ``SystemExit`` where there is none."""
    for entry in sys.path:
        path = Path(entry) / "ansible_collections"
        if (path / NEIGHBOURS[0]).is_dir():
            return path
    raise SystemExit("The package `ansible` is not installed for this Python: run `make setup` first.")


def main(name: str) -> int:
    """Mirror the files, link the neighbours, print the path of the copy."""
    root = PROJECT / ".cache" / "trees" / name / "ansible_collections"
    copy = root / "railyard" / "aws"
    shutil.rmtree(root, ignore_errors=True)
    for file in listed_files():
        target = copy / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / file, target, follow_symlinks=False)
    # Without a repository of its own ansible-test finds the outer one, which ignores .cache: nothing to test.
    subprocess.run(["git", "init", "--quiet"], cwd=copy, check=True)
    installed = installed_collections()
    for neighbour in NEIGHBOURS:
        link = root / neighbour
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(installed / neighbour, target_is_directory=True)
    print(copy)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
