"""Worker servers come and go without a trace, what runs beside puma runs there and nowhere else, and no job is lost.

The application is the sample with a queue of its own in its database: a table, and a process that takes one job after
the other.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.account import OWN, Account
from tests.e2e.lab import Lab, temporary, until
from tests.e2e.load import Load
from tests.integration.sample_app.site import APPLICATION, NOT_COPIED

PORT = int(os.environ.get("RAILYARD_WORKERS_PORT", "5208"))
TABLE = """\
class CreateJobs < ActiveRecord::Migration[5.1]
  def change
    create_table :jobs do |t|
      t.string :host, limit: 60
      t.string :release_name, limit: 60
      t.string :colour, limit: 60
      t.integer :ended, null: false, default: 0
    end
  end
end
"""
#: Takes no new job once it is told to be quiet, and ends when the present one is done. RELEASE is the release's word.
WORKER = """\
require "socket"

quiet = over = false
trap("USR1") { quiet = true }
trap("TERM") { over = true }
$stdout.sync = true
puts "at work with RELEASE"

database = ActiveRecord::Base.connection
me = database.quote(Socket.gethostname)
colour = database.quote(ENV["COLOUR"].to_s)
until over
  took = quiet ? 0 : database.update(
    "UPDATE jobs SET host = #{me}, release_name = 'RELEASE', colour = #{colour} WHERE host IS NULL ORDER BY id LIMIT 1")
  if took.zero?
    sleep 0.1
  else
    sleep 0.4
    database.update("UPDATE jobs SET ended = ended + 1 WHERE host = #{me} AND ended = 0")
  end
end
"""
WORKS = "bundle exec rails runner lib/worker.rb"
PROCESSES = {"worker": {"quiet_signal": "USR1", "stop_timeout": 30}}


def groups(account: Account) -> dict[str, str]:
    """Names of the stack's security groups, and who is named in the rules of database and cache."""
    found = account.ec2.describe_security_groups(Filters=OWN)["SecurityGroups"]
    names = {one["GroupId"]: one["GroupName"].partition("-")[2] for one in found}
    let_in = {
        names[one["GroupId"]]: " ".join(
            sorted(names[pair["GroupId"]] for rule in one["IpPermissions"] for pair in rule["UserIdGroupPairs"])
        )
        for one in found
    }
    return let_in


@pytest.fixture(scope="module")
def cloud() -> Iterator[Lab]:
    """The API alone: nothing of this needs a server that runs."""
    with temporary("workers-api", PORT) as lab:
        lab.up("--api-only")
        yield lab


def test_worker_servers_come_and_go_without_a_trace(cloud: Lab) -> None:
    tags = ("--tags", "vpc,iam,security,ec2", "-e", "vpc_nat_gateway_mode=none")
    two = (*tags, "-e", json.dumps({"railyard_worker_count": 2, "railyard_app_processes": {"worker": "bin/jobs"}}))
    account = cloud.account()
    cloud.playbook("none", "site.yml", *tags)
    before, servers = groups(account), account.servers()
    assert sorted(servers) == ["jump01", "web01", "web02"] and "worker" not in before

    planned = cloud.playbook("plan", "playbooks/plan.yml", *two, "--check", "--diff")
    said = " ".join(planned.text.split())
    assert "railyard-worker02" in said and "railyard-worker" in said and "USD" in said, str(planned)
    assert sorted(account.servers()) == sorted(servers)

    cloud.playbook("two", "site.yml", *two)
    there = account.servers()
    assert sorted(there) == ["jump01", "web01", "web02", "worker01", "worker02"]
    workers = [there["worker01"], there["worker02"]]
    assert len({one["SubnetId"] for one in workers}) == 2
    assert {one["IamInstanceProfile"]["Arn"] for one in workers} == {there["web01"]["IamInstanceProfile"]["Arn"]}
    assert not any(one.get("PublicIpAddress") for one in workers)
    assert [group["GroupName"] for one in workers for group in one["SecurityGroups"]] == ["railyard-worker"] * 2
    assert groups(account) == {
        **before, "worker": "jump", "database": "web worker", "cache": "web worker"
    }  # fmt: skip
    assert cloud.playbook("two-again", "site.yml", *two).changed == 0

    cloud.playbook("none-again", "site.yml", *tags)
    assert {name: one["InstanceId"] for name, one in account.servers().items()} == {
        name: one["InstanceId"] for name, one in servers.items()
    }
    assert groups(account) == before
    assert cloud.playbook("nothing", "site.yml", *tags).changed == 0


