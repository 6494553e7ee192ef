"""Which measure tells of which challenge, practice and support: the coverage table (docs/reference/coverage.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.instrument import Catalogue
from surveys.measure_file import CHALLENGES, SUPPORTS

PRACTICES = SUPPORTS[:5]
CONSTRUCT_NAMES: Mapping[str, Mapping[str, str]] = {
    "compassion_fatigue": {"en": "Compassion fatigue", "de": "Mitgefühlserschöpfung"},
    "burnout": {"en": "Burnout", "de": "Burnout"},
    "vicarious_trauma": {"en": "Vicarious traumatisation", "de": "Indirekte Traumatisierung"},
    "stress": {"en": "Stress", "de": "Stress"},
    "anxiety": {"en": "Anxiety", "de": "Angst"},
    "depression": {"en": "Depression", "de": "Depression"},
    "imposter": {"en": "Imposter syndrome", "de": "Hochstapler-Syndrom"},
    "isolation": {"en": "Isolation", "de": "Isolation"},
    "sleep": {"en": "Sleep disorders", "de": "Schlafstörungen"},
    "substance_use": {"en": "Substance use", "de": "Substanzgebrauch"},
    "boundaries": {"en": "Boundary issues", "de": "Probleme mit Grenzen"},
    "emotional_exhaustion": {"en": "Emotional exhaustion", "de": "Emotionale Erschöpfung"},
    "supervision": {"en": "Regular supervision", "de": "Regelmäßige Supervision"},
    "personal_therapy": {"en": "Personal therapy", "de": "Eigene Therapie"},
    "mindfulness": {"en": "Mindfulness", "de": "Achtsamkeit"},
    "work_life_balance": {"en": "Work-life balance", "de": "Arbeit und Privatleben"},
    "network": {"en": "Supportive network", "de": "Unterstützendes Umfeld"},
    "resources": {"en": "Resources", "de": "Arbeitsmittel"},
    "culture": {"en": "A culture that puts mental health first", "de": "Eine Kultur der psychischen Gesundheit"},
    "caseload": {"en": "A manageable caseload", "de": "Zu bewältigende Fallzahl"},
    "expectations": {"en": "Reasonable expectations", "de": "Angemessene Erwartungen"},
}
GROUP_NAMES: Mapping[str, Mapping[str, str]] = {
    "challenge": {"en": "Challenges", "de": "Belastungen"},
    "practice": {"en": "Personal practices", "de": "Was Menschen selbst hilft"},
    "institution": {"en": "What the organisation gives", "de": "Was die Organisation gibt"},
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """One released measure of one construct. `is_asked`: its wording is there, so a survey can ask it."""

    group: str
    construct: str
    measure_id: str
    item_ids: tuple[str, ...]
    instrument_id: str
    is_validated: bool
    licence_tier: str
    is_asked: bool


def coverage(catalogue: Catalogue) -> tuple[Coverage, ...]:
    """Every released measure of the 12 challenges, 5 practices and 4 supports, in their order; shipped ones first."""
    rows = [
        Coverage(
            group=_group(measure.construct),
            construct=measure.construct,
            measure_id=measure.id,
            item_ids=measure.items,
            instrument_id=instrument.id,
            is_validated=instrument.validated,
            licence_tier=instrument.licence_tier,
            is_asked=not catalogue.without_wording(measure.items),
        )
        for instrument in catalogue.instruments
        for measure in instrument.measures
        if measure.is_released and measure.construct in CONSTRUCT_NAMES
    ]
    order = list(CONSTRUCT_NAMES)
    return tuple(sorted(rows, key=lambda row: (order.index(row.construct), not row.is_asked)))


def constructs_without_measure(rows: tuple[Coverage, ...]) -> tuple[str, ...]:
    """Challenges, practices and supports that no measure with wording tells of."""
    told = {row.construct for row in rows if row.is_asked}
    return tuple(construct for construct in CONSTRUCT_NAMES if construct not in told)


def _group(construct: str) -> str:
    if construct in CHALLENGES:
        return "challenge"
    return "practice" if construct in PRACTICES else "institution"
