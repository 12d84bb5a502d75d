"""The harnesses read the project's plugins by their full names."""

import sys
from pathlib import Path

# ansible_collections is a namespace package: this adds ours to those that the `ansible` package brings.
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "collections"))
