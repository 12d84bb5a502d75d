"""The doctor on config/puma.rb: what of it ends puma on a server, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.plugins.doctor_lab import STACK, Lab, gems

SHARED = """app_dir = File.expand_path("../..", __FILE__)
shared_dir = "#{app_dir}/shared"
bind "unix://#{shared_dir}/sockets/puma.sock"
stdout_redirect "#{shared_dir}/log/puma.stdout.log", "#{shared_dir}/log/puma.stderr.log", true
pidfile "#{shared_dir}/pids/puma.pid"
"""
AWAY = {
    "an absolute place": "stdout_redirect '/srv/shop/log/out.log', '/srv/shop/log/err.log', true\n",
    "beside the application": 'root = File.expand_path("../../..", __FILE__)\npidfile "#{root}/pids/puma.pid"\n',
    "in production only": "if ENV.fetch('RAILS_ENV') == 'production'\n  state_path '/home/git/shop/puma.state'\nend\n",
    "over two lines": "stdout_redirect 'log/out.log',\n  '/home/git/shop/log/err.log', true\n",
    "the directory of a container": "directory '/app'\n",
    "the socket of its control": "activate_control_app 'unix:///var/run/shop/pumactl.sock'\n",
}
FINE = {
    "what rails new writes": 'pidfile ENV["PIDFILE"] if ENV["PIDFILE"]\n',
    "with a default": 'pidfile ENV.fetch("PIDFILE") { "tmp/pids/server.pid" }\nstate_path "tmp/puma.state"\n',
    "where puma listens": "bind 'unix:///srv/shop/run/puma.sock'\nport ENV.fetch('PORT', 3000)\n",
    "shared directories": 'pidfile "tmp/pids/x.pid"\nstdout_redirect "log/out.log", "log/err.log", true\n',
    "in development": "if ENV['RAILS_ENV'] == 'development'\n  pidfile '/srv/shop/puma.pid'\nend\n",
    "a comment": "# stdout_redirect '/u/apps/lolcat/log/stdout', '/u/apps/lolcat/log/stderr'\n",
    "not in the background": "daemonize false\n",
    "its own directory": 'app = File.expand_path("..", __dir__)\ndirectory app\n',
    "control by TCP": "activate_control_app 'tcp://127.0.0.1:9293', { auth_token: 'x' }\n",
}


@pytest.mark.parametrize("case", AWAY)
def test_files_in_places_that_are_not_there(tmp_path: Path, case: str) -> None:
    found = Lab(tmp_path).findings({"config/puma.rb": AWAY[case]})["puma-place"]
    assert (found.weight, found.variables) == ("breaks", {})


@pytest.mark.parametrize("case", FINE)
def test_what_puma_starts_with(tmp_path: Path, case: str) -> None:
    assert Lab(tmp_path).findings({"config/puma.rb": FINE[case]}) == {}


def test_directories_that_releases_can_share(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    found = lab.findings({"config/puma.rb": SHARED})["puma-place"]
    assert found.variables == {"app_shared": [*STACK["shared"], "shared/log", "shared/pids"]}
    assert lab.findings({"config/puma.rb": SHARED}, shared=found.variables["app_shared"]) == {}


def test_the_environment_s_own_file_comes_first(tmp_path: Path) -> None:
    files = {"config/puma/production.rb": AWAY["an absolute place"], "config/puma.rb": ""}
    assert Lab(tmp_path).findings(files)["puma-place"].where == "config/puma/production.rb:1"


@pytest.mark.parametrize("version", ["4.3.12", "6.4.0"])
def test_the_background(tmp_path: Path, version: str) -> None:
    locked = gems()["Gemfile.lock"].replace("puma (6.4.0)", f"puma ({version})")
    found = Lab(tmp_path).findings({"Gemfile.lock": locked, "config/puma.rb": "daemonize true\n"})
    assert (found["puma-background"].weight, found["puma-background"].where) == ("breaks", "config/puma.rb:1")


ROOTED = """if ENV['RAILS_ENV'] == 'production'
  ROOT = ENV["{}"] || '/home/shop/shop'
  stdout_redirect "#{ROOT}/log/puma.log", "#{ROOT}/log/puma.err.log"
  pidfile "#{ROOT}/tmp/pids/puma.pid"
end
"""


def test_a_root_that_a_variable_names(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    # Servers have this one.
    assert lab.findings({"config/puma.rb": ROOTED.replace("{}", "APP_ROOT")}) == {}
    files = {"config/puma.rb": ROOTED.replace("{}", "SHOP_ROOT")}
    found = lab.findings(files)["puma-place"]
    assert found.variables == {"app_environment": {"SHOP_ROOT": STACK["app_path"]}}
    assert lab.findings(files, environment=["SHOP_ROOT"]) == {}
