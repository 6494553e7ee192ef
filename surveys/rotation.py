"""What is asked when: core, modules and the turn they take, fixed before any answer exists (docs/reference/battery.md).

A turn depends on the rhythm and on the place of a wave alone. No result, no response and no date changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WAVES_A_QUARTER: Mapping[str, int] = {"weekly": 13, "fortnightly": 6, "monthly": 3, "quarterly": 1}
RHYTHM_DAYS: Mapping[str, int] = {"weekly": 7, "fortnightly": 14, "monthly": 28, "quarterly": 84}
PINNED = ("bo1", "st1", "ee1")
CORE_SWAPS: Mapping[str, str] = {"adm1": "res1"}

_CORE_5 = (*PINNED, "cas1", "wlb1")
_CORE_7 = (*PINNED, "cas1", "psy1", "sup2", "wlb1")
_CORE_10 = (*PINNED, "cas1", "exp1", "res1", "peer1", "psy1", "sup2", "wlb1")
_CORES: Mapping[str, tuple[str, ...]] = {"weekly": _CORE_5, "fortnightly": _CORE_10, "monthly": _CORE_7}
# M3 has a question less than other modules; where the core leaves these two out, its waves ask them in turn.
_SPARE_SEAT = ("exp1", "res1")


@dataclass(frozen=True, slots=True)
class Module:
    """Questions that are asked together. `words`: what calendars call it."""

    words: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one place of the rotation asks: the core questions, then the modules, in this order."""

    core: tuple[str, ...]
    modules: tuple[str, ...]


MODULES: Mapping[str, Module] = {
    "M1": Module("mood", ("gad_1", "gad_2", "phq_1", "phq_2")),
    "M2": Module("trauma work", ("cf1", "cf2", "vt1", "vt2")),
    "M3": Module("body", ("phq_3", "slp1", "sub1")),
    "M4": Module("self", ("ip1", "ip2", "bnd1", "bnd2")),
    "M5": Module("connection", ("lonely1", "iso1", "dep1", "acc1")),
    "M5a": Module("isolation", ("lonely1", "iso1")),
    "M6": Module("protection", ("sup1", "ther1", "mind1", "net1")),
    "M7": Module("system", ("cul1", "adm1", "emo1", "act1")),
    "M8": Module("burnout scale", ("cbi_w2", "cbi_w3", "cbi_w4", "cbi_w5", "cbi_w6", "cbi_w7")),
    "Q15": Module(
        "all twelve challenges",
        ("cf1", "vt1", "gad_1", "gad_2", "phq_1", "phq_2", "ip1", "lonely1", "phq_3", "sub1", "bnd1", "sup2"),
    ),
}
_WEEKLY = ("M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8", "M1", "M2", "M3", "M4", "M5")


def turn_of(rhythm: str, position: int) -> Turn:
    """Core and modules of a wave. `position` counts waves from 0; a quarter is WAVES_A_QUARTER of them."""
    quarter, place = divmod(position, WAVES_A_QUARTER[rhythm])
    if rhythm == "weekly":
        return _with_spare_seat(Turn(_CORES[rhythm], (_WEEKLY[place],)), turn=_WEEKLY[:place].count("M3"))
    if rhythm == "fortnightly":
        module = ("M1", "M2", "M3", "M4", "M5", ("M6", "M7", "M8")[quarter % 3])[place]
        return Turn(_CORE_7 if module == "M8" else _CORES[rhythm], (module,))
    if rhythm == "monthly":
        return _with_spare_seat(Turn(_CORES[rhythm], _monthly_modules(quarter, place)), turn=quarter)
    return Turn(PINNED, ("Q15",))


def _monthly_modules(quarter: int, place: int) -> tuple[str, ...]:
    if place < 2:
        return (("M1", "M2"), ("M3", "M4"))[place]
    if quarter % 2:
        return "M8", "M5a"
    return "M5", ("M6", "M7")[quarter // 2 % 2]


def _with_spare_seat(turn_: Turn, turn: int) -> Turn:
    if "M3" not in turn_.modules:
        return turn_
    return Turn((*turn_.core, _SPARE_SEAT[turn % len(_SPARE_SEAT)]), turn_.modules)
