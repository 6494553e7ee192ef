"""Every sentence of the pages, in English (LOOK section 6). Names put into them are not escaped here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

# Reading order of measures inside strain and inside protection; own measures follow by name.
MEASURE_ORDER = (
    "bo1",
    "ee1",
    "cbi_work",
    "st1",
    "cf",
    "cf1",
    "vt",
    "vt1",
    "gad2",
    "phq2",
    "phq_3",
    "lonely1",
    "ip",
    "ip1",
    "bnd",
    "bnd1",
    "dep1",
    "sub1",
    "adm1",
    "emo1",
    "sup1",
    "sup2",
    "wlb1",
    "mind1",
    "ther1",
    "net1",
    "peer1",
    "slp1",
    "iso1",
    "acc1",
    "cas1",
    "exp1",
    "res1",
    "cul1",
    "psy1",
    "vr1",
    "act1",
)
LEVEL_NAMES = {"organisation": "Organisation", "division": "Division", "department": "Department", "team": "Team"}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
# Where long words may part in a narrow table head.
SOFT_HYPHENS = {
    "Psychological": "Psycho\u00adlogical",
    "Compassion": "Compas\u00adsion",
    "Supervision": "Super\u00advision",
    "supervision": "super\u00advision",
    "expectations": "expec\u00adtations",
    "exhaustion": "exhaus\u00adtion",
    "Detachment": "Detach\u00adment",
    "Loneliness": "Loneli\u00adness",
    "boundaries": "bound\u00adaries",
}

HIDDEN = "hidden to protect people"
HIDDEN_LINES = ["hidden to", "protect people"]
HIDDEN_SHORT = "hidden"
NOT_ASKED = "not asked"
LOW_RESPONSE = "fewer than half answered: read as the view of those who did"
TEAM_HIDDEN = "This wave, your team's figures are not shown on their own, so that nobody can be recognised."
OTHER_NAME = "Other teams"
OTHER_TEAMS = "teams together, so that every voice counts"
DEMO = "Invented demo data. No figure on this page is about a real person or team."
NO_RELEASE_TITLE = "No wave has been released yet"
NO_RELEASE = "Figures appear here once a wave is closed, checked and released."
KEY_TROUBLE_TITLE = "The releases cannot be checked"
SHOW_NUMBERS = "Show the numbers"
RAMP_NOTE = (
    "Stronger colour always means more strain or less protection, in every group and every wave. "
    "Numbers keep the direction of their own measure."
)
STRAIN_HEAD = "Strain: a high number is worse"
PROTECTION_HEAD = "Protection: a high number is better"
CHANCE = "In a small group, a move of many points from one wave to the next can be chance."
BOUND_WORDS = {"at_least": "at least", "at_most": "at most"}
BOUND_SIGNS = {"at_least": "≥", "at_most": "≤"}
UNSIGNED_NOTE = "The note is not signed by this workspace's key: ask your data steward."
NOBODY_LEFT = "nobody is left over here"
NOT_IN_WAVE = "not in this wave"
NOTHING_ASKED = "This wave holds no measure."
GROUP_HIDDEN = "Their figures are not shown on their own, so that nobody can be recognised. Every answer still counts."
SHOWN_TITLE = "What is shown"
OPEN_HEAT_MAP = "See all groups in the heat map"
HOW_TO_READ_TITLE = "How to read a range"
HOW_PROTECTED = "How people are protected"
HEAT_TITLE = "Where strain is high, and where protection is thin"
OPEN_A_GROUP = "Open a group to see its waves."
MEASURE_CHOICES = {"all": "All", "strain": "Strain", "protection": "Protection"}
THIS_GROUP_HIDDEN = "This wave, the group's figures are not shown on their own, so that nobody can be recognised."
SCORE_SCALE = "0 to 100"
SHARE_SCALE = "share of people at or beyond the cut-off, 0 to 100\u00a0%"
CHART_NOTE = "Each dot is one wave, the bar its range."
SHARE_NOTE = "Each dot is one wave."
MARKS_TITLE = "What the marks mean"
MARK_DOT = "Dot and bar: the figure of one wave and its range."
MARK_STRIP = "Grey strip: hidden to protect people. No strip and no dot: not asked."
MARK_BOUND = "Open triangle: one side of the figure, at least or at most."
MARK_HOLLOW = "Hollow dot: fewer than half answered. Read it as the view of those who did."
MARK_BREAK = "Thin rule: other teams belong to the group from here on."
SAYS_TITLE = "What this page says"
SAYS = (
    "What people answered in each wave, and how sure that figure is.",
    "It does not say why a figure moved. " + CHANCE,
)
NEXT_TITLE = "What to do next"
NEXT = ("Ask the people what these weeks were like.", "A figure opens a talk, it does not judge.")
POLICY_FIXED = {
    "before_opening": "The rules of this wave were fixed before the first question was asked.",
    "at_import": "The rules of this wave were fixed when its answers were imported, before any figure was made.",
}
SOURCE_GRADE = {
    "anonymous_ballot": "The survey is anonymous: answers came in on ballots without names.",
    "anonymous_export": "The survey is anonymous: the export carried no names, tokens, addresses or times.",
    "confidential_export": (
        "The survey is confidential, as its export carried, or may have carried, names, tokens, addresses or times."
    ),
}
WHOLE_ORGANISATION = "Whole organisation"
DONE_TITLE = "What was done"
NO_ACTIONS = "Nothing has been written down yet. People answer again when they see that something happens."
OPEN_ACTIONS = "See or add actions"
MARK_START = "Dashed rule: an action began. Order in time is not a cause."
ACTION_STATUS: Mapping[str, str] = {
    "planned": "planned",
    "running": "running",
    "done": "done",
    "dropped": "dropped",
}
ACTIONS = "Actions"
ACTION = "Action"
ACTIONS_LEAD = "What leadership decided after a wave. The download is a page for all staff."
ACTION_CAUTION = "Order in time is not a cause. Its start is marked on the trend of its groups."
ACTION_FOR = "For"
ACTION_ABOUT = "About"
ACTION_OWNER = "Owner"
ACTION_DECIDED = "Decided on"
ACTION_STARTS = "Starts on"
ACTION_STATE = "State"
ACTION_TITLE = "What was decided"
ACTION_OWNER_ASKED = "Who sees to it (an office or a role)"
ACTION_FOR_ASKED = "For which groups (none: everybody)"
ACTION_ABOUT_ASKED = "About which measures"
ACTION_NOTE = "Note"
ADD_ACTION = "Write an action down"
CHANGE_ACTION = "Change an action"
SAVE = "Save"
ACTION_SAVED = "Saved."
UNDO_CHANGE = "Take the last change back"
CHANGE_UNDONE = "Taken back."
REMOVE_ACTION = "Take it off the pages"
ACTION_REMOVED = "Taken off the pages. It stays on record."
BRING_BACK = "Bring the removed action back"
DOWNLOAD_DONE = "Download “What we did” for staff"
WHAT_WE_DID = "What we did with your answers"
WHAT_WE_DID_LEAD = "You answered. This is what was decided since."
STEWARD = "Steward"
STEWARD_ONLY_TITLE = "This page is for data stewards"
STEWARD_ONLY = "It holds counts of runs, no answers and no figures. Ask your data steward if you need it."
STEWARD_LEAD = "What became of every row, and what the audits said. Counts of the whole organisation only."
STEWARD_NEXT = (
    "Next: quorum plan for the coming wave, quorum doctor for machine and workspace, quorum log for the record."
)
NO_REPORTS = "No run has left a report yet. Reports are written by: quorum run."
ACCOUNT_OF_ROWS = "Account of rows"
GROUPS_SHOWN = "Groups shown"
GROUPS_HIDDEN = "Groups hidden"
CANNOT_BE_TOLD = "cannot be told"
AUDIT_TITLE = "Audit of the last wave"
VERIFICATION_TITLE = "Releases on these pages"
VERIFIED = "Verified"
REFUSED = "Refused"
WITHDRAWN = "Withdrawn"
RULES_TITLE = "Five rules"
RELEASE_TITLE = "This release"
SURVEY_TITLE = "Answer sheets"
SIGNED = {
    True: "✓ Signature and checksums match",
    False: "Checksums match. The signer was not checked: no trusted key was given.",
}
FINGERPRINT = "Fingerprint of the signing key"
COUNT_NAMES: Mapping[str, str] = {
    "eligible": "Staff asked",
    "read": "Sheets read",
    "accepted": "Accepted",
    "quarantined": "Set aside",
    "incomplete": "Incomplete",
    "duplicate": "Duplicate",
    "late": "Late",
    "blank": "Blank",
    "test": "Test",
    "other_wave": "Of another wave",
}
# The other counts are left out at 0: many files cannot tell a test, a double or a late sheet.
COUNTED_IN_EVERY_FILE = ("eligible", "read", "accepted", "quarantined", "blank")
MARK_MEANINGS: tuple[tuple[str, str], ...] = (
    ("hidden", "Showing the figure could point at people. It looks the same for every reason."),
    ("–", "This group was not asked this question in this wave."),
    ("at least, at most", "The exact figure would say too much about single people, so we give one side of it."),
    ("fewer than half", "Read the figure as the view of those who answered."),
    ("pooled teams", "Small teams shown as one group, never apart. Double line beside the name."),
    ("other teams", f"The rest of a group: {OTHER_TEAMS}. Dotted line beside the name."),
)


def narrow(name: str) -> str:
    """A measure's name that may part inside long words."""
    return " ".join(SOFT_HYPHENS.get(word, word) for word in name.split(" "))


