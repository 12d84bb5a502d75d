"""Launch templates: what they hold, and launches from one that names a network interface or an image's parameter.

The emulator takes the template's own tags for some of what is launched, and cannot launch from the user data of a later
version, nor delete versions. It launches without the interface, into the default VPC, and with the parameter's name for
an image.
"""

from __future__ import annotations

import copy
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import parse_user_data
from moto.ssm.models import ssm_backends

from sandbox.core.settings import Settings

_BY_PARAMETER = "resolve:ssm:"
#: Attribute of a template: the highest number that a version of it has had, saved with it.
_LAST = "railyard_last_version"


def apply(settings: Settings) -> None:
    _versions()
    _launches()
    _interfaces()


def _versions() -> None:
    create = LaunchTemplate.create_version

    def create_version(self: Any, data: dict[str, Any], description: str) -> Any:
        kept = {key: value for key, value in data.items() if value is not None}
        if isinstance(kept.get("UserData"), str):
            kept["UserData"] = parse_user_data(kept["UserData"])
        tags = [one for one in kept.pop("TagSpecifications", []) if one.get("ResourceType") != "launch-template"]
        # No number is given twice.
        number = 1 + max([vars(self).get(_LAST, 0), *(one.number for one in self.versions)])
        version = create(self, {**kept, "TagSpecifications": tags} if tags else kept, description)
        version.number = number
        setattr(self, _LAST, number)
        return version

    def get_version(self: Any, number: Any) -> Any:
        if str(number).isdigit():
            found = next((one for one in self.versions if one.number == int(number)), None)
            if found is None:
                raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=number)
            return found
        return get(self, number)

    def default_version(self: Any) -> Any:
        return self.get_version(self.default_version_number)

    get = LaunchTemplate.get_version
    LaunchTemplate.create_version = create_version
    LaunchTemplate.get_version = get_version
    LaunchTemplate.default_version = default_version
    LaunchTemplates.delete_launch_template_versions = _delete_versions


def _delete_versions(self: Any) -> ActionResult:
    backend, template_id = self.ec2_backend, self._get_param("LaunchTemplateId")
    template = (
        backend.get_launch_template(template_id)
        if template_id
        else backend.get_launch_template_by_name(self._get_param("LaunchTemplateName"))
    )
    names = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name}
    deleted, kept = [], []
    for number in map(int, self._get_param("Versions", [])):
        version = next((one for one in template.versions if one.number == number), None)
        if version is None or template.is_default(version):
            code = "launchTemplateVersionDoesNotExist" if version is None else "unexpectedError"
            error = {"Code": code, "Message": f"The version {number} of {template.name} cannot be deleted."}
            kept.append({**names, "VersionNumber": number, "ResponseError": error})
        else:
            template.versions.remove(version)
            deleted.append({**names, "VersionNumber": number})
    return ActionResult(
        {"SuccessfullyDeletedLaunchTemplateVersions": deleted, "UnsuccessfullyDeletedLaunchTemplateVersions": kept}
    )


def _launches() -> None:
    run = InstanceBackend.run_instances

    def run_instances(
        self: Any, image_id: str, count: int, user_data: str | None, security_group_names: list[str], **kwargs: Any
    ) -> Any:
        data = self._get_template_from_args(kwargs["launch_template"]).data if kwargs.get("launch_template") else {}
        named = [one for one in data.get("NetworkInterfaces") or [] if one.get("NetworkInterfaceId")]
        if named and not kwargs.get("nics"):
            kwargs["nics"] = copy.deepcopy(named)
        if data.get("MetadataOptions") and not kwargs.get("metadata_options"):
            kwargs["metadata_options"] = dict(data["MetadataOptions"])
        image = image_id or data.get("ImageId") or ""
        if image.startswith(_BY_PARAMETER):
            found = ssm_backends[self.account_id][self.region_name].get_parameter(image.removeprefix(_BY_PARAMETER))
            image_id = found.value if found else image_id
        return run(self, image_id, count, user_data, security_group_names, **kwargs)

    InstanceBackend.run_instances = run_instances


def _interfaces() -> None:
    prepare = Instance.prep_nics

    def prep_nics(self: Any, nic_spec: list[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        for nic in nic_spec:
            if nic.get("NetworkInterfaceId"):
                interface = self.ec2_backend.get_network_interface(nic["NetworkInterfaceId"])
                interface.delete_on_termination = str(nic.get("DeleteOnTermination", False)).lower() == "true"
        prepare(self, nic_spec, *args, **kwargs)

    Instance.prep_nics = prep_nics
