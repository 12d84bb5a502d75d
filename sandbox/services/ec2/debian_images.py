"""Debian's own images as EC2 has them: names, owner and the public parameters that lead to the newest of each release.

A server that is launched from one boots that release; one of any other image boots the release of this machine.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

#: The account by which Debian publishes its images.
OWNER = "136693071363"
#: Begins the names of the public parameters.
PARAMETERS = "/aws/service/debian/release/"


@dataclass(frozen=True)
class DebianImage:
    """One image of a release of Debian."""

    number: str
    codename: str
    #: Day and number of the build, as they stand in the name.
    build: str
    #: The login user that Debian's images promise.
    user: str = "admin"

    @property
    def name(self) -> str:
        return f"debian-{self.number}-amd64-{self.build}"

    @property
    def description(self) -> str:
        return f"Debian {self.number} ({self.build})"

    @property
    def created(self) -> datetime.datetime:
        return datetime.datetime.strptime(self.build[:8], "%Y%m%d").replace(tzinfo=datetime.UTC)

    def id(self, region: str) -> str:
        """An image has another id in each region."""
        return "ami-" + hashlib.sha256(f"{region}/{self.name}".encode()).hexdigest()[:17]


OFFERED = (
    DebianImage("12", "bookworm", "20260923-2610"),
    DebianImage("13", "trixie", "20260914-2601"),
)


def find(region: str, image_id: str) -> DebianImage | None:
    """The image of Debian with that id in the region, or nothing when it is another's."""
    return next((image for image in OFFERED if image.id(region) == image_id), None)


def parameters() -> Iterator[tuple[str, DebianImage]]:
    """Each public parameter, and the image whose id is its value: a release goes by number and by name."""
    for image in OFFERED:
        for release in (image.number, image.codename):
            yield f"{PARAMETERS}{release}/latest/amd64", image
