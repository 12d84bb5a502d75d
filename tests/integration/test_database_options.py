"""The options that a database of the sandbox is given are options of the server behind it."""

from __future__ import annotations

import re

import pytest

from sandbox.core.settings import Settings
from sandbox.hosts.engine import Engine
from sandbox.services.rds import config
from sandbox.services.rds import image as database_image
from sandbox.services.rds.parameters import PARAMETERS
from tests.unit.sandbox.database_pictures import with_parameters


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    """Variables of the server that stands for RDS, as ``mariadbd --help --verbose`` lists them."""
    settings = Settings.from_environment({"RAILYARD_SANDBOX_NAME": "options"})
    image = database_image.ensure(settings)
    ask = ("mariadbd", "--no-defaults", "--help", "--verbose")
    said = Engine(settings).podman("run", "--rm", "--network=none", image, *ask)
    lines = said.split("--------------------------------- ", 1)[1].splitlines()
    return {line.split()[0].replace("-", "_"): line for line in lines if re.match(r"[a-z]", line)}


def test_every_served_parameter_is_an_option_of_the_server(variables):
    served = {name for name, parameter in PARAMETERS.items() if parameter.served} - {"time_zone"}
    assert served - set(variables) == set()


def test_every_option_that_the_sandbox_sets_is_one_of_the_server(variables):
    everything = {name: "1" for name, parameter in PARAMETERS.items() if parameter.served}
    assert set(config.render(with_parameters(**everything)).options) - set(variables) == set()
