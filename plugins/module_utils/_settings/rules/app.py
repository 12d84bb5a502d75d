# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs about the application; see validation.py."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy import databases, environment, notices, references
from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Form, entry_problems, form_problems, shown
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules import source
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.database import engine_of, is_postgres, master_user
from ansible_collections.railyard.aws.plugins.module_utils._vpc.subnets import whole_number

Inputs = dict[str, Any]

#: Directories of the system, in which releases would lie between other things, or vanish at the next start.
_SYSTEM = (
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/lost+found",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/tmp",
    "/usr",
    "/var/cache",
    "/var/empty",
    "/var/lib",
    "/var/lock",
    "/var/log",
    "/var/mail",
    "/var/run",
    "/var/spool",
    "/var/tmp",
)
#: Directories that hold what is not the application's, but in which it may have one of its own.
_SHARED = ("/", "/home", "/media", "/mnt", "/opt", "/srv", "/usr/local", "/var", "/var/www")
#: Users of the system, of servers beside the application, and of the images.
SYSTEM_USERS = (
    "root",
    "daemon",
    "bin",
    "sys",
    "adm",
    "sync",
    "mail",
    "nobody",
    "sshd",
    "nginx",
    "www-data",
    "mysql",
    "redis",
    "systemd-network",
    "systemd-resolve",
    "messagebus",
    "chrony",
    "dbus",
    "polkitd",
    "postfix",
    "postgres",
    "rpc",
    "tcpdump",
    "tss",
    "unbound",
    "operator",
    "games",
    "backup",
    "proxy",
    "cwagent",
    "ssm-user",
    "ec2-instance-connect",
    "ec2-user",
    "admin",
    "ubuntu",
)
BESIDE = "railyard_app_databases"
#: Users that MySQL and RDS keep to themselves.
_DATABASE_USERS = re.compile(r"(?i:root|mysql(?:\..*)?|rds\w*|debian-sys-maint|mariadb\.sys)")
#: And those of PostgreSQL.
_POSTGRES_USERS = re.compile(r"(?i:rds\w*|pg_\w*|postgres|public|user|none|admin)")
_RIGHTS = re.compile(r"[A-Z]+(?: [A-Z]+)*(?:,[A-Z]+(?: [A-Z]+)*)*")

#: What a release brings itself would be hidden by an empty directory, a whole one of its own or the sources themselves.
_BROUGHT = r"(?:app|bin|config|db|lib|public|script|vendor|node_modules|\.git|\.bundle|vendor/bundle|\.)"
_SHARED_DIRECTORY = rf"(?!/)(?!.*\.\.)(?!.*//)(?!{_BROUGHT}$)[A-Za-z0-9._/-]*[A-Za-z0-9._-]"

_FORMS = (
    Form("app_gemfile", r"(?!/)(?!.*\.\.)[A-Za-z0-9._/-]+", "a path inside the application, such as Gemfile"),
    Form("app_packages_file", r"(?!/)(?!.*\.\.)[A-Za-z0-9._/-]*", "a path inside the application, such as debian-packages.txt"),
    Form("app_hooks", r"(?!/)(?!.*\.\.)(?!.*//)[A-Za-z0-9._][A-Za-z0-9._/-]*", "a directory inside the application, such as .railyard/hooks"),
    # Of 0 the program that ends them would make none.
    Form("app_hook_timeout", r"[1-9][0-9]{0,4}", "a number of seconds from 1 to 99999, such as 600"),
    Form("railyard_app_rails_env", r"[a-z][a-z0-9_]*", "a name of small letters, such as production"),
    Form("app_rails_env", r"[a-z][a-z0-9_]*", "a name of small letters, such as production"),
    Form("railyard_app_workers", r"|0|[1-9][0-9]?", "a number of puma's processes up to 99, such as 2, or nothing to leave it to the application"),
    Form("railyard_app_threads", r"|[1-9][0-9]?", "a number of threads up to 99, such as 5, or nothing to leave it to the application"),
    Form("app_bundle_without", r"|[a-z0-9_]+(?::[a-z0-9_]+)*", "groups with colons between them, such as development:test"),
    Form(
        "app_database_adapter",
        "|".join(("", *references.ADAPTERS)),
        f"the adapter that the application's bundle has, {', '.join(references.ADAPTERS)}, or nothing to have it read",
    ),
    Form("app_ruby_provider", r"rbenv|package", "rbenv or package"),
    Form("railyard_rds_ca_url", r"https://\S+", "an address such as https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"),
    Form("railyard_python_index_url", r"|https?://[^\s/]+\S*", "an address such as https://pypi.org/simple, or nothing for pip's own"),
    Form("railyard_checkip_url", r"https?://[^\s/]+\S*", "an address such as https://checkip.amazonaws.com"),
)
_ENTRIES = (
    Form("app_shared", _SHARED_DIRECTORY, "directories inside the application that no release brings, such as public/uploads"),
    *(
        Form(name, r"[A-Za-z0-9_-][A-Za-z0-9._-]*", "names of directories below public/, such as assets")
        for name in ("railyard_app_assets", "app_assets", "nginx_app_assets")
    ),
    Form("app_excludes", r"(?!/)\S+", "patterns from the application's root, such as log/*"),
)


