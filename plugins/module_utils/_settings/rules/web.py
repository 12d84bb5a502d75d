# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs of load balancer, nginx and puma."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Form, Range, form_problems, shown
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import whole_number

Inputs = dict[str, Any]

#: What both nginx's configuration and a health check of AWS take as it stands.
_PLAIN_PATH = r"(?!//)(?!.*/\.{1,2}(?:/|$))/[A-Za-z0-9._~/-]{1,1023}"
_SIZE = r"[1-9]\d*[kKmMgG]?"
_FORMS = (
    # nginx answers it itself, so that "/" would hide the application's first page.
    Form("railyard_health_path", _PLAIN_PATH, "a path of letters, digits and ._~/- that is no page of the application, such as /health"),
    Form("railyard_app_health_path", r"/(?!/)[A-Za-z0-9._~/?&=+@:,-]{0,1023}", "a path that starts with a slash, such as /up"),
    *(
        Form(name, r"[2-4]\d\d(?:-[2-4]\d\d)?(?:,[2-4]\d\d(?:-[2-4]\d\d)?)*", "answers from 200 to 499, such as 200-499 or 200,302")
        for name in ("railyard_app_health_codes", "app_health_codes", "nginx_app_health_codes")
    ),
    Form("nginx_app_health_path", r"/(?!/)[A-Za-z0-9._~/?&=+@:,-]{0,1023}", "a path that starts with a slash, such as /up"),
    Form("nginx_answer_header_size", _SIZE, "a size in nginx's notation, such as 32k"),
    Form("alb_tls_policy", r"ELBSecurityPolicy-[A-Za-z0-9-]+", "a security policy of AWS, such as ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"),
    Form("alb_logs_prefix", r"(?!/)(?!.*AWSLogs)[A-Za-z0-9._/-]*(?<!/)", "letters, digits and hyphens without a slash at either end, such as alb"),
    Form("nginx_client_max_body_size", rf"0|{_SIZE}", "a size in nginx's notation, such as 20m"),
    Form("nginx_server_name", r"_|(?:[*.]?[A-Za-z0-9.*-]+)(?: [*.]?[A-Za-z0-9.*-]+)*", "names for server_name, such as www.example.com, or _ for all"),
    Form("puma_workers", r"|\d{1,3}", "a number of processes in quotes, or nothing to leave it to the application"),
    Form("puma_threads", r"|[1-9]\d{0,2}:[1-9]\d{0,2}", "threads as min:max in quotes, such as 2:5, or nothing to leave them to the application"),
    Form("puma_limit_memory", r"infinity|[1-9]\d*[KMGT]?|[1-9]\d?%|100%", "memory as MemoryMax takes it, such as 512M, 80% or infinity"),
    *(
        Form(name, r"(?:/[A-Za-z0-9._@-]+)+", "an absolute path of letters, digits and ._@-")
        for name in ("railyard_app_socket", "nginx_app_root", "nginx_app_socket", "nginx_app_kept_assets", "puma_app_path", "puma_socket", "app_socket")
    ),
)
_SECONDS = "a number of seconds"
_RANGES = (
    Range("railyard_web_port", 1024, 65535, "a port", "3000"),
    Range("railyard_idle_timeout", 1, 4000, _SECONDS, "60"),
    Range("railyard_drain_delay", 0, 3600, _SECONDS, "30"),
    Range("railyard_app_start_timeout", 5, 3600, _SECONDS, "300"),
    Range("alb_health_interval", 5, 300, _SECONDS, "10"),
    Range("alb_health_timeout", 2, 120, _SECONDS, "8"),
    Range("alb_healthy_threshold", 2, 10, "a number of checks", "2"),
    Range("alb_unhealthy_threshold", 2, 10, "a number of checks", "2"),
    Range("alb_deregistration_delay", 0, 3600, _SECONDS, "30"),
    Range("alb_idle_timeout", 1, 4000, _SECONDS, "60"),
    Range("alb_http_port", 1, 65535, "a port", "80"),
    Range("alb_https_port", 1, 65535, "a port", "443"),
    Range("alb_certificate_timeout", 0, 86400, _SECONDS, "600"),
    Range("alb_await_timeout", 10, 86400, _SECONDS, "600"),
    Range("nginx_app_keepalive", 0, 10000, "a number of connections", "0"),
    Range("nginx_worker_connections", 64, 65535, "a number of connections", "1024"),
    Range("nginx_keepalive_timeout", 1, 86400, _SECONDS, "75"),
    Range("nginx_client_timeout", 1, 86400, _SECONDS, "30"),
    Range("nginx_app_connect_timeout", 1, 75, _SECONDS, "5"),
    Range("nginx_app_timeout", 1, 86400, _SECONDS, "60"),
    Range("nginx_retry_after", 1, 86400, _SECONDS, "30"),
    Range("nginx_log_days", 1, 3650, "a number of days", "14"),
    Range("puma_backlog", 1, 65535, "a number of connections", "1024"),
    Range("puma_start_timeout", 5, 3600, _SECONDS, "300"),
    Range("puma_revive_delay", 1, 86400, _SECONDS, "60"),
    Range("puma_stop_timeout", 1, 3600, _SECONDS, "30"),
    Range("puma_restart_delay", 0, 3600, _SECONDS, "1"),
    Range("puma_restart_burst", 1, 1000, "a number of starts", "5"),
    Range("puma_restart_interval", 1, 86400, _SECONDS, "120"),
    Range("puma_limit_files", 256, 1048576, "a number of files", "65536"),
    Range("puma_limit_tasks", 16, 1000000, "a number of processes and threads", "512"),
    Range("app_health_timeout", 1, 3600, _SECONDS, "60"),
    Range("app_log_days", 1, 3650, "a number of days", "14"),
)


