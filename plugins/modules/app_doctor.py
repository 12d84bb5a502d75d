#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: app_doctor
short_description: Say what of a Rails application will not work on a stack
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Reads C(Gemfile), C(Gemfile.lock), C(package.json), C(Procfile), the configuration and the code of an application, and
    compares them with what a stack gives. What only other environments of Rails load is passed over.
  - Nothing of the application is run, and nothing is changed.
options:
  path:
    description: Directory of the application.
    type: path
    required: true
  app_path:
    description: Where the application is on a server.
    type: str
    default: /var/www/aws-intro-sample
  architecture:
    description: Processor of the servers, as Bundler calls it.
    type: str
    choices: [x86_64, aarch64]
    default: x86_64
  assets_command:
    description: Command that compiles a release's assets.
    type: str
    default: bundle exec rake assets:precompile
  bundle_frozen:
    description: Whether servers install what the lock file says and nothing else.
    type: bool
    default: true
  bundler_version:
    description: Bundler that servers have beside Ruby's own, where rbenv compiles that; empty for none.
    type: str
    default: ""
  bundle_with:
    description: Optional groups of gems that servers install, as C(BUNDLE_WITH) of the environment names them.
    type: list
    elements: str
    default: []
  bundle_without:
    description: Groups of gems that servers leave out.
    type: list
    elements: str
    default: [development, test]
  cache_tls:
    description: Whether clients of the stack's cache have to speak TLS (V(required)), may, or cannot.
    type: str
    choices: [required, preferred, disabled]
    default: required
  cluster_mode:
    description: Whether the stack's cache spreads its keys over shards.
    type: bool
    default: true
  contract:
    description: Whose names the environment of the servers has; V(auto) are those that the application expects.
    type: str
    choices: [auto, book, rails]
    default: auto
  database_adapter:
    description: Scheme of the servers' C(DATABASE_URL); empty is the adapter that the bundle has.
    type: str
    default: ""
  database_url:
    description: Whether the environment of the servers has a C(DATABASE_URL) with TLS, which Rails merges into its configuration.
    type: bool
    default: false
  databases:
    description: Databases that the stack makes beside the first one, as P(railyard.aws.app_databases#filter) takes them.
    type: raw
    default: []
  engine:
    description: Engine of the stack's database.
    type: str
    choices: [mysql, mariadb, postgres]
    default: mysql
  environment:
    description: Names of the variables that a person adds to the environment of the servers.
    type: list
    elements: str
    default: []
  eviction:
    description: What the cache throws away when its memory is full, as C(maxmemory-policy) has it.
    type: str
    default: allkeys-lru
  gemfile:
    description: The bundle's Gemfile, from the directory of the application.
    type: str
    default: Gemfile
  health_codes:
    description: Answers to the question for the application's health that say that it works, as a target group's matcher.
    type: str
    default: 200-499
  health_path:
    description: Path that is asked for the application's health.
    type: str
    default: /
  https:
    description: Whether the site has a certificate.
    type: bool
    default: true
  metadata_tokens:
    description: Whether servers give credentials only to who brings a token.
    type: str
    choices: [required, optional]
    default: required
  includes:
    description: Files of a directory that come along although git does not track them, as shell patterns.
    type: list
    elements: str
    default: []
  migrate_command:
    description: Command that migrates the databases of a release; empty where there are none.
    type: str
    default: bundle exec rake db:migrate
  object_ownership:
    description: Object ownership of the bucket for uploads.
    type: str
    choices: [BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter]
    default: BucketOwnerEnforced
  packages:
    description: Packages that servers have by a person's word.
    type: list
    elements: str
    default: []
  packages_file:
    description: File of the application that lists the distribution's packages it needs.
    type: str
    default: debian-packages.txt
  processes:
    description: Processes beside puma that a person declares, as O(railyard.aws.app_processes#module:declared); none means all of the Procfile.
    type: dict
    default: {}
  rails_env:
    description: Environment of Rails on the servers.
    type: str
    default: production
  region:
    description: AWS's region, in which O(secret) is.
    type: str
    default: ""
  ruby_provider:
    description: Where the servers' Ruby comes from.
    type: str
    choices: [rbenv, package]
    default: rbenv
  ruby_version:
    description: Version of the servers' Ruby, where rbenv compiles it.
    type: str
    default: 2.6.6
  schedules:
    description: What a person declares to run at times, as O(railyard.aws.app_schedules#module:declared).
    type: dict
    default: {}
  secret:
    description:
      - Name of the secret of Secrets Manager with what people gave the environment (C(make secret)). Names only are looked at.
      - Where AWS does not answer, that is said among what was not looked at. Empty asks nobody.
    type: str
    default: ""
  servers:
    description: How many servers run the application, each with a disk of its own.
    type: int
    default: 2
  workers:
    description: How many of them are worker servers.
    type: int
    default: 0
  site_host:
    description: Name of the site; empty is the load balancer's own.
    type: str
    default: ""
  source:
    description: Where releases come from, a git URL or a directory, without any secret.
    type: str
    default: ""
  shared:
    description: Directories that all releases of a server share, from the directory of the application.
    type: list
    elements: str
    default: [log, tmp/pids, public/assets]
  system:
    description: Distribution of the servers.
    type: str
    choices: [amazon, debian]
    default: debian
attributes:
  check_mode:
    description: Nothing is changed, so check mode makes no difference.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
"""

EXAMPLES = r"""
- name: Read an application before it is deployed
  railyard.aws.app_doctor:
    path: /home/ada/shop
    ruby_version: 3.4.1
  register: doctor

- name: Assert that it will work
  ansible.builtin.assert:
    that: doctor.breaks == 0
"""

RETURN = r"""
findings:
  description: What was found, what breaks first.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Name of the illness.
      type: str
      sample: imdsv1
    weight:
      description: V(breaks) or V(warns).
      type: str
      sample: breaks
    what:
      description: What will not work, and why.
      type: str
    where:
      description: Files and lines in which it was seen.
      type: str
      sample: config/environments/production.rb:42
    mend:
      description: The line that mends it, in the application or in the stack's variables.
      type: str
      sample: gem "fog-aws", ">= 3.6.4"
    loses:
      description: Whether the next release loses people's data, for certain.
      type: bool
    variables:
      description: Variables of the stack that mend it, or do so together with what C(mend) says.
      type: dict
      sample: {app_database_adapter: trilogy}
not_seen:
  description: What was not looked at.
  returned: success
  type: list
  elements: str
proposal:
  description: A file of variables, in YAML, that makes the application run as far as variables can; empty where none are needed.
  returned: success
  type: str
  sample: "railyard_ruby_version: 3.4.7"
spare:
  description: Variables of the environment that the application reads and does without.
  returned: success
  type: list
  elements: str
text:
  description: All of it in lines for people.
  returned: success
  type: str
  sample: Nothing of it breaks on this stack.
breaks:
  description: How many of them break something.
  returned: success
  type: int
  sample: 1
"""

from dataclasses import asdict
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.railyard.aws.plugins.module_utils._doctor import dotenv, environment, expects, names, processes, proposal, report
from ansible_collections.railyard.aws.plugins.module_utils._doctor import kept as secrets_kept
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application, NoApplication
from ansible_collections.railyard.aws.plugins.module_utils._doctor.checks import examine
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

LIST = {"type": "list", "elements": "str"}


@guarded
def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "architecture": {"type": "str", "choices": ["x86_64", "aarch64"], "default": "x86_64"},
            "app_path": {"type": "str", "default": "/var/www/aws-intro-sample"},
            "assets_command": {"type": "str", "default": "bundle exec rake assets:precompile"},
            "bundle_frozen": {"type": "bool", "default": True},
            "bundler_version": {"type": "str", "default": ""},
            "bundle_with": {**LIST, "default": []},
            "bundle_without": {**LIST, "default": ["development", "test"]},
            "cache_tls": {"type": "str", "choices": ["required", "preferred", "disabled"], "default": "required"},
            "cluster_mode": {"type": "bool", "default": True},
            "contract": {"type": "str", "choices": ["auto", "book", "rails"], "default": "auto"},
            "database_adapter": {"type": "str", "default": ""},
            "database_url": {"type": "bool", "default": False},
            "databases": {"type": "raw", "default": []},
            "engine": {"type": "str", "choices": ["mysql", "mariadb", "postgres"], "default": "mysql"},
            "environment": {**LIST, "default": []},
            "eviction": {"type": "str", "default": "allkeys-lru"},
            "gemfile": {"type": "str", "default": "Gemfile"},
            "health_codes": {"type": "str", "default": "200-499"},
            "health_path": {"type": "str", "default": "/"},
            "https": {"type": "bool", "default": True},
            "metadata_tokens": {"type": "str", "choices": ["required", "optional"], "default": "required"},
            "includes": {**LIST, "default": []},
            "migrate_command": {"type": "str", "default": "bundle exec rake db:migrate"},
            "object_ownership": {
                "type": "str",
                "choices": ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"],
                "default": "BucketOwnerEnforced",
            },
            "packages": {**LIST, "default": []},
            "packages_file": {"type": "str", "default": "debian-packages.txt"},
            "processes": {"type": "dict", "default": {}},
            "rails_env": {"type": "str", "default": "production"},
            "region": {"type": "str", "default": ""},
            "ruby_provider": {"type": "str", "choices": ["rbenv", "package"], "default": "rbenv"},
            "ruby_version": {"type": "str", "default": "2.6.6"},
            "schedules": {"type": "dict", "default": {}},
            "secret": {"type": "str", "default": "", "no_log": False},
            "servers": {"type": "int", "default": 2},
            "workers": {"type": "int", "default": 0},
            "shared": {**LIST, "default": ["log", "tmp/pids", "public/assets"]},
            "site_host": {"type": "str", "default": ""},
            "source": {"type": "str", "default": ""},
            "system": {"type": "str", "choices": ["amazon", "debian"], "default": "debian"},
        },
        supports_check_mode=True,
    )
    given = module.params
    try:
        app = Application(Path(given["path"]), given["gemfile"], given["rails_env"], tuple(given["bundle_without"]), tuple(given["bundle_with"]))
        kept = secrets_kept.names(given["secret"], given["region"])
        contract = expects.contract(app) if given["contract"] == "auto" else given["contract"]
        # What is wrong with them, `validate` says.
        beside = given["databases"] if isinstance(given["databases"], (dict, list)) else []
        provided = names.given_by(contract, beside) if given["database_url"] else names.given_by(contract) - {"DATABASE_URL"}
        stack = {
            **given,
            "contract": contract,
            "databases": beside,
            "database_adapter": given["database_adapter"] or expects.adapter(app, given["engine"]),
            "environment": [*given["environment"], *(kept or []), *dotenv.names(app, given["source"])],
            "kept": kept,
            "provided": provided,
        }
        findings = examine(app, stack)
        file = proposal.text(findings, stack)
        at_work = processes.running(app, stack)
        spare, not_seen = environment.spare(app, stack), report.unseen(app, stack)
    except (NoApplication, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=False,
        text=report.told(findings, file, spare, not_seen, at_work),
        findings=[asdict(finding) for finding in findings],
        breaks=sum(finding.weight == BREAKS for finding in findings),
        proposal=file,
        spare=spare,
        not_seen=not_seen,
    )


if __name__ == "__main__":
    main()
