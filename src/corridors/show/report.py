"""The report: one HTML file that opens anywhere, offline, and says where each figure is from.

No script, no font, no request. A content security policy allows the one style sheet by its hash
and nothing else; every text is escaped. Pictures are SVG of the light palette, and the style sheet
repaints each of its colours for readers who prefer dark. `page` and `foot` serve the index of
several reports too.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from html import escape
from pathlib import Path

from corridors.data import results
from corridors.show import tables
from corridors.show.tables import Grid
from corridors.show.tokens import DARK, FONT_STACK, LIGHT, dark_of

__all__ = [
    "Picture",
    "Report",
    "Section",
    "Source",
    "Stamp",
    "foot",
    "html",
    "page",
    "write",
]


@dataclass(frozen=True)
class Picture:
    """An SVG (see `paper.svg`), what it shows for who cannot see it, and a caption."""

    svg: str
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the report; a blank line in `text` begins a new paragraph."""

    title: str
    text: str = ""
    figures: tuple[Picture, ...] = ()
    tables: tuple[Grid, ...] = ()


@dataclass(frozen=True)
class Source:
    """Where figures come from; only web addresses become links."""

    text: str
    address: str = ""


@dataclass(frozen=True)
class Stamp:
    """Which version of the package, figures of what date, and which result if it is one."""

    version: str
    digest: str
    data_date: str


@dataclass(frozen=True)
class Report:
    """All a report says. `answer` is the headline, a sentence each; the first is the largest."""

    title: str
    question: str
    answer: tuple[str, ...]
    sections: tuple[Section, ...]
    assumptions: tuple[str, ...]
    left_out: tuple[str, ...]
    sources: tuple[Source, ...]
    stamp: Stamp
    parameters: Grid | None = None


def write(path: str | os.PathLike[str], report: Report) -> Path:
    """Write the report, whole or not at all; raises as `corridors.data.results.put`."""
    return results.put(Path(path), html(report))


def html(report: Report) -> str:
    """The report as one HTML page."""
    sections = [_section(i, section) for i, section in enumerate(report.sections)]
    body = "\n".join([_head(report), *sections, _back(report)])
    return page(report.title, body, foot(report.stamp))


