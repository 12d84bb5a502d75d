"""Answers of the AWS API → parts of a ``Picture``: pure functions, no calls."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.picture import (
    AclEntry,
    Certificate,
    Database,
    DatabaseSnapshot,
    HealthCheck,
    Instance,
    Listener,
    ListenerRule,
    LoadBalancer,
    MetadataOptions,
    NatGateway,
    PrivateZone,
    PublicZone,
    Route,
    Rule,
    SecurityGroup,
    Subnet,
    Target,
    TargetGroup,
    Vpc,
)
from sandbox.services.database_names import SERVED, interface_id
from sandbox.services.load_balancer_names import loopback_address

Answer = Mapping[str, Any]

#: Description of the interface that RDS makes for an instance.
DATABASE_INTERFACE = "RDSNetworkInterface"

_DEAD_NAT_GATEWAY = ("deleting", "deleted", "failed")


def routes_of(table: Answer, dead: frozenset[str]) -> tuple[Route, ...]:
    """Routes to IPv4 destinations of one route table.

    :param dead: ids of gateways that no longer carry packets
    """
    routes = []
    for route in table["Routes"]:
        destination = route.get("DestinationCidrBlock")
        if not destination:
            continue
        gateway, nat = route.get("GatewayId"), route.get("NatGatewayId")
        if gateway == "local":
            kind, target = "local", "local"
        elif gateway and gateway.startswith("igw-"):
            kind, target = "internet_gateway", gateway
        elif nat:
            kind, target = "nat_gateway", nat
        else:
            kind, target = "blackhole", gateway or ""
        if route.get("State") == "blackhole" or target in dead:
            kind = "blackhole"
        routes.append(Route(destination, kind, target))
    return tuple(routes)


def table_of(subnet_id: str, vpc_id: str, tables: Iterable[Answer]) -> Answer:
    """The route table in effect: the associated one, else the main one of the VPC."""
    main = None
    for table in tables:
        for association in table.get("Associations", ()):
            if association.get("SubnetId") == subnet_id:
                return table
            if association.get("Main") and table["VpcId"] == vpc_id:
                main = table
    return main or {"Routes": []}


def gateway_services_of(table: Answer, endpoints: Iterable[Answer]) -> tuple[str, ...]:
    """Short names of the services to which gateway endpoints on a route table lead."""
    return tuple(
        sorted(
            endpoint["ServiceName"].rsplit(".", 1)[-1]
            for endpoint in endpoints
            if table.get("RouteTableId") in endpoint.get("RouteTableIds", ())
            and endpoint.get("State", "available").lower() == "available"
        )
    )


def acl_of(subnet_id: str, vpc_id: str, acls: Iterable[Answer]) -> tuple[AclEntry, ...]:
    """IPv4 entries of the network ACL in effect, ingress before egress, each by number."""
    chosen: Answer = {"Entries": []}
    for acl in acls:
        if any(association.get("SubnetId") == subnet_id for association in acl.get("Associations", ())):
            chosen = acl
            break
        if acl.get("IsDefault") and acl["VpcId"] == vpc_id:
            chosen = acl
    entries = [
        AclEntry(
            number=entry["RuleNumber"],
            egress=entry["Egress"],
            allow=entry["RuleAction"] == "allow",
            protocol=str(entry["Protocol"]),
            cidr=entry["CidrBlock"],
            from_port=entry.get("PortRange", {}).get("From"),
            to_port=entry.get("PortRange", {}).get("To"),
        )
        for entry in chosen["Entries"]
        if entry.get("CidrBlock")
    ]
    return tuple(sorted(entries, key=lambda entry: (entry.egress, entry.number)))


def rule_of(permission: Answer) -> Rule | None:
    """One permission, or None when it names no IPv4 range and no group."""
    protocol = permission["IpProtocol"]
    cidrs = tuple(sorted({entry["CidrIp"] for entry in permission.get("IpRanges", ())}))
    groups = tuple(sorted({pair["GroupId"] for pair in permission.get("UserIdGroupPairs", ())}))
    if not cidrs and not groups:
        return None
    ports = (None, None) if protocol == "-1" else (permission.get("FromPort"), permission.get("ToPort"))
    return Rule(protocol, *ports, cidrs=cidrs, group_ids=groups)


def group_of(group: Answer) -> SecurityGroup:
    ingress = (rule_of(permission) for permission in group["IpPermissions"])
    egress = (rule_of(permission) for permission in group["IpPermissionsEgress"])
    return SecurityGroup(
        id=group["GroupId"],
        name=group["GroupName"],
        ingress=tuple(rule for rule in ingress if rule),
        egress=tuple(rule for rule in egress if rule),
    )


def nat_gateway_of(gateway: Answer) -> NatGateway:
    addresses = gateway.get("NatGatewayAddresses") or [{}]
    return NatGateway(
        id=gateway["NatGatewayId"],
        subnet_id=gateway["SubnetId"],
        state=gateway["State"],
        public_ip=addresses[0].get("PublicIp"),
    )


def vpcs_of(ec2: Mapping[str, list[Answer]], used: frozenset[str]) -> tuple[Vpc, ...]:
    """VPCs with what is in them.

    :param ec2: lists of answers by kind: vpcs, subnets, route_tables, network_acls, security_groups,
        nat_gateways, internet_gateways, vpc_endpoints
    :param used: ids of VPCs in which something runs; a default VPC that is not among them is left out,
        since every account has one
    """
    gateways = {
        attachment["VpcId"]: gateway["InternetGatewayId"]
        for gateway in ec2["internet_gateways"]
        for attachment in gateway.get("Attachments", ())
    }
    live_nat = [gateway for gateway in ec2["nat_gateways"] if gateway["State"] not in _DEAD_NAT_GATEWAY]
    existing = {gateway["NatGatewayId"] for gateway in live_nat} | set(gateways.values())
    named = {
        target
        for table in ec2["route_tables"]
        for route in table["Routes"]
        for target in (route.get("NatGatewayId"), route.get("GatewayId"))
        if target and target != "local"
    }
    dead = frozenset(named - existing)
    vpcs = []
    for vpc in ec2["vpcs"]:
        vpc_id = vpc["VpcId"]
        if vpc.get("IsDefault") and vpc_id not in used:
            continue
        subnets = [
            Subnet(
                id=subnet["SubnetId"],
                cidr=subnet["CidrBlock"],
                zone=subnet["AvailabilityZone"],
                routes=routes_of(table_of(subnet["SubnetId"], vpc_id, ec2["route_tables"]), dead),
                acl=acl_of(subnet["SubnetId"], vpc_id, ec2["network_acls"]),
                gateway_services=gateway_services_of(
                    table_of(subnet["SubnetId"], vpc_id, ec2["route_tables"]), ec2["vpc_endpoints"]
                ),
            )
            for subnet in ec2["subnets"]
            if subnet["VpcId"] == vpc_id
        ]
        vpcs.append(
            Vpc(
                id=vpc_id,
                cidr=vpc["CidrBlock"],
                internet_gateway_id=gateways.get(vpc_id),
                subnets=tuple(sorted(subnets, key=lambda subnet: subnet.id)),
                groups=tuple(group_of(group) for group in _by(ec2["security_groups"], "VpcId", vpc_id)),
                nat_gateways=tuple(nat_gateway_of(gateway) for gateway in _by(live_nat, "VpcId", vpc_id)),
            )
        )
    return tuple(vpcs)


def instance_of(
    instance: Answer, interface: Answer | None, public_keys: Mapping[str, str], user_data: str | None
) -> Instance:
    """One instance that is not terminated.

    :param interface: its primary interface as ``describe_network_interfaces`` gives it: its groups are the
        true ones
    :param public_keys: OpenSSH lines by name of the key pair
    :param user_data: base64, as the API gives it
    """
    options = instance.get("MetadataOptions") or {}
    groups = (interface or {}).get("Groups") or instance.get("SecurityGroups", ())
    key_name = instance.get("KeyName")
    return Instance(
        id=instance["InstanceId"],
        vpc_id=instance["VpcId"],
        subnet_id=instance["SubnetId"],
        state=instance["State"]["Name"],
        private_ip=instance["PrivateIpAddress"],
        public_ip=instance.get("PublicIpAddress") or None,
        group_ids=tuple(sorted(group["GroupId"] for group in groups)),
        mac=(interface or {}).get("MacAddress") or instance["NetworkInterfaces"][0]["MacAddress"],
        image_id=instance["ImageId"],
        instance_type=instance["InstanceType"],
        zone=instance["Placement"]["AvailabilityZone"],
        public_key=public_keys.get(key_name or ""),
        key_name=key_name,
        user_data=base64.b64decode(user_data).decode("utf-8", "replace") if user_data else None,
        profile_arn=(instance.get("IamInstanceProfile") or {}).get("Arn"),
        metadata=MetadataOptions(
            enabled=options.get("HttpEndpoint", "enabled") == "enabled",
            tokens_required=options.get("HttpTokens", "optional") == "required",
            hop_limit=int(options.get("HttpPutResponseHopLimit", 1)),
            tags=options.get("InstanceMetadataTags", "disabled") == "enabled",
        ),
        tags=tuple(sorted((tag["Key"], tag["Value"]) for tag in instance.get("Tags", ()))),
    )


def addresses_of(balancer_arn: str, interfaces: Iterable[Answer]) -> tuple[tuple[str, str], ...]:
    """(subnet id, private address) of each zone of a load balancer, by subnet."""
    description = f"ELB {balancer_arn.split(':loadbalancer/', 1)[1]}"
    return tuple(
        sorted(
            (interface["SubnetId"], interface["PrivateIpAddress"])
            for interface in interfaces
            if interface.get("Description") == description
        )
    )


def listener_of(listener: Answer, rules: Iterable[Answer]) -> Listener:
    """One listener; rules in the order in which they are judged, the default one last."""
    found = [
        ListenerRule(
            priority=rule["Priority"],
            conditions=tuple(
                (condition["Field"], tuple(_condition_values(condition)))
                for condition in rule.get("Conditions", ())
            ),
            actions=tuple(rule["Actions"]),
        )
        for rule in rules
    ]
    found.sort(key=lambda rule: float("inf") if rule.priority == "default" else int(rule.priority))
    return Listener(
        arn=listener["ListenerArn"],
        protocol=listener["Protocol"],
        port=int(listener["Port"]),
        rules=tuple(found),
        certificate_arns=tuple(entry["CertificateArn"] for entry in listener.get("Certificates", ())),
        tls_policy=listener.get("SslPolicy") or "",
    )


def _condition_values(condition: Answer) -> list[str]:
    if condition.get("Values"):
        return list(condition["Values"])
    for name, config in condition.items():
        if name.endswith("Config") and config:
            values = config.get("Values", ())
            prefix = f"{config['HttpHeaderName']}: " if config.get("HttpHeaderName") else ""
            return [
                f"{value.get('Key', '')}={value['Value']}" if isinstance(value, Mapping) else f"{prefix}{value}"
                for value in values
            ]
    return []


def balancer_of(
    balancer: Answer,
    interfaces: Iterable[Answer],
    listeners: Iterable[Listener],
    attributes: Iterable[Answer],
) -> LoadBalancer:
    arn = balancer["LoadBalancerArn"]
    internal = balancer["Scheme"] == "internal"
    return LoadBalancer(
        arn=arn,
        name=balancer["LoadBalancerName"],
        vpc_id=balancer["VpcId"],
        scheme=balancer["Scheme"],
        group_ids=tuple(sorted(balancer.get("SecurityGroups", ()))),
        addresses=addresses_of(arn, interfaces),
        public_ip=None if internal else loopback_address(arn),
        listeners=tuple(sorted(listeners, key=lambda listener: listener.port)),
        attributes=pairs_of(attributes),
    )


def target_group_of(group: Answer, health: Iterable[Answer], attributes: Iterable[Answer]) -> TargetGroup:
    """One target group. A target that is draining is registered no more."""
    targets = {
        Target(entry["Target"]["Id"], int(entry["Target"].get("Port") or group["Port"]))
        for entry in health
        if entry["TargetHealth"]["State"] != "draining"
    }
    return TargetGroup(
        arn=group["TargetGroupArn"],
        name=group["TargetGroupName"],
        protocol=group["Protocol"],
        port=int(group["Port"]),
        check=HealthCheck(
            protocol=group.get("HealthCheckProtocol") or group["Protocol"],
            port=str(group.get("HealthCheckPort") or "traffic-port"),
            path=group.get("HealthCheckPath") or "/",
            interval=int(group.get("HealthCheckIntervalSeconds") or 30),
            timeout=int(group.get("HealthCheckTimeoutSeconds") or 5),
            healthy=int(group.get("HealthyThresholdCount") or 5),
            unhealthy=int(group.get("UnhealthyThresholdCount") or 2),
            codes=str((group.get("Matcher") or {}).get("HttpCode") or "200"),
        ),
        targets=tuple(sorted(targets, key=lambda target: (target.id, target.port))),
        attributes=pairs_of(attributes),
    )


def database_of(
    instance: Answer, interfaces: Mapping[str, Answer], parameters: Iterable[Answer]
) -> Database | None:
    """One RDS instance; None when no server of the sandbox stands behind it.

    :param interfaces: all network interfaces by id
    :param parameters: those of its parameter group that somebody set
    """
    interface = interfaces.get(interface_id(instance["DbiResourceId"]))
    if instance["Engine"] not in SERVED or interface is None:
        return None
    return Database(
        id=instance["DbiResourceId"],
        name=instance["DBInstanceIdentifier"],
        vpc_id=interface["VpcId"],
        subnet_id=interface["SubnetId"],
        address=interface["PrivateIpAddress"],
        mac=interface["MacAddress"],
        port=int(instance["Endpoint"]["Port"]),
        host_name=instance["Endpoint"]["Address"],
        group_ids=tuple(sorted(group["GroupId"] for group in interface.get("Groups", ()))),
        engine=instance["Engine"],
        version=instance["EngineVersion"],
        master_user=instance["MasterUsername"],
        database=instance.get("DBName") or None,
        parameter_group=instance["DBParameterGroups"][0]["DBParameterGroupName"],
        parameters=tuple(
            sorted(
                (parameter["ParameterName"], str(parameter["ParameterValue"]))
                for parameter in parameters
                if "ParameterValue" in parameter
            )
        ),
        storage=int(instance["AllocatedStorage"]),
        state=instance["DBInstanceStatus"],
        public=bool(instance.get("PubliclyAccessible")),
    )


def database_snapshot_of(snapshot: Answer) -> DatabaseSnapshot:
    return DatabaseSnapshot(snapshot["DBSnapshotIdentifier"], snapshot["DbiResourceId"])


def pairs_of(attributes: Iterable[Answer]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((entry["Key"], str(entry["Value"])) for entry in attributes))


def zone_of(zone: Answer, vpc_ids: Iterable[str], records: Iterable[Answer]) -> PrivateZone:
    return PrivateZone(
        id=zone["Id"].rsplit("/", 1)[-1],
        name=zone["Name"],
        vpc_ids=tuple(sorted(vpc_ids)),
        records=tuple(records),
    )


def public_zone_of(zone: Answer, records: Iterable[Answer]) -> PublicZone:
    return PublicZone(id=zone["Id"].rsplit("/", 1)[-1], name=zone["Name"], records=tuple(records))


def certificate_of(certificate: Answer) -> Certificate:
    """Its names, the one it is called by first."""
    first = certificate["DomainName"]
    others = sorted(set(certificate.get("SubjectAlternativeNames", ())) - {first})
    return Certificate(arn=certificate["CertificateArn"], names=(first, *others))


def primary_interfaces(interfaces: Iterable[Answer]) -> dict[str, Answer]:
    """Primary interfaces by id of the instance."""
    return {
        interface["Attachment"]["InstanceId"]: interface
        for interface in interfaces
        if (interface.get("Attachment") or {}).get("InstanceId")
        and interface["Attachment"].get("DeviceIndex") == 0
    }


def _by(answers: Iterable[Answer], key: str, value: str) -> list[Answer]:
    sorted_by: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        sorted_by[answer.get(key) or ""].append(answer)
    return sorted_by[value]
