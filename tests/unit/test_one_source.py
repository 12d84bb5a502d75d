"""What two parts of the stack have to agree on is said once: change the setting, and all of them follow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
ROLES = (
    "alb",
    "app",
    "cloudwatch_agent",
    "common",
    "nginx",
    "processes",
    "puma",
    "rbenv",
    "rds",
    "elasticache",
    "iam",
    "s3",
    "ses",
    "security",
)

#: Settings of a person, none of them the usual one.
CHANGED: dict[str, Any] = {
    "railyard_stack": "shop",
    "railyard_domain": "example.com",
    "railyard_site_host": "example.com",
    "railyard_app_path": "/srv/shop",
    "railyard_app_processes": {"worker": "bin/jobs"},
    "railyard_app_schedule": {"digest": {"command": "bin/digest", "calendar": "daily"}},
    "railyard_schedule_prefix": "runs/",
    "railyard_app_user": "rails",
    "railyard_app_environment_file": "/etc/shop/env",
    "railyard_app_rails_env": "staging",
    "railyard_app_health_path": "/up",
    "railyard_app_health_codes": "200,302",
    "railyard_app_start_timeout": 77,
    "railyard_app_assets": ["compiled"],
    "railyard_health_path": "/lb",
    "railyard_web_port": 3333,
    "railyard_idle_timeout": 120,
    "railyard_drain_delay": 11,
    "railyard_smtp_secret_name": "/elsewhere/smtp",
    "railyard_mail_sender": "hello@example.com",
    "railyard_database_port": 3307,
    "railyard_cache_port": 6380,
    "railyard_rbenv_root": "/usr/local/rbenv",
}
SOCKET = "/srv/shop.d/shared/tmp/sockets/puma.sock"

#: What each consumer makes of them.
CONSUMERS: dict[str, Any] = {
    "app_path": "/srv/shop",
    "puma_app_path": "/srv/shop",
    "processes_app_path": "/srv/shop",
    "processes_declared": {"worker": "bin/jobs"},
    "processes_schedule": {"digest": {"command": "bin/digest", "calendar": "daily"}},
    "processes_schedule_prefix": "runs/",
    "iam_schedule_prefix": "runs/",
    "s3_schedule_prefix": "runs/",
    "processes_schedule_bucket == app_artifacts_bucket == iam_artifacts_bucket": True,
    "nginx_app_root": "/srv/shop",
    "app_socket": SOCKET,
    "puma_socket": SOCKET,
    "nginx_app_socket": SOCKET,
    "__app_kept_assets": "/srv/shop.d/shared/assets",
    "nginx_app_kept_assets": "/srv/shop.d/shared/assets",
    "railyard_agent_logs | map(attribute='file') | select('match', '/srv') | list": ["/srv/shop/log/staging.log"],
    "app_user": "rails",
    "puma_user": "rails",
    "processes_user": "rails",
    "common_app_user": "rails",
    "__app_env_file": "/etc/shop/env",
    "puma_environment_file": "/etc/shop/env",
    "processes_environment_file": "/etc/shop/env",
    "app_rails_env": "staging",
    "app_health_path": "/up",
    "puma_health_path": "/up",
    "nginx_app_health_path": "/up",
    "app_health_codes": "200,302",
    "nginx_app_health_codes": "200,302",
    "puma_start_timeout": 77,
    "app_assets": ["compiled"],
    "nginx_app_assets": ["compiled"],
    "alb_health_path": "/lb",
    "nginx_health_path": "/lb",
    "alb_target_port": 3333,
    "nginx_port": 3333,
    "alb_idle_timeout": 120,
    "nginx_keepalive_timeout": 135,
    "nginx_app_timeout": 120,
    "alb_deregistration_delay": 11,
    "app_smtp_secret": "/elsewhere/smtp",
    "ses_smtp_secret_name": "/elsewhere/smtp",
    "app_mail_sender": "hello@example.com",
    "ses_sender": "hello@example.com",
    # An apex: links, certificate and health checks have the name that people open.
    "app_host": "example.com",
    "alb_site_host": "example.com",
    "alb_certificate_names": ["example.com"],
    "nginx_site_host": "example.com",
    "__app_site": "example.com",
    "rds_port": 3307,
    "elasticache_port": 6380,
    "app_rbenv_root": "/usr/local/rbenv",
    "rbenv_root": "/usr/local/rbenv",
}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("sources")
    files = [PROJECT / "roles" / role / "defaults" / "main.yml" for role in ROLES]
    # Variables of a play win over those of groups, so what the stack gives the roles is read here once more.
    files += [PROJECT / "group_vars" / "all" / "_roles" / f"{role}.yml" for role in ROLES]
    files += [PROJECT / "roles" / "app" / "vars" / "main.yml"]
    expressions = {name: f"{{{{ {name} }}}}" for name in CONSUMERS}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [str(file) for file in files],
        "vars": {"found": expressions, "__app_gathered": {"stack": {}, "account_id": "123456789012"}},
        "tasks": [{"ansible.builtin.copy": {"content": "{{ found | to_json }}", "dest": str(folder / "found")}}],
    }
    (folder / "changed.yml").write_text(yaml.safe_dump(CHANGED))
    (folder / "play.yml").write_text(yaml.safe_dump([play]))
    done = subprocess.run(
        [
            *(Path(sys.executable).with_name("ansible-playbook"), "-i", PROJECT / "inventory" / "localhost.yml"),
            *("-e", f"@{folder / 'changed.yml'}", folder / "play.yml"),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "found").read_text())


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_follows_the_setting(rendered: dict[str, Any], name: str) -> None:
    assert rendered[name] == CONSUMERS[name]
