"""Names of variables in lists of several lines, and what npm calls the package managers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.plugins.doctor_lab import Lab, gems

OVER_LINES = "%w(\n  SIGNING_KEY\n  SIGNING_SALT\n).each do |name|\n{}end\n"


@pytest.mark.parametrize(
    "block",
    [
        "  ENV.fetch(name)\n",
        '  ENV.fetch(name) do\n    abort "#{name} is missing"\n  end\n',
        "  if ENV['DUMMY']\n    ENV[name] = 'x'\n    next\n  end\n\n"
        "  value = ENV.fetch(name) do\n    abort 'Set it'\n  end\n",
        "  raise name unless ENV[name]\n",
    ],
)
def test_each_name_of_a_list_over_several_lines_is_insisted_on(tmp_path: Path, block: str) -> None:
    file = Lab(tmp_path).report({"config/initializers/keys.rb": OVER_LINES.format(block)})[1]
    assert "SIGNING_KEY: " in file
    assert "SIGNING_SALT: " in file


@pytest.mark.parametrize(
    "block",
    [
        "  ENV.fetch(name) { 'x' }\n",
        "  ENV.fetch(name, nil)\n",
        "  puts ENV[name]\n",
        "  ENV.fetch(name) do\n    'x'\n  end\n",
    ],
)
def test_a_list_whose_block_does_without_is_let_be(tmp_path: Path, block: str) -> None:
    assert "environment" not in Lab(tmp_path).findings({"config/initializers/keys.rb": OVER_LINES.format(block)})


@pytest.mark.parametrize(
    ("said", "installed"),
    [
        ("yarn@4.5.1", "@yarnpkg/cli-dist@4.5.1 "),
        ("yarn@1.22.22", " yarn@1.22.22 "),
        ("pnpm@10.2.0", " pnpm@10.2.0 "),
    ],
)
def test_a_package_manager_is_installed_under_its_name_at_npm(tmp_path: Path, said: str, installed: str) -> None:
    files = {**gems("vite_rails 3.0.19"), "package.json": f'{{"packageManager": "{said}"}}'}
    lab = Lab(tmp_path)
    given = lab.findings(files)["node"].variables
    assert installed in given["app_assets_command"]
    again = lab.findings(
        files, assets_command=given["app_assets_command"], packages=given["rbenv_build_packages_extra"]
    )
    assert "node" not in again
