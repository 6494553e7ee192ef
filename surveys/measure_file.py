"""The measures of an instrument file: reading and the rules that tie a measure to its items."""

from __future__ import annotations

from collections.abc import Mapping

from surveys.entry import Entry, Section
from surveys.instrument import AtRisk, Direction, Item, Measure, ScoreMethod, Tier

_MEASURE_KEYS = (
    "id", "name", "items", "score", "construct", "tier", "direction", "display", "at_risk", "explains",
    "cannot_say", "released", "only_without",
)  # fmt: skip
CHALLENGES = (
    "compassion_fatigue", "burnout", "vicarious_trauma", "stress", "anxiety", "depression", "imposter",
    "isolation", "sleep", "substance_use", "boundaries", "emotional_exhaustion",
)  # fmt: skip
SUPPORTS = (
    "supervision", "personal_therapy", "mindfulness", "work_life_balance", "network",
    "resources", "culture", "caseload", "expectations",
)  # fmt: skip
# Constructs of table 4a beyond the twelve challenges and nine supports.
OTHER_CONSTRUCTS = ("sources_of_stress", "resilience", "voice")
CONSTRUCTS = (*CHALLENGES, *SUPPORTS, *OTHER_CONSTRUCTS)


def read_measure(entry: Entry, items: Mapping[str, Item], is_own: bool) -> Measure:
    """One measure over the items of its own file. Raises InstrumentFileError."""
    section = entry.section(_MEASURE_KEYS)
    measure_id = section.need("id").identifier()
    item_ids = _item_ids(section.need("items"), items)
    method, min_answered = _score(section.need("score"), len(item_ids))
    low, high = _native_range(section.need("items"), [items[item_id] for item_id in item_ids], method)
    display_min, display_max = _display(section.need("display"), low, high)
    name, released = section.get("name"), section.get("released")
    explains, cannot_say = section.get("explains"), section.get("cannot_say")
    return Measure(
        id=measure_id,
        name=name.translations() if name else {"en": measure_id},
        items=item_ids,
        method=method,
        min_answered=min_answered,
        construct=_construct(section.need("construct"), is_own),
        tier=_tier(section, is_own),
        direction=section.need("direction").choice(Direction),
        display_min=display_min,
        display_max=display_max,
        at_risk=_at_risk(section.get("at_risk"), low, high),
        explains=explains.translations() if explains else None,
        cannot_say=cannot_say.translations() if cannot_say else None,
        is_released=released.flag() if released else True,
        only_without=_only_without(section.get("only_without"), items, item_ids),
    )


def _item_ids(entry: Entry, items: Mapping[str, Item]) -> tuple[str, ...]:
    ids: list[str] = []
    for element in entry.elements():
        item_id = element.one_of(tuple(items), "item")
        if item_id in ids:
            raise element.error(f"the item `{item_id}` is there twice", "Name every item once.")
        ids.append(item_id)
    return tuple(ids)


def _score(entry: Entry, items_n: int) -> tuple[ScoreMethod, int]:
    section = entry.section(("method", "min_answered"))
    method = section.need("method").choice(ScoreMethod)
    least = section.need("min_answered")
    min_answered = least.whole(least=1)
    if min_answered > items_n:
        raise least.error(f"{min_answered} answers are needed of {items_n} items", f"Write at most {items_n}.")
    if method is ScoreMethod.SUM and min_answered < items_n:
        # A sum over fewer items would read a skipped answer as the least possible one.
        raise least.error("a sum needs every item answered", f"Write {items_n}, or use `method: mean`.")
    return method, min_answered


def _native_range(entry: Entry, items: list[Item], method: ScoreMethod) -> tuple[int, int]:
    bounds = {(item.native_low, item.native_high) for item in items}
    if len(bounds) > 1:
        advice = "Make measures of items whose least and greatest answers are the same."
        raise entry.error("the items have different answer ranges", advice)
    low, high = bounds.pop()
    return (low * len(items), high * len(items)) if method is ScoreMethod.SUM else (low, high)


def _display(entry: Entry, low: int, high: int) -> tuple[int, int]:
    section = entry.section(("min", "max"))
    for key in ("min", "max"):
        _native_score(section.need(key), low, high)
    least, greatest = section.need("min").whole(), section.need("max").whole()
    if least == greatest:
        raise section.need("max").error("`min` and `max` are the same", "Write the scores shown as 0 and as 100.")
    return least, greatest


def _at_risk(entry: Entry | None, low: int, high: int) -> AtRisk | None:
    if entry is None:
        return None
    section = entry.section(("from", "to", "label"))
    from_, to = section.get("from"), section.get("to")
    if (from_ is None) == (to is None):
        advice = "Write `from: N` (N or more) or `to: N` (N or less)."
        raise entry.error("expected exactly one of `from` and `to`", advice)
    return AtRisk(
        label=section.need("label").text(),
        from_=_native_score(from_, low, high) if from_ else None,
        to=_native_score(to, low, high) if to else None,
    )


def _native_score(entry: Entry, low: int, high: int) -> int:
    score = entry.whole()
    if not low <= score <= high:
        raise entry.error(f"{score} is no score of this measure", f"Write a score from {low} to {high}.")
    return score


def _construct(entry: Entry, is_own: bool) -> str:
    return entry.text() if is_own else entry.one_of(CONSTRUCTS, "construct")


def _tier(section: Section, is_own: bool) -> Tier:
    # An unlabelled measure of a workspace may ask anything, so it gets the careful group size.
    if is_own and section.get("tier") is None:
        return Tier.SENSITIVE
    return section.need("tier").choice(Tier)


def _only_without(entry: Entry | None, items: Mapping[str, Item], own_items: tuple[str, ...]) -> tuple[str, ...]:
    if entry is None:
        return ()
    ids: list[str] = []
    for element in entry.elements():
        item_id = element.one_of(tuple(items), "item")
        if item_id in own_items:
            raise element.error("the measure could never be reported", "Name items that the measure does not use.")
        ids.append(item_id)
    return tuple(ids)