def web_problems(inputs: Inputs) -> list[str]:
    return [
        *form_problems(inputs, _FORMS, _RANGES),
        *_check_problems(inputs),
        *_port_problems(inputs),
        *_idle_problems(inputs),
        *_thread_problems(inputs),
        *_code_problems(inputs),
        *_path_problems(inputs),
    ]


def _check_problems(inputs: Inputs) -> list[str]:
    interval, timeout = (whole_number(inputs.get(f"alb_health_{what}")) for what in ("interval", "timeout"))
    if interval is None or timeout is None or timeout < interval:
        return []
    return [f"alb_health_timeout is '{timeout}', but alb_health_interval is {interval}, and a check ends before the next begins; write less than {interval}."]


def _port_problems(inputs: Inputs) -> list[str]:
    http, https = (whole_number(inputs.get(f"alb_{what}_port")) for what in ("http", "https"))
    if http is None or http != https:
        return []
    return [f"alb_https_port is '{https}', as alb_http_port is; write two ports, such as 80 and 443."]


def _idle_problems(inputs: Inputs) -> list[str]:
    """A server that closes first answers some requests of the load balancer with a closed connection, a 502."""
    idle = whole_number(inputs.get("alb_idle_timeout")) or whole_number(inputs.get("railyard_idle_timeout"))
    kept = whole_number(inputs.get("nginx_keepalive_timeout"))
    if idle is None or kept is None or kept > idle:
        return []
    return [f"nginx_keepalive_timeout is '{kept}', no more than alb_idle_timeout ({idle}): some requests would end in 502. Write {idle + 15} or more."]


def _thread_problems(inputs: Inputs) -> list[str]:
    found = re.fullmatch(r"(\d+):(\d+)", str(inputs.get("puma_threads")))
    if not found or int(found[1]) <= int(found[2]):
        return []
    return [f"puma_threads is '{shown(inputs['puma_threads'])}', fewest before most; write {found[2]}:{found[1]}."]


def _code_problems(inputs: Inputs) -> list[str]:
    """Answers from a number to a lower one, which are none at all."""
    return [
        f"{name} is '{shown(inputs[name])}', in which {first}-{last} is no answer at all; write the lower one first: {last}-{first}."
        for name in ("railyard_app_health_codes", "app_health_codes", "nginx_app_health_codes")
        for first, last in re.findall(r"(\d{3})-(\d{3})", str(inputs.get(name)))
        if first > last
    ]


def _path_problems(inputs: Inputs) -> list[str]:
    """nginx answers the load balancer's question itself: neither a directory of assets may be under that name nor a page of the application."""
    path, assets = str(inputs.get("railyard_health_path")), inputs.get("railyard_app_assets")
    taken = [one for one in (assets if isinstance(assets, list) else ()) if path == f"/{one}" or path.startswith(f"/{one}/")]
    return [f"railyard_health_path is '{path}', below which nginx looks for files of public/{one}; choose another, such as /health." for one in taken]
