"""Images: the ones that the public SSM parameters of Amazon Linux name, and nothing else."""

from __future__ import annotations

from typing import Any

from moto.ec2.models.amis import Ami, AmiBackend
from moto.utilities.utils import load_resource

from sandbox.core.settings import Settings

#: Size of the root volume of Amazon Linux images, in GiB.
ROOT_VOLUME_SIZE = 8


def requires_tokens(image: Ami | None) -> bool:
    """Whether the image asks for IMDSv2, as Amazon Linux 2023 does (``ImdsSupport: v2.0``)."""
    return bool(image and (image.name or "").startswith("al2023"))


def apply(settings: Settings) -> None:
    def load_images(self) -> None:
        if self.region_name != settings.region:
            return
        for image in load_resource(f"ec2/resources/latest_amis/{self.region_name}.json"):
            image = {**image, "owner_alias": "amazon"}
            self.amis[image["ami_id"]] = Ami(self, **image)

    def block_device_mappings(self) -> list[dict[str, Any]]:
        return [
            {
                "DeviceName": self.root_device_name,
                "Ebs": {
                    "SnapshotId": self.ebs_snapshot.id,
                    "VolumeSize": ROOT_VOLUME_SIZE,
                    "DeleteOnTermination": True,
                    "VolumeType": "gp3",
                    "Encrypted": False,
                },
            }
        ]

    AmiBackend._load_amis = load_images
    Ami.block_device_mappings = property(block_device_mappings)
    Ami.platform_details = "Linux/UNIX"
    Ami.usage_operation = "RunInstances"
    Ami.ena_support = True
    Ami.imds_support = property(lambda self: "v2.0" if requires_tokens(self) else None)
