"""The shapes in which a secret may be written somewhere, and whether one of them is."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

#: What may stand between the parts of a value that was broken into lines, as quotes and as texts of YAML or shells.
_BREAKS = re.compile(rb"[\s\\\"']+")
#: A shape that is shorter says nothing.
_SHORTEST = 8


def _base64(value: bytes, before: int) -> bytes:
    """What a text that holds the value after so many other bytes has of it for certain, in base64."""
    encoded = base64.b64encode(b"\0" * before + value)
    # A character is six bits: those that other bytes share are left out at both ends.
    return encoded[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]


def forms(value: str) -> dict[str, bytes]:
    """Names of the shapes and what each looks like; those that look like the plain value are left out."""
    plain = value.encode()
    shapes = {
        "plain": plain,
        "URL": quote(value, safe="").encode(),
        "form": quote_plus(value, safe="").encode(),
        "JSON": json.dumps(value)[1:-1].encode(),
        "JSON twice": json.dumps(json.dumps(value)[1:-1])[1:-1].encode(),
        "hexadecimal": plain.hex().encode(),
        "reversed": plain[::-1],
    }
    for before in range(3):
        shapes[f"base64, {before}"] = _base64(plain, before)
        shapes[f"base64 for URLs, {before}"] = _base64(plain, before).translate(bytes.maketrans(b"+/", b"-_"))
    kept: dict[str, bytes] = {}
    for name, shape in shapes.items():
        if len(shape) >= _SHORTEST and shape not in kept.values():
            kept[name] = shape
    return kept


def found(text: bytes, values: dict[str, str]) -> list[str]:
    """``NAME as SHAPE`` for each value in a text, ``values`` being names by value; broken lines are joined."""
    joined = _BREAKS.sub(b"", text)
    hits = set()
    for value, name in values.items():
        for shape, looks in forms(value).items():
            if looks in text:
                hits.add(f"{name} as {shape}")
            elif _BREAKS.sub(b"", looks) in joined:
                hits.add(f"{name} as {shape}, in parts")
    return sorted(hits)
