# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measures of the map, in units of its view box, and the shapes that it is made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

BOX_WIDTH, BOX_HEIGHT, GAP = 164, 62, 20
#: Inside frames, and between what traffic crosses.
PAD, LEAD = 14, 62
#: Heights of a subnet's heading, of a zone's, and of what lies on the VPC's border.
SUBNET_HEAD, ZONE_HEAD, BAR = 48, 30, 26
MARGIN = 12
#: Characters of a title and of a line that fit into a box; a letter is about half as wide as it is high.
TITLE_CHARACTERS, LINE_CHARACTERS = 19, 24


@dataclass
class Box:
    """A rectangle with what is written in it. ``kind`` says how it is drawn."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str = ""
    lines: list[str] = field(default_factory=list)
    state: str = ""
    id: str = ""
    #: What is said when a pointer rests on it: everything, uncut.
    hint: str = ""

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    def overlaps(self, other: Box) -> bool:
        """Whether the two share more than a border."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


@dataclass
class Line:
    """An arrow from one box to another. ``kind`` is request, login, data, open (too much) or route."""

    kind: str
    path: str
    label: str = ""
    label_x: float = 0
    label_y: float = 0
    source: str = ""
    target: str = ""


@dataclass
class Picture:
    """The map: frames are drawn first, then lines, then boxes."""

    width: float = 0
    height: float = 0
    frames: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)


def shortened(text: str, characters: int) -> str:
    """The text, cut with an ellipsis where it does not fit. Korean and other wide letters count twice."""
    width = 0
    for index, letter in enumerate(text):
        width += 2 if ord(letter) > 0x10FF else 1
        if width > characters:
            return text[: max(index - 1, 1)] + "…"
    return text


def box(kind: str, x: float, y: float, width: float, title: str, lines: list[str], *, state: str = "", id: str = "", height: float = BOX_HEIGHT) -> Box:
    """A box whose texts fit it."""
    wider = width / BOX_WIDTH
    shown = [shortened(line, int(LINE_CHARACTERS * wider)) for line in lines]
    return Box(kind, x, y, width, height, shortened(title, int(TITLE_CHARACTERS * wider)), shown, state, id, " · ".join([title, *lines]))
