"""Actions in words: cards for leaders, and a page for staff that stands on its own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from dashboards import parts, words
from dashboards.actions import Action
from dashboards.frame import View
from dashboards.waves import Wave

_MOST_LINES = 5


def action_cards(view: View) -> str:
    """One card an action, the latest start first; says what to do where there is none."""
    if not view.actions:
        return parts.card(words.ACTIONS, parts.paragraph(words.NO_ACTIONS))
    return parts.grid([_card(view.wave, action) for action in view.actions], "2")


def _card(wave: Wave, action: Action) -> str:
    return parts.card(
        action.title,
        parts.facts(_facts(wave, action), "q-wide"),
        parts.paragraph(action.note) if action.note else "",
        parts.paragraph(words.ACTION_CAUTION, "q-note"),
    )


def _facts(wave: Wave, action: Action) -> list[tuple[str, str]]:
    groups = [group.name for each in action.group_ids if (group := wave.group(each)) is not None]
    measures = [measure.name for each in action.measure_ids if (measure := wave.measure(each)) is not None]
    return [
        (words.ACTION_FOR, words.listing(groups) if groups else words.WHOLE_ORGANISATION),
        *([(words.ACTION_ABOUT, words.listing(measures))] if measures else []),
        (words.ACTION_OWNER, action.owner),
        (words.ACTION_DECIDED, words.day(action.decided_on)),
        (words.ACTION_STARTS, words.day(action.starts_on)),
        (words.ACTION_STATE, words.ACTION_STATUS[action.status]),
    ]


def what_we_did(view: View) -> str:
    """A page for staff, to send or to pin up: decisions, no figures; one file without anything from outside."""
    wave = view.wave
    items = "".join(
        f"<li><h2>{escape(action.title)}</h2><p>"
        + " · ".join(f"{escape(name)}: {escape(value)}" for name, value in _facts(wave, action))
        + f"</p><p>{escape(action.note)}</p></li>"
        for action in view.actions
        if action.status != "dropped"
    )
    foot = f"{wave.root.name}. {words.capital(words.wave_long_name(wave.wave_id))}, release {wave.manifest.release_id}."
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(words.WHAT_WE_DID)}</title><style>body{{font:18px/1.5 system-ui,sans-serif;max-width:40rem;"
        "margin:2rem auto;padding:0 1rem;color:#1C2A30}h2{margin-bottom:0}li{margin-bottom:1rem}</style>"
        f"<h1>{escape(words.WHAT_WE_DID)}</h1><p>{escape(words.WHAT_WE_DID_LEAD)}</p><ul>{items}</ul>"
        f"<footer><small>{escape(foot)}</small></footer></html>"
    )


def done_card(actions: Sequence[Action]) -> str:
    """The last decisions, newest first."""
    if not actions:
        body = parts.paragraph(words.NO_ACTIONS)
    else:
        body = parts.bullets(
            f"<b>{escape(action.title)}</b>, {escape(words.ACTION_STATUS[action.status])}, "
            f"{escape(words.from_day(action.starts_on))}"
            for action in actions[:_MOST_LINES]
        )
    link = f'<p><a href="actions" target="_self">{escape(words.OPEN_ACTIONS)}</a></p>'
    return parts.card(words.DONE_TITLE, body, link)