@dataclass
class Shop:
    """The stack with its queue, and the directory that releases come from."""

    lab: Lab
    source: Path
    file: Path  # the variables, for -e

    @property
    def given(self) -> tuple[str, str]:
        return "-e", f"@{self.file}"

    def say(self, word: str, command: str = WORKS) -> None:
        """Make another release of the directory, whose worker writes this word beside each job."""
        (self.source / "Procfile").write_text(f"web: bundle exec puma\nworker: {command}\n")
        (self.source / "lib" / "worker.rb").write_text(WORKER.replace("RELEASE", word))

    def count(self, number: int) -> None:
        """From the next run on there are so many worker servers."""
        said = {"railyard_app_source": str(self.source), "railyard_app_processes": PROCESSES}
        self.file.write_text(json.dumps({**said, "railyard_worker_count": number}))

    def rails(self, ruby: str) -> str:
        """What a line of Ruby prints in the application."""
        done = self.lab.make("run", f"-e @{self.file} -- bundle exec rails runner '{ruby}'")
        return re.findall(r"^told (.*)$", done.text, re.MULTILINE)[-1]

    def order(self, number: int) -> None:
        """Put so many jobs into the queue; none takes those away that nobody has begun."""
        more = f"INSERT INTO jobs (ended) SELECT 0 FROM information_schema.columns LIMIT {number}"
        statement = more if number else "DELETE FROM jobs WHERE host IS NULL"
        self.rails(f'ActiveRecord::Base.connection.execute("{statement}"); puts "told all"')

    def jobs(self) -> list[tuple[str | None, str | None, str | None, int]]:
        """Host, release, colour of each job, and how often it was brought to its end."""
        statement = "SELECT host, release_name, colour, ended FROM jobs ORDER BY id"
        told = self.rails(f'puts "told " + ActiveRecord::Base.connection.select_rows("{statement}").to_json')
        return [tuple(one) for one in json.loads(told)]

    def done(self) -> list[tuple[str | None, str | None, str | None, int]]:
        """All jobs, once no job waits or is under way."""
        return until("all jobs are done", lambda: all(one[3] for one in self.jobs()) and self.jobs(), 240, 3)

    def release(self, host: str) -> str:
        """Where the application's link leads on a server."""
        return self.lab.on(host, "readlink /var/www/aws-intro-sample").split()[-1]

    def units(self, host: str) -> str:
        """Processes that run on a server beside nginx and puma, with these."""
        names = "'railyard-*@*.service' nginx.service puma.service puma.socket"
        shown = self.lab.on(host, f"systemctl list-units --plain --no-legend --state active {names}")
        return " ".join(sorted(re.findall(r"^(\S+)\.(?:service|socket) ", shown, re.MULTILINE)))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    work = tmp_path_factory.mktemp("workers")
    source = work / "shop"
    shutil.copytree(APPLICATION, source, ignore=NOT_COPIED)
    (source / "db" / "migrate" / "20261128000001_create_jobs.rb").write_text(TABLE)
    with temporary("workers", PORT) as lab:
        lab.up()
        made = Shop(lab, source, work / "shop.json")
        made.say("first")
        made.count(1)
        lab.playbook("site", "site.yml", *made.given, timeout=2400)
        yield made


