# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

"""The Ruby that an application asks for in its own files."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
name: application_ruby
short_description: The Ruby that an application asks for in its own files
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Reads C(.ruby-version), C(.tool-versions), the Gemfile and its lock file in a directory of this machine. Where none of them names a
    Ruby, its Rails decides which will do. Of those that do, the one that a C(Dockerfile) builds on is taken first.
  - Of a repository at an URL, and of a directory that names no Ruby, nothing is known; who asks has a default for it.
positional: _input, gemfile
options:
  _input:
    description: Directory of the application, or what else its source is.
    type: str
    required: true
  gemfile:
    description: Its Gemfile, from there.
    type: str
    default: Gemfile
"""

EXAMPLES = r"""
- name: Compile the Ruby that the application wants, or else the newest
  ansible.builtin.include_role:
    name: railyard.aws.rbenv
  vars:
    rbenv_ruby_version: "{{ ('/srv/shop' | railyard.aws.application_ruby).ruby | default('3.4.7') }}"
"""

RETURN = r"""
_value:
  description:
    - C(ruby), a version that all of these files agree on; C(bundler), the one of the lock file, or where that does not run on this
      Ruby, one that does; C(rails), empty, as the bundle brings it.
    - Empty when they name no Ruby, or none that fits all of them (M(railyard.aws.app_doctor) says which).
  type: dict
  sample: {ruby: 3.4.7, bundler: 2.6.9, rails: ""}
"""

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application, NoApplication
from ansible_collections.railyard.aws.plugins.module_utils._doctor.bundle import fitting_bundler
from ansible_collections.railyard.aws.plugins.module_utils._doctor.rubies import best, wishes

#: Files that decide, beside the Gemfile and its lock file: read again when one of them has changed.
_FILES = (".ruby-version", ".tool-versions", "mise.toml", ".mise.toml", "Dockerfile")


def application_ruby(source: str, gemfile: str = "Gemfile") -> dict[str, str]:
    """Return the versions of Ruby, Bundler and Rails for the application in ``source``; {} where its files do not say."""
    root = Path(source).expanduser()
    if not source or not (root / gemfile).is_file():
        return {}
    files = (gemfile, f"{gemfile}.lock", *_FILES)
    return dict(_read(root, gemfile, tuple(_changed(root / name) for name in files)))


def _changed(file: Path) -> int:
    return file.stat().st_mtime_ns if file.is_file() else 0


# Variables are evaluated for every host and task.
@functools.lru_cache(maxsize=4)
def _read(root: Path, gemfile: str, _changed: tuple[int, ...]) -> dict[str, str]:
    try:
        app = Application(root, gemfile)
    except (NoApplication, OSError):
        return {}
    said = wishes(app)
    ruby = best(app, said) if said else ""
    return {"ruby": ruby, "bundler": fitting_bundler(app.lock.bundler[0], ruby), "rails": ""} if ruby else {}


class FilterModule:
    """Filters on applications."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"application_ruby": application_ruby}
