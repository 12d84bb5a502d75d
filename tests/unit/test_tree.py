"""The tree agrees with itself: what is written in two places says the same in both."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ansible_collections
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tools import iam_policy

PROJECT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.parent for path in (PROJECT / "roles").glob("*/tasks"))
PLAYBOOKS = sorted((PROJECT / "playbooks").glob("*.yml"))
READMES = ("README.md", "README.ko.md")


def load(path: str | Path) -> Any:
    """A YAML file of the project, by its path from the root."""
    return yaml.safe_load((PROJECT / path).read_text("utf-8"))


def pyproject(folder: str = ".") -> dict[str, Any]:
    """The project's table of a folder's pyproject.toml: the collection's, or that of the sandbox."""
    return tomllib.loads((PROJECT / folder / "pyproject.toml").read_text("utf-8"))["project"]


def modules() -> set[str]:
    """Names of the collection's modules."""
    return {path.stem for path in (PROJECT / "plugins" / "modules").glob("*.py")}


def tags() -> set[str]:
    """Tags that the playbooks give, apart from Ansible's own."""
    found: set[str] = set()

    def collect(node: Any) -> None:
        if isinstance(node, dict):
            given = node.get("tags", [])
            found.update([given] if isinstance(given, str) else given)
            # A module's own tags are those of a resource.
            for name, value in node.items():
                if "." not in name:
                    collect(value)
        elif isinstance(node, list):
            for value in node:
                collect(value)

    for playbook in PLAYBOOKS:
        collect(load(playbook))
    return found - {"always", "never"}