def wave_name(wave_id: str) -> str:
    """Nov 2026 for 2026-11, any other id as it is."""
    year, month = _year_and_month(wave_id)
    return f"{MONTHS[month - 1][:3]} {year}" if month else wave_id


def wave_long_name(wave_id: str) -> str:
    """November 2026 for 2026-11, else "wave" and the id."""
    year, month = _year_and_month(wave_id)
    return f"{MONTHS[month - 1]} {year}" if month else f"wave {wave_id}"


def _year_and_month(wave_id: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{4})-(\d{2})", wave_id)
    if match is None or not 1 <= int(match[2]) <= 12:
        return 0, 0
    return int(match[1]), int(match[2])


def day(moment: date) -> str:
    """13 November 2026."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def count(number: int, one: str, many: str) -> str:
    """1 group, 2 groups; thousands with a comma."""
    return f"{number:,} {one if number == 1 else many}"


def listing(parts: list[str]) -> str:
    """a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def capital(sentence: str) -> str:
    """The sentence with a capital first letter, all else untouched."""
    return sentence[:1].upper() + sentence[1:]


def inside_sentence(name: str) -> str:
    """A measure's name inside a sentence."""
    return name[:1].lower() + name[1:]


def direction(is_high_worse: bool) -> str:
    """What a high number means."""
    return "high is worse" if is_high_worse else "high is better"


