"""Parameters that are settings: neither secrets, nor what a deployment notes of itself."""

from __future__ import annotations

from collections.abc import Iterator

from tools.export.resource import Clients, Export, Left, Literal, Raw, Resource, present


def _parameter(raw: Raw, _clients: Clients) -> Iterator[Resource | Left]:
    name = raw["Name"]
    if raw["Type"] == "SecureString":
        yield Left(
            name,
            "is a SecureString, which CloudFormation cannot write; refer to it as {{resolve:ssm-secure:" + name + "}}",
        )
        return
    tagged = {tag["Key"]: tag["Value"] for tag in raw["Tags"]}
    if tagged.get("Role") == "app":
        yield Left(name, "is what deployments note of themselves, and a template would put an old note back")
        return
    yield Resource(
        "SSM::Parameter",
        name,
        present(
            Name=name,
            Type=raw["Type"],
            Value=Literal(raw["Value"]),
            Tags=Literal({key: value for key, value in tagged.items() if not key.startswith("aws:")})
            if tagged
            else None,
        ),
        {"Name": name},
    )


EXPORTS: dict[str, Export] = {"parameters": _parameter}
