"""Words of downloads and paper that no page has, in both languages (LOOK section 6). Nothing is escaped here."""

from __future__ import annotations

from collections.abc import Mapping

from dashboards.language import spoken

ENGLISH: Mapping[str, str] = {
    "take_along": "Take this along",
    "take_along_note": "The files hold what this page shows you, with wave, policy and release.",
    "figures_csv": "Figures as CSV",
    "figures_parquet": "Figures as Parquet",
    "chart_svg": "Chart as SVG",
    "chart_png": "Chart as PNG",
    "gone": "What this page showed is no longer released. Load the page again.",
    "score_scale": "0 to 100",
    "share_scale": "share of people at or beyond the cut-off, 0 to 100\u00a0%",
    "compare_note": "Diamonds differ clearly from the organisation. Inside the lines, order means nothing.",
    "picture_foot": "{organisation} · {wave} · release {release} · policy {policy} · {signature}",
}
GERMAN: Mapping[str, str] = {
    "take_along": "Mitnehmen",
    "take_along_note": "Die Dateien enthalten, was diese Seite Ihnen zeigt, mit Welle, Regeln und Veröffentlichung.",
    "figures_csv": "Zahlen als CSV",
    "figures_parquet": "Zahlen als Parquet",
    "chart_svg": "Diagramm als SVG",
    "chart_png": "Diagramm als PNG",
    "gone": "Was diese Seite zeigte, ist nicht mehr veröffentlicht. Laden Sie die Seite neu.",
    "score_scale": "0 bis 100",
    "share_scale": "Anteil der Personen am oder jenseits des Schwellenwerts, 0 bis 100\u00a0%",
    "compare_note": "Rauten weichen deutlich von der Organisation ab. In den Linien besagt die Reihenfolge nichts.",
    "picture_foot": "{organisation} · {wave} · Veröffentlichung {release} · Regeln {policy} · {signature}",
}
PHRASES: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN}


def phrase(name: str, **parts: object) -> str:
    """One phrase in the language of the pages."""
    return PHRASES[spoken()][name].format(**parts)
