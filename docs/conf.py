"""Sphinx: MyST pages in the furo theme. Build with `sphinx-build -W docs docs/_build`."""

from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

from corridors import __version__

lexers["csv"] = TextLexer()  # tables beside a journey file; Pygments knows no CSV
project = "corridors"
author = "the corridors contributors"
copyright = "the corridors contributors"
version = release = __version__
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist", "dollarmath"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"corridors {__version__}"
