"""Charts of the pages as pictures: the same Altair chart, drawn without a browser, in the light tokens for paper."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from dashboards.language import spoken
from dashboards.theme import LIGHT

FONTS = Path(__file__).parent / "fonts"
WIDTH = 960
_INSET = 28
_LINE = 20
_LETTERS_A_LINE = 112
_FONT = "Public Sans, Segoe UI, system-ui, sans-serif"
_SVG = "http://www.w3.org/2000/svg"
# Characters that XML 1.0 has no place for; a name may hold anything.
_NOT_IN_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its words: title, a line below it, text alternative, and the release it is from (`foot`)."""

    name: str
    chart: Any
    title: str
    note: str
    alternative: str
    foot: str


def bare_svg(chart: Any, width: int, height: int | None = None) -> str:
    """The chart alone, at a width in pixels; nothing is fetched from anywhere."""
    import vl_convert  # an embedded script engine that only pictures need

    _know_fonts()
    spec = chart.to_dict()
    spec["width"] = width
    if height is not None:
        spec["height"] = height
    return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[], show_warnings=False))


def as_svg(picture: Picture) -> bytes:
    """The picture with title above and release below, as one file that stands on its own."""
    ElementTree.register_namespace("", _SVG)
    inner = ElementTree.fromstring(bare_svg(picture.chart, WIDTH))  # noqa: S314 - made here, from our own chart
    head = [(line, 20, 600, LIGHT.ink) for line in _wrapped(picture.title, 78)]
    head += [(line, 14, 400, LIGHT.muted) for line in _wrapped(picture.note)]
    foot = [(line, 12, 400, LIGHT.muted) for line in _wrapped(picture.foot, 130)]
    wide, high = (float(inner.get(side, "0")) for side in ("width", "height"))
    top = _INSET + sum(size + 8 for _, size, _, _ in head) + 8
    full_wide, full_high = wide + 2 * _INSET, top + high + len(foot) * _LINE + _INSET
    outer = ElementTree.Element(
        f"{{{_SVG}}}svg",
        {
            "width": f"{full_wide:g}",
            "height": f"{full_high:g}",
            "viewBox": f"0 0 {full_wide:g} {full_high:g}",
            "role": "img",
            "lang": spoken(),
            "aria-label": clean(picture.alternative),
        },
    )
    for tag, text in (("title", picture.title), ("desc", picture.alternative)):
        ElementTree.SubElement(outer, f"{{{_SVG}}}{tag}").text = clean(text)
    ElementTree.SubElement(outer, f"{{{_SVG}}}rect", {"width": "100%", "height": "100%", "fill": LIGHT.card})
    _write(outer, head, _INSET)
    inner.set("x", str(_INSET))
    inner.set("y", f"{top:g}")
    outer.append(inner)
    _write(outer, foot, top + high + 4)
    return bytes(ElementTree.tostring(outer, encoding="utf-8", xml_declaration=True))


def as_png(picture: Picture) -> bytes:
    """The same at twice the size, for slides and letters."""
    import vl_convert

    return bytes(vl_convert.svg_to_png(as_svg(picture).decode("utf-8"), scale=2))


def _write(parent: ElementTree.Element, lines: Sequence[tuple[str, int, int, str]], top: float) -> None:
    for text, size, weight, colour in lines:
        top += size + 4
        place = {"x": str(_INSET), "y": f"{top:g}", "fill": colour, "font-family": _FONT}
        place |= {"font-size": str(size), "font-weight": str(weight)}
        ElementTree.SubElement(parent, f"{{{_SVG}}}text", place).text = text
        top += 4


def _wrapped(text: str, letters: int = _LETTERS_A_LINE) -> list[str]:
    return textwrap.wrap(clean(text), letters)


def clean(text: str) -> str:
    """Without characters that no picture and no page can hold."""
    return _NOT_IN_XML.sub("\ufffd", text)


@cache
def _know_fonts() -> None:
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