def directory_problem(path: str) -> str:
    """Why a directory cannot be the application's own; empty where it can."""
    if not re.fullmatch(r"(?:/[A-Za-z0-9._@+-]+)+", path):
        return "which is no absolute directory of letters, digits and ._@+- without a slash at its end"
    if any(part in (".", "..") for part in path.split("/")):
        return "which leads through . or .."
    if re.fullmatch(r"/home/[^/]+", path):
        return "which is a person's or a user's home"
    if path in _SHARED or path in _SYSTEM or any(path.startswith(f"{one}/") for one in _SYSTEM if one != "/usr") or path.startswith(("/usr/", "/var/www.")):
        return "which holds what is not the application's"
    return ""


def path_problems(inputs: Inputs) -> list[str]:
    problems = []
    for name in ("railyard_app_path", "nginx_app_root", "puma_app_path"):
        why = directory_problem(str(inputs[name])) if name in inputs else ""
        if why:
            problems.append(f"{name} is '{shown(inputs[name])}', {why}; write a directory of the application's own, such as /var/www/aws-intro-sample.")
    path, ruby = (f"{inputs.get(name)}/" for name in ("railyard_app_path", "railyard_rbenv_root"))
    if path.startswith(ruby) or ruby.startswith(path):
        problems.append(
            f"railyard_app_path is '{shown(inputs['railyard_app_path'])}', and railyard_rbenv_root is '{shown(inputs.get('railyard_rbenv_root'))}': one lies "
            "in the other, and a deployment or a new Ruby would take it away; write two directories, such as /var/www/shop and /opt/rbenv."
        )
    return problems


def _nested_problems(inputs: Inputs) -> list[str]:
    given = inputs.get("app_shared")
    names = [str(one) for one in given] if isinstance(given, list) else []
    return [
        f"app_shared has '{shown(inner)}', which lies in '{shown(outer)}', which is shared as a whole; leave it out."
        for outer in names
        for inner in names
        if inner.startswith(f"{outer}/")
    ]


def deployment_problems(inputs: Inputs) -> list[str]:
    problems = []
    batch = inputs.get("railyard_deploy_batch")
    if not re.fullmatch(r"[1-9][0-9]*|[1-9][0-9]?%|100%", str(batch)):
        problems.append(f"railyard_deploy_batch is '{shown(batch)}'; write a number of servers, such as 1, or a share, such as 25%.")
    keep = inputs.get("railyard_app_keep_releases")
    number = whole_number(keep)
    # A parameter holds 4096 characters, and each remembered release takes some 300 of them.
    if number is None or not 2 <= number <= 10:
        problems.append(f"railyard_app_keep_releases is '{shown(keep)}'; write a number from 2 to 10: with less there is nothing to roll back to.")
    return problems


def webhook_problems(inputs: Inputs) -> list[str]:
    """The value is a secret, and in no message."""
    url = inputs.get("railyard_webhook_url")
    if not url or (isinstance(url, str) and notices.is_webhook(url)):
        return []
    return [
        "railyard_webhook_url (or RAILYARD_WEBHOOK_URL) is no address that can be told of deployments; write the https:// URL of a webhook in one line, "
        "as Slack shows it under Incoming Webhooks, or leave it empty."
    ]


