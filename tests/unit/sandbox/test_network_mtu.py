"""How many bytes the way out of this machine carries."""

from __future__ import annotations

from sandbox.network import layer


def test_the_way_out_is_asked_where_its_route_is(monkeypatch):
    answers = {"route": '[{"dst": "default", "dev": "out0"}]', "link": '[{"ifname": "out0", "mtu": 1420}]'}

    def run(command):
        assert "route" in command or command[-1] == "out0"
        return answers["route" if "route" in command else "link"]

    monkeypatch.setattr(layer, "run", run)
    assert layer._mtu() == 1420
    answers["route"] = ""
    assert layer._mtu() == 1500
