"""The picture of a worked suppression: `python -m tests.architecture.suppression_picture` writes it anew.

What is hidden in it is not drawn by hand: the programme chooses, on the numbers of docs/explanation.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from flows.protect.solver import Nodes, Programme

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "suppression.svg"
TEAMS = (("Alder", 12, 50), ("Birch", 9, 60), ("Cedar", 7, 40), ("Dogwood", 3, 70))
K, K_RES = 5, 6
WIDTH, ROW, LEFT, BAR = 300, 34, 16, 9.0
INK, QUIET, SHOWN, HIDDEN, LEAK = "#1d2733", "#5b6773", "#2f6f8f", "#d9dee3", "#b3452c"


def shown_teams() -> set[str]:
    """The teams that the exact programme shows in the department of the example."""
    people = [n for _, n, _ in TEAMS]
    nodes = Nodes([-1, 0, 0, 0, 0], [0, *people], [1000, *(100 + n for n in people)], [K] * 5, range(5), K_RES)
    return {TEAMS[node - 1][0] for node in Programme(nodes).solve() if node}


def picture() -> str:
    """The SVG: who answered, what hiding one team gives away, what is shown instead."""
    shown, total = shown_teams(), sum(n * mean for _, n, mean in TEAMS)
    people = sum(n for _, n, _ in TEAMS)
    small = {name for name, n, _ in TEAMS if n < K}
    left = [(n, mean) for name, n, mean in TEAMS if name not in shown]
    left_n, left_sum = sum(n for n, _ in left), sum(n * mean for n, mean in left)
    lone = next((n, mean) for name, n, mean in TEAMS if name in small)
    others = " − ".join(f"{n}×{mean}" for name, n, mean in TEAMS if name not in small)
    panels = [
        _panel(
            0,
            "1  Who answered",
            {name for name, _, _ in TEAMS},
            (f"Department: {people} people, mean {total / people:.1f}",),
        ),
        _panel(
            1,
            "2  Only the small team hidden",
            {name for name, _, _ in TEAMS} - small,
            (
                f"Department: {people} people, mean {total / people:.1f}",
                f"{total} − {others} = {lone[0] * lone[1]}",
                f"{lone[0] * lone[1]} / {lone[0]} people = {lone[1]}: given away",
            ),
            is_leak=True,
        ),
        _panel(
            2,
            "3  What Quorum shows",
            shown,
            (
                f"Department: {people} people, mean {total / people:.1f}",
                f"Other teams: {left_n} people, mean {left_sum / left_n:.0f}",
                f"Subtraction finds {left_n} people, not {lone[0]}",
            ),
        ),
    ]
    size = f'width="{3 * WIDTH}" height="268" viewBox="0 0 {3 * WIDTH} 268"'
    title = (
        "A team of three is hidden; a second team keeps it company, so that subtraction finds ten people, not three."
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="sans-serif" font-size="13">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{3 * WIDTH}" height="268" fill="#ffffff"/>',
            *panels,
            "</svg>\n",
        ]
    )


def _panel(place: int, title: str, shown: set[str], notes: tuple[str, ...], *, is_leak: bool = False) -> str:
    x = place * WIDTH + LEFT
    parts = [f'<text x="{x}" y="28" font-size="15" font-weight="bold" fill="{INK}">{escape(title)}</text>']
    for row, (name, n, mean) in enumerate(TEAMS):
        y, is_shown = 48 + row * ROW, name in shown
        says = f"{n} people, mean {mean}" if is_shown else "not shown on its own"
        parts.append(f'<text x="{x}" y="{y + 15}" fill="{INK}">{name}</text>')
        parts.append(
            f'<rect x="{x + 66}" y="{y + 3}" width="{n * BAR:g}" height="16" rx="2" '
            f'fill="{SHOWN if is_shown else HIDDEN}"/>'
        )
        inside = n * BAR + 72
        parts.append(f'<text x="{x + inside:g}" y="{y + 15}" font-size="11" fill="{QUIET}">{says}</text>')
    for line, note in enumerate(notes):
        colour = LEAK if is_leak and line else INK
        weight = "bold" if line == len(notes) - 1 and line else "normal"
        parts.append(
            f'<text x="{x}" y="{206 + line * 24}" font-weight="{weight}" fill="{colour}">{escape(note)}</text>'
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PICTURE.write_text(picture(), "utf-8")
