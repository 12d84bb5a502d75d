"""Images: the ones that the public SSM parameters of Amazon Linux and of Debian name, and nothing else.

The emulator knows the parameters of Amazon Linux, and none of Debian's.
"""

from __future__ import annotations

from typing import Any

from moto.ec2 import ec2_backends
from moto.ec2.models.amis import Ami, AmiBackend
from moto.ssm.models import Parameter, ParameterDict
from moto.utilities.utils import load_resource

from sandbox.core.settings import Settings
from sandbox.services.ec2 import debian_images

#: Size of the root volume of images, in GiB; Debian's have as much as Amazon Linux's.
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
        offer_debian(self)

    def offer_debian(backend: AmiBackend) -> None:
        for image in debian_images.OFFERED:
            number = image.id(backend.region_name)
            if number not in backend.amis:
                backend.amis[number] = Ami(
                    backend,
                    number,
                    name=image.name,
                    description=image.description,
                    owner_id=debian_images.OWNER,
                    public=True,
                    virtualization_type="hvm",
                    architecture="x86_64",
                    creation_date=image.created,
                    image_location=f"amazon/{image.name}",
                    hypervisor="xen",
                    root_device_type="ebs",
                    root_device_name="/dev/xvda",
                    boot_mode="uefi-preferred",
                )

    def load_parameters(self: ParameterDict, key: str) -> None:
        load(self, key)
        if self.region_name != settings.region or not str(key or "").startswith(debian_images.PARAMETERS):
            return
        # Those of a state that was kept by a sandbox without them.
        offer_debian(ec2_backends[self.account_id][self.region_name])
        for name, image in debian_images.parameters():
            if name not in self.keys():
                self[name] = [
                    Parameter(
                        self.account_id,
                        name=name,
                        value=image.id(self.region_name),
                        parameter_type="String",
                        description=None,
                        allowed_pattern=None,
                        keyid=None,
                        last_modified_date=image.created.timestamp(),
                        version=1,
                        data_type="aws:ec2:image",
                    )
                ]

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

    load = ParameterDict._check_loading_status
    AmiBackend._load_amis = load_images
    ParameterDict._check_loading_status = load_parameters
    Ami.block_device_mappings = property(block_device_mappings)
    Ami.platform_details = "Linux/UNIX"
    Ami.usage_operation = "RunInstances"
    Ami.ena_support = True
    Ami.imds_support = property(lambda self: "v2.0" if requires_tokens(self) else None)
