"""Route tables: the way out of a private subnet."""

from __future__ import annotations

import json
from typing import Any

from tools.game.place import Place
from tools.verbs.trouble import Trouble

EVERYWHERE = "0.0.0.0/0"


def _tables(place: Place) -> list[dict[str, Any]]:
    own = [{"Name": "tag:Stack", "Values": [place.names.stack]}]
    tables: list[dict[str, Any]] = place.client("ec2").describe_route_tables(Filters=own)["RouteTables"]
    return sorted(tables, key=lambda one: str(one["RouteTableId"]))


def default_routes(place: Place) -> dict[str, list[str]]:
    """Where each table of the stack leads what it knows no nearer way for."""
    return {
        table["RouteTableId"]: sorted(
            json.dumps(route, sort_keys=True)
            for route in table["Routes"]
            if route.get("DestinationCidrBlock") == EVERYWHERE
        )
        for table in _tables(place)
    }


def way_out_of_a_private_subnet_gone(place: Place) -> None:
    """Somebody tidied up a route table."""
    led = [
        table["RouteTableId"]
        for table in _tables(place)
        if any(
            route.get("DestinationCidrBlock") == EVERYWHERE and not str(route.get("GatewayId", "")).startswith("igw-")
            for route in table["Routes"]
        )
    ]
    if not led:
        raise Trouble(
            f"No private subnet of stack '{place.names.stack}' has a way out that could be broken: vpc_nat_gateway_mode"
            " is none. Play another chapter: `make game ARGS=list`."
        )
    place.client("ec2").delete_route(RouteTableId=led[0], DestinationCidrBlock=EVERYWHERE)
