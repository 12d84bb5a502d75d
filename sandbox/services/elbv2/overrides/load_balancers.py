"""Elastic Load Balancing: what the emulator lacks for load balancers that really run.

``apply`` replaces methods of moto's backend. Besides names, network interfaces and true target health, only
behaviour is mended that differs from AWS in a way the project meets.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.acm.models import CertificateNotFound, acm_backends
from moto.elbv2 import models
from moto.elbv2.exceptions import (
    DuplicateListenerError,
    DuplicateLoadBalancerName,
    ELBClientError,
    LoadBalancerNotFoundError,
    TargetGroupNotFoundError,
    TargetNotRunning,
)
from moto.s3.models import s3_backends

from sandbox.services.ec2.subnet_addresses import free_address
from sandbox.services.elbv2.names import dns_name
from sandbox.services.elbv2.target_health import DRAINING, HEALTHY, INITIAL, Health, TargetHealth, registry

#: What AWS reports for an application load balancer that nobody configured.
ATTRIBUTE_DEFAULTS = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}

#: Who writes access logs.
LOG_DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"

#: Where AWS keeps the private marks of an interface that a service made for itself.
REQUESTER = "amazon-elb"


def apply(settings: Any) -> None:
    """Override parts of moto's backend in this process; a second call changes nothing."""
    backend = models.ELBv2Backend
    if getattr(backend, "_railyard_overridden", False):
        return
    backend._railyard_overridden = True
    _override_load_balancers(backend)
    _override_listeners(backend)
    _override_targets(backend, registry)


def _wrap(owner: type, name: str) -> Callable[[Callable[..., Any]], None]:
    """Decorator: the function replaces ``owner.name`` and receives the original as its first argument."""
    original = getattr(owner, name)

    def install(function: Callable[..., Any]) -> None:
        @wraps(original)
        def replacement(self: Any, *args: Any, **kwargs: Any) -> Any:
            return function(original, self, *args, **kwargs)

        setattr(owner, name, replacement)

    return install


# Load balancers -------------------------------------------------------------------------------------------


