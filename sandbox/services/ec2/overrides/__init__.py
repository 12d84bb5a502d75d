"""See ``sandbox/api/overrides.py``."""

#: In the order in which they are applied: one may stand on what those before it did.
MODULES = (
    "addresses",
    "dependencies",
    "vpc_endpoints",
    "security_groups",
    "images",
    "instances",
    "launch_templates",
    "nat_gateways",
    "client_tokens",
    "latency_instances",
    "latency_nat_gateways",
)
