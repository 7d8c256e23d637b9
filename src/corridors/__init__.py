"""A computable model of the world migration system: ask what if, get figures and their sources.

The public names and their types stand in `__init__.pyi`; each is loaded on first use, so that
importing the package costs next to nothing. Subpackages are reached the same way:
`corridors.flows`, `corridors.journeys`, `corridors.projection`, ...
"""

import lazy_loader

__version__ = "0.2.0"

__getattr__, _names, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __dir__() -> list[str]:
    return sorted([*_names(), "__version__"])
