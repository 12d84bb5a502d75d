"""Hash slots of a cluster and the text that names ranges of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

SLOTS = 16384


def slots_of(text: str) -> frozenset[int]:
    """Slots that ``0-5461`` or ``0-99,200,300-400`` names; commas or spaces between.

    :raises ValueError: for what is no range of slots
    """
    found: set[int] = set()
    for part in text.replace(",", " ").split():
        first, _unused, last = part.partition("-")
        low, high = int(first), int(last or first)
        if not 0 <= low <= high < SLOTS:
            raise ValueError(f"{part!r} is no range of the slots 0 to {SLOTS - 1}")
        found.update(range(low, high + 1))
    return frozenset(found)


def ranges_of(slots: Iterable[int]) -> list[tuple[int, int]]:
    """The slots as (first, last), ascending, neighbours joined."""
    ranges: list[tuple[int, int]] = []
    for slot in sorted(slots):
        if ranges and ranges[-1][1] == slot - 1:
            ranges[-1] = (ranges[-1][0], slot)
        else:
            ranges.append((slot, slot))
    return ranges
