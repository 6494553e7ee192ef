"""Charts of the pages as pictures: the same Altair chart, drawn without a browser, in the light tokens for paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from dashboards.exports.drawing import SVG, Element, clean, lines_of, write
from dashboards.language import spoken
from dashboards.theme import LIGHT

FONTS = Path(__file__).parent / "fonts"
WIDTH = 960
_INSET = 28
_LINE = 20


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its words: title, a line below it, text alternative, and the release it is from (`foot`).

    `chart`: an Altair chart, drawn WIDTH pixels wide, or a drawing of its own size.
    """

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
    inner = picture.chart if isinstance(picture.chart, Element) else _drawn(picture.chart)
    wide, high = (float(inner.get(side, "0")) for side in ("width", "height"))
    room = max(wide, WIDTH)
    head = [(line, 20, 600, LIGHT.ink) for line in lines_of(picture.title, room, 20)]
    head += [(line, 14, 400, LIGHT.muted) for line in lines_of(picture.note, room, 14)]
    foot = [(line, 12, 400, LIGHT.muted) for line in lines_of(picture.foot, room, 12)]
    top = _INSET + sum(size + 8 for _, size, _, _ in head) + 8
    full_wide, full_high = room + 2 * _INSET, top + high + len(foot) * _LINE + _INSET
    outer = Element(
        f"{{{SVG}}}svg",
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
        ElementTree.SubElement(outer, f"{{{SVG}}}{tag}").text = clean(text)
    ElementTree.SubElement(outer, f"{{{SVG}}}rect", {"width": "100%", "height": "100%", "fill": LIGHT.card})
    _write(outer, head, _INSET)
    inner.set("x", str(_INSET))
    inner.set("y", f"{top:g}")
    outer.append(inner)
    _write(outer, foot, top + high + 4)
    return bytes(ElementTree.tostring(outer, encoding="utf-8", xml_declaration=True))


def _drawn(chart: Any) -> Element:
    return ElementTree.fromstring(bare_svg(chart, WIDTH))  # noqa: S314 - made here, from our own chart


def as_png(picture: Picture) -> bytes:
    """The same at twice the size, for slides and letters."""
    import vl_convert

    _know_fonts()
    return bytes(vl_convert.svg_to_png(as_svg(picture).decode("utf-8"), scale=2))


def _write(parent: Element, lines: Sequence[tuple[str, int, int, str]], top: float) -> None:
    for text, size, weight, colour in lines:
        top += size + 4
        write(parent, _INSET, top, text, size, font_weight=weight, fill=colour)
        top += 4


@cache
def _know_fonts() -> None:
    import vl_convert

    vl_convert.register_font_directory(str(FONTS))
