"""The questions of a wave in the order in which they are asked, and the rules that every set of them obeys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from surveys.instrument import Catalogue, Measure
from surveys.measure_file import CHALLENGES
from surveys.rotation import CORE_SWAPS, MODULES, PINNED, RHYTHM_DAYS, WAVES_A_QUARTER, turn_of

MAX_ITEMS = 15
MAX_SECONDS = 120
_SECONDS_EACH = 7
_SECONDS_BO1 = 20
_FOUR_WEEKS = 28
# Questions that look back about four weeks though no form says a number of days. `ee1` asks about no period.
_FOUR_WEEK_ITEMS = frozenset({"cf1", "cf2", "ip1", "ip2", *MODULES["M8"].items})
# "I can't take it anymore": bearable now and then beside a signpost, not every week (docs/reference/battery.md).
_NOT_WEEKLY = "cbi_p4"


class BatteryError(Exception):
    """A set of questions breaks a rule. `problem`: which; `advice`: what to do. Holds item ids, never an answer."""

    def __init__(self, problem: str, advice: str) -> None:
        self.problem = problem
        self.advice = advice
        super().__init__(f"{problem}. {advice}")

    def __reduce__(self) -> tuple[type[BatteryError], tuple[str, str]]:
        return type(self), (self.problem, self.advice)


@dataclass(frozen=True, slots=True)
class Battery:
    """One wave's item ids in the order in which they are asked, its modules, and the expected time in seconds."""

    items: tuple[str, ...]
    modules: tuple[str, ...]
    seconds: int


def battery_for(rhythm: str, position: int, *, core_swap: str | None = None) -> Battery:
    """The battery at a place of the rotation, counted from 0 at the start of a quarter.

    core_swap: `adm1` takes the seat of `res1` in the core, except in a wave whose module asks `adm1` anyway.
    Raises BatteryError for a rhythm or swap that does not exist, or a negative position.
    """
    if rhythm not in WAVES_A_QUARTER:
        raise BatteryError(f"unknown rhythm `{rhythm}`", f"Choose one of {', '.join(WAVES_A_QUARTER)}.")
    if position < 0:
        raise BatteryError("a wave before the start of the rotation", "Count positions from 0.")
    turn = turn_of(rhythm, position)
    asked = tuple(item for module in turn.modules for item in MODULES[module].items)
    core = turn.core if core_swap is None or core_swap in asked else _swapped(turn.core, core_swap)
    items = (*core, *asked)
    return Battery(items, turn.modules, seconds_of(items))


def _swapped(core: tuple[str, ...], newcomer: str) -> tuple[str, ...]:
    if newcomer not in CORE_SWAPS:
        raise BatteryError(f"`{newcomer}` cannot be swapped into the core", f"Choose {', '.join(CORE_SWAPS)}.")
    return tuple(newcomer if item == CORE_SWAPS[newcomer] else item for item in core)


def seconds_of(items: Sequence[str]) -> int:
    """Expected time to answer, in seconds: 20 for `bo1`, which has long options, 7 for any other question."""
    return sum(_SECONDS_BO1 if item == "bo1" else _SECONDS_EACH for item in items)


def check_battery(items: Sequence[str], rhythm: str, catalogue: Catalogue) -> None:
    """Refuse questions that one wave must not ask together. Raises BatteryError, which names the rule."""
    _check_once(items)
    _check_known(items, catalogue)
    missing = [item for item in PINNED if item not in items]
    if missing:
        raise BatteryError(f"{_named(missing)} must be asked in every wave", "Add them: every trend rests on them.")
    if len(items) > MAX_ITEMS:
        raise BatteryError(f"{len(items)} questions; a wave asks at most {MAX_ITEMS}", "Leave some for another wave.")
    if seconds_of(items) > MAX_SECONDS:
        problem = f"about {seconds_of(items)} seconds; a wave takes at most {MAX_SECONDS}"
        raise BatteryError(problem, "Leave some questions for another wave.")
    if rhythm == "weekly" and _NOT_WEEKLY in items:
        raise BatteryError(f"`{_NOT_WEEKLY}` is not asked every week", "Ask it in a slower rhythm.")
    _check_measures(items, catalogue)