def figure_words(state: str, value: int | None, low: int | None, high: int | None, is_share: bool = False) -> str:
    """A figure in words: 58, range 49 to 65; at least 86; hidden; not asked."""
    if state == "hidden":
        return HIDDEN
    if value is None:
        return NOT_ASKED
    text = f"{value}\u00a0%" if is_share else str(value)
    if state in BOUND_WORDS:
        return f"{BOUND_WORDS[state]} {text}"
    return text if low is None or high is None else f"{text}, range {low} to {high}"


def finding(measure: str, state: str, value: int | None, low: int | None, high: int | None, is_share: bool) -> str:
    """The headline: Burnout is 54 of 100, range 52 to 56."""
    if state == "hidden":
        return f"{measure} is {HIDDEN}."
    if value is None:
        return f"{measure} was not asked."
    if is_share:
        bound = f"{BOUND_WORDS[state]} " if state in BOUND_WORDS else ""
        return f"{capital(bound)}{value}\u00a0% are at or beyond the cut-off for {inside_sentence(measure)}."
    text = f"{value} of 100"
    if state in BOUND_WORDS:
        return f"{measure} is {BOUND_WORDS[state]} {text}."
    return f"{measure} is {text}." if low is None or high is None else f"{measure} is {text}, range {low} to {high}."


def response_words(band: str | None) -> str:
    """The response band in words; empty where the release gives none."""
    return {
        "<50": "fewer than half of those asked",
        "50-69": "between 50 and 69\u00a0% of those asked",
        "70-84": "between 70 and 84\u00a0% of those asked",
        ">=85": "85\u00a0% or more of those asked",
    }.get(band or "", "")


def answered(respondents_n: int | None, band: str | None, wave: str) -> str:
    """Who answered, as far as the release says it."""
    if respondents_n is None:
        return f"How many answered in {wave} is {HIDDEN}."
    share = response_words(band)
    return f"{count(respondents_n, 'person', 'people')} answered in {wave}{', ' + share if share else ''}."


def at_risk_sentence(state: str, pct: int) -> str:
    """The share at or beyond the cut-off of a measure."""
    bound = f"{BOUND_WORDS[state]} " if state in BOUND_WORDS else ""
    return f"{capital(bound)}{pct}\u00a0% of those who answered are at or beyond this measure's cut-off."


def counted_in(group: str | None) -> str:
    """Where hidden answers count; the same words for every hidden group."""
    return HIDDEN if group is None else f"{HIDDEN}, counted in {group}"


def hidden_answers(group: str | None) -> str:
    """The same as a sentence of its own."""
    return "" if group is None else f"The answers count in {group}."


