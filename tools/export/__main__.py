"""``make export``: words come from ARGS, as those of the verbs do."""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tools.export import template
from tools.export.resource import Left
from tools.verbs import words as reading
from tools.verbs.stack import PROJECT, Stack
from tools.verbs.trouble import Trouble

if TYPE_CHECKING:
    from tools.export.account import Found

USAGE = 'make export ARGS="[FILE.yml] [--importable] [-e VARIABLE]"'
#: What CloudFormation takes: bytes of a template that is not in a bucket, and resources of one.
INLINE_BYTES, MOST_RESOURCES = 51_200, 500


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: no anchors, which CloudFormation does not read."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def text_of(body: dict[str, Any]) -> str:
    """A template as YAML, in the order in which it was made."""
    return yaml.dump(body, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=4096)


def _write(path: Path, text: str) -> None:
    """Keep a file that only its owner reads: it tells addresses, rules and names of an account."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _not_exported(left: Sequence[Left]) -> list[str]:
    """What is left, by the reason."""
    names: dict[str, list[str]] = {}
    for one in left:
        names.setdefault(one.reason, []).append(one.name)
    return [f"{', '.join(those)}: {reason}" for reason, those in names.items()]


def made(found: Found, stack: str, region: str, only_importable: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The template of what was found, with its notes, and the list for an import."""
    apart = [one for one in found.resources if not template.importable(one)]
    notes = {
        "Stack": stack,
        "Region": region,
        "NotImportable": sorted(f"{one.type} {one.name}".strip() for one in apart),
        "NotExported": _not_exported(found.left),
    }
    held = [one for one in found.resources if one not in apart] if only_importable else found.resources
    return template.build(held, f"Stack {stack} in {region}, as AWS describes it", notes)


def _told(body: dict[str, Any], to_import: list[dict[str, Any]], path: Path, beside: Path, name: str) -> list[str]:
    notes, size = body["Metadata"]["Export"], path.stat().st_size
    lines = [f"{len(body['Resources'])} resources: {path}", f"{len(to_import)} that can be imported: {beside}"]
    if notes["NotImportable"]:
        held = len(body["Resources"]) > len(to_import)
        how = '; ARGS="--importable" leaves them out' if held else ", left out"
        lines.append(f"{len(notes['NotImportable'])} that CloudFormation cannot import{how}:")
        lines += [f"  {one}" for one in notes["NotImportable"]]
    if notes["NotExported"]:
        lines += ["Not exported:", *(f"  {one}" for one in notes["NotExported"])]
    if len(body["Resources"]) > MOST_RESOURCES:
        lines.append(f"CloudFormation takes {MOST_RESOURCES} resources in one template: divide this one.")
    where = (
        "--template-url https://BUCKET.s3.amazonaws.com/KEY"
        if size > INLINE_BYTES
        else f"--template-body file://{path}"
    )
    lines.append(
        f"To import: aws cloudformation create-change-set --change-set-type IMPORT --stack-name {name}"
        f" --change-set-name import --capabilities CAPABILITY_NAMED_IAM {where} --resources-to-import file://{beside}"
    )
    return lines


def export(words: Sequence[str]) -> int:
    """Write the template and the list for an import. Raises Trouble."""
    parser = argparse.ArgumentParser(prog="make export", usage=USAGE)
    parser.add_argument("file", nargs="?", type=Path, help="the template, build/export/STACK.yml unless named")
    parser.add_argument("--importable", action="store_true", help="leave out what CloudFormation cannot import")
    parser.add_argument(
        "-e", "--extra-vars", action="append", default=[], metavar="VARIABLE", help="as for ansible-playbook"
    )
    options = parser.parse_args(words)
    if options.file and options.file.suffix not in (".yml", ".yaml", ".template"):
        raise Trouble(
            f"'{options.file}' is no name of a template; write one that ends with .yml, such as build/export/mine.yml."
        )

    # Which stack and where: nothing else of what is wanted is asked, only what there is.
    settings = Stack(options.extra_vars, [str(PROJECT / "inventory" / "localhost.yml")])
    said = settings.ask("{'stack': railyard_stack, 'region': railyard_region}")
    stack, region = str(said["stack"]), str(said["region"])

    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    # Only now: collections are to be found by Ansible first, which warns of them else.
    from tools.export import account

    session = boto3.session.Session(region_name=region)
    try:
        found = account.look(functools.cache(session.client), stack, region)
    except (BotoCoreError, ClientError) as error:
        raise Trouble(f"AWS did not tell what stands in {region}: {error}") from None
    if not found.resources:
        raise Trouble(
            f"Nothing of stack '{stack}' was found in {region}. `make site` makes it; RAILYARD_STACK and AWS_REGION"
            " name another."
        )
    body, to_import = made(found, stack, region, options.importable)
    path = (options.file or PROJECT / "build" / "export" / f"{stack}.yml").absolute()
    beside = path.with_suffix(".import.json")
    _write(path, text_of(body))
    _write(beside, json.dumps(to_import, indent=2) + "\n")
    print("\n".join(_told(body, to_import, path, beside, stack)))
    return 0


def main(argv: Sequence[str]) -> int:
    """Returns the exit status."""
    try:
        from_make = list(argv[:1]) == ["--make"]
        return export(reading.split(os.environ.get("ARGS", "")) if from_make else argv)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
