"""Sphinx: MyST pages in the furo theme. Build with `sphinx-build -W docs docs/_build`."""

import inspect
import re
import textwrap

# Before autodoc, which loads modules as a type checker would: fastapi's models do not load so.
import fastapi  # noqa: F401
from pygments.lexers.special import TextLexer
from sphinx.highlighting import lexers

from corridors import __version__

lexers["csv"] = TextLexer()  # tables beside a journey file; Pygments knows no CSV
project = "corridors"
author = "the corridors contributors"
copyright = "the corridors contributors"
version = release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["deflist", "dollarmath"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"corridors {__version__}"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# Types are imported for the checker only, so a signature holds the short name of a class, of which
# several rooms may have one.
suppress_warnings = ["ref.python"]
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

#: What napoleon writes at the start of a line, and of which only the rest is prose.
FIELD = re.compile(r"^(\s*(?:(?::[a-z]+(?: [^:]*)?:|\*(?= )|\.\. .*?::)\s*)+|\s*\*\*.*?\*\*)(.*)$")


def plain(text):
    """A line of a docstring as it reads: letters such as w_ and M* mean themselves."""
    if not text.strip() or re.fullmatch(r"\s*[-=*:]+\s*", text):
        return text
    match = FIELD.match(text)
    head, rest = (match[1], match[2]) if match else ("", text)
    if head.lstrip().startswith(".. "):
        return text
    if head.lstrip().startswith((":type ", ":vartype ")) and rest:  # dimensions, not a class
        return f"{head}*{rest.replace('*', '').replace('`', '').strip()}*"
    parts = re.split(r"(``[^`]*``|`[^`]*`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*(?=\W|$))", rest)
    for at, part in enumerate(parts):
        if part.startswith("``"):
            continue
        if part.startswith("`"):
            parts[at] = f"`{part}`"
        else:
            part = part.replace("\\", "\\\\").replace("*", "\\*").replace("|", "\\|")
            parts[at] = re.sub(r"_(?=\W|$)", r"\\_", part.replace("`", "\\`"))
    return head + "".join(parts)


def as_it_reads(app, what, name, value, options, lines):
    """Theory as it stands in the source; indented lines of other docstrings as formulas."""
    if what == "module":
        lines[:] = ["::", "", *textwrap.indent("\n".join(lines), "    ").splitlines(), ""]
        return
    of_its_type = inspect.getdoc(type(value)) or ""
    if what == "data" and lines and of_its_type.startswith(lines[0].strip() or "-"):
        lines[:] = []  # what a dict or a Typer is, says nothing of this one
        return
    written, fields, block = [], False, False
    for line in lines:
        fields = fields or bool(FIELD.match(line))
        indented = line.startswith("    ") and not fields
        if indented and not block:
            written += ["", "::", ""]
        if block and not indented and line.strip() and written[-1]:
            written.append("")
        block = indented or (block and not line.strip())
        written.append(line if block else plain(line))
    lines[:] = written


def every_public_name(app, error):
    """Fail a build whose reference lacks a public name."""
    import logging
    import sys
    from pathlib import Path

    if error or app.builder.name != "html":
        return
    sys.path.insert(0, str(Path(app.confdir).parent / "tools"))
    import reference_pages

    described = set(app.env.domaindata["py"]["objects"])
    for module in reference_pages.modules():
        for name in reference_pages.defined_here(module):
            if f"{module.__name__}.{name}" not in described:
                logging.getLogger("sphinx.reference").warning(
                    "%s.%s is public and not in the reference", module.__name__, name
                )


def setup(app):
    """Connect what is above."""
    app.connect("autodoc-process-docstring", as_it_reads, priority=900)
    app.connect("build-finished", every_public_name)