def pooled(members_n: int) -> str:
    """Under the name of a pooled group."""
    return f"pooled: {count(members_n, 'team', 'teams')}"


def rest_of(parent: str) -> str:
    """Under the name of other teams."""
    return f"rest of {parent}"


def in_pool(pool: str) -> str:
    """For a unit whose answers are part of a pooled group."""
    return f"part of {pool}"


def new_teams(wave: str) -> str:
    """Beside the rule where a group's members change."""
    return f"new teams from {wave}"


def how_to_read(value: int, low: int, high: int) -> str:
    """What a range means."""
    return (
        f"“{value}, range {low} to {high}” means: if those who did not answer are like those who did, "
        f"the true figure for everybody is very likely between {low} and {high}."
    )


def shown_summary(shown_n: int, pooled_n: int, hidden_n: int) -> str:
    """How many groups have a figure in the wave."""
    parts = [f"{count(shown_n, 'group has', 'groups have')} figures in this wave."]
    if pooled_n:
        parts.append(f"{count(pooled_n, 'of them is', 'of them are')} small teams shown as one group.")
    if hidden_n:
        parts.append(f"{count(hidden_n, 'group is', 'groups are')} {HIDDEN}.")
    return " ".join(parts)


def more_hidden(number: int) -> str:
    """After a list that was cut."""
    return f"and {count(number, 'more group', 'more groups')}, all marked in the heat map"


def actions_title(actions: Sequence[object]) -> str:
    """The finding of the actions page."""
    return f"{count(len(actions), 'action', 'actions')} on record." if actions else "No action is on record yet."


def steward_title(number: int) -> str:
    """The finding of the steward's page."""
    return f"{count(number, 'run is', 'runs are')} on record."


def checks_passed(passed: int, all_n: int) -> str:
    """The end of an audit."""
    return f"{passed} of {count(all_n, 'check', 'checks')} passed"


def action_began(title: str) -> str:
    """In the text alternative of a trend."""
    return f"An action began: {title}."


def from_day(moment: date) -> str:
    """from 1 October 2026."""
    return f"from {day(moment)}"


def signature(is_trusted: bool) -> str:
    """The state of the signature, for the foot."""
    return "signature checked" if is_trusted else "signature matches the release, signer not checked"


def group_sizes(k: Mapping[str, int]) -> str:
    """Least group sizes, for the foot."""
    return f"group size at least {k['work']}, sensitive topics at least {k['sensitive']}"


def axis_words(is_high_worse: bool) -> tuple[str, str]:
    """What up and down mean on the scale."""
    return ("more strain", "less strain") if is_high_worse else ("more protection", "less protection")


def end_label(name: str, state: str, value: int, is_share: bool) -> str:
    """Name and last value at the end of a line."""
    text = f"{value}\u00a0%" if is_share else str(value)
    return f"{name} {BOUND_SIGNS.get(state, '')}{text}"


def not_asked_in(measure: str, wave: str) -> str:
    """For a measure without a figure in the last wave."""
    return f"{measure} was not asked in {wave}."


def heat_lead(groups_n: int, measures_n: int, wave: str) -> str:
    """What the heat map holds."""
    held = f"{count(groups_n, 'group', 'groups')} and {count(measures_n, 'measure', 'measures')} in {wave}."
    return f"{held} {OPEN_A_GROUP}"


def five_rules(k: Mapping[str, int], k_res: Mapping[str, int]) -> tuple[tuple[str, str], ...]:
    """First words and rest of each rule, with the numbers of the release's policy."""
    return (
        (
            f"At least {k['work']} people behind every figure,",
            f"at least {k['sensitive']} for sensitive topics, at least {k['guarded']} for substance use.",
        ),
        (
            "No figure by subtraction.",
            (
                "What is left of a group when its exact parts are taken away holds nobody, "
                f"or at least {k_res['work']} people, {k_res['sensitive']} for sensitive topics."
            ),
        ),
        ("No extremes.", "Close to either end of the scale we say “at least” or “at most”."),
        ("Hidden never says why.", "It looks the same for every reason, and every answer still counts higher up."),
        ("Signed and final.", "A wave is released once. A release whose files were changed is not shown."),
    )


def asked(measures: str) -> str:
    """The measures of the wave in one line."""
    return f"Measures: {measures}."


def group_with_parent(name: str, parent: str | None) -> str:
    """A group's name in a list of all groups."""
    return name if parent is None else f"{name} · {parent}"


def shortened(name: str, letters: int) -> str:
    """A long name with its end cut, for a place of fixed width."""
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"
