"""Model-agnostic searches with rapidity-mass matrices.

What is listed in `__init__.pyi` is imported when it is first used: `rapidmass.Layout`.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
