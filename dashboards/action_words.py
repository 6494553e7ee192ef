"""Actions in words: cards for leaders, and a page for staff that stands on its own."""

from __future__ import annotations

from html import escape

from dashboards import parts, words
from dashboards.actions import Action
from dashboards.effects import effect_lines
from dashboards.frame import View
from dashboards.language import say, spoken
from dashboards.waves import Wave

_MOST_LINES = 5


def action_cards(view: View) -> str:
    """One card an action, the latest start first; says what to do where there is none."""
    if not view.actions:
        return parts.card(say("actions"), parts.paragraph(say("no_actions")))
    return parts.grid([_card(view, action) for action in view.actions], "2")


def _card(view: View, action: Action) -> str:
    effects = effect_lines(view.settings, view.shelf.waves, action)
    told = f"<h3>{escape(say('effects_title'))}</h3>" + "".join(parts.paragraph(line) for line in effects)
    return parts.card(
        action.title,
        parts.facts(_facts(view.wave, action), "q-wide"),
        parts.paragraph(action.note) if action.note else "",
        told if effects else "",
        parts.paragraph(say("action_caution"), "q-note"),
    )


def _facts(wave: Wave, action: Action) -> list[tuple[str, str]]:
    groups = [group.name for each in action.group_ids if (group := wave.group(each)) is not None]
    names = [measure.name for each in action.measure_ids if (measure := wave.measure(each)) is not None]
    measures = [*names[:1], *map(words.inside_sentence, names[1:])]
    return [
        (say("action_for"), words.listing(groups) if groups else say("whole_organisation")),
        *([(say("action_about"), words.listing(measures))] if measures else []),
        (say("action_owner"), action.owner),
        (say("action_decided"), words.day(action.decided_on)),
        (say("action_starts"), words.day(action.starts_on)),
        (say("action_state"), say(f"status_{action.status}")),
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
    foot = say(
        "what_we_did_foot",
        name=wave.root.name,
        wave=words.capital(words.wave_long_name(wave.wave_id)),
        release_id=wave.manifest.release_id,
    )
    return (
        f'<!doctype html><html lang="{spoken()}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(say('what_we_did'))}</title><style>body{{font:18px/1.5 system-ui,sans-serif;max-width:40rem;"
        "margin:2rem auto;padding:0 1rem;color:#1C2A30}h2{margin-bottom:0}li{margin-bottom:1rem}</style>"
        f"<h1>{escape(say('what_we_did'))}</h1><p>{escape(say('what_we_did_lead'))}</p><ul>{items}</ul>"
        f"<footer><small>{escape(foot)}</small></footer></html>"
    )


def _small_effect(view: View, action: Action) -> str:
    lines = effect_lines(view.settings, view.shelf.waves, action)
    return f'<br><span class="q-small">{escape(" ".join(lines))}</span>' if lines else ""


def done_card(view: View) -> str:
    """The last decisions, newest first, each with what can be told of its effect."""
    actions = view.actions
    if not actions:
        body = parts.paragraph(say("no_actions"))
    else:
        body = parts.bullets(
            f"<b>{escape(action.title)}</b>, {escape(say(f'status_{action.status}'))}, "
            f"{escape(say('from_day', day=words.day(action.starts_on)))}{_small_effect(view, action)}"
            for action in actions[:_MOST_LINES]
        )
    link = f'<p><a href="{words.link("actions")}" target="_self">{escape(say("open_actions"))}</a></p>'
    return parts.card(say("done_title"), body, link)
