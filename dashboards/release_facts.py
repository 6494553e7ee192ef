"""What About says about a release: only what its manifest and tables hold."""

from __future__ import annotations

import hashlib
from html import escape

from dashboards import parts, words
from dashboards.language import digits, say, say_n
from dashboards.waves import Wave


def policy_lead(wave: Wave) -> str:
    """When the rules were fixed, and whether the survey is anonymous or confidential."""
    manifest = wave.manifest
    return f"{say(f'policy_fixed_{manifest.policy_fixed}')} {say(f'grade_{manifest.source_grade}')}"


def rules_card(wave: Wave) -> str:
    """Five rules, with the numbers of this release."""
    rules = words.five_rules(wave.manifest.k, wave.manifest.k_res)
    lines = (f"<b>{escape(first)}</b> {escape(rest)}" for first, rest in rules)
    return parts.card(say("rules_title"), parts.bullets(lines, is_ordered=True))


def release_facts(wave: Wave) -> list[tuple[str, str]]:
    """Names and values that tell one release from all others."""
    manifest = wave.manifest
    shown, hidden = wave.shown_units, wave.hidden_units
    sizes = " / ".join(str(manifest.k[tier]) for tier in ("work", "sensitive", "guarded"))
    return [
        (say("wave"), words.capital(words.wave_long_name(manifest.wave_id))),
        *([(say("release_closed"), words.day(manifest.closes_on))] if manifest.closes_on else []),
        (say("release_id"), manifest.release_id),
        (say("release_policy"), say("release_policy_value", preset=manifest.preset, sizes=sizes)),
        (say("release_audit"), say("release_audit_value", checks=say_n("n_check", len(manifest.audit_checks)))),
        (say("release_groups"), say("release_groups_value", shown=len(shown), hidden=len(hidden))),
        (say("release_software"), _software(manifest.software)),
    ]


def signature_line(wave: Wave) -> str:
    """Whether signature and signer were checked."""
    return say("signed_trusted" if wave.is_signature_trusted else "signed_untrusted")


def release_card(wave: Wave) -> str:
    """Facts of the release, and the fingerprint of the key that signed it."""
    mark = parts.paragraph(signature_line(wave), "q-strong")
    digits = f'<span class="q-mono">{_fingerprint(wave.manifest.public_key)}</span>'
    fingerprint = f'<p class="q-small">{escape(say("fingerprint"))}<br>{digits}</p>'
    return parts.card(say("release_title"), mark, parts.facts(release_facts(wave)), fingerprint)


def answer_sheets(wave: Wave) -> list[tuple[str, str]]:
    """Answer sheets as counted on the way."""
    counts = wave.manifest.counts
    return [
        (say(f"count_{name}"), digits(counts[name]))
        for name in words.COUNTS
        if isinstance(counts.get(name), int) and (counts[name] or name in words.COUNTED_IN_EVERY_FILE)
    ]


def survey_card(wave: Wave) -> str:
    """Answer sheets as counted on the way, and the instruments asked."""
    asked = ", ".join(measure.name for measure in wave.measures)
    return parts.card(
        say("survey_title"),
        parts.facts(answer_sheets(wave), "q-tabular"),
        f'<p class="q-small">{escape(say("measures_asked", measures=asked))}</p>',
    )


def marks_card() -> str:
    """The legend, and a line for each mark."""
    lines = parts.facts(words.mark_meanings(), "q-wide")
    return parts.card(say("marks_title"), parts.legend(), lines)


def _software(software: object) -> str:
    """Name and version as the manifest gives them."""
    if isinstance(software, dict):
        return " ".join(str(value) for value in software.values())
    return str(software or say("not_stated"))


def _fingerprint(public_key: bytes) -> str:
    """The first 16 hex digits of the key's SHA-256, in groups of four."""
    digits = hashlib.sha256(public_key).hexdigest()[:16]
    return " ".join(digits[place : place + 4] for place in range(0, 16, 4))
