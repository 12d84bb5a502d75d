"""Public addresses on loopback, private addresses from their subnet.

The emulator gives elastic addresses anywhere in 127.0.0.0/8 (127.0.0.1 included), automatic ones in a range
that belongs to somebody, and interfaces random private addresses that may be taken.
"""

from __future__ import annotations

import ipaddress
import secrets
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import elastic_ip_addresses, elastic_network_interfaces, nat_gateways, subnets

from sandbox.core.settings import Settings

_FIRST = int(ipaddress.IPv4Address("127.64.0.0"))
_COUNT = 64 * 2**16  # up to 127.127.255.255


def loopback_address(taken: set[str]) -> str:
    """A free address in 127.64.0.0-127.127.255.254, never one that ends in 0 or 255."""
    while True:
        address = ipaddress.IPv4Address(_FIRST + secrets.randbelow(_COUNT))
        if address.packed[3] not in (0, 255) and str(address) not in taken:
            return str(address)


def taken_addresses(backend: Any) -> set[str]:
    """Public addresses in use in a region of the emulator."""
    elastic = {address.public_ip for address in backend.addresses}
    return elastic | {eni.public_ip for eni in backend.enis.values() if eni.public_ip}


class AddressInUse(EC2ClientError):
    def __init__(self, public_ip: str):
        super().__init__("InvalidIPAddress.InUse", f"Address {public_ip} is in use.")


def apply(settings: Settings) -> None:
    _elastic_addresses()
    _reserved_addresses()
    _interfaces()


def _elastic_addresses() -> None:
    backend_class = elastic_ip_addresses.ElasticAddressBackend
    allocate, release = backend_class.allocate_address, backend_class.release_address

    def allocate_address(self, domain, address=None, tags=None):
        return allocate(self, domain, address or loopback_address(taken_addresses(self)), tags)

    def release_address(self, address=None, allocation_id=None):
        found = self.address_by_ip([address]) if address else self.address_by_allocation([allocation_id])
        if found[0].association_id:
            raise AddressInUse(found[0].public_ip)
        release(self, address, allocation_id)

    backend_class.allocate_address = allocate_address
    backend_class.release_address = release_address


def _reserved_addresses() -> None:
    draw = subnets.Subnet.get_available_subnet_ip

    def get_available_subnet_ip(self, instance):
        # A subnet restored from a saved state begins to count anew, at the router's address.
        while ipaddress.ip_address(address := draw(self, instance)) in self.aws_reserved_ips:
            pass
        return address

    subnets.Subnet.get_available_subnet_ip = get_available_subnet_ip


def _interfaces() -> None:
    eni_class = elastic_network_interfaces.NetworkInterface
    backend_class = elastic_network_interfaces.NetworkInterfaceBackend
    create, delete = backend_class.create_network_interface, backend_class.delete_network_interface

    def is_elastic(eni) -> bool:
        return bool(eni.ec2_backend.address_by_ip([eni.public_ip], fail_if_not_found=False))

    def check_auto_public_ip(self) -> None:
        # A start of a running instance, or of one with an elastic address, changes nothing.
        if str(self.public_ip_auto_assign).lower() == "true" and not self.public_ip:
            self.public_ip = loopback_address(taken_addresses(self.ec2_backend))

    def stop(self) -> None:
        if self.public_ip_auto_assign and not is_elastic(self):
            self.public_ip = None

    def create_network_interface(self, subnet, private_ip_address, private_ip_addresses=None, *more, **kwargs):
        if isinstance(subnet, str):
            subnet = self.get_subnet(subnet)
        allocated = None
        if not private_ip_address and not private_ip_addresses:
            private_ip_address = allocated = subnet.get_available_subnet_ip(None)
        try:
            return create(self, subnet, private_ip_address, private_ip_addresses, *more, **kwargs)
        except Exception:
            if allocated:
                subnet.del_subnet_ip(allocated)
            raise

    def delete_network_interface(self, eni_id: str) -> None:
        eni = self.enis.get(eni_id)
        delete(self, eni_id)
        for address in eni.private_ip_addresses:
            eni.subnet.del_subnet_ip(address["PrivateIpAddress"])
        for elastic in self.addresses:
            if elastic.eni is eni:
                elastic.eni = elastic.instance = elastic.association_id = None

    eni_class.check_auto_public_ip = check_auto_public_ip
    eni_class.stop = stop
    backend_class.create_network_interface = create_network_interface
    backend_class.delete_network_interface = delete_network_interface
    # A NAT gateway names a random address of 10.0.0.0/8; without one it gets an address of its subnet.
    nat_gateways.random_private_ip = lambda: None
