# The only front door. `make` alone lists the targets.
SHELL := /bin/bash
# pipefail: a failing command whose output is piped fails the target.
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV   := $(CURDIR)/.venv
# The collection is used from where it stands; nothing is installed into the user's own collections path.
export PATH := $(VENV)/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg

# What is handed on to the command of a target: make site ARGS="--tags alb"
ARGS ?=
# Version to release: make release VERSION=0.2.0
VERSION ?=
# Set to nothing in order to run on Amazon with the credentials of the environment: make site SANDBOX=
SANDBOX ?= yes
# Environment of the sandbox for a command, where there is one.
IN_ACCOUNT = $(if $(SANDBOX),environment=$$(python -m sandbox env) && eval "$$environment" &&)

.PHONY: help setup demo test test-full checks lint types sanity docs docs-site format unit coverage templates integration integration-full \
        molecule molecule-full e2e e2e-full prove compatibility bench changelog release sandbox-up sandbox-status sandbox-logs \
        sandbox-doctor sandbox-down site plan cost report verify ssh-config teardown deploy promote rollback releases restart status \
        maintenance sleep wake join run console logs secret tunnel doctor game export audit iam-policy down clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(VENV)/.ready ## Make the virtual environment with everything the project needs

$(VENV)/.ready: pyproject.toml sandbox/pyproject.toml tools/requirements.py tools/virtualenv tools/system-packages
	@tools/system-packages run
	@tools/virtualenv "$(PYTHON)" "$(VENV)"
	@touch $@

# What only the sandbox's hosts need of the machine, which is a Debian for that. A run against Amazon needs none of it.
$(VENV)/.sandbox-packages: tools/system-packages $(VENV)/.ready
	@tools/system-packages demo
	@touch $@

# What only the tests need of the machine: browser, linters.
$(VENV)/.test-packages: tools/system-packages $(VENV)/.ready
	@tools/system-packages test
	@touch $@

demo: setup $(VENV)/.sandbox-packages ## Bring up the sandbox and build the whole stack in it
	@tools/demo $(ARGS)

test: $(VENV)/.test-packages ## Run every test, from the linters to a browser on the finished stack
	@tools/test e2e integration molecule --beside checks unit templates

test-full: $(VENV)/.test-packages ## All of `test`, the sample application alone, and a full compile of Ruby and its restore
	@tools/test e2e-full integration integration-full molecule molecule-full --beside checks unit templates

checks: $(VENV)/.test-packages ## lint, types, sanity and docs, two at a time
	@$(MAKE) --jobs=2 --output-sync=target lint types sanity docs

lint: $(VENV)/.test-packages ## ruff (its format, too), yamllint and ansible-lint (profile production)
	@ruff check .
	@ruff format --check --quiet .
	@yamllint --strict .
	@ansible-lint

types: $(VENV)/.test-packages ## mypy: strict, but for what pyproject.toml lists
	@mypy $(ARGS)

sanity: $(VENV)/.test-packages ## ansible-test sanity on a copy of the collection
	@tools/sanity $(ARGS)

docs: $(VENV)/.test-packages ## Check the plugin documentation and the changelog
	@tools/docs

format: $(VENV)/.test-packages ## Format all Python as `ruff format` has it
	@ruff check --quiet --fix --select I .
	@ruff format .

# A few of them measure time, and the machine has other work: what fails, or waits for ever, is tried once more, and named
# at the end. The limit is of the test itself: that of a test with what it sets up would not count in the second try.
unit: $(VENV)/.test-packages ## Unit tests of plugins, sandbox and tree
	@python -m pytest -n 2 -q --timeout 300 -o timeout_func_only=true --reruns 1 -raR tests/unit $(ARGS)

# Not part of `unit`: counting lines costs two fifths more processor time.
coverage: $(VENV)/.test-packages ## Unit tests, and whether they run as many lines as pyproject.toml asks for
	@python -m pytest -n 2 -q --cov --cov-report=term $(ARGS) tests/unit

templates: $(VENV)/.test-packages ## Render templates with the roles' defaults and let nginx and sshd judge them
	@python -m pytest -q tests/templates $(ARGS)

# Those that take long, or fail on a machine with other work because their patience is short.
LONG_INTEGRATION := $(patsubst %,tests/integration/test_%.py,sample_app mysql postgres database_postgres delegation bad_day stacks sleep alarms \
                      environments defaults docs_site games redmine book machines nat_instance nat_role workers)

