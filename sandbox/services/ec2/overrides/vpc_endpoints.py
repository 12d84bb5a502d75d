"""Gateway endpoints: their routes come, change and go with them, and a table leads to one of each service only."""

from __future__ import annotations

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.vpcs import VPCBackend

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    _create()
    _modify()
    _delete()


def _routes(backend, endpoint) -> None:
    """Make the routes to the endpoint agree with its route tables."""
    for table in list(backend.route_tables.values()):
        for key, route in list(table._routes.items()):
            if getattr(route.gateway, "id", None) == endpoint.id and table.id not in endpoint.route_table_ids:
                del table._routes[key]
    leading = {table.id for table in backend.route_tables.values() if _leads_to(table, endpoint.id)}
    for table_id in endpoint.route_table_ids:
        if table_id not in leading and endpoint.destination_prefix_list_id:
            backend.create_route(
                table_id,
                None,
                gateway_id=endpoint.id,
                destination_prefix_list_id=endpoint.destination_prefix_list_id,
            )


def _leads_to(table, endpoint_id: str) -> bool:
    return any(getattr(route.gateway, "id", None) == endpoint_id for route in table._routes.values())


def _create() -> None:
    create = VPCBackend.create_vpc_endpoint

    def create_vpc_endpoint(self, vpc_id, service_name, endpoint_type, policy_document, route_table_ids, **more):
        for other in self.vpc_end_points.values():
            shared = set(route_table_ids or []) & set(other.route_table_ids or [])
            if shared and other.service_name == service_name:
                raise EC2ClientError(
                    "RouteAlreadyExists",
                    f"route table {sorted(shared)[0]} already has a route with destination-prefix-list-id "
                    f"{other.destination_prefix_list_id}",
                )
        return create(self, vpc_id, service_name, endpoint_type, policy_document, route_table_ids, **more)

    VPCBackend.create_vpc_endpoint = create_vpc_endpoint


def _modify() -> None:
    modify = VPCBackend.modify_vpc_endpoint

    def modify_vpc_endpoint(self, vpc_id, *args, **more):
        modify(self, vpc_id, *args, **more)
        _routes(self, self.vpc_end_points[vpc_id])

    VPCBackend.modify_vpc_endpoint = modify_vpc_endpoint


def _delete() -> None:
    delete = VPCBackend.delete_vpc_endpoints

    def delete_vpc_endpoints(self, vpce_ids=None):
        for endpoint_id in vpce_ids or []:
            endpoint = self.vpc_end_points.get(endpoint_id)
            if endpoint is None:
                continue
            if endpoint.vpc_endpoint_type.lower() == "interface":
                delete(self, [endpoint_id])
            else:
                endpoint.route_table_ids = []
                _routes(self, endpoint)
            # AWS lists it for a moment as deleting and then no more
            del self.vpc_end_points[endpoint_id]

    VPCBackend.delete_vpc_endpoints = delete_vpc_endpoints