def make_targets() -> set[str]:
    """Targets that `make help` lists."""
    return set(re.findall(r"^([a-z0-9-]+):.*## ", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_there_is_something_to_compare() -> None:
    assert {"vpc", "security", "ec2", "alb", "jump", "nginx"} <= {role.name for role in ROLES}
    assert {"site", "validate", "cloud", "servers", "teardown", "ssh_config"} <= {path.stem for path in PLAYBOOKS}
    assert {"vpc", "security", "ec2", "alb", "jump", "nginx"} <= tags()
    assert {"demo", "test", "lint", "e2e", "down"} <= make_targets()


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_role_is_complete(role: Path) -> None:
    wanted = ("README.md", "defaults/main.yml", "meta/main.yml", "meta/argument_specs.yml", "tasks/main.yml")
    assert [name for name in wanted if not (role / name).is_file()] == []


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_and_argument_specs_name_the_same_variables(role: Path) -> None:
    entry_points = load(role / "meta" / "argument_specs.yml")["argument_specs"]
    options = entry_points["main"]["options"]
    defaults = load(role / "defaults" / "main.yml") or {}
    required = {name for name, option in options.items() if option.get("required")}
    assert set(options) - required == set(defaults)
    # A default stands in one place.
    assert [name for name, option in options.items() if "default" in option] == []
    for name, entry_point in entry_points.items():
        assert set(entry_point.get("options", {})) <= set(options), f"entry point {name}"


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_defaults_carry_the_name_of_their_role(role: Path) -> None:
    defaults = load(role / "defaults" / "main.yml") or {}
    assert [name for name in defaults if not name.startswith((f"{role.name}_", f"__{role.name}_"))] == []


def test_every_playbook_of_the_root_is_one_below_playbooks() -> None:
    assert load("site.yml") == [{**load("site.yml")[0], "ansible.builtin.import_playbook": "playbooks/site.yml"}]


def takes_region(module: str) -> bool:
    """Whether a module documents an option ``region``, its own or AWS's."""
    text = (PROJECT / "plugins" / "modules" / f"{module}.py").read_text("utf-8")
    return "amazon.aws.region.modules" in text or "\n  region:" in text


def test_action_groups_list_every_module_that_asks_aws() -> None:
    groups = load("meta/runtime.yml")["action_groups"]
    assert set(groups["all"]) == {module for module in modules() if takes_region(module)}


def test_changelog_lists_every_module() -> None:
    releases = load("changelogs/changelog.yaml")["releases"].values()
    assert {module["name"] for release in releases for module in release.get("modules", [])} == modules()


def test_version_is_one() -> None:
    releases = load("changelogs/changelog.yaml")["releases"]
    galaxy = load("galaxy.yml")
    assert galaxy["version"] == pyproject()["version"] == pyproject("sandbox")["version"]
    assert galaxy["version"] in releases
    assert galaxy["description"] == pyproject()["description"]


def test_collections_are_wanted_in_the_same_versions() -> None:
    wanted = {entry["name"]: entry["version"] for entry in load("requirements.yml")["collections"]}
    assert wanted == load("galaxy.yml")["dependencies"]
    for name, bounds in wanted.items():
        assert ">=" in bounds and "<" in bounds, f"{name} {bounds} is not bounded"


def collections_used() -> set[str]:
    """Collections that anything installed names. Benchmarks are for this checkout only."""
    installed = {
        f"{path.parent.name}.{path.name}" for root in ansible_collections.__path__ for path in Path(root).glob("*/*")
    }
    found = set()
    for folder in ("roles", "playbooks", "plugins", "inventory", "group_vars", "profiles", "templates", "molecule"):
        for path in (PROJECT / folder).rglob("*"):
            if path.suffix in (".yml", ".j2"):
                found |= set(
                    re.findall(
                        r"(?<![\w./-])([a-z_]+\.[a-z_]+)\.[a-z_0-9]+(?=[:'\")\s,(]|$)",
                        path.read_text("utf-8"),
                        re.MULTILINE,
                    )
                )
            elif path.suffix == ".py":
                names = re.findall(r"\bansible_collections\.([a-z_]+\.[a-z_]+)\.", path.read_text("utf-8"))
                found |= set(names) | set(
                    re.findall(r"^  - ([a-z_]+\.[a-z_]+)\.[a-z_0-9.]+$", path.read_text("utf-8"), re.MULTILINE)
                )
    return found & installed - {"ansible.builtin", "railyard.aws"}


def test_collections_that_are_used_are_wanted_and_no_others() -> None:
    assert collections_used() == set(load("galaxy.yml")["dependencies"])


def test_installed_collections_satisfy_what_is_wanted() -> None:
    roots = [Path(path) for path in ansible_collections.__path__]
    for name, bounds in load("galaxy.yml")["dependencies"].items():
        manifests = [root / name.replace(".", "/") / "MANIFEST.json" for root in roots]
        found = [yaml.safe_load(path.read_text("utf-8")) for path in manifests if path.is_file()]
        assert found, f"{name} is not part of the installed package `ansible`"
        assert found[0]["collection_info"]["version"] in SpecifierSet(bounds)


def test_python_requirements_are_bounded_and_installed() -> None:
    project = pyproject()
    lines = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    lines += pyproject("sandbox")["dependencies"]
    for requirement in map(Requirement, lines):
        operators = {specifier.operator for specifier in requirement.specifier}
        assert {">=", "<"} <= operators, f"{requirement} is not bounded"
        assert version(requirement.name) in requirement.specifier


def test_ansible_is_wanted_in_the_same_version() -> None:
    (core,) = (one for one in map(Requirement, pyproject()["dependencies"]) if one.name == "ansible-core")
    lowest = SpecifierSet(load("meta/runtime.yml")["requires_ansible"])
    assert version("ansible-core") in lowest
    assert version("ansible-core") in core.specifier


@pytest.mark.parametrize("readme", READMES)
def test_readme_names_every_target_playbook_and_tag(readme: str) -> None:
    text = (PROJECT / readme).read_text("utf-8")
    targets = {f"make {target}" for target in make_targets()} | {f"playbooks/{path.name}" for path in PLAYBOOKS}
    assert sorted(name for name in targets if f"`{name}" not in text) == []
    assert sorted(tag for tag in tags() if f"`{tag}`" not in text) == []


@pytest.mark.parametrize("readme", READMES)
def test_readme_links_lead_somewhere(readme: str) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", (PROJECT / readme).read_text("utf-8"))
    local = [link for link in links if "://" not in link]
    assert local
    assert [link for link in local if not (PROJECT / link).exists()] == []


def tasks_in(node: Any) -> Iterator[dict[str, Any]]:
    """Every task of a file, those in blocks too."""
    for task in node if isinstance(node, list) else []:
        if isinstance(task, dict):
            yield task
            for part in ("block", "rescue", "always", "tasks", "pre_tasks", "post_tasks", "handlers"):
                yield from tasks_in(task.get(part))


def test_files_of_tasks_that_are_included_exist() -> None:
    """One that is included is looked for when its turn comes, in a failure perhaps."""
    folders = [PROJECT / "playbooks", *(role / "tasks" for role in ROLES)]
    files = sorted(file for folder in folders for file in folder.rglob("*.yml"))
    missing, seen = [], 0
    for file in files:
        # Plays of a playbook, or tasks.
        for task in [inner for outer in load(file) or [] for inner in tasks_in([outer])]:
            for word, value in task.items():
                kind = word.rpartition(".")[2]
                if kind in ("import_tasks", "include_tasks"):
                    name = value["file"] if isinstance(value, dict) else value
                    wanted = file.parent / name
                elif kind in ("import_role", "include_role"):
                    name = value.get("tasks_from", "main")
                    wanted = PROJECT / "roles" / value["name"].rpartition(".")[2] / "tasks" / f"{name}.yml"
                else:
                    continue
                if "{{" not in str(wanted):
                    seen += 1
                    missing += [] if wanted.is_file() else [f"{file.relative_to(PROJECT)}: {name}"]
    assert seen > 100
    assert missing == []


def test_no_record_sleeps_for_minutes_after_one_throttle() -> None:
    """The default ``retry_interval`` of amazon.aws.route53 is 500 seconds."""
    files = sorted([*(PROJECT / "roles").glob("*/*/*.yml"), *(PROJECT / "playbooks").rglob("*.yml")])
    records = [(file, task) for file in files for task in tasks_in(load(file)) if "amazon.aws.route53" in task]
    assert len(records) >= 6
    lazy = [
        (file.name, task["name"])
        for file, task in records
        if task["amazon.aws.route53"].get("retry_interval", 500) > 10
    ]
    assert lazy == []


def test_no_linter_passes_anything_over() -> None:
    assert not list((PROJECT / "tests" / "sanity").glob("ignore*"))
    assert not {"skip_list", "warn_list"} & set(load(".ansible-lint"))
    assert not (PROJECT / ".ansible-lint-ignore").exists()


def test_system_packages_cover_what_the_sandbox_calls() -> None:
    listed = (PROJECT / "tools" / "system-packages").read_text("utf-8")
    for package in ("podman", "runc", "nftables", "slirp4netns", "mmdebstrap", "iproute2", "openssh-client"):
        assert re.search(rf"\b{package}\b", listed), package


def test_iam_policies_are_made_from_what_the_roles_list() -> None:
    texts = iam_policy.texts()
    assert {path: path.read_text("utf-8") for path in texts} == texts, "run `make iam-policy`"


def test_iam_policies_fit_and_pass_roles_of_stacks_only() -> None:
    policies = [load(path) for path in iam_policy.texts()]
    # The most characters that AWS takes for a managed policy, spaces not counted.
    assert [policy for policy in policies if len(re.sub(r"\s", "", json.dumps(policy))) > 6144] == []
    statements = [statement for policy in policies for statement in policy["Statement"]]
    open_to_all = {action for one in statements if one["Resource"] == "*" for action in one["Action"]}
    assert {"ec2:RunInstances", "s3:ListAllMyBuckets", "iam:ListRoles"} <= open_to_all
    assert not {"iam:PassRole", "iam:PutRolePolicy", "iam:AddUserToGroup"} & open_to_all
