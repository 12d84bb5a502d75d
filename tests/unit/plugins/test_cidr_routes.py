"""Where a route table leads, as the role vpc compares it."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.filter.cidr_routes import cidr_routes

ROUTES = [
    {"destination_cidr_block": "10.0.0.0/16", "gateway_id": "local", "origin": "CreateRouteTable"},
    {"destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1", "origin": "CreateRoute"},
    {"destination_cidr_block": "192.0.2.0/24", "gateway_id": "igw-1", "origin": "CreateRoute"},
    {"destination_prefix_list_id": "pl-1", "gateway_id": "vpce-1", "origin": "CreateRoute"},
    {"destination_cidr_block": "172.16.0.0/12", "gateway_id": "vgw-1", "origin": "EnableVgwRoutePropagation"},
]


def test_only_routes_that_somebody_made_count():
    assert cidr_routes(ROUTES) == {"0.0.0.0/0": "nat-1", "192.0.2.0/24": "igw-1"}


def test_new_table_leads_nowhere():
    assert cidr_routes([]) == {}
