"""Say what a drafted map does with each column (FIRST_HOUR: `quorum map`). Structure only, never an answer."""

from __future__ import annotations

from flows.collect.draft_map import Decision, DraftLine, MapDraft

__all__ = ["render_map_report"]

_TOOLS = {"limesurvey": "LimeSurvey CSV", "tidy": "Tidy table", "table": "Table"}


def render_map_report(draft: MapDraft) -> str:
    """The lines `drop`, `sure`, `confirm` and `leave` with their counts, below one line on the file."""
    kind = _TOOLS.get(draft.tool, draft.tool) + (f", {draft.variant}" if draft.variant else "")
    signs = ", ".join(draft.signs_of_identity) or "none" + (
        " (no token, no IP, dates blanked)" if draft.tool == "limesurvey" else ""
    )
    lines = [f"{kind}. {draft.read_n:,} rows, {draft.columns_n} columns. Signs of identity in the file: {signs}."]
    drop, sure = draft.lines_of(Decision.DROP), draft.lines_of(Decision.SURE)
    if drop:
        used = (
            "used to tell complete from incomplete, then never stored" if draft.column_map.complete else "never stored"
        )
        lines.append(_row("drop", len(drop), f"{', '.join(line.column for line in drop)}   {used}"))
    if sure:
        lines.append(_row("sure", len(sure), _sure_text(sure)))
    for place, line in enumerate(confirm := draft.lines_of(Decision.CONFIRM)):
        lines.append(_row("confirm" if place == 0 else "", len(confirm) if place == 0 else 0, _confirm_text(line)))
    if leave := draft.lines_of(Decision.LEAVE):
        lines.append(_row("leave", len(leave), _leave_text(leave)))
    for text, name in draft.unknown_units.items():
        lines.append(_row("notice", 0, f'"{text}" is no unit. Nearest: "{name}"'))
    return "\n".join(lines) + "\n"


def _row(word: str, number: int, text: str) -> str:
    return f"{word:<8}{number if number else '':>3}  {text}"


def _sure_text(lines: tuple[DraftLine, ...]) -> str:
    structure = [line.target for line in lines if line.target in ("unit", "breakdown")]
    items_n = len(lines) - len(structure)
    items = [f"{items_n} items by the wording of question and answers"] if items_n else []
    return ", and ".join([*structure, *items])


def _confirm_text(line: DraftLine) -> str:
    return f'"{line.title}"  {line.note or "holds units, as another column does"}'


def _leave_text(lines: tuple[DraftLine, ...]) -> str:
    own_n = sum(line.note == "own question" for line in lines)
    kinds = sorted({line.note for line in lines if line.note != "own question"})
    texts = [f"{sum(line.note == kind for line in lines)} {kind}" for kind in kinds]
    if own_n:
        texts.append(
            f"{own_n} questions of your own (drafted in instruments/own.yaml, tier sensitive, "
            "collected once you confirm)"
        )
    return "; ".join(texts)