def _override_load_balancers(backend: type) -> None:
    @_wrap(backend, "create_load_balancer")
    def create_load_balancer(original, self, name, security_groups, subnet_ids, **kwargs):
        if any(balancer.name == name for balancer in self.load_balancers.values()):
            raise DuplicateLoadBalancerName()
        kwargs["scheme"] = kwargs.get("scheme") or "internet-facing"
        balancer = original(self, name, security_groups, subnet_ids, **kwargs)
        if balancer.type == "application":
            balancer.attrs = dict(ATTRIBUTE_DEFAULTS)
            if not balancer.security_groups:
                balancer.security_groups = [self.ec2_backend.get_default_security_group(balancer.vpc_id).id]
        balancer.dns_name = dns_name(balancer.arn, balancer.scheme)
        _converge_interfaces(self, balancer)
        return balancer

    @_wrap(backend, "describe_load_balancers")
    def describe_load_balancers(original, self, arns, names):
        # moto hands out the last match again for a name that does not exist
        present = list(original(self, [], []))
        if not arns and not names:
            return present
        by_key = {key: balancer for balancer in present for key in (balancer.arn, balancer.name)}
        wanted = [*(arns or []), *(names or [])]
        if any(key not in by_key for key in wanted):
            raise LoadBalancerNotFoundError()
        return list({by_key[key].arn: by_key[key] for key in wanted}.values())

    @_wrap(backend, "delete_load_balancer")
    def delete_load_balancer(original, self, arn):
        balancer = self.load_balancers.get(arn)
        if balancer is None:
            return
        if str(balancer.attrs.get("deletion_protection.enabled")).lower() == "true":
            raise ELBClientError(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        original(self, arn)
        for interface in _interfaces(self, balancer):
            _delete_interface(self, interface)

    @_wrap(backend, "modify_load_balancer_attributes")
    def modify_load_balancer_attributes(original, self, arn, attrs):
        balancer = self.load_balancers.get(arn)
        wanted = {**(balancer.attrs if balancer else {}), **attrs}
        if str(wanted.get("access_logs.s3.enabled")).lower() == "true":
            _refuse_closed_bucket(self, str(wanted.get("access_logs.s3.bucket") or ""))
        return original(self, arn, attrs)

    @_wrap(backend, "set_security_groups")
    def set_security_groups(original, self, arn, sec_groups):
        original(self, arn, sec_groups)
        _converge_interfaces(self, self.load_balancers[arn])

    @_wrap(backend, "set_subnets")
    def set_subnets(original, self, arn, subnets, subnet_mappings):
        zones = original(self, arn, subnets, subnet_mappings)
        _converge_interfaces(self, self.load_balancers[arn])
        return zones


def _refuse_closed_bucket(backend: Any, name: str) -> None:
    """As AWS, which tries to write: the bucket is there, and its policy lets load balancers in."""
    bucket = s3_backends[backend.account_id][backend.partition].buckets.get(name)
    if bucket is None:
        raise ELBClientError("InvalidConfigurationRequest", f"The S3 bucket {name!r} does not exist")
    if LOG_DELIVERY not in (bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy or ""):
        raise ELBClientError(
            "InvalidConfigurationRequest", f"Access Denied for bucket: {name}. Please check S3bucket permission"
        )


def _interface_description(balancer: Any) -> str:
    return f"ELB {balancer.arn.split(':loadbalancer/', 1)[1]}"


def _interfaces(backend: Any, balancer: Any) -> list[Any]:
    description = _interface_description(balancer)
    return [eni for eni in list(backend.ec2_backend.enis.values()) if eni.description == description]


def _converge_interfaces(backend: Any, balancer: Any) -> None:
    """One interface per subnet of the load balancer, with its groups; addresses stay while subnets stay."""
    wanted = {subnet.id: subnet for subnet in balancer.subnets}
    for interface in _interfaces(backend, balancer):
        if interface.subnet.id not in wanted:
            _delete_interface(backend, interface)
            continue
        del wanted[interface.subnet.id]
        backend.ec2_backend.modify_network_interface_attribute(interface.id, list(balancer.security_groups))
    for subnet in wanted.values():
        full = ELBClientError("InvalidSubnet", f"Not enough IP space available in {subnet.id}. 1 address needed.")
        interface = backend.ec2_backend.create_network_interface(
            subnet,
            free_address(backend.ec2_backend, subnet, balancer, full),
            group_ids=list(balancer.security_groups),
            description=_interface_description(balancer),
        )
        interface.requester_managed = True
        interface.requester_id = REQUESTER
        interface.status = "in-use"


def _delete_interface(backend: Any, interface: Any) -> None:
    backend.ec2_backend.delete_network_interface(interface.id)
    interface.subnet.del_subnet_ip(interface.private_ip_address)


# Listeners ------------------------------------------------------------------------------------------------


def _override_listeners(backend: type) -> None:
    @_wrap(backend, "create_listener")
    def create_listener(original, self, load_balancer_arn, protocol, port, *args, **kwargs):
        balancer = self.load_balancers.get(load_balancer_arn)
        # moto keys its listeners by ARN and then looks the port up among the keys
        if balancer and any(str(listener.port) == str(port) for listener in balancer.listeners.values()):
            raise DuplicateListenerError()
        certificate = kwargs.get("certificate", args[1] if len(args) > 1 else None)
        if certificate:
            _refuse_unusable(self, certificate)
        return original(self, load_balancer_arn, protocol, port, *args, **kwargs)

    @_wrap(backend, "modify_listener")
    def modify_listener(original, self, arn, *args, **kwargs):
        given = kwargs.get("certificates", args[3] if len(args) > 3 else None)
        for certificate in given or []:
            _refuse_unusable(self, certificate["CertificateArn"])
        return original(self, arn, *args, **kwargs)

    @_wrap(backend, "describe_target_groups")
    def describe_target_groups(original, self, load_balancer_arn, target_group_arns, names):
        # moto adds to these lists when a listener is made and never again
        for group in self.target_groups.values():
            group.load_balancer_arns = _users(self, group.arn)
        return original(self, load_balancer_arn, target_group_arns, names)


def _refuse_unusable(backend: Any, arn: str) -> None:
    """As AWS: a certificate that ACM does not have, or has not issued, serves no listener."""
    if ":acm:" not in arn:
        return
    try:
        certificate = acm_backends[backend.account_id][backend.region_name].get_certificate(arn)
    except CertificateNotFound:
        raise ELBClientError("CertificateNotFound", f"Certificate '{arn}' not found") from None
    if certificate.status != "ISSUED":
        raise ELBClientError(
            "UnsupportedCertificate",
            f"The certificate '{arn}' must have a fully-qualified domain name, a supported signature, "
            "and a supported key size.",
        )


def _users(backend: Any, target_group_arn: str) -> list[str]:
    """ARNs of the load balancers with a rule that forwards to the target group."""
    return [
        balancer.arn
        for balancer in list(backend.load_balancers.values())
        if any(
            target_group_arn in backend._get_target_group_arns_from(action_data=action.data)
            for listener in list(balancer.listeners.values())
            for rule in list(listener.rules.values())
            for action in rule.actions
        )
    ]


# Targets --------------------------------------------------------------------------------------------------


def _override_targets(backend: type, health: TargetHealth) -> None:
    @_wrap(backend, "register_targets")
    def register_targets(original, self, target_group_arn, instances):
        group = self.target_groups.get(target_group_arn)
        if group is None:
            raise TargetGroupNotFoundError()
        for target in instances:
            instance = self.ec2_backend.get_instance_by_id(target["Id"])
            # AWS takes a target that is still booting; moto wants it running
            if instance and instance.state not in ("pending", "running"):
                raise TargetNotRunning(instance_id=target["Id"])
            port = int(target.get("Port") or group.port)
            group.targets[target["Id"]] = {"Id": target["Id"], "Port": port}
            group.deregistered_targets.pop(target["Id"], None)
            group.terminated_targets.pop(target["Id"], None)
            health.register((group.arn, target["Id"], port))

    @_wrap(backend, "deregister_targets")
    def deregister_targets(original, self, target_group_arn, instances):
        group = self.target_groups.get(target_group_arn)
        if group is None:
            raise TargetGroupNotFoundError()
        in_use = bool(_users(self, group.arn))
        for target in instances:
            # as on AWS, deregistering what is not registered succeeds
            registered = group.targets.get(target["Id"])
            if registered and int(target.get("Port") or registered["Port"]) == int(registered["Port"]):
                _deregister(group, registered, in_use, health)

    @_wrap(models.FakeTargetGroup, "deregister_terminated_instances")
    def deregister_terminated_instances(original, self, instance_ids):
        for target in [t for t in self.targets.values() if t["Id"] in instance_ids]:
            # nothing is left to drain: the machine is gone
            _deregister(self, target, False, health)

    @_wrap(backend, "delete_target_group")
    def delete_target_group(original, self, target_group_arn):
        group = original(self, target_group_arn)
        health.forget_group(target_group_arn)
        return group

    @_wrap(backend, "describe_target_health")
    def describe_target_health(original, self, target_group_arn, targets):
        group = self.target_groups.get(target_group_arn)
        if group is None:
            raise TargetGroupNotFoundError()
        in_use = bool(_users(self, group.arn))
        draining = health.draining(group.arn)
        wanted = _wanted_targets(group, targets, draining)
        return [_status(group, key, _target_health(self, group, key, in_use, draining, health)) for key in wanted]


def _deregister(group: Any, target: dict[str, Any], in_use: bool, health: TargetHealth) -> None:
    del group.targets[target["Id"]]
    group.deregistered_targets[target["Id"]] = target
    delay = int(group.attributes["deregistration_delay.timeout_seconds"]) if in_use else 0
    health.deregister((group.arn, target["Id"], int(target["Port"])), delay)


def _wanted_targets(group: Any, asked: list[dict[str, Any]], draining: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """(id, port) of the targets asked about; all registered and draining ones when none is named."""
    registered = [(target["Id"], int(target["Port"])) for target in group.targets.values()]
    known = registered + [target for target in draining if target not in registered]
    if not asked:
        return known
    wanted = []
    for target in asked:
        matches = [k for k in known if k[0] == target["Id"] and target.get("Port") in (None, k[1], str(k[1]))]
        wanted += matches or [(target["Id"], int(target.get("Port") or group.port))]
    return wanted


def _target_health(
    backend: Any,
    group: Any,
    target: tuple[str, int],
    in_use: bool,
    draining: list[tuple[str, int]],
    health: TargetHealth,
) -> Health:
    registered = group.targets.get(target[0])
    if registered is None or int(registered["Port"]) != target[1]:
        if target in draining:
            return DRAINING
        return Health("unused", "Target.NotRegistered", "Target is not registered to the target group")
    if not in_use:
        return Health(
            "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
        )
    instance = backend.ec2_backend.get_instance_by_id(target[0])
    if instance is not None and instance.state not in ("pending", "running"):
        return Health("unused", "Target.InvalidState", f"Target is in the {instance.state} state")
    return health.get((group.arn, *target)) or INITIAL


def _status(group: Any, target: tuple[str, int], health: Health) -> models.FakeHealthStatus:
    port = group.health_check_port
    return models.FakeHealthStatus(
        target[0],
        str(target[1]),
        str(target[1]) if port == "traffic-port" else port,
        health.state,
        None if health == HEALTHY else health.reason,
        None if health == HEALTHY else health.description,
    )