def user_problems(inputs: Inputs) -> list[str]:
    """Users of the servers and of the database that somebody else already is."""
    problems = []
    for name in ("railyard_app_user", "app_group", "common_app_group", "puma_group"):
        if name not in inputs:
            continue
        user = str(inputs[name])
        if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,31}", user) or user in SYSTEM_USERS or user.startswith("systemd-"):
            problems.append(f"{name} is '{shown(user)}'; write small letters, digits and hyphens that no user of the system has, such as deploy.")
    user, master, postgres = str(inputs.get("railyard_app_database_user")), master_user(inputs), is_postgres(inputs)
    title, theirs, kept = ("PostgreSQL", _POSTGRES_USERS, databases.OF_POSTGRES) if postgres else ("MySQL", _DATABASE_USERS, databases.OF_MYSQL)
    if theirs.fullmatch(user) or user.lower() == master.lower() or not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", user):
        whose = "the master user" if user.lower() == master.lower() else f"which {title} or RDS keeps to itself, or which is no name of at most 32 letters"
        problems.append(f"railyard_app_database_user is '{shown(user)}', {whose}; write a user of the application's own, such as sample_app.")
    database = str(inputs.get("railyard_app_database") or "")
    longest = databases.longest(engine_of(inputs))
    if database and (database.lower() in kept or not re.fullmatch(rf"[A-Za-z0-9_-]{{1,{longest}}}", database)):
        problems.append(
            f"railyard_app_database is '{shown(database)}', which {title} keeps to itself, or which is no name of at most {longest} letters; write one "
            "such as sample_app, or nothing for none."
        )
    problems += beside_problems(inputs)
    problems += engine_problems(inputs)
    rights = inputs.get("app_database_rights")
    if rights is not None and not _RIGHTS.fullmatch(str(rights)):
        problems.append(f"app_database_rights is '{shown(rights)}'; write rights in large letters with commas, such as SELECT,INSERT,CREATE VIEW.")
    return problems


def beside_problems(inputs: Inputs) -> list[str]:
    """Databases beside the first one."""
    given = inputs.get(BESIDE)
    return [] if given is None else databases.problems(given, str(inputs.get("railyard_app_database") or ""), engine_of(inputs), BESIDE)


def engine_problems(inputs: Inputs) -> list[str]:
    """What the application is to speak to the database, against what the database is."""
    adapter, contract = str(inputs.get("app_database_adapter") or ""), inputs.get("railyard_app_contract")
    engine = engine_of(inputs)
    fitting = references.adapters_of(engine)
    problems = []
    if adapter in references.ADAPTERS and adapter not in fitting:
        problems.append(
            f"app_database_adapter is '{adapter}', which does not speak to {engine}; write {' or '.join(fitting)}, or nothing to have it read, or another "
            "railyard_database_engine."
        )
    if engine == "postgres" and contract == "book":
        problems.append(
            "railyard_app_contract is 'book', whose application knows MySQL only, and railyard_database_engine is 'postgres'; write rails or auto, or mysql."
        )
    return problems


def environment_problems(inputs: Inputs) -> list[str]:
    """What no environment can hold as it was meant; texts are not shown, they may be secrets."""
    given = inputs.get("app_environment")
    if not isinstance(given, dict):
        return []
    beside = inputs.get(BESIDE)
    problems = environment.problems(given, referring=True, databases=beside if isinstance(beside, (dict, list)) else ())
    problems += [why for why in map(environment.taken, given) if why]
    if inputs.get("railyard_app_database") == "":
        problems += [
            f"{name} refers to the database, and railyard_app_database is '', which is none; write the database's name there, or leave {name} out."
            for name in references.absent(given, "database")
        ]
    rails = inputs.get("railyard_app_rails_env")
    # Rails would be of one environment, and whatever else reads the setting or the other variable, such as Rack and the doctor, of another.
    problems += [
        f"{name} is '{shown(given[name])}', and railyard_app_rails_env is '{shown(rails)}'; write the environment there, and leave {name} out."
        for name in ("RAILS_ENV", "RACK_ENV")
        if isinstance(given.get(name), str) and rails and given[name] != rails
    ]
    return [f"app_environment: {problem}" for problem in problems]


def name_problems(inputs: Inputs) -> list[str]:
    """Parameters below the stack's name: AWS keeps some beginnings to itself."""
    stack = str(inputs.get("railyard_stack"))
    if not stack.lower().startswith(("aws", "ssm")):
        return []
    return [
        f"railyard_stack is '{stack}', but the Parameter Store, which remembers the releases below /{stack}/, takes no names that "
        "begin with aws or ssm; choose another: export RAILYARD_STACK=railyard"
    ]


def problems(inputs: Inputs, source_exists: bool) -> list[str]:
    """All problems of this topic."""
    return [
        *form_problems(inputs, _FORMS, ()),
        *entry_problems(inputs, _ENTRIES),
        *source.problems(inputs, source_exists),
        *path_problems(inputs),
        *_nested_problems(inputs),
        *deployment_problems(inputs),
        *webhook_problems(inputs),
        *user_problems(inputs),
        *environment_problems(inputs),
        *name_problems(inputs),
    ]
