"""A day of the calendar: what is due is done, one duty after the other; an error ends its duty, never the day."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from flows import clock, log
from flows.collect.collect import input_digest
from flows.errors import QuorumError
from flows.operate import messages
from flows.operate.approval import Answer, ask, asked_about
from flows.operate.duties import Duty, Kind, duties
from flows.operate.inputs import note_inputs
from flows.operate.prepare import Prepared, prepare, publish_prepared
from flows.operate.questions import questions_of
from flows.operate.retention import released_days
from flows.settings import Settings, read_settings
from flows.workbench import Workbench, only_run, open_workbench, sources_of
from flows.zones import Zones

Release = Callable[[Path, str], str]


@dataclass
class Day:
    """One look at the calendar of a workspace. `release` brings a wave to its release or its question."""

    root: Path
    release: Release
    said: list[str] = field(default_factory=list)

    def look(self) -> list[str]:
        """Do what is due today; what was done, a line each. Raises WorkspaceError where log or settings are broken."""
        zones = Zones(self.root.resolve()).require()
        settings = read_settings(zones.settings_file)
        _note_cut_off_releases(zones)
        for duty in duties(zones, settings, clock.today()):
            try:
                line = self._do(zones, settings, duty)
            except QuorumError as error:
                line = _failed(zones, settings, duty, error)
            if line:
                self.said.append(f"{clock.today()}  {duty.wave_id}  {line}")
        return self.said

    def _do(self, zones: Zones, settings: Settings, duty: Duty) -> str:
        wave_id = duty.wave_id
        if duty.kind is Kind.PLAN:
            return _plan(self.root)
        if duty.kind is Kind.OPEN:
            log.append(zones, "wave_opened", wave_id=wave_id)
            messages.send(zones, settings, messages.opening(duty))
            return "opens"
        if duty.kind is Kind.REMIND:
            log.append(zones, "close_reminded", wave_id=wave_id)
            messages.send(zones, settings, messages.closing(duty))
            return f"closes on {clock.day(duty.day)}"
        if duty.kind is Kind.CLOSE:
            log.append(zones, "wave_closed", wave_id=wave_id)
            return "closed"
        if duty.kind is Kind.LATE:
            log.append(zones, "wave_late", wave_id=wave_id)
            messages.send(zones, settings, messages.late(duty))
            return "is late: no answers have arrived. Is there an export?"
        if duty.kind is Kind.RELEASE:
            bench = open_workbench(self.root, wave_id)
            return self.release(self.root, wave_id) if is_worth_trying(bench) else ""
        return _retention(self.root, zones, settings, duty)


def _note_cut_off_releases(zones: Zones) -> None:
    """A log entry for a release that appeared just before its run was cut off: its retention counts from today."""
    known = released_days(zones)
    for folder in sorted(zones.released.glob("[!.]*/manifest.json")):
        if folder.parent.name not in known:
            noted = "found released without an entry: a run was cut off"
            log.append(zones, "released", wave_id=folder.parent.name, noted=noted)


def is_worth_trying(bench: Workbench) -> bool:
    """Whether the input of a wave is other than the one that was refused, declined, or is still being asked about."""
    digest = input_digest(sources_of(bench, ()))
    asked = asked_about(bench.zones, bench.wave_id)
    if asked is not None and asked.input_digest == digest:
        return asked.answer is Answer.APPROVED
    return not any(
        entry["event"] == "wave_stopped" and entry["wave_id"] == bench.wave_id and entry.get("input_digest") == digest
        for entry in log.entries(bench.zones)
    )


def release_directly(root: Path, wave_id: str) -> str:
    """Without Prefect: to the release, or to the question."""
    with only_run(Zones(root.resolve())):
        prepared = prepare(root, wave_id)
        return settle(prepared)


def settle(prepared: Prepared) -> str:
    """Release a prepared wave, or ask where something looks unusual and no steward has approved this very input."""
    if question_of(prepared):
        return "waits for an answer: quorum approve --wave " + prepared.wave_id
    publish_prepared(prepared)
    announce(prepared.root, prepared.wave_id)
    return "released"


def question_of(prepared: Prepared) -> bool:
    """Whether this wave waits: asks, logs and sends the question where it was not asked about this input yet."""
    bench = open_workbench(prepared.root, prepared.wave_id)
    note_inputs(bench.zones, bench.wave_id, [source.path for source in sources_of(bench, ())])
    digest = input_digest(sources_of(bench, ()))
    asked = asked_about(bench.zones, bench.wave_id)
    if asked is not None and asked.input_digest == digest and asked.answer is Answer.APPROVED:
        return False
    questions = questions_of(bench, prepared.result)
    if not questions:
        return False
    ask(bench.zones, bench.wave_id, prepared.result, questions, digest)
    words = {question.word for question in questions}
    occasion = "approval" if words == {"approval"} else "low_response" if words == {"low_response"} else "question"
    messages.send(bench.zones, bench.settings, messages.Message(occasion, bench.wave_id))
    return True


def announce(root: Path, wave_id: str) -> None:
    """Tell stewards that a wave is released, and bring derived files up to date where they can be made."""
    zones = Zones(root.resolve())
    messages.send(zones, read_settings(zones.settings_file), messages.Message("released", wave_id))


def _failed(zones: Zones, settings: Settings, duty: Duty, error: QuorumError) -> str:
    name = type(error).__name__
    digest = None
    if duty.kind is Kind.RELEASE:
        with suppress(QuorumError, OSError):
            digest = input_digest(sources_of(open_workbench(zones.root, duty.wave_id), ()))
    # An input that was refused is not tried again until it changes; a disk or a key may be mended meanwhile.
    log.append(
        zones,
        "wave_stopped" if error.exit_code == 11 else "duty_failed",
        wave_id=duty.wave_id,
        duty=duty.kind.value,
        error=name,
        code=error.exit_code,
        input_digest=digest if error.exit_code == 11 else None,
    )
    messages.send(zones, settings, messages.Message("failure", duty.wave_id, name))
    return f"{duty.kind.value} stopped ({name}). Nothing was released. To see why:  quorum check, or quorum run"


def _plan(root: Path) -> str:
    from flows.commands.plan import save_coming_plans

    save_coming_plans(root)
    return "planned: pools, rules and questions are saved before it opens"


def _retention(root: Path, zones: Zones, settings: Settings, duty: Duty) -> str:
    from flows.commands.shred import shred_wave

    if duty.kind is Kind.WARN_SHRED:
        log.append(zones, "shred_announced", wave_id=duty.wave_id)
        detail = f"they go on {clock.day(duty.day)}"
        messages.send(zones, settings, messages.Message("retention", duty.wave_id, detail))
        return f"its answers are destroyed on {clock.day(duty.day)}"
    shred_wave(root, duty.wave_id, lambda _: True)
    messages.send(zones, settings, messages.Message("retention", duty.wave_id, "they are destroyed now"))
    return "answers destroyed; the release stays"


def look_directly(root: Path) -> list[str]:
    """A look at the calendar without Prefect."""
    return Day(root, release_directly).look()
