"""A day of the calendar: what is due is done, one duty after the other; an error ends its duty, never the day."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from flows import clock, log
from flows.collect.collect import input_digest
from flows.collect.pulls import PullFailed, PullMayPass
from flows.errors import QuorumError
from flows.operate import messages
from flows.operate.approval import Answer, ask, asked_about
from flows.operate.duties import Duty, Kind, duties
from flows.operate.inputs import note_inputs
from flows.operate.questions import questions_of
from flows.operate.retention import released_days
from flows.operate.staff_page_duties import close_page, mix_page, open_page
from flows.settings import Settings, read_settings
from flows.wave_report import RunResult
from flows.wave_steps import clear_inputs, directly, to_audit, to_release
from flows.workbench import Workbench, api_sources_of, only_run, open_workbench, sources_at_hand, sources_of
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
        if duty.kind is Kind.OPEN_PAGE:
            return open_page(self.root, zones, settings, duty)
        if duty.kind is Kind.OPEN:
            log.append(zones, "wave_opened", wave_id=wave_id)
            messages.send(zones, settings, messages.opening(duty))
            return "opens"
        if duty.kind is Kind.REMIND:
            log.append(zones, "close_reminded", wave_id=wave_id)
            messages.send(zones, settings, messages.closing(duty))
            return f"closes on {clock.day(duty.day)}"
        if duty.kind is Kind.CLOSE:
            said = close_page(self.root, zones, wave_id)
            log.append(zones, "wave_closed", wave_id=wave_id)
            return said
        if duty.kind is Kind.MIX:
            return mix_page(self.root, zones, settings, wave_id)
        if duty.kind is Kind.LATE:
            log.append(zones, "wave_late", wave_id=wave_id)
            messages.send(zones, settings, messages.late(duty))
            return "is late: no answers have arrived. Is there an export?"
        if duty.kind is Kind.RELEASE:
            bench = open_workbench(self.root, wave_id)
            return self.release(self.root, wave_id) if is_worth_trying(bench) else ""
        return _retention(self.root, zones, settings, duty)


def _note_cut_off_releases(zones: Zones) -> None:
    """Finish a release that appeared just before its run was cut off: its entry, and what it leaves to destroy."""
    known = released_days(zones)
    for folder in sorted(zones.released.glob("[!.]*/manifest.json")):
        wave_id = folder.parent.name
        if wave_id not in known:
            log.append(zones, "released", wave_id=wave_id, noted="found released without an entry: a run was cut off")
        clear_inputs(zones, wave_id)


def is_worth_trying(bench: Workbench) -> bool:
    """Whether the input of a wave is other than the one that was refused, declined, or is still being asked about.

    What a survey tool holds is known only once it is pulled: such a wave is tried until its question is open.
    """
    asked = asked_about(bench.zones, bench.wave_id)
    if api_sources_of(bench, ()):
        return asked is None or asked.answer is not Answer.OPEN
    digest = input_digest(sources_of(bench, ()))
    if asked is not None and asked.input_digest == digest:
        return asked.answer is Answer.APPROVED
    return not _was_refused(bench.zones, bench.wave_id, digest)


def _was_refused(zones: Zones, wave_id: str, digest: str | None) -> bool:
    return digest is not None and any(
        entry["event"] == "wave_stopped" and entry["wave_id"] == wave_id and entry.get("input_digest") == digest
        for entry in log.entries(zones)
    )


def release_directly(root: Path, wave_id: str) -> str:
    """Without Prefect: to the release, or to the question."""
    root = root.resolve()
    with only_run(Zones(root)):
        result = to_audit(directly, str(root), wave_id)
        if waits_for_answer(root, wave_id, result):
            return "waits for an answer: quorum approve --wave " + wave_id
        to_release(directly, str(root), wave_id, result)
    announce(root, wave_id)
    return "released"


def waits_for_answer(root: Path, wave_id: str, result: RunResult) -> bool:
    """Whether this wave waits: asks, logs and sends the question where it was not asked about this input yet."""
    bench = open_workbench(root, wave_id)
    note_inputs(bench.zones, wave_id, [source.path for source in sources_of(bench, ())])
    digest = input_at_hand(bench)
    asked = asked_about(bench.zones, wave_id)
    if asked is not None and asked.input_digest == digest:
        return asked.answer is not Answer.APPROVED
    questions = questions_of(bench, result)
    if not questions:
        return False
    ask(bench.zones, wave_id, result, questions, digest)
    words = {question.word for question in questions}
    occasion = "approval" if words == {"approval"} else "low_response" if words == {"low_response"} else "question"
    messages.send(bench.zones, bench.settings, messages.Message(occasion, wave_id))
    return True


def input_at_hand(bench: Workbench) -> str:
    """Digest of all that the wave is made from, what was pulled included."""
    with sources_at_hand(bench, ()) as sources:
        return input_digest(sources)


def announce(root: Path, wave_id: str) -> None:
    """Tell stewards that a wave is released."""
    zones = Zones(root.resolve())
    messages.send(zones, read_settings(zones.settings_file), messages.Message("released", wave_id))


def _failed(zones: Zones, settings: Settings, duty: Duty, error: QuorumError) -> str:
    name = type(error).__name__
    # An input that was refused is not tried again until it changes; a disk, a key, a server may be mended meanwhile.
    is_refused = error.exit_code == 11 and not isinstance(error, PullFailed | PullMayPass)
    digest = None
    if duty.kind is Kind.RELEASE and is_refused:
        with suppress(QuorumError, OSError):
            digest = input_at_hand(open_workbench(zones.root, duty.wave_id))
    if is_refused and _was_refused(zones, duty.wave_id, digest):
        return ""
    log.append(
        zones,
        "wave_stopped" if is_refused else "duty_failed",
        wave_id=duty.wave_id,
        duty=duty.kind.value,
        error=name,
        code=error.exit_code,
        input_digest=digest,
    )
    messages.send(zones, settings, messages.Message("failure", duty.wave_id, name))
    return f"{duty.kind.value} stopped ({name}). Nothing was released. To see why:  {_says_why(duty, error)}"


def _says_why(duty: Duty, error: QuorumError) -> str:
    """The command that shows the error in its own words: here stands its type only, as in log and messages."""
    if duty.kind is not Kind.RELEASE:
        return "quorum plan" if duty.kind is Kind.PLAN else "quorum doctor"
    is_pull = isinstance(error, PullFailed | PullMayPass)
    return f"quorum run --wave {duty.wave_id}" if is_pull else f"quorum check --wave {duty.wave_id} FILE"


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
