"""The disclosure policy: thresholds with floors in code (PRIVACY 1a, 8). It can be raised, never lowered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flows.errors import PolicyTooWeak

TIERS = ("work", "sensitive", "guarded")
FLOORS: Mapping[str, int] = MappingProxyType({"work": 5, "sensitive": 10, "guarded": 20})
PRESETS: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {
        "standard": MappingProxyType(dict(FLOORS)),
        "official": MappingProxyType({"work": 10, "sensitive": 20, "guarded": 30}),
    }
)
SHARE_K = 10
SHARE_K_RES = 14
CEILING = 1000


def residual_threshold(k: int) -> int:
    """Least size of a merged residual or pool: max(k, ceil(1.5 (k - 1))). Source: PRIVACY 2.3-e."""
    return max(k, -(-3 * (k - 1) // 2))


@dataclass(frozen=True, slots=True)
class DisclosurePolicy:
    """Least group sizes by tier. Raises PolicyTooWeak below a floor of 5 / 10 / 20."""

    preset: str
    work: int
    sensitive: int
    guarded: int

    def __post_init__(self) -> None:
        for tier in TIERS:
            asked = self.k(tier)
            if asked < FLOORS[tier]:
                raise PolicyTooWeak(
                    f"[policy.k] {tier} = {asked} lies below the floor of {FLOORS[tier]}. "
                    "The floors cannot be lowered: raise it, or leave the line out."
                )
            if asked > CEILING:
                raise PolicyTooWeak(f"[policy.k] {tier} = {asked} is above {CEILING}: nothing could ever be shown.")
        if not self.work <= self.sensitive <= self.guarded:
            raise PolicyTooWeak(
                f"[policy.k]: work {self.work}, sensitive {self.sensitive}, guarded {self.guarded}: "
                "a more sensitive tier cannot have a smaller k. Raise the later ones."
            )

    def k(self, tier: str) -> int:
        """Least respondents behind a named group's figure."""
        return {"work": self.work, "sensitive": self.sensitive, "guarded": self.guarded}[tier]

    def k_res(self, tier: str) -> int:
        """Least respondents behind a merged residual or a pool."""
        return residual_threshold(self.k(tier))

    def share_k(self, tier: str) -> int:
        """Least respondents behind a share at risk (PRIVACY 1f)."""
        return max(SHARE_K, self.k(tier))

    def share_k_res(self, tier: str) -> int:
        """Least respondents behind a merged residual of a share (PRIVACY 1f)."""
        return max(SHARE_K_RES, self.k_res(tier))


def policy_from(preset: str, raised: Mapping[str, int]) -> DisclosurePolicy:
    """The policy of a preset with single values raised. Raises PolicyTooWeak."""
    if preset not in PRESETS:
        raise PolicyTooWeak(f'[policy] preset = "{preset}" is not known. Choose one of: {", ".join(PRESETS)}.')
    k = dict(PRESETS[preset])
    for tier, value in raised.items():
        if value < k[tier]:
            raise PolicyTooWeak(
                f"[policy.k] {tier} = {value} lies below the {k[tier]} of the preset {preset}. "
                "Single values may only be raised."
            )
        k[tier] = value
    return DisclosurePolicy(preset, **k)
