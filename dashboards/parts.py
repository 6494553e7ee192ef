"""Markup that pages share: head, foot, banners, cards, facts, legend. Every name is escaped here, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from dashboards import words
from dashboards.language import say, spoken
from dashboards.releases import Shelf
from dashboards.waves import Wave
from flows.publish.read import RefusedRelease


def page(*parts: str) -> str:
    """Markup of ours, with the class the style sheet hangs on."""
    return f'<div class="q-page" lang="{spoken()}">{"".join(parts)}</div>'


def head(kicker: str, title: str, lead: str = "") -> str:
    """Where am I, the finding, one sentence."""
    lead_markup = f'<p class="q-lead">{escape(lead)}</p>' if lead else ""
    return f'<p class="q-kicker">{escape(kicker)}</p><h1>{escape(title)}</h1>{lead_markup}'


def foot(wave: Wave | None, is_demo: bool) -> str:
    """Where the figures come from."""
    if wave is None:
        return ""
    manifest = wave.manifest
    wave_words = words.capital(words.wave_long_name(manifest.wave_id))
    if manifest.closes_on:
        wave_words = say("foot_closed", wave=wave_words, day=words.day(manifest.closes_on))
    facts = [
        wave_words,
        say("foot_release", release_id=manifest.release_id),
        words.group_sizes(manifest.k),
        words.signature(wave.is_signature_trusted),
        *([say("demo_foot")] if is_demo else []),
    ]
    last = len(facts) - 1
    items = (f"<span>{escape(fact)}{'' if place == last else '&ensp;·'}</span>" for place, fact in enumerate(facts))
    return f'<footer class="q-foot">{"".join(items)}</footer>'


def demo_line() -> str:
    """The caution line of demo mode."""
    return f'<p class="q-banner q-caution">{escape(say("demo_line"))}</p>'


def refused(shelf: Shelf) -> str:
    """An alert for every release that is not shown because it does not verify."""
    stays = say("older_stays", wave=words.wave_long_name(shelf.latest.wave_id)) if shelf.latest else ""
    return "".join(
        f'<div class="q-banner" role="alert">{_reason(each)} {escape(stays)}</div>' for each in shelf.refused
    )


def _reason(refused_release: RefusedRelease) -> str:
    """Why a release is refused; the reader tells it in English alone."""
    reason = escape(refused_release.reason)
    if spoken() == "en":
        return reason
    return f'{escape(say("refused", wave_id=refused_release.wave_id))} <small lang="en">{reason}</small>'


def retracted(shelf: Shelf) -> str:
    """A line for every release that was withdrawn."""
    lines = []
    for each in shelf.retracted:
        unsigned = "" if each.is_signed else f" {say('unsigned_note')}"
        text = say("withdrawn_line", wave=words.wave_long_name(each.wave_id), note=each.note) + unsigned
        lines.append(f'<div class="q-banner">{escape(text)}</div>')
    return "".join(lines)


def alert(title: str, plain: str) -> str:
    """A banner that is read out at once."""
    return f'<div class="q-banner" role="alert"><b>{escape(title)}</b> {escape(plain)}</div>'


def trouble() -> str:
    """What is said when a page fails: what failed, what still works, what to do."""
    return (
        f'<div class="q-banner" role="alert"><h1>{escape(say("trouble_title"))}</h1>{paragraph(say("trouble"))}</div>'
    )


def quiet(title: str, text: str, more: str = "") -> str:
    """A remark with an accent edge; `more` is markup."""
    return f'<div class="q-banner q-quiet"><b>{escape(title)}</b> {escape(text)}{more}</div>'


def waiting(text: str) -> str:
    """Room for what is still being read, with a word on what that is."""
    return f'<div class="q-waiting" role="status"><p>{escape(text)}</p><i></i><i></i></div>'


def card(title: str, *body: str) -> str:
    """A card; `body` is markup."""
    return f'<section class="q-card"><h2>{escape(title)}</h2>{"".join(body)}</section>'


def paragraph(text: str, style: str = "") -> str:
    """A sentence or two."""
    return f'<p class="{style}">{escape(text)}</p>' if style else f"<p>{escape(text)}</p>"


def grid(cards: Sequence[str], columns: str) -> str:
    """Cards of equal height; `columns` is 2, 3 or 3to2."""
    return f'<div class="q-grid q-{columns}">{"".join(cards)}</div>'


def facts(pairs: Iterable[tuple[str, str]], style: str = "") -> str:
    """Names and values below each other; q-tabular for counts, q-wide for sentences."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in pairs)
    return f'<dl class="q-facts {style}">{rows}</dl>'


def bullets(lines: Iterable[str], is_ordered: bool = False) -> str:
    """A list; `lines` is markup."""
    tag = "ol" if is_ordered else "ul"
    return f"<{tag}>{''.join(f'<li>{line}</li>' for line in lines)}</{tag}>"


def legend(has_note: bool = True) -> str:
    """All state marks with their words; stands above every heat map."""
    labels = ("0–19", "20–39", "40–59", "60–79", "80+")
    scale = "".join(f'<i class="q-r{step}">{label}</i>' for step, label in enumerate(labels, start=1))
    marks = (
        ('<span class="q-swatch q-hidden"></span>', say("hidden")),
        ('<span class="q-swatch" aria-hidden="true">–</span>', say("not_asked")),
        ('<span class="q-swatch q-r5 q-bound">≥86</span>', say("legend_bound")),
        ('<span class="q-swatch q-low">57</span>', say("legend_low")),
        ('<span class="q-pool-mark" aria-hidden="true">&nbsp;</span>', say("legend_pooled")),
        ('<span class="q-other-mark" aria-hidden="true">&nbsp;</span>', say("legend_other")),
    )
    items = "".join(f"<span>{mark}{escape(text)}</span>" for mark, text in marks)
    note = f'<p class="q-small" style="margin-top:8px">{escape(say("ramp_note"))}</p>' if has_note else ""
    ramp = f'<span>{escape(say("low_strain"))}<span class="q-scale">{scale}</span>{escape(say("high_strain"))}</span>'
    return f'<div class="q-legend">{ramp}{items}</div>{note}'


def text(plain: str) -> str:
    """Text as markup."""
    return escape(plain)


def scale_bar(value: int, low: int | None, high: int | None) -> str:
    """A figure and its range on 0 to 100; decoration beside the sentence that says the same."""
    band = "" if low is None or high is None else f'<i style="left:{low}%;width:{high - low}%"></i>'
    return (
        f'<div aria-hidden="true"><div class="q-scalebar">{band}<b style="left:{value}%"></b></div>'
        '<div class="q-scaleends"><span>0</span><span>100</span></div></div>'
    )
