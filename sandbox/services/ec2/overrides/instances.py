"""Instances: one truth for groups, metadata options that survive a change, root volumes as on AWS,
and a termination that gives back what the instance held."""

from __future__ import annotations

from moto.ec2.models import instances
from moto.ec2.models.elastic_block_store import EBSBackend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance, InstanceBackend, MetadataOptions
from moto.ec2.responses.instances import InstanceResponse

from sandbox.core.settings import Settings
from sandbox.services.ec2.overrides.images import ROOT_VOLUME_SIZE, requires_tokens

ROOT_DEVICES = ("/dev/xvda", "/dev/sda1")
GP3_IOPS, GP3_THROUGHPUT = 3000, 125  # operations/s, MiB/s


def apply(settings: Settings) -> None:
    _groups()
    _metadata_options()
    _volumes()
    _states()


def _groups() -> None:
    """The groups of an instance are those of its primary interface: changing one changes the other."""

    def get_groups(self):
        nics = self.__dict__.get("nics") or {}
        return list(nics[0]._group_set) if 0 in nics else self.__dict__.get("_launch_groups", [])

    def set_groups(self, groups):
        self.__dict__["_launch_groups"] = groups
        nics = self.__dict__.get("nics") or {}
        if 0 in nics:
            nics[0]._group_set = list(groups)

    Instance.security_groups = property(get_groups, set_groups)
    NetworkInterface.group_set = property(lambda self: list(self._group_set))


def _metadata_options() -> None:
    prepare = Instance.prep_nics
    modify = InstanceBackend.modify_instance_metadata_options
    names = {
        "http_tokens": "http_tokens",
        "hop_limit": "http_put_response_hop_limit",
        "http_endpoint": "http_endpoint",
        "http_protocol": "http_protocol_ipv6",
        "metadata_tags": "instance_metadata_tags",
    }

    def options_init(self, options=None):
        # The emulator lets an explicit None win over its default.
        given = {name: value for name, value in (options or {}).items() if value is not None}
        original_init(self, given)
        self.given = tuple(sorted(given))

    original_init = MetadataOptions.__init__

    def prep_nics(self, nic_spec, *args, **kwargs):
        image = self.ec2_backend.amis.get(self.image_id)
        options = self.metadata_options
        if requires_tokens(image):
            if "HttpTokens" not in options.given:
                options.http_tokens = "required"
            if "HttpPutResponseHopLimit" not in options.given:
                options.http_put_response_hop_limit = 2
        for nic in nic_spec:
            if not nic.get("NetworkInterfaceId"):
                nic.setdefault("DeleteOnTermination", True)
        prepare(self, nic_spec, *args, **kwargs)
        if not nic_spec:
            self.nics[0].delete_on_termination = True

    def modify_options(self, instance_id, **changes):
        options = self.get_instance(instance_id).metadata_options
        for change, attribute in names.items():
            if changes.get(change) is None:
                changes[change] = getattr(options, attribute)
        return modify(self, instance_id, **changes)

    MetadataOptions.__init__ = options_init
    Instance.prep_nics = prep_nics
    InstanceBackend.modify_instance_metadata_options = modify_options


def _volumes() -> None:
    create_volume = EBSBackend.create_volume

    def create(self, size, zone_name, *args, **kwargs):
        if kwargs.get("volume_type") == "gp3":
            kwargs["iops"] = kwargs.get("iops") or GP3_IOPS
            kwargs["throughput"] = kwargs.get("throughput") or GP3_THROUGHPUT
        return create_volume(self, size, zone_name, *args, **kwargs)

    def setup_defaults(self) -> None:
        volume = self.ec2_backend.create_volume(
            size=ROOT_VOLUME_SIZE, zone_name=self._placement.zone, volume_type="gp3"
        )
        self.ec2_backend.attach_volume(volume.id, self.id, self.root_device_name, True)

    validate = InstanceResponse._validate_block_device_mapping

    def complete_and_validate(device_mapping) -> None:
        # What a launch does not say of the root volume comes from the image.
        if device_mapping.get("DeviceName") in ROOT_DEVICES and "Ebs" in device_mapping:
            ebs = device_mapping["Ebs"]
            ebs.setdefault("DeleteOnTermination", True)
            ebs.setdefault("VolumeSize", ROOT_VOLUME_SIZE)
            ebs.setdefault("VolumeType", "gp3")
        validate(device_mapping)

    InstanceResponse._validate_block_device_mapping = staticmethod(complete_and_validate)
    EBSBackend.create_volume = create
    Instance.setup_defaults = setup_defaults


def _states() -> None:
    start, terminate = Instance.start, Instance.terminate

    def start_if_stopped(self):
        if self.state == "stopped":
            return start(self)
        return instances.InstanceState(self.state, self.state_code)

    def terminate_and_release(self):
        if self.state == "terminated":
            return instances.InstanceState("terminated", 48)
        kept = [nic for nic in self.nics.values() if not nic.delete_on_termination]
        held = [address for address in self.ec2_backend.addresses if address.instance is self]
        previous = terminate(self)
        for address in held:
            address.instance = None
            # One that was given to an interface which stays, stays with it.
            if not any(address.eni is nic for nic in kept):
                address.eni = address.association_id = None
        for nic in self.nics.values():
            if nic in kept:
                nic.instance = nic.attachment_id = None
                nic.status = "available"
            if not any(address.eni is nic for address in self.ec2_backend.addresses):
                nic.public_ip = None
        return previous

    Instance.start = start_if_stopped
    Instance.terminate = terminate_and_release