integration: $(VENV)/.test-packages ## Parts of the sandbox against the real servers behind them
	@python -m pytest -x -q --timeout 1500 tests/integration $(LONG_INTEGRATION:%=--ignore=%) $(ARGS)

integration-full: $(VENV)/.test-packages ## The sample application alone, with each of its tiers broken in turn; a real MySQL and a real PostgreSQL; a domain nobody delegated; a first build on AWS's worst day; two stacks side by side; a stack that sleeps and wakes; an alarm that goes off; a real account's defaults, and the book's profile; the site of documentation in a browser; every game of the book's tour; Redmine of Debian 13 by variables alone; a NAT instance that dies and is replaced, and from each mode to another; worker servers; other machines
	@python -m pytest -x -q $(LONG_INTEGRATION) $(ARGS)

molecule: $(VENV)/.test-packages ## The quick scenarios of the server roles in systemd containers
	@tools/molecule $(ARGS)

molecule-full: export RAILYARD_RUBY_FULL := 1
molecule-full: $(VENV)/.test-packages ## The other scenarios: a Ruby compiled, optimised and without a cache, Amazon Linux, many variables changed (55 minutes)
	@tools/molecule rbenv rbenv-restore amazon cloudwatch_agent rbenv-package processes app-variables common common-variables jump-variables nginx-refusal

# Two whole runs of site.yml with servers that are new: ten minutes.
LONG_E2E := tests/e2e/test_7_count.py

e2e: $(VENV)/.test-packages ## Build a stack of its own in a sandbox of its own and put it through everything
	@python -m pytest -x -q --timeout 1500 tests/e2e $(LONG_E2E:%=--ignore=%) $(ARGS)

e2e-full: $(VENV)/.test-packages ## The same, with a killed server that comes back while another comes
	@python -m pytest -x -q tests/e2e $(ARGS)

# Its choice is by chance, and an hour is long for one: not part of `test`. What plants faults for it is part of `unit`.
prove: setup $(VENV)/.sandbox-packages ## Try bad moments by chance for an hour: crashes, bad days, bad input, changes by hand, leaks, doors, losses under load (ARGS="everything", ARGS="crash input --seed 7")
	@python -m tests.resilience $(ARGS)

compatibility: ## Try the newest Ansible that is allowed: unit tests and syntax, in a Debian 13 (or PYTHON=python3.13)
	@PYTHON="$(if $(filter-out python3,$(PYTHON)),$(PYTHON))" tools/compatibility

bench: setup $(VENV)/.sandbox-packages ## Measure; figures go to build/bench.json (ARGS="running hop" measures these parts only)
	@python -m tools.bench $(ARGS)

sandbox-up: setup $(VENV)/.sandbox-packages ## Start the sandbox
	@python -m sandbox up $(ARGS)

sandbox-status: setup ## Show what runs in the sandbox (ARGS=--json for programs)
	@python -m sandbox status $(ARGS)

sandbox-logs: setup ## Show what the sandbox wrote
	@python -m sandbox logs $(ARGS)

sandbox-doctor: setup ## Say what this machine lacks for the sandbox
	@python -m sandbox doctor

sandbox-down: setup ## Stop the sandbox and everything in it
	@python -m sandbox down

site: setup ## ansible-playbook site.yml in the sandbox (SANDBOX= on Amazon; ARGS="--tags alb")
	@$(IN_ACCOUNT) ansible-playbook site.yml $(ARGS)

plan: setup ## Show what site.yml would change, and change nothing
	@$(IN_ACCOUNT) ansible-playbook playbooks/plan.yml --check --diff $(ARGS)

cost: setup ## Say what the stack costs an hour and a month, and has cost since it was made
	@$(IN_ACCOUNT) ansible-playbook playbooks/cost.yml $(ARGS)

report: setup ## Write a page about the stack for a browser: map, tiers, what is open to whom, releases, alarms
	@$(IN_ACCOUNT) ansible-playbook playbooks/report.yml $(ARGS)

verify: setup ## Ask the finished stack for its page
	@$(IN_ACCOUNT) ansible-playbook playbooks/verify.yml $(ARGS)

ssh-config: setup ## Write a client configuration, so that `ssh web01` works
	@$(IN_ACCOUNT) ansible-playbook playbooks/ssh_config.yml $(ARGS)

teardown: setup ## Remove the stack from its account; asks for its name
	@$(IN_ACCOUNT) ansible-playbook playbooks/teardown.yml $(ARGS)

