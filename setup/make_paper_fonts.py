"""Make the fonts of pictures and paper from the fonts of the pages: `python setup/make_paper_fonts.py`.

Typesetter and chart engine read no WOFF2 and no variable fonts, so two weights of Public Sans (SIL OFL 1.1, no reserved
name) are cut from dashboards/static. Signs that the packaged subsets lack (arrows, triangles, ring, at least, at most)
are drawn here. Run by hand after a change of those fonts; needs fonttools and brotli, which nothing else here does.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph
from fontTools.varLib import instancer

ROOT = Path(__file__).parents[1]
SOURCES = [ROOT / f"dashboards/static/public-sans-{part}-wght-normal.woff2" for part in ("latin", "latin-ext")]
TARGET = ROOT / "dashboards/exports/fonts"
# Weight, and the width of a stroke in units of 2,000 an em.
WEIGHTS = {"Regular": (400, 150), "SemiBold": (600, 215)}
ADVANCE, MIDDLE, CAP = 1300, 650, 1446
Shape = list[tuple[float, float]]


def signs(stroke: int) -> dict[str, list[Shape]]:
    """Outlines of each sign that is drawn; outer ones clockwise, inner ones the other way."""
    half = stroke / 2
    stem = [(MIDDLE - half, 0), (MIDDLE - half, 900), (MIDDLE + half, 900), (MIDDLE + half, 0)]
    head = [(MIDDLE, CAP), (MIDDLE + 380, 860), (MIDDLE - 380, 860)]
    full = [(MIDDLE, 1300), (MIDDLE + 580, 140), (MIDDLE - 580, 140)]
    ring = [circle(560), list(reversed(circle(560 - stroke)))]
    return {
        "\u2191": [stem, head],
        "\u2193": [flipped(stem), flipped(head)],
        "\u25b2": [full],
        "\u25bc": [flipped(full)],
        "\u25ef": ring,
    }


def circle(radius: float) -> Shape:
    """A ring's outline as 72 short edges."""
    turns = [-math.tau * step / 72 for step in range(72)]
    return [(MIDDLE + radius * math.cos(turn), CAP / 2 + radius * math.sin(turn)) for turn in turns]


def flipped(shape: Shape) -> Shape:
    """Upside down; the order is turned so that the outline keeps its sense."""
    return [(x, CAP - y) for x, y in reversed(shape)]


def draw(pen: TTGlyphPen, shapes: list[Shape]) -> None:
    """Outlines into a glyph."""
    for shape in shapes:
        pen.moveTo(shape[0])
        for point in shape[1:]:
            pen.lineTo(point)
        pen.closePath()


def add(font: TTFont, sign: str, glyph: Glyph, advance: int) -> None:
    """One more glyph, for one more character."""
    name = f"uni{ord(sign):04X}"
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    font["glyf"][name] = glyph
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][name] = (advance, font["glyf"][name].xMin)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[ord(sign)] = name


def add_bound(font: TTFont, sign: str, base: str, stroke: int) -> None:
    """At least and at most: the font's own sign, raised, above a bar."""
    name = font.getBestCmap()[ord(base)]
    recorded = DecomposingRecordingPen(font.getGlyphSet())
    font.getGlyphSet()[name].draw(recorded)
    pen = TTGlyphPen(None)
    recorded.replay(TransformPen(pen, (1, 0, 0, 1, 0, 190)))
    advance = font["hmtx"][name][0]
    draw(pen, [[(130, 0), (130, stroke), (advance - 130, stroke), (advance - 130, 0)]])
    add(font, sign, pen.glyph(), advance)


def cut(style: str, folder: Path) -> TTFont:
    """One weight of all sources, merged, with the signs."""
    weight, stroke = WEIGHTS[style]
    parts = []
    for source in SOURCES:
        font = TTFont(source)
        font.flavor = None
        fixed = instancer.instantiateVariableFont(font, {"wght": weight})
        parts.append(str(folder / f"{source.stem}-{style}.ttf"))
        fixed.save(parts[-1])
    merged = Merger().merge(parts)
    for sign, shapes in signs(stroke).items():
        pen = TTGlyphPen(None)
        draw(pen, shapes)
        add(merged, sign, pen.glyph(), ADVANCE)
    add_bound(merged, "\u2264", "<", stroke)
    add_bound(merged, "\u2265", ">", stroke)
    family = "Public Sans"
    names = {1: family, 2: style, 4: f"{family} {style}", 6: f"PublicSans-{style}", 16: family, 17: style}
    for record in merged["name"].names:
        record.string = names.get(record.nameID, record.string)
    merged["OS/2"].usWeightClass = weight
    return merged


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        for style in WEIGHTS:
            cut(style, Path(scratch)).save(TARGET / f"public-sans-{style.lower()}.ttf")
