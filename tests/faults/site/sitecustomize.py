"""Python imports this at its start where PYTHONPATH names this directory: every process of a run gets the faults.

They are installed when botocore is imported, so that processes that ask AWS nothing lose no time.
"""

import importlib.util
import sys
from importlib.abc import Loader, MetaPathFinder
from pathlib import Path

PACKAGE = Path(__file__).parents[1]


class Patched(Loader):
    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        # By its place: the project itself is not to be on the path of the run's processes.
        spec = importlib.util.spec_from_file_location("railyard_faults", PACKAGE / "__init__.py")
        sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        executed = importlib.import_module("railyard_faults.executed")
        if faults := executed.from_environment():
            executed.install(faults, module)


class Finder(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != "botocore.endpoint":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        spec.loader = Patched(spec.loader)
        return spec


sys.meta_path.insert(0, Finder())