def _check_once(items: Sequence[str]) -> None:
    twice = sorted({item for item in items if items.count(item) > 1})
    if twice:
        raise BatteryError(f"{_named(twice)} twice in one wave", "Ask every question once.")


def _check_known(items: Sequence[str], catalogue: Catalogue) -> None:
    unknown = [item for item in items if item not in catalogue.items]
    if unknown:
        raise BatteryError(f"unknown item {_named(unknown)}", "Correct the id, or add its instrument file.")


def _check_measures(items: Sequence[str], catalogue: Catalogue) -> None:
    """Each question counts in a released measure, and no two instruments release the same question (PRIVACY 1b)."""
    released = [measure for measure in catalogue.measures_asked(frozenset(items)) if measure.is_released]
    used = {item for measure in released for item in measure.items}
    idle = [item for item in items if item not in used]
    if idle:
        advice = "Ask all items of their measure, or none: nobody answers a question that is shown nowhere."
        raise BatteryError(f"{_named(idle)} would count in no measure", advice)
    owner: dict[str, Measure] = {}
    for measure in released:
        for item in measure.items:
            first = owner.setdefault(item, measure)
            if catalogue.instrument_of(first.id).id != catalogue.instrument_of(measure.id).id:
                problem = f"`{item}` would be released in two instruments, as `{first.id}` and `{measure.id}`"
                raise BatteryError(problem, "Ask one of the two instruments.")


def check_rotation(
    waves: Sequence[Sequence[str]], rhythm: str, catalogue: Catalogue, opened: Sequence[int] | None = None
) -> None:
    """Refuse waves in a row that break a rule of a wave, a recall window, or leave a challenge out of a quarter.

    opened: day number of each opening; without it the waves follow each other in the rhythm. Raises BatteryError.
    """
    for items in waves:
        check_battery(items, rhythm, catalogue)
    check_recall(waves, rhythm, catalogue, opened)
    size = WAVES_A_QUARTER[rhythm]
    for first in range(len(waves) - size + 1):
        missing = missing_challenges(waves[first : first + size], catalogue)
        if missing:
            advice = "Ask at least one of their measures in every quarter."
            raise BatteryError(f"a quarter leaves out {_named(missing)}", advice)


def check_recall(
    waves: Sequence[Sequence[str]], rhythm: str, catalogue: Catalogue, opened: Sequence[int] | None = None
) -> None:
    """Refuse a question that comes back before the time it asks about has passed. Raises BatteryError."""
    days = opened or [RHYTHM_DAYS[rhythm] * place for place in range(len(waves))]
    windows = recall_days(rhythm, catalogue)
    last: dict[str, int] = {}
    for day, items in zip(days, waves, strict=True):
        for item in items:
            gap = day - last[item] if item in last else None
            if gap is not None and gap < windows.get(item, 0):
                problem = f"`{item}` comes back after {gap} days, and asks about {windows[item]}"
                raise BatteryError(problem, "Ask it later, or open the wave later.")
            last[item] = day


def recall_days(rhythm: str, catalogue: Catalogue) -> Mapping[str, int]:
    """Days that an item looks back over, where it has a window.

    In a weekly rhythm four-week items are worded "since the last survey, at most the past month" and have none.
    """
    four_weeks = {} if rhythm == "weekly" else dict.fromkeys(_FOUR_WEEK_ITEMS, _FOUR_WEEKS)
    return four_weeks | {
        item.id: instrument.recall_days
        for instrument in catalogue.instruments
        if instrument.recall_days is not None
        for item in instrument.items
    }


def constructs_asked(items: Iterable[str], catalogue: Catalogue) -> frozenset[str]:
    """Constructs that a wave's released measures tell of."""
    asked = catalogue.measures_asked(frozenset(items))
    return frozenset(measure.construct for measure in asked if measure.is_released)


def missing_challenges(waves: Iterable[Sequence[str]], catalogue: Catalogue) -> tuple[str, ...]:
    """Challenges that none of the waves asks about."""
    asked = {construct for items in waves for construct in constructs_asked(items, catalogue)}
    return tuple(challenge for challenge in CHALLENGES if challenge not in asked)


def _named(ids: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in ids)
