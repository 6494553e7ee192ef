"""Shapes and text of pictures that no chart library draws: SVG elements at fixed places, with room for any name."""

from __future__ import annotations

import re
import unicodedata
from xml.etree import ElementTree

from dashboards.theme import LIGHT

SVG = "http://www.w3.org/2000/svg"
FONT = "Public Sans, Segoe UI, system-ui, sans-serif"
HATCH = "url(#q-hatch)"
Element = ElementTree.Element
# Characters that XML 1.0 has no place for; a name may hold anything.
_NOT_IN_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Widths of letters of Public Sans against its size, rather too wide.
_NARROW, _USUAL, _WIDE = 0.32, 0.56, 0.72
_NARROW_LETTERS = frozenset("fijlrtI .,:;'|·!()[]-")
_WIDE_LETTERS = frozenset("mwMWOQGDNHUC%@")
_SOFT_HYPHEN = "\u00ad"

ElementTree.register_namespace("", SVG)


def clean(text: str) -> str:
    """Without characters that no picture and no page can hold."""
    return _NOT_IN_XML.sub("\ufffd", text)


def canvas(width: float, height: float) -> Element:
    """An empty drawing of a size in pixels, with the hatch of hidden figures at hand."""
    root = Element(f"{{{SVG}}}svg", {"width": f"{width:g}", "height": f"{height:g}"})
    hatch = {"id": "q-hatch", "width": "7", "height": "7", "patternUnits": "userSpaceOnUse"}
    pattern = ElementTree.SubElement(
        ElementTree.SubElement(root, f"{{{SVG}}}defs"), f"{{{SVG}}}pattern", {**hatch, "patternTransform": "rotate(45)"}
    )
    shape(pattern, "rect", width="1.4", height="7", fill=LIGHT.mark)
    return root


def shape(parent: Element, tag: str, **attributes: str | float) -> Element:
    """A shape; `stroke_width` becomes stroke-width, numbers are pixels."""
    texts = {
        name.replace("_", "-"): value if isinstance(value, str) else f"{value:.4g}"
        for name, value in attributes.items()
    }
    return ElementTree.SubElement(parent, f"{{{SVG}}}{tag}", texts)


def write(parent: Element, x: float, y: float, text: str, size: int, **attributes: str | float) -> None:
    """One line of text; `y` is its base line."""
    usual: dict[str, str | float] = {"fill": LIGHT.ink, "font_family": FONT, "font_size": size, "x": x, "y": y}
    shape(parent, "text", **{**usual, **attributes}).text = clean(text).replace(_SOFT_HYPHEN, "")


def width_of(text: str, size: float) -> float:
    """About how wide a line is in pixels, rather too wide; East Asian letters are square."""
    return sum(map(_letter, text)) * size


def _letter(sign: str) -> float:
    if sign in _NARROW_LETTERS:
        return _NARROW
    if sign in _WIDE_LETTERS:
        return _WIDE
    return 1.0 if unicodedata.east_asian_width(sign) in "WF" else _USUAL


def lines_of(text: str, room: float, size: float) -> list[str]:
    """Lines that fit into a room of so many pixels; words part at soft hyphens, then anywhere."""
    lines: list[str] = []
    for word in clean(text).split():
        head, *rest = word.split(_SOFT_HYPHEN)
        if lines and width_of(f"{lines[-1]} {word.replace(_SOFT_HYPHEN, '')}", size) <= room:
            lines[-1] += f" {word.replace(_SOFT_HYPHEN, '')}"
            continue
        lines.append(head)
        for place, part in enumerate(rest):
            dash = "-" if place < len(rest) - 1 else ""
            if width_of(lines[-1] + part + dash, size) <= room:
                lines[-1] += part
            else:
                lines[-1] += "-"
                lines.append(part)
    return [part for line in lines for part in _cut(line, room, size)]


def _cut(line: str, room: float, size: float) -> list[str]:
    """A line in pieces that fit; most lines are one."""
    pieces = [""]
    for sign in line:
        if pieces[-1] and width_of(pieces[-1] + sign, size) > room:
            pieces.append("")
        pieces[-1] += sign
    return pieces
