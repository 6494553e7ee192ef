"""Northfield: an invented mental-health service of 60 teams, 8 departments and 3 divisions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SEED = 20261122
ORGANISATION = "Northfield"
DIVISIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "Adult community": {
        "Assertive outreach": ("Alder", "Birch", "Cedar", "Larch", "Linden", "Pine", "Poplar"),
        "Early intervention": ("Elm", "Hazel", "Hawthorn", "Holly", "Hornbeam", "Ivy", "Juniper"),
        "Primary care liaison": ("Maple", "Oak", "Rowan", "Spruce", "Sycamore", "Walnut", "Willow", "Yew"),
    },
    "Inpatient": {
        "Acute wards": ("Fern", "Heather", "Iris", "Jasmine", "Laurel", "Lavender", "Lilac", "Lupin"),
        "Rehabilitation": ("Marigold", "Myrtle", "Olive", "Orchid", "Peony", "Poppy", "Primrose"),
    },
    "Crisis and young people": {
        "Crisis resolution": ("North", "South", "East", "West", "Night", "Street", "Line", "Bridge"),
        "Young people": ("Robin", "Wren", "Swift", "Lark", "Finch", "Linnet", "Martin"),
        "Eating disorders": ("Harbour", "Haven", "Meadow", "Mill", "Orchard", "Quay", "Spring", "Stone"),
    },
}
PREFIXES = {"Acute wards": "Ward", "Rehabilitation": "House", "Crisis resolution": "Crisis"}
TINY = {
    "Larch": 3,
    "Linden": 4,
    "Hawthorn": 4,
    "Yew": 5,
    "Lupin": 3,
    "Poppy": 4,
    "Night": 5,
    "Line": 2,
    "Linnet": 3,
    "Quay": 4,
}
# People attached to an inner unit itself: head office, and the leads of two departments.
ATTACHED = {"northfield": 14, "acute-wards": 2, "young-people": 2}
# The one family of the demo, and how often each value is stated; the rest of the people state none.
FAMILY = "role_group"
ROLES = {"nursing": 0.46, "therapy": 0.27, "medical": 0.09, "administration": 0.14}
RISING, RECOVERING, STRAINED, QUIET = "Fern", "Oak", "Heather", "Swift"


@dataclass(frozen=True, slots=True)
class DemoTeam:
    """A team of the demo: who is asked, how strained it is, and how many answer (0 to 1)."""

    unit_id: str
    name: str
    department_id: str
    eligible_n: int
    strain: float
    turnout: float
    drift: tuple[float, ...]


def slug(name: str) -> str:
    """`Acute wards` to `acute-wards`."""
    return name.lower().replace(" ", "-")


def demo_teams(waves_n: int) -> list[DemoTeam]:
    """All 60 teams, the same at every call."""
    random = np.random.default_rng(SEED)
    teams = []
    for division, departments in DIVISIONS.items():
        for department, names in departments.items():
            for name in names:
                eligible_n = TINY.get(name, int(random.integers(8, 27)))
                teams.append(
                    DemoTeam(
                        unit_id=f"{slug(division)[:3]}-{slug(name)}",
                        name=f"{PREFIXES.get(department, 'Team')} {name}",
                        department_id=slug(department),
                        eligible_n=12 if name == STRAINED else eligible_n,
                        strain=_strain(name, random),
                        turnout=0.38
                        if name == QUIET
                        else 0.97
                        if name == STRAINED
                        else float(random.uniform(0.58, 0.9)),
                        drift=_drift(name, waves_n),
                    )
                )
    return teams


def _strain(name: str, random: np.random.Generator) -> float:
    usual = float(random.normal(0.0, 0.6))
    return {STRAINED: 3.4, RISING: -0.2, RECOVERING: 1.1}.get(name, usual)


def _drift(name: str, waves_n: int) -> tuple[float, ...]:
    """How a team moves over the waves: one rises, one recovers, the others stay."""
    if name == RISING:
        return tuple(float(step) for step in np.linspace(0.0, 1.6, waves_n))
    if name == RECOVERING:
        return tuple(float(step) for step in np.linspace(0.0, -1.5, waves_n))
    return (0.0,) * waves_n


def units_csv(teams: list[DemoTeam]) -> str:
    """The unit tree of the demo."""
    lines = ["unit_id,parent_id,unit_name,eligible_n", f"northfield,,{ORGANISATION},{ATTACHED['northfield']}"]
    for division, departments in DIVISIONS.items():
        lines.append(f"{slug(division)},northfield,{division},0")
        lines.extend(
            f"{slug(department)},{slug(division)},{department},{ATTACHED.get(slug(department), 0)}"
            for department in departments
        )
    lines.extend(f"{team.unit_id},{team.department_id},{team.name},{team.eligible_n}" for team in teams)
    return "\n".join(lines) + "\n"
