"""`wave.json`: what is fixed for a wave on the staff page, signed, and its fingerprint of eight words (BALLOTS 2).

Holds everything that the page shows, so that the page needs nothing else: questions, groups, offices, help lines.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from surveys.ballot_record import PackedItem

MANIFEST_VERSION = 1
APART, ON_ONE_MACHINE = "apart", "on_one_machine"
_ROUNDS = 200_000


class ManifestError(Exception):
    """wave.json cannot be read, or is not what it was when it was signed. Says what and what to do."""


@dataclass(frozen=True, slots=True)
class AskedOption:
    """One answer that can be chosen, with its words by language."""

    code: str
    label: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AskedItem:
    """One question of the wave, with its words by language."""

    id: str
    text: Mapping[str, str]
    options: tuple[AskedOption, ...]
    not_applicable: Mapping[str, str] | None

    @property
    def packed(self) -> PackedItem:
        """How records number its answers."""
        return PackedItem(self.id, tuple(option.code for option in self.options))


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group in which answers can appear. kind: unit, pooled or other. least_n: fewest answers, by tier."""

    group_id: str
    name: str
    level: str
    kind: str
    expected_n: int
    least_n: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BallotUnit:
    """A unit with ballots. groups: places in the list of groups, the nearest first; pool: names it is pooled with."""

    unit_id: str
    name: str
    eligible_n: int
    ballots_n: int
    groups: tuple[int, ...]
    pool: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WaveManifest:
    """Everything that is fixed for a wave of the staff page. `raw`: the exact bytes that are signed."""

    wave_id: str
    organisation: str
    opens_on: datetime.date
    closes_on: datetime.date
    made_on: datetime.date
    languages: tuple[str, ...]
    address: str
    items: tuple[AskedItem, ...]
    units: tuple[BallotUnit, ...]
    groups: tuple[ShownGroup, ...]
    k: Mapping[str, int]
    preset: str
    breakdown_asked: str | None
    signpost: Mapping[str, str]
    emergency: str
    crisis: str
    steward_key: bytes
    mixer_key: bytes
    steward_office: str
    mixer_office: str
    offices_in: Mapping[str, Mapping[str, str]]
    custody: str
    style_sha256: str
    questionnaire_sha256: str
    has_check_step: bool
    raw: bytes = field(repr=False)

    @property
    def tag(self) -> bytes:
        """What ties a record to this questionnaire and wave."""
        return hashlib.sha256(f"{self.wave_id}|{self.questionnaire_sha256}".encode()).digest()[:8]

    @property
    def packed_items(self) -> tuple[PackedItem, ...]:
        """How records number the answers."""
        return tuple(item.packed for item in self.items)

    def steward_in(self, language: str) -> str:
        """The office that holds the steward's key, as those call it who read this language."""
        return self.offices_in.get(language, {}).get("steward_office", self.steward_office)

    def mixer_in(self, language: str) -> str:
        """The same for the mixer's key."""
        return self.offices_in.get(language, {}).get("mixer_office", self.mixer_office)

    @property
    def ballots_n(self) -> int:
        """Ballots of the whole wave."""
        return sum(unit.ballots_n for unit in self.units)

    @property
    def slots_n(self) -> int:
        """Places in the inbox, filled with noise before the first answer (BALLOTS I2)."""
        return 2 * self.ballots_n + 64


def canonical(content: Mapping[str, Any]) -> bytes:
    """Sorted keys, no spaces, UTF-8."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def questionnaire_digest(items: list[dict[str, Any]]) -> str:
    """SHA-256 of the questions with all their words."""
    return hashlib.sha256(canonical({"items": items})).hexdigest()


def read_manifest(raw: bytes) -> WaveManifest:
    """The manifest in these bytes. Raises ManifestError."""
    try:
        content = json.loads(raw)
        if content["manifest_version"] != MANIFEST_VERSION:
            raise ManifestError(f"wave.json has version {content['manifest_version']}. Use the Quorum that made it.")
        if questionnaire_digest(content["items"]) != content["questionnaire_sha256"]:
            raise ManifestError("wave.json: the questions are not those of its own hash. Put it back from a copy.")
        return _manifest(content, raw)
    except (ValueError, KeyError, TypeError):
        raise ManifestError("wave.json cannot be read. Put it back from a copy.") from None


def _manifest(content: Mapping[str, Any], raw: bytes) -> WaveManifest:
    keys, policy = content["keys"], content["policy"]
    return WaveManifest(
        wave_id=content["wave_id"],
        organisation=content["organisation"],
        opens_on=datetime.date.fromisoformat(content["opens_on"]),
        closes_on=datetime.date.fromisoformat(content["closes_on"]),
        made_on=datetime.date.fromisoformat(content["made_on"]),
        languages=tuple(content["languages"]),
        address=content["origins"]["box"],
        items=tuple(_item(entry) for entry in content["items"]),
        units=tuple(
            BallotUnit(**{**entry, "groups": tuple(entry["groups"]), "pool": tuple(entry["pool"])})
            for entry in content["units"]
        ),
        groups=tuple(ShownGroup(**entry) for entry in content["groups"]),
        k=policy["k"],
        preset=policy["preset"],
        breakdown_asked=content["breakdown"],
        signpost=content["signpost"],
        emergency=content["emergency"],
        crisis=content["crisis"],
        steward_key=bytes.fromhex(keys["steward"]["public"]),
        mixer_key=bytes.fromhex(keys["mixer"]["public"]),
        steward_office=keys["steward"]["office"],
        mixer_office=keys["mixer"]["office"],
        offices_in=keys.get("offices_in", {}),
        custody=keys["custody"],
        style_sha256=content["files"]["style.css"],
        questionnaire_sha256=content["questionnaire_sha256"],
        has_check_step=content.get("check_step", False),
        raw=raw,
    )


def _item(entry: Mapping[str, Any]) -> AskedItem:
    options = tuple(AskedOption(option["code"], option["label"]) for option in entry["options"])
    return AskedItem(entry["id"], entry["text"], options, entry["not_applicable"])


def fingerprint(raw: bytes) -> str:
    """Eight words of a list of 256 over a slow hash of the manifest: to be compared on paper and page by people."""
    digest = hashlib.pbkdf2_hmac("sha256", raw, b"quorum-wave-fingerprint-v1", _ROUNDS)
    return " ".join(_words()[number] for number in digest[:8])


@cache
def _words() -> tuple[str, ...]:
    text = importlib.resources.files("surveys").joinpath("fingerprint_words.txt").read_text("utf-8")
    return tuple(text.split())
