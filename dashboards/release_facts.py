"""What About says about a release: only what its manifest and tables hold."""

from __future__ import annotations

import hashlib
from html import escape

from dashboards import parts, words
from dashboards.overview import hidden_groups, shown_groups
from dashboards.waves import Wave


def policy_lead(wave: Wave) -> str:
    """When the rules were fixed, and whether the survey is anonymous or confidential."""
    manifest = wave.manifest
    return f"{words.POLICY_FIXED[manifest.policy_fixed]} {words.SOURCE_GRADE[manifest.source_grade]}"


def rules_card(wave: Wave) -> str:
    """Five rules, with the numbers of this release."""
    rules = words.five_rules(wave.manifest.k, wave.manifest.k_res)
    lines = (f"<b>{escape(first)}</b> {escape(rest)}" for first, rest in rules)
    return parts.card(words.RULES_TITLE, parts.bullets(lines, is_ordered=True))


def release_card(wave: Wave) -> str:
    """Facts of the release, and the fingerprint of the key that signed it."""
    manifest = wave.manifest
    shown, hidden = shown_groups(wave), hidden_groups(wave)
    sizes = " / ".join(str(manifest.k[tier]) for tier in ("work", "sensitive", "guarded"))
    pairs = [
        ("Wave", words.capital(words.wave_long_name(manifest.wave_id))),
        *([("Closed", words.day(manifest.closes_on))] if manifest.closes_on else []),
        ("Release", manifest.release_id),
        ("Policy", f"{manifest.preset}, {sizes} people"),
        ("Attack test", f"passed, {words.count(len(manifest.audit_checks), 'check', 'checks')}"),
        ("Groups", f"{len(shown)} shown, {len(hidden)} hidden"),
        ("Made with", _software(manifest.software)),
    ]
    mark = parts.paragraph(words.SIGNED[wave.is_signature_trusted], "q-strong")
    digits = f'<span class="q-mono">{_fingerprint(manifest.public_key)}</span>'
    fingerprint = f'<p class="q-small">{escape(words.FINGERPRINT)}<br>{digits}</p>'
    return parts.card(words.RELEASE_TITLE, mark, parts.facts(pairs), fingerprint)


def survey_card(wave: Wave) -> str:
    """Answer sheets as counted on the way, and the instruments asked."""
    counts = wave.manifest.counts
    pairs = [
        (label, f"{counts[name]:,}")
        for name, label in words.COUNT_NAMES.items()
        if isinstance(counts.get(name), int) and (counts[name] or name in words.COUNTED_IN_EVERY_FILE)
    ]
    asked = ", ".join(measure.name for measure in wave.measures)
    return parts.card(
        words.SURVEY_TITLE, parts.facts(pairs, "q-tabular"), f'<p class="q-small">{escape(words.asked(asked))}</p>'
    )


def marks_card() -> str:
    """The legend, and a line for each mark."""
    lines = parts.facts(words.MARK_MEANINGS, "q-wide")
    return parts.card(words.MARKS_TITLE, parts.legend(), lines)


def _software(software: object) -> str:
    """Name and version as the manifest gives them."""
    if isinstance(software, dict):
        return " ".join(str(value) for value in software.values())
    return str(software or "not stated")


def _fingerprint(public_key: bytes) -> str:
    """The first 16 hex digits of the key's SHA-256, in groups of four."""
    digits = hashlib.sha256(public_key).hexdigest()[:16]
    return " ".join(digits[place : place + 4] for place in range(0, 16, 4))
