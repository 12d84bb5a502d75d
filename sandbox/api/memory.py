"""Keeps the emulator small: it reads catalogues of every region, and a client beside it would read the
service models a second time. Together that is half of the daemon's memory."""

from __future__ import annotations

from typing import Any

import botocore.loaders
from moto.core.utils import get_service_model
from moto.utilities import utils

#: Region whose backends the emulator makes for its own use.
_HOME_REGION = "us-east-1"


def load_only(region: str) -> None:
    """Read the catalogues of one region only. Has no effect on parts of the emulator imported before."""
    load = utils.load_resource
    wanted = {region, _HOME_REGION}

    def load_resource(filename: str) -> Any:
        place, _unused, name = filename.rpartition("/")
        if "instance_type_offerings" in place and name.split(".")[0] not in wanted:
            return []
        # Images come from services/ec2/overrides/images.py.
        if filename.startswith("ec2/resources/amis.json"):
            return []
        return load(filename)

    utils.load_resource = load_resource


class SharedModels(botocore.loaders.Loader):
    """Gives a client the service models that the emulator holds anyway."""

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        if type_name == "service-2":
            return get_service_model(service_name)._service_description
        return super().load_service_model(service_name, type_name, api_version)
