"""Colour tokens of both themes (LOOK section 1), for style sheet and charts. The only place that names a colour."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

_STYLE_SHEET = Path(__file__).parent / "quorum.css"


@dataclass(frozen=True, slots=True)
class Shade:
    """One step of the strain ramp: fill, and the text colour that reads on it."""

    fill: str
    text: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme. `ramp` has five steps of 20 points, from little to much strain."""

    page: str
    card: str
    subtle: str
    ink: str
    muted: str
    line: str
    mark: str
    accent: str
    worse: str
    better: str
    caution: str
    second: str
    third: str
    ramp: tuple[Shade, Shade, Shade, Shade, Shade]


LIGHT = Tokens(
    page="#FBFAF7",
    card="#FFFFFF",
    subtle="#F1EFE9",
    ink="#1C2A30",
    muted="#566269",
    line="#D9D5CB",
    mark="#7A858A",
    accent="#0B5F6E",
    worse="#96331C",
    better="#1A5A8A",
    caution="#7A4E00",
    second="#A8501F",
    third="#5B4B9A",
    ramp=(
        Shade("#F8F5EC", "#1C2A30"),
        Shade("#F6E9C8", "#1C2A30"),
        Shade("#F0CE94", "#1C2A30"),
        Shade("#D88D5E", "#1C2A30"),
        Shade("#8A3547", "#FFFFFF"),
    ),
)
DARK = Tokens(
    page="#11181C",
    card="#172025",
    subtle="#1A2429",
    ink="#E7EDEE",
    muted="#A5B2B7",
    line="#334047",
    mark="#8D9BA1",
    accent="#74C7D4",
    worse="#F2A08A",
    better="#8CC4EE",
    caution="#EBC069",
    second="#EFA472",
    third="#B7A8F0",
    ramp=(
        Shade("#232C30", "#E7EDEE"),
        Shade("#3D372E", "#E7EDEE"),
        Shade("#66492F", "#E7EDEE"),
        Shade("#BE744A", "#11181C"),
        Shade("#F5BD8F", "#11181C"),
    ),
)


def tokens_for(theme_type: str | None) -> Tokens:
    """Tokens for Streamlit's theme type; light until the browser has said which it is."""
    return DARK if theme_type == "dark" else LIGHT


def ramp_step(score: float, is_high_worse: bool) -> int:
    """Step 1 to 5 of the strain ramp for a score of 0 to 100 (LOOK section 1)."""
    strain = score if is_high_worse else 100 - score
    return min(5, int(strain // 20) + 1)


def css_variables(tokens: Tokens) -> str:
    """Declarations of all tokens, `--q-ink` and so on, without a selector."""
    plain = [f"--q-{field.name}:{getattr(tokens, field.name)}" for field in fields(tokens) if field.name != "ramp"]
    steps = [
        f"--q-ramp-{step}:{shade.fill};--q-ramp-ink-{step}:{shade.text}"
        for step, shade in enumerate(tokens.ramp, start=1)
    ]
    return ";".join(plain + steps)


def style_sheet(tokens: Tokens) -> str:
    """The one style sheet, with the variables of a theme; paper always gets the light ones."""
    paper = f"@media print{{:root{{{css_variables(LIGHT)}}}}}"
    return f":root{{{css_variables(tokens)}}}\n{paper}\n{_style_rules(_STYLE_SHEET)}"


@lru_cache(maxsize=1)
def _style_rules(path: Path) -> str:
    return path.read_text(encoding="utf-8")
