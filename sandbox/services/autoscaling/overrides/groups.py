"""Groups launch from the version of the template that they name, with all that it says, and replace what was stopped.

The emulator launches from the default version, leaves out the tags of volumes and adds a root volume to the template's;
of an instance it names the default version, whatever it was launched from. What somebody stops, AWS finds unhealthy: it
ends it and launches another. Here both happen at once, as the emulator does after an end. It has metrics of groups that
nobody can switch off.
"""

from __future__ import annotations

from typing import Any

from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup, InstanceState, autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.utils import convert_tag_spec

from sandbox.core.settings import Settings

#: Attribute of an instance: number of the template's version that it was launched from, saved with it.
_VERSION = "railyard_template_version"


def apply(settings: Settings) -> None:
    _launches()
    _stops()
    _metrics()


def _launches() -> None:
    replace = FakeAutoScalingGroup.replace_autoscaling_group_instances

    def replace_from_template(self: Any, count_needed: int, propagated_tags: dict[str, str]) -> None:
        template = self.ec2_launch_template
        if template is None:
            replace(self, count_needed, propagated_tags)
            return
        version = template.get_version(self.launch_template_version)
        tags = convert_tag_spec(version.data.get("TagSpecifications", []))
        reservation = self.autoscaling_backend.ec2_backend.run_instances(
            self.image_id,
            count_needed,
            self.user_data,
            self.security_groups,
            instance_type=self.instance_type,
            tags={**tags, "instance": {**propagated_tags, ASG_NAME_TAG: self.name, **tags.get("instance", {})}},
            placement=self.availability_zones[0],
            launch_template={"LaunchTemplateId": template.id, "Version": version.number},
            is_instance_type_default=False,
            subnet_id=self.vpc_zone_identifier.split(",")[0] if self.vpc_zone_identifier else None,
            **_disks(version.data),
        )
        for instance in reservation.instances:
            instance.autoscaling_group = self
            setattr(instance, _VERSION, version.number)
            state = InstanceState(instance, protected_from_scale_in=self.new_instances_protected_from_scale_in)
            self.instance_states.append(state)

    def launch_template(self: Any) -> dict[str, Any] | None:
        template = self.auto_scaling_group.ec2_launch_template
        if template is None:
            return None
        number = getattr(self.instance, _VERSION, template.default_version_number)
        return {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": number}

    FakeAutoScalingGroup.replace_autoscaling_group_instances = replace_from_template
    InstanceState.launch_template = property(launch_template)


def _disks(data: dict[str, Any]) -> dict[str, Any]:
    """Without the argument the emulator makes the image's own root volume."""
    return {"block_device_mappings": data["BlockDeviceMappings"]} if data.get("BlockDeviceMappings") else {}


def _stops() -> None:
    stop = InstanceBackend.stop_instances

    def stop_instances(self: Any, instance_ids: list[str]) -> Any:
        stopped = stop(self, instance_ids)
        kept = [one.id for one, _unused in stopped if getattr(one, "autoscaling_group", None) is not None]
        if kept:
            self.terminate_instances(kept)
            autoscaling_backends[self.account_id][self.region_name].notify_terminate_instances(kept)
        return stopped

    InstanceBackend.stop_instances = stop_instances


def _metrics() -> None:
    def disable_metrics_collection(self: Any) -> ActionResult:
        group = self.autoscaling_backend.describe_auto_scaling_groups([self._get_param("AutoScalingGroupName")])[0]
        named = self._get_param("Metrics")
        group.enable_metrics_collection([one for one in group.metrics if named and one not in named])
        return EmptyResult()

    AutoScalingResponse.disable_metrics_collection = disable_metrics_collection