def test_what_runs_beside_puma_runs_on_the_worker_server_and_nowhere_else(shop: Shop) -> None:
    lab, account = shop.lab, shop.lab.account()
    servers = account.servers()
    assert sorted(servers) == ["jump01", "web01", "web02", "worker01"]
    assert sorted(account.target_states()) == sorted(servers[name]["InstanceId"] for name in ("web01", "web02"))
    assert shop.units("worker01") == "railyard-worker@1"
    assert {shop.units(host) for host in ("web01", "web02")} == {"nginx puma puma"}
    assert not lab.reaches("web01", servers["worker01"]["PrivateIpAddress"], 22)
    listed = account.client("cloudwatch").describe_alarms(AlarmNamePrefix="railyard/w")["MetricAlarms"]
    alarms = {
        host: {one["AlarmName"].rpartition("/")[2] for one in listed if f"/{host}/" in one["AlarmName"]}
        for host in servers
    }
    assert alarms["worker01"] == alarms["web01"] and len(alarms["worker01"]) > 2
    shop.order(4)
    assert {one[1:] for one in shop.done()} == {("first", "", 1)}


def test_a_deployment_brings_the_release_to_it_and_loses_no_job(shop: Shop) -> None:
    before = len(shop.jobs())
    shop.say("second")
    # More than are done in the time that it takes, so that there is work at every moment.
    shop.order(2000)
    with Load(lambda: shop.lab.page()) as load:
        shop.lab.playbook("deploy", "playbooks/deploy.yml", *shop.given)
    shop.order(0)
    jobs = shop.done()[before:]
    assert len(jobs) > 50 and {one[3] for one in jobs} == {1}, "each that was begun, once"
    assert len({one[0] for one in jobs}) == 1 and {one[1] for one in jobs} == {"first", "second"}
    assert load.failures == [] and len(load.seconds) > 50
    assert len({shop.release(host) for host in ("web01", "worker01")}) == 1


def test_a_release_whose_worker_does_not_start_goes_nowhere(shop: Shop) -> None:
    shop.say("broken", "echo broken on purpose; exit 1")
    failed = shop.lab.playbook("broken", "playbooks/deploy.yml", *shop.given, fails=True)
    said = " ".join(failed.text.split())
    assert "worker01" in said and "broken on purpose" in said and "Every server runs the release it ran before" in said
    assert "railyard-worker@1" in shop.units("worker01")
    shop.order(2)
    assert {one[1] for one in shop.done()[-2:]} == {"second"}
    assert len({shop.release(host) for host in ("web01", "web02", "worker01")}) == 1
    shop.say("second")


def test_a_secret_reaches_it(shop: Shop) -> None:
    shop.lab.make("secret", f"set COLOUR {' '.join(shop.given)}", given="green\n", timeout=900)
    shop.order(2)
    assert {one[2] for one in shop.done()[-2:]} == {"green"}


def test_the_verbs_know_it(shop: Shop) -> None:
    lab = shop.lab
    status = " ".join(lab.make("status", " ".join(shop.given)).text.split())
    assert re.search(r"worker01 i-\w+ railyard-worker@1 active", status), status
    logs = lab.make("logs", f"-e @{shop.file} --since 2h --no-follow --process railyard-worker").text
    assert "worker01 railyard-worker" in logs and "web01 railyard-worker" not in logs
    assert "On worker01" in lab.make("run", f"--on worker01 -e @{shop.file} -- true").text


def test_without_worker_servers_web_servers_do_the_work_again(shop: Shop) -> None:
    shop.count(0)
    shop.lab.playbook("none", "site.yml", *shop.given, timeout=1200)
    account = shop.lab.account()
    assert sorted(account.servers()) == ["jump01", "web01", "web02"] and "worker" not in groups(account)
    assert {shop.units(host) for host in ("web01", "web02")} == {"nginx puma puma railyard-worker@1"}
    shop.order(20)
    assert len(shop.done()) > 20
    assert shop.lab.playbook("none-again", "site.yml", *shop.given).changed == 0

    shop.count(1)
    shop.lab.playbook("one", "site.yml", *shop.given, timeout=1200)
    assert shop.units("worker01") == "railyard-worker@1"
    assert {shop.units(host) for host in ("web01", "web02")} == {"nginx puma puma"}
    assert "railyard-worker@" not in shop.lab.on("web01", "ls /etc/systemd/system")
