"""What every unit test shares."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def service_models():
    """Every client of a run shares what describes its service: reading it anew takes most of a test's time."""
    from botocore.loaders import Loader

    def once(name):
        read, known = getattr(Loader, name), {}

        def load(self, *words, **named):
            key = (words, *sorted(named.items()))
            if key not in known:
                known[key] = read(self, *words, **named)
            return known[key]

        return load

    with pytest.MonkeyPatch.context() as patch:
        # The second has the endpoints of all regions, which every session reads.
        for name in ("load_service_model", "load_data_with_path"):
            patch.setattr(Loader, name, once(name))
        yield