def page(title: str, body: str, foot: str, *, about: str = "") -> str:
    """A page around `body`; `title` is text, the rest HTML, `about` more of its head."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'{about}<link rel="icon" href="data:,">\n<title>{escape(title)}</title>\n'
        f"<style>{style}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        f"{foot}\n</body>\n</html>\n"
    )


def _head(report: Report) -> str:
    answer = "\n".join(f"<li>{escape(sentence)}</li>" for sentence in report.answer)
    links = [(f"s{i}", section.title) for i, section in enumerate(report.sections)]
    links += [("assumptions", "Assumptions"), ("left-out", "Left out"), ("sources", "Sources")]
    contents = "\n".join(f'<li><a href="#{at}">{escape(title)}</a></li>' for at, title in links)
    return (
        f"<header><h1>{escape(report.title)}</h1>\n"
        f'<p class="question">{escape(report.question)}</p>\n<ul class="answer">{answer}</ul>\n'
        f'<nav aria-label="Contents"><ul>{contents}</ul></nav></header>'
    )


def _section(number: int, section: Section) -> str:
    figures = "\n".join(map(_picture, section.figures))
    grids = "\n".join(map(tables.html, section.tables))
    return (
        f'<section id="s{number}"><h2>{escape(section.title)}</h2>\n'
        f"{_paragraphs(section.text)}\n{figures}\n{grids}</section>"
    )


def _paragraphs(text: str) -> str:
    parts = (part.strip() for part in text.split("\n\n"))
    return "\n".join(f"<p>{escape(part)}</p>" for part in parts if part)


def _picture(picture: Picture) -> str:
    """The SVG with a role and a name, in a box that scrolls where the screen is narrow."""
    label = escape(picture.alt)
    svg = picture.svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    caption = f"<figcaption>{escape(picture.caption)}</figcaption>" if picture.caption else ""
    return (
        f'<figure><div class="scroll" role="region" tabindex="0" aria-label="{label}">{svg}</div>'
        f"{caption}</figure>"
    )


def _back(report: Report) -> str:
    """Assumptions, what is left out, and sources: as much part of the answer as the figures."""
    parameters = tables.html(report.parameters) if report.parameters else ""
    sources = "\n".join(f"<li>{_source(source)}</li>" for source in report.sources)
    return "\n".join(
        [
            f'<section id="assumptions"><h2>Assumptions</h2>{_list(report.assumptions)}',
            f"{parameters}</section>",
            '<section id="left-out"><h2>What the model leaves out</h2>',
            f"{_list(report.left_out)}</section>",
            f'<section id="sources"><h2>Sources</h2><ol>{sources}</ol></section>',
        ]
    )


def _list(sentences: tuple[str, ...]) -> str:
    return "<ul>" + "\n".join(f"<li>{escape(one)}</li>" for one in sentences) + "</ul>"


def _source(source: Source) -> str:
    text = escape(source.text)
    if not source.address.startswith(("https://", "http://")):
        return f"{text} {escape(source.address)}".strip()
    address = escape(source.address)
    return f'{text} <a href="{address}" rel="noreferrer">{address}</a>'


def foot(stamp: Stamp) -> str:
    """The last line of a page: what made it, from figures of when."""
    result = f" · result <code>{escape(stamp.digest)}</code>" if stamp.digest else ""
    return (
        f"<footer><p>corridors {escape(stamp.version)} · figures of {escape(stamp.data_date)}"
        f"{result}</p></footer>"
    )


def _style() -> str:
    """The style sheet, with the palettes of `tokens`."""
    dark = _roles(DARK)
    repaint = "".join(
        f'svg [fill="{day}"]{{fill:{night}}}svg [stroke="{day}"]{{stroke:{night}}}'
        for day, night in dark_of().items()
    )
    return (
        f":root{{color-scheme:light dark;{_roles(LIGHT)}}}{_LAYOUT}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}{repaint}}}{_PRINT}"
    )


def _roles(colours: object) -> str:
    names = ("paper", "ink", "muted", "sea", "rule", "arriving")
    return "".join(f"--{name}:{getattr(colours, name)};" for name in names)


_LAYOUT = f"""
*{{box-sizing:border-box}}
body{{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 {FONT_STACK};
overflow-wrap:break-word}}
main,footer{{max-width:66rem;margin:0 auto;padding:0 1rem}}
header{{padding-top:1.5rem}}
h1{{font-size:28px;line-height:1.2;margin:0 0 .5rem}}
h2{{font-size:20px;margin:2.5rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--rule)}}
p,li{{max-width:46rem}}
p{{margin:.5rem 0}}
li{{margin:.25rem 0}}
a{{color:var(--arriving)}}
:focus-visible{{outline:2px solid var(--ink);outline-offset:2px}}
.question,.note,figcaption,footer{{color:var(--muted)}}
.note,figcaption,footer{{font-size:14px}}
.answer{{list-style:none;margin:1rem 0;padding:.75rem 1rem;background:var(--sea);border-radius:6px}}
.answer li{{max-width:none}}
.answer li:first-child{{font-size:20px;font-weight:600}}
nav ul{{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0}}
nav a{{display:inline-block;padding:.25rem 0}}
figure{{margin:1rem 0;border:1px solid var(--rule);border-radius:6px;width:fit-content;
max-width:100%;overflow:hidden}}
figcaption{{padding:.5rem 16px}}
.scroll{{overflow-x:auto}}
svg{{display:block;height:auto;max-width:100%;min-width:40rem}}
table{{border-collapse:collapse;font-variant-numeric:tabular-nums;margin-top:1rem}}
caption{{text-align:left;font-weight:600;padding:.25rem 0}}
th,td{{text-align:left;padding:.25rem 1rem .25rem 0;border-bottom:1px solid var(--rule);
vertical-align:top;font-weight:400}}
tbody th{{min-width:8rem}}
thead th{{color:var(--muted);font-size:14px;vertical-align:bottom}}
.number{{text-align:right;white-space:nowrap}}
footer{{padding:2rem 1rem;margin-top:2rem}}
code{{overflow-wrap:anywhere}}
@media (max-width:44rem){{h1{{font-size:24px}}.answer li:first-child{{font-size:18px}}
th,td{{padding-right:.6rem;font-size:14px}}
figure::after{{content:"Swipe the picture sideways to see all of it.";display:block;
padding:.5rem 16px;font-size:14px;color:var(--muted)}}}}
"""
_PRINT = """
@media print{body{font-size:11pt}nav,figure::after{display:none}
.scroll{overflow:visible}svg{min-width:0}
figure,tr{break-inside:avoid}h2{break-after:avoid}a{color:inherit}}
"""
