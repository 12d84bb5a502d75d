"""Private addresses of the interfaces that AWS's services make for themselves."""

from __future__ import annotations

from typing import Any


def free_address(ec2: Any, subnet: Any, owner: Any, refusal: Exception) -> str:
    """Next address of the subnet that no interface has: moto does not count addresses it drew at random.

    :param ec2: moto's EC2 backend of the subnet's region
    :param owner: whom the subnet notes the address for
    :param refusal: raised when there is none left, in the words of the service that asks
    """
    taken = {address["PrivateIpAddress"] for eni in list(ec2.enis.values()) for address in eni.private_ip_addresses}
    for _attempt in range(subnet.cidr.num_addresses):
        address = subnet.get_available_subnet_ip(owner)
        if address not in taken:
            return address
    raise refusal
