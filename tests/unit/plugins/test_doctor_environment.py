"""The doctor on the environment: what an application insists on, what it does without, and what production is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.module_utils._deploy import environment as environments
from ansible_collections.railyard.aws.plugins.module_utils._doctor import names

from tests.unit.plugins.doctor_lab import PRODUCTION, WELL, Lab, gems

INITIALIZER = "config/initializers/stripe.rb"
CHANNEL = {"app/views/a.html.erb": "<%= turbo_stream_from @room %>\n"}


def production(*lines: str) -> dict[str, str]:
    text = WELL[PRODUCTION].replace("end\n", "".join(f"  {line}\n" for line in lines) + "end\n")
    return {PRODUCTION: text}


#: Line of an initializer, in which the application insists on STRIPE_KEY while it starts.
INSISTS = (
    'Stripe.api_key = ENV.fetch("STRIPE_KEY")',
    "Stripe.api_key = ENV.fetch 'STRIPE_KEY'",
    'Stripe.api_key = ENV.fetch(\n  "STRIPE_KEY"\n)',
    'Stripe.api_key = ENV["STRIPE_KEY"].strip',
    "Stripe.limit = Integer(ENV['STRIPE_KEY'])",
    'Stripe.uri = URI.parse(ENV["STRIPE_KEY"])',
    'Stripe.api_key = ENV["STRIPE_KEY"] || raise("no key")',
    'raise "no key" unless ENV["STRIPE_KEY"]',
    'abort "no key" if ENV["STRIPE_KEY"].blank?',
    'Stripe.configure(\n  key: ENV.fetch("STRIPE_KEY"),\n  live: true\n)',
    'Stripe.configure(ENV.fetch("STRIPE_KEY"), true)',
    'Stripe.keys = ENV["STRIPE_KEY"].nil? ? ENV["STRIPE_KEY"].split : []',
    'Rails.env.production? && Stripe.api_key = ENV.fetch("STRIPE_KEY")',
    "%w[STRIPE_KEY].each { |name| ENV.fetch(name) }",
    '["STRIPE_KEY"].each do |name|\n  raise "no #{name}" unless ENV[name]\nend',
    'Dotenv.require_keys("STRIPE_KEY")',
    'if Rails.env.production?\n  Stripe.api_key = ENV.fetch("STRIPE_KEY")\nend',
    'unless Rails.env.local?\n  Stripe.api_key = ENV.fetch("STRIPE_KEY")\nend',
    'return if Rails.env.test?\nStripe.api_key = ENV.fetch("STRIPE_KEY")',
    'Stripe.api_key = Rails.env.production? ? ENV.fetch("STRIPE_KEY") : "x"',
    'case Rails.env\nwhen "production"\n  Stripe.api_key = ENV.fetch("STRIPE_KEY")\nend',
)
#: Lines that need no such variable in production.
DOES_WITHOUT = (
    'Stripe.api_key = ENV.fetch("STRIPE_KEY", nil)',
    'Stripe.api_key = ENV.fetch("STRIPE_KEY") { "none" }',
    'Stripe.api_key = ENV.fetch("STRIPE_KEY") do\n  "none"\nend',
    'Stripe.api_key = ENV.fetch(\n  "STRIPE_KEY", "none"\n)',
    'Stripe.api_key = ENV.fetch("STRIPE_KEY") rescue nil',
    'Stripe.api_key = ENV["STRIPE_KEY"]',
    'Stripe.api_key = ENV["STRIPE_KEY"].presence || "none"',
    'Stripe.api_key = ENV["STRIPE_KEY"]&.strip',
    'Stripe.api_key = ENV["STRIPE_KEY"].strip if ENV["STRIPE_KEY"]',
    'if ENV["STRIPE_KEY"].present?\n  Stripe.api_key = ENV.fetch("STRIPE_KEY")\nend',
    'if ENV.key?("STRIPE_KEY")\n  Stripe.api_key = ENV.fetch("STRIPE_KEY")\nend',
    'Stripe.live = ENV["STRIPE_KEY"] == "true"',
    'Stripe.keys = ENV["STRIPE_KEY"] ? ENV["STRIPE_KEY"].split(",") : []',
    'Stripe.keys = ENV["STRIPE_KEY"].present? ? ENV["STRIPE_KEY"].split(",") : []',
    'Stripe.keys = ENV.key?("STRIPE_KEY") ? ENV.fetch("STRIPE_KEY") : nil',
    'Stripe.keys = ENV["STRIPE_KEY"] && ENV["STRIPE_KEY"].split(",")',
    'Rails.env.development? && Stripe.api_key = ENV.fetch("STRIPE_KEY")',
    'Stripe.configure(key: ENV.fetch("STRIPE_KEY", "none"), live: true)',
    'ENV["STRIPE_KEY"] ||= "none"\nStripe.api_key = ENV.fetch("STRIPE_KEY")',
    '# Stripe.api_key = ENV.fetch("STRIPE_KEY")',
    '=begin\nStripe.api_key = ENV.fetch("STRIPE_KEY")\n=end',
    'if Rails.env.development?\n  Stripe.api_key = ENV.fetch("STRIPE_KEY")\nend',
    'if Rails.env.production?\n  Stripe.on = true\nelse\n  Stripe.api_key = ENV.fetch("STRIPE_KEY")\nend',
    'unless Rails.env.production?\n  Stripe.api_key = ENV.fetch("STRIPE_KEY")\nend',
    'Stripe.api_key = ENV.fetch("STRIPE_KEY") if Rails.env.test? || Rails.env.development?',
    'Stripe.api_key = ENV.fetch("STRIPE_KEY") unless %w[production staging].include?(Rails.env)',
    'Stripe.api_key = Rails.env.production? ? "x" : ENV.fetch("STRIPE_KEY")',
    'return if Rails.env.production?\nStripe.api_key = ENV.fetch("STRIPE_KEY")',
    'return unless Rails.env.development?\nStripe.api_key = ENV.fetch("STRIPE_KEY")',
    'case Rails.env\nwhen "development"\n  Stripe.api_key = ENV.fetch("STRIPE_KEY")\nend',
)


@pytest.mark.parametrize("text", INSISTS)
def test_what_an_application_insists_on_is_named(tmp_path: Path, text: str) -> None:
    found = Lab(tmp_path).findings({INITIALIZER: f"{text}\n"})
    assert set(found) == {"environment"}
    finding = found["environment"]
    assert (finding.weight, finding.where.split(":")[0]) == ("breaks", INITIALIZER)
    assert "STRIPE_KEY" in finding.what and finding.variables["app_environment"]["STRIPE_KEY"]
    line = int(finding.where.split(":")[1])
    assert "STRIPE_KEY" in f"{text}\n".splitlines()[line - 1] or "fetch" in text.splitlines()[line - 1]


@pytest.mark.parametrize("text", INSISTS)
def test_what_is_given_is_there(tmp_path: Path, text: str) -> None:
    assert Lab(tmp_path).findings({INITIALIZER: f"{text}\n"}, environment=["STRIPE_KEY"]) == {}


@pytest.mark.parametrize("text", DOES_WITHOUT)
def test_what_it_does_without_alarms_nobody(tmp_path: Path, text: str) -> None:
    assert Lab(tmp_path).findings({INITIALIZER: f"{text}\n"}) == {}


#: Files in which the same line counts, and in which it does not.
@pytest.mark.parametrize(
    ("name", "says"),
    [
        (PRODUCTION, "environment"),
        ("config/application.rb", "environment"),
        ("config/puma.rb", "environment"),
        ("app/models/charge.rb", "environment"),
        ("config/environments/development.rb", ""),
        ("config/environments/test.rb", ""),
        ("config/environments/staging.rb", ""),
        ("config/deploy.rb", ""),
        ("config/deploy/production.rb", ""),
        ("spec/models/charge_spec.rb", ""),
        ("test/charge_test.rb", ""),
        ("lib/tasks/charge.rake", ""),
        ("lib/generators/charge.rb", ""),
    ],
)
def test_production_is_known_from_other_environments(tmp_path: Path, name: str, says: str) -> None:
    assert set(Lab(tmp_path).findings({name: 'KEY = ENV.fetch("STRIPE_KEY")\n'})) == ({says} if says else set())


def test_another_environment_s_file_counts_where_it_is_the_servers(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    app = lab.application({"config/environments/staging.rb": 'KEY = ENV.fetch("STRIPE_KEY")\n'}, environment="staging")
    assert [line.file for line in app.lines if "STRIPE_KEY" in line.text] == ["config/environments/staging.rb"]
    assert not [line for line in app.lines if line.file == PRODUCTION]


def test_what_waits_in_a_method_does_not_stop_the_start(tmp_path: Path) -> None:
    found = Lab(tmp_path).findings(
        {"app/models/charge.rb": 'class Charge\n  def key\n    ENV.fetch("STRIPE_KEY")\n  end\nend\n'}
    )
    assert {name: (one.weight, one.where) for name, one in found.items()} == {
        "environment-later": ("warns", "app/models/charge.rb:3")
    }


YML = WELL["config/database.yml"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        # Ruby in a comment of YAML is run, and Ruby for another environment, too.
        (YML + '# password: <%= ENV.fetch("SHOP_WORD") %>\n', "config/database.yml:15"),
        (YML.replace("storage/test.sqlite3", '<%= ENV.fetch("SHOP_WORD") %>'), "config/database.yml:11"),
        (YML + '# password: <%# ENV.fetch("SHOP_WORD") %>\n', ""),
        (YML + '# password: <%= ENV["SHOP_WORD"] %>\n', ""),
        # DATABASE_URL brings the password.
        (YML + '  password: <%= ENV["SHOP_DATABASE_PASSWORD"] %>\n', ""),
    ],
)
def test_ruby_in_yaml_is_run_wherever_it_stands(tmp_path: Path, text: str, says: str) -> None:
    found = Lab(tmp_path).findings({"config/database.yml": text})
    assert {name: one.where for name, one in found.items()} == ({"environment": says} if says else {})


def test_a_contract_s_names_are_there(tmp_path: Path) -> None:
    files = production('config.x = ENV.fetch("REDIS_URL")', 'config.y = ENV.fetch("SECRET_KEY_BASE")')
    lab = Lab(tmp_path)
    assert lab.findings(files) == {}
    text, file = lab.report(files, contract="book")
    assert "does not start without REDIS_URL" in text
    assert yaml.safe_load(file) == {"railyard_app_contract": "rails"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHOP_DB_HOST", {"from": "database.host"}),
        ("DB_PASSWORD", {"from": "database.password"}),
        ("MYSQL_USERNAME", {"from": "database.user"}),
        ("SIDEKIQ_REDIS_URL", {"from": "cache.url"}),
        ("REDIS_HOST", {"from": "cache.host"}),
        ("UPLOADS_BUCKET", {"from": "bucket.name"}),
        ("SMTP_SERVER", {"from": "mail.host"}),
        ("MAILER_SENDER", {"from": "mail.sender"}),
        ("CANONICAL_HOST", {"from": "site.host"}),
        ("BASE_URL", {"from": "site.url"}),
        ("STRIPE_SECRET_KEY", {"secret": "/{{ railyard_stack }}/app/stripe-secret-key"}),
        ("TENANT", "FILL-IN"),
    ],
)
def test_a_name_of_their_own_gets_what_the_stack_knows(name: str, value: Any) -> None:
    proposed, words = names.value(name)
    assert proposed == value and words
    # As validate judges it, once Ansible has put the stack's name in.
    if isinstance(value, dict) and "secret" in value:
        proposed = {"secret": value["secret"].replace("{{ railyard_stack }}", "railyard")}
    assert environments.problems({name: proposed}, referring=True) == []


@pytest.mark.parametrize(
    ("files", "stack", "where"),
    [
        (
            production(
                'config.session_store :redis_store, servers: ENV.fetch("SESSIONS_URL", "redis://localhost:6379/0")'
            ),
            {},
            f"{PRODUCTION}:4",
        ),
        (
            {**CHANNEL, "config/cable.yml": "production:\n  adapter: redis\n  url: redis://localhost:6379/1\n"},
            {},
            "config/cable.yml:3",
        ),
        # What `rails new` of Rails 5 writes, and nobody speaks over.
        ({"config/cable.yml": "production:\n  adapter: redis\n  url: redis://localhost:6379/1\n"}, {}, ""),
        ({"config/cable.yml": "development:\n  url: redis://localhost:6379/1\n"}, {}, ""),
        (
            {"config/cable.yml": 'production:\n  url: <%= ENV.fetch("REDIS_URL") { "redis://localhost:6379/1" } %>\n'},
            {},
            "",
        ),
        (
            {
                **CHANNEL,
                "config/cable.yml": 'production:\n  url: <%= ENV.fetch("REDIS_URL", "redis://localhost:6379") %>\n',
            },
            {"contract": "book"},
            "config/cable.yml:2",
        ),
        (production('config.x = ENV.fetch("HOST", "localhost:3000")'), {}, ""),
        ({"config/puma.rb": 'bind "tcp://127.0.0.1:9292"\n'}, {}, ""),
    ],
)
def test_a_service_that_is_looked_for_on_the_server_itself(tmp_path: Path, files, stack, where: str) -> None:
    found = Lab(tmp_path).findings(files, **stack)
    # The book's names alone give no REDIS_URL; the cache of the same application takes it from there.
    found.pop("environment-empty" if "contract" in stack else "", None)
    assert {name: one.where for name, one in found.items()} == ({"local-service": where} if where else {})


def test_variables_that_it_does_without_are_told_and_no_alarm(tmp_path: Path) -> None:
    text, file = Lab(tmp_path).report({INITIALIZER: 'Stripe.api_key = ENV["STRIPE_KEY"]\n'})
    assert text.startswith("Nothing of it breaks") and file == ""
    assert "does without: STRIPE_KEY." in text


def test_gems_of_other_groups_are_none_of_production_s(tmp_path: Path) -> None:
    files = gems("dalli 3.2.8", gemfile='group :development, :test do\n  gem "dalli"\nend\n')
    assert Lab(tmp_path).findings({**files, **production("config.x = :mem_cache_store")}) == {}
