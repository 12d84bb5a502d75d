"""A puma that believes in another time.

The kernel's clock is that of the machine and of all that runs on it: no container may set it.
"""

from __future__ import annotations

import base64

from tests.e2e.lab import Lab

#: More than the quarter of an hour that AWS forgives a signature.
AHEAD = 3600
RUBY = "/run/railyard-clock.rb"
DROP_IN = "/run/systemd/system/puma.service.d/clock.conf"
#: Bit of the capability to set the clock, CAP_SYS_TIME.
SETS_CLOCK = 25

BEGIN = f"""
set -eu
cat > {RUBY} <<'RUBY'
class << Time
  alias_method :kernels_now, :now
  def now(**how)
    kernels_now(**how) + {AHEAD}
  end
end
RUBY
chmod 644 {RUBY}
mkdir -p $(dirname {DROP_IN})
printf '[Service]\\nEnvironment=RUBYOPT=-r{RUBY}\\n' > {DROP_IN}
systemctl daemon-reload
systemctl restart puma.service
"""
END = f"""
set -eu
rm {DROP_IN}
rmdir $(dirname {DROP_IN}) 2>/dev/null || true
systemctl daemon-reload
systemctl restart puma.service
rm {RUBY}
"""


def begin(lab: Lab, server: str) -> None:
    root(lab, server, BEGIN)


def end(lab: Lab, server: str) -> None:
    root(lab, server, END)


def root(lab: Lab, server: str, script: str) -> str:
    """Run a script as root of a server."""
    # Ansible would read quotes and line ends of it.
    encoded = base64.b64encode(script.encode()).decode()
    return lab.on(server, f"echo {encoded} | base64 -d | sudo bash")


def may_set_the_clock(status: str) -> bool:
    """Whether a process may, by the kernel's words on it in /proc."""
    (bounding,) = [line.split()[1] for line in status.splitlines() if line.startswith("CapBnd:")]
    return bool(int(bounding, 16) >> SETS_CLOCK & 1)


def nobody_sets_the_kernels(lab: Lab, server: str) -> None:
    """Asked before anybody touches a clock: it would be that of this machine."""
    assert not may_set_the_clock(lab.on(server, "cat /proc/1/status")), f"{server} may set the clock of this machine"
