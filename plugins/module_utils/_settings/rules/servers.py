# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs of servers, their system and their way in."""

from __future__ import annotations

import re
import zoneinfo
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Form, Range, did_you_mean, entry_problems, form_problems, shown
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import whole_number

Inputs = dict[str, Any]

#: Sizes of instances of EC2, RDS and ElastiCache.
SIZES = r"(?:nano|micro|small|medium|large|xlarge|[1-9]\d*xlarge|metal(?:-\d+xl)?)"
_TYPE = rf"[a-z][a-z0-9-]*\d[a-z0-9-]*\.{SIZES}"
#: Families whose processors are Arm's: t4g, m7gd, im4gn, a1.
_ARM = re.compile(r"(?:a1|[a-z]+\d+g[a-z]*)\.")
_TIME = r"(?:|(?:[01]\d|2[0-3]):[0-5]\d)"
_USER = r"[a-z_][a-z0-9_-]{0,31}"
_STARTUPS = r"[1-9]\d*(?::(?:\d{1,2}|100):[1-9]\d*)?"
_KEY = r"(?:[a-z-]+(?:=\"[^\"]*\")?,?\s*)*(?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9@.-]+) [A-Za-z0-9+/]+=*(?: .*)?"

_FORMS = (
    Form("railyard_jump_instance_type", _TYPE, "a type of instances such as t3.micro"),
    Form("railyard_web_instance_type", _TYPE, "a type of instances such as t3.small"),
    Form("railyard_worker_instance_type", _TYPE, "a type of instances such as t3.small"),
    Form("vpc_nat_instance_type", _TYPE, "a type of instances such as t4g.nano"),
    Form(
        "vpc_nat_instance_image_parameter",
        r"(?:/[A-Za-z0-9_.-]+)+",
        "the whole name of a parameter, such as /aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-arm64",
    ),
    Form(
        "ec2_image_id",
        r"|ami-[0-9a-f]{8}(?:[0-9a-f]{9})?",
        "the id of an image, such as ami-0123456789abcdef0, or nothing for that of railyard_image_parameter",
    ),
    Form(
        "railyard_image_parameter",
        r"(?:/[A-Za-z0-9_.-]+)+",
        "the whole name of a parameter, such as /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    ),
    Form("ec2_root_device", r"/dev/(?:xvd|sd)[a-z]\d*", "the device that the image names, such as /dev/xvda"),
    Form("railyard_login_user", rf"(?!root$){_USER}", "the login user of the image, such as ec2-user: sshd lets root not in"),
    Form("railyard_ssh_user", _USER, "a name from railyard_people, or the login user, such as ec2-user"),
    Form("common_locale", r"[A-Za-z]+(?:_[A-Z]{2})?(?:\.[A-Za-z0-9-]+)?(?:@[a-z]+)?", "a locale such as C.UTF-8 or ja_JP.UTF-8"),
    Form("common_reboot_time", _TIME, "a time of day in UTC such as 18:30, or nothing for never"),
    Form("jump_reboot_time", _TIME, "a time of day in UTC such as 18:30, or nothing for never"),
    Form("common_ssh_max_startups", _STARTUPS, "connections as sshd's MaxStartups has them, such as 30:30:100"),
    Form("jump_max_startups", _STARTUPS, "connections as sshd's MaxStartups has them, such as 30:30:100"),
    Form("common_app_home", r"/(?:home|srv|opt|var/lib)(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+", "a directory of the user's own, such as /home/deploy"),
)
_RANGES = (
    # A volume is no smaller than its image, and no larger than EBS makes them.
    Range("ec2_jump_volume_size", 8, 65536, "a number of GiB", "8"),
    Range("ec2_web_volume_size", 8, 65536, "a number of GiB", "16"),
    Range("ec2_worker_volume_size", 8, 65536, "a number of GiB", "16"),
    Range("ec2_await_retries", 1, 1000, "a number of looks", "60"),
    Range("common_swap_mb", 0, 1048576, "a number of MiB", "1024"),
    Range("common_open_files", 1024, 1048576, "a number of files", "16384"),
    *(
        one
        for role in ("common_ssh", "jump")
        for one in (
            Range(f"{role}_max_sessions", 1, 1000, "a number of sessions", "40"),
            Range(f"{role}_login_grace_time", 1, 600, "a number of seconds", "30"),
            Range(f"{role}_max_auth_tries", 1, 20, "a number of attempts", "4"),
            Range(f"{role}_client_alive_interval", 0, 3600, "a number of seconds", "60"),
            Range(f"{role}_client_alive_count", 0, 100, "a number of questions", "3"),
        )
    ),
    Range("railyard_lock_timeout", 0, 86400, "a number of seconds", "600"),
    Range("railyard_connect_timeout", 10, 3600, "a number of seconds", "300"),
    Range("vpc_nat_gateway_retries", 1, 1000, "a number of looks", "60"),
    Range("vpc_nat_instance_volume_size", 2, 16384, "a number of GiB", "4"),
    Range("vpc_nat_gateway_delay", 1, 300, "a number of seconds", "5"),
    Range("vpc_absent_delay", 1, 300, "a number of seconds", "10"),
    Range("security_checkip_timeout", 1, 300, "a number of seconds", "10"),
)
_ENTRIES = (
    Form("common_ssh_users", rf"(?!root$){_USER}", "names of users, such as ec2-user"),
    Form("jump_login_users", rf"(?!root$){_USER}", "names of users, such as ec2-user"),
    Form("common_ssh_permit_open", r"(?:\*|[A-Za-z0-9.-]+):(?:\*|\d{1,5})", "a host and a port, such as *:22"),
    Form("jump_permit_open", r"(?:\*|[A-Za-z0-9.-]+):(?:\*|\d{1,5})", "a host and a port, such as *:22"),
    Form("jump_listeners", r"(?:tcp|udp)/\d{1,5}", "a protocol and a port, such as tcp/22"),
    Form("jump_disabled_units", r"[A-Za-z0-9@_:.-]+\.(?:service|socket|timer|mount|target|path)", "whole names of units, such as rpcbind.service"),
    Form("common_app_commands", r"/\S+(?: .*)?", "the whole path of a command and its arguments, such as /usr/bin/systemctl restart puma.service"),
    Form("common_people_commands", r"/\S+(?: .*)?", "the whole path of a command, and its arguments where they are fixed, such as /usr/local/bin/railyard-run"),
    Form("common_packages_extra", r"[A-Za-z0-9][A-Za-z0-9+._-]*", "names of packages, such as htop"),
    Form("rbenv_packages", r"[A-Za-z0-9][A-Za-z0-9+._-]*", "names of packages, such as ruby-full"),
    Form("railyard_ruby_packages", r"[A-Za-z0-9][A-Za-z0-9+._-]*", "names of packages, such as ruby-mysql2"),
    Form("rbenv_build_packages_extra", r"[A-Za-z0-9][A-Za-z0-9+._-]*", "names of packages, such as libffi-devel"),
)


def server_problems(inputs: Inputs) -> list[str]:
    return [
        *form_problems(inputs, _FORMS, _RANGES),
        *entry_problems(inputs, _ENTRIES),
        *_zone_problems(inputs),
        *_lockout_problems(inputs),
        *_key_problems(inputs),
        *_sysctl_problems(inputs),
        *_processor_problems(inputs),
    ]


def _zone_problems(inputs: Inputs) -> list[str]:
    name, zone = "common_timezone", str(inputs.get("common_timezone"))
    if name not in inputs or _is_zone(zone):
        return []
    # A machine without the database of zones knows none: then the server says it.
    known = zoneinfo.available_timezones()
    if not known and re.fullmatch(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*", zone):
        return []
    return [f"{name} is '{shown(zone)}', which is no time zone{did_you_mean(zone, known)} Write one such as UTC or Asia/Tokyo."]


def _is_zone(zone: str) -> bool:
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _lockout_problems(inputs: Inputs) -> list[str]:
    return [
        f"{name} is '[]': nobody could log in any more, Ansible neither. Write the image's login user, such as [ec2-user]."
        for name in ("common_ssh_users", "jump_login_users")
        if inputs.get(name) == []
    ]


def _key_problems(inputs: Inputs) -> list[str]:
    given = inputs.get("common_app_ssh_keys")
    problems = []
    for key in given if isinstance(given, list) else ():
        if "PRIVATE KEY" in str(key):
            problems.append("common_app_ssh_keys has a private key (its text is not shown), which belongs on no server; write the line of its .pub file.")
        elif not re.fullmatch(_KEY, str(key).strip()):
            problems.append(f"common_app_ssh_keys has '{shown(key)}', which is no public key; write the line of a .pub file: ssh-ed25519 AAAA... ada.")
    return problems


def _sysctl_problems(inputs: Inputs) -> list[str]:
    given = inputs.get("common_sysctl")
    problems = []
    for name, value in given.items() if isinstance(given, dict) else ():
        if not re.fullmatch(r"[a-z0-9_-]+(?:\.[A-Za-z0-9_/-]+)+", str(name)):
            problems.append(f"common_sysctl has '{shown(name)}', which is no kernel setting; write one like net.core.somaxconn: 1024.")
        elif isinstance(value, (bool, dict, list)) or value is None or not str(value).strip() or "\n" in str(value):
            problems.append(f"common_sysctl.{name} is '{shown(value)}'; write what the kernel takes, such as net.core.somaxconn: 1024.")
    return problems


def _processor(kind: str) -> str:
    """The processors of a type of instances, as images are named by them."""
    return "arm64" if _ARM.match(kind) else "x86_64"


def _named(processor: str, image: str) -> str:
    """A processor in the words of whoever publishes the image: Debian calls Amazon's x86_64 amd64."""
    return "amd64" if processor == "x86_64" and "/debian/" in image else processor


_STARTED = ("railyard_web_instance_type", "railyard_jump_instance_type")


def _processor_problems(inputs: Inputs) -> list[str]:
    """One image starts all kinds of servers, on processors that it was made for."""
    # Where there are no worker servers, their type is nobody's.
    asked = [*_STARTED, "railyard_worker_instance_type"] if whole_number(inputs.get("railyard_worker_count")) else _STARTED
    kinds = {name: str(inputs[name]) for name in asked if re.fullmatch(_TYPE, str(inputs.get(name)))}
    # Who gives the role an image of its own means that one.
    setting = "ec2_image_parameter" if inputs.get("ec2_image_parameter") else "railyard_image_parameter"
    image = str(inputs.get(setting) or "")
    made_for = re.search(r"(arm64|aarch64|x86_64|amd64)$", image)
    processors = {_processor(kind) for kind in kinds.values()}
    if len(processors) > 1:
        first, *others = [f"{name} {'is ' if not index else ''}'{kind}' ({_processor(kind)})" for index, (name, kind) in enumerate(kinds.items())]
        return [
            f"{first} and {' and '.join(others)}, but one image starts {'both' if len(kinds) == len(_STARTED) else 'all'}; write types of the same processors, "
            "such as t4g.small and t4g.micro."
        ]
    if inputs.get("ec2_image_id") or not made_for or not kinds:
        return []
    image_for = "arm64" if made_for[1] in ("arm64", "aarch64") else "x86_64"
    return [
        f"{setting} is '{image}', an image for {image_for}, but {name} is '{kind}', whose processors are {_processor(kind)}; choose another "
        f"type, or write {setting}: {image.removesuffix(made_for[1])}{_named(_processor(kind), image)}"
        for name, kind in kinds.items()
        if _processor(kind) != image_for
    ]
