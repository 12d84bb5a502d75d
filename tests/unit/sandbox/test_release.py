"""Which release of Debian servers boot where the image promises none."""

import pytest

from sandbox.core.settings import RELEASES, Settings
from sandbox.services.ec2 import debian_images


@pytest.mark.parametrize(
    ("said", "release"),
    [
        ({}, "bookworm"),
        ({"RAILYARD_SANDBOX_RELEASE": ""}, "bookworm"),
        ({"RAILYARD_SANDBOX_RELEASE": "trixie"}, "trixie"),
    ],
)
def test_the_setting(said, release):
    assert Settings.from_environment(said).release == release


@pytest.mark.parametrize("text", ["12", "sid", "trixie;reboot", "Trixie"])
def test_a_release_that_is_none_says_what_to_write(text):
    with pytest.raises(ValueError, match="RAILYARD_SANDBOX_RELEASE is .*; write bookworm or trixie"):
        Settings.from_environment({"RAILYARD_SANDBOX_RELEASE": text})


def test_every_release_is_offered_as_an_image_too():
    assert {image.codename for image in debian_images.OFFERED} == set(RELEASES)