# The words of ARGS are read by tools/verbs, from the environment: a shell would act on what is meant for a server.
VERB = $(IN_ACCOUNT) python -m tools.verbs --make $@

deploy: setup ## Bring a new release to the servers without a failed request (ARGS=main; SANDBOX= on Amazon, as for all verbs)
	@$(VERB)

promote: setup ## Bring the release that another environment runs, as it was built there (ARGS="from=staging")
	@$(VERB)

rollback: setup ## Bring back the release before, or the one that is named (ARGS=3f2a91c07d55)
	@$(VERB)

releases: setup ## Show which release is current, which ran before, and who did what
	@$(VERB)

status: setup ## Show what runs on each server, since when, and what the load balancer thinks of it
	@$(VERB)

restart: setup ## Restart puma on one server after the other without a failed request
	@$(VERB)

maintenance: setup ## Show a page instead of the application, or the application again (ARGS=on, ARGS=off)
	@$(VERB)

sleep: setup ## Stop what bills by the hour and keep the data; says what that saves a month
	@$(VERB)

wake: setup ## Bring a stack that sleeps back, with its data
	@$(VERB)

join: setup ## Take over a stack that others built, on a second machine: its settings, host keys, your login (ARGS=NAME; SANDBOX= on Amazon)
	@$(VERB)

run: setup ## Run a command of the application on one server (ARGS="bundle exec rake db:version"; ARGS="--on web02 ...")
	@$(VERB)

console: setup ## Open the application's console on one server
	@$(VERB)

logs: setup ## Follow what all servers and processes write, in order (ARGS="--since 2h --no-follow --process nginx")
	@$(VERB)

secret: setup ## Keep a secret of the application: its value comes from standard input (ARGS="set NAME"; rotate, unset, list)
	@$(VERB)

tunnel: setup ## Open the database at a port of this machine until Ctrl-C (ARGS="--port 13306")
	@$(VERB)

doctor: setup ## Say what of an application will not work on this stack (ARGS="-e railyard_app_source=...")
	@$(VERB)

# Its words are read as the verbs' are.
game: setup ## Break one thing of a chapter of the book, and time how long it takes to find and mend it (ARGS=chapter-7; hint, done, give-up, list)
	@$(IN_ACCOUNT) python -m tools.game --make

# Its words are read as the verbs' are.
export: setup ## Write what stands in the account as a template of CloudFormation (ARGS="mine.yml --importable"; SANDBOX= on Amazon)
	@$(IN_ACCOUNT) python -m tools.export --make

# The judges' own environment: what they need fits nothing else.
JUDGES := build/audit/venv
$(JUDGES)/.ready: tools/audit/requirements.txt | $(VENV)/.ready
	@echo "Installing the judges into $(JUDGES)"
	@"$(PYTHON)" -m venv --clear $(JUDGES)
	@$(JUDGES)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# The site's own environment: what its generator stands on fits no other.
SITE := build/site-venv
$(SITE)/.ready: tools/site/requirements.txt | $(VENV)/.ready
	@echo "Installing the generator of the site into $(SITE)"
	@"$(PYTHON)" -m venv --clear $(SITE)
	@$(SITE)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

docs-site: setup $(SITE)/.ready ## Build the site of documentation into build/site and check its links (ARGS=serve shows it on 127.0.0.1)
	@$(SITE)/bin/python -m tools.site $(ARGS)

# Its words are read as the verbs' are.
audit: setup $(JUDGES)/.ready ## Let public judges look at the stack that stands (ARGS="gixy lynis" asks these only; SANDBOX= on Amazon)
	@$(IN_ACCOUNT) python -m tools.audit --make

iam-policy: setup ## Write docs/iam-policy*.json: what the person who runs the playbooks may do
	@python -m tools.iam_policy $(ARGS)

changelog: setup ## Write CHANGELOG.md from changelogs/
	@tools/changelog

release: setup ## Write version and changelog, build the archive, commit and tag (VERSION=0.2.0); pushes nothing
	@tools/release "$(VERSION)"

down: sandbox-down ## Same as sandbox-down

clean: ## Remove everything that was made here, the sandbox and its state included
	@if [ -x $(VENV)/bin/python ]; then python -m sandbox down; fi
	@rm -rf $(VENV) .cache .ansible build .pytest_cache .ruff_cache .mypy_cache .sandbox .sandbox-* sandbox/*.egg-info tests/e2e/screenshots
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
