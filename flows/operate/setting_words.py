"""What each key of quorum.toml means, and what holds where it is left out: the one place, for the reference pages.

A default that the program knows as one value is not written here: `flows/operate/reference_page.py` reads it off.
"""

from __future__ import annotations

MEANINGS: dict[str, dict[str, tuple[str, str]]] = {
    "organisation": {
        "name": (
            "",
            "name of the organisation, for you; pages show the name of the root unit",
        ),
    },
    "survey": {
        "rhythm": (
            "",
            "`weekly`, `fortnightly`, `monthly` or `quarterly`: which questions take turns, and how "
            "([Battery](battery.md))",
        ),
        "languages": (
            "",
            "languages of your survey. The pages are in English and German whatever stands here; who looks chooses",
        ),
        "signpost": (
            "`{ }`",
            "whom people can reach: `emergency`, `crisis`, `workplace`, `professional`, `safeguarding`; the last"
            " three once more by language in `[survey.signpost.de]`. No survey is exported while one is empty or an"
            " example ([Battery](battery.md#signpost))",
        ),
        "keys": (
            "`{ }`",
            "offices that hold the two keys of the [staff page](staff-page.md): `steward_office`, `mixer_office`."
            " Staff read them; once more by language in `[survey.keys.de]`. `manage_nobody_asked = true` answers for"
            " good the question that `quorum survey open` asks, so that the calendar can open a wave",
        ),
        "page": (
            "`{ }`",
            "`address`: where staff find the page, such as `https://pulse.example.org`; `check_step = true`: "
            "answers are shown once more before they are sent",
        ),
        "core_swap": (
            "none",
            '`"adm1"`: paperwork instead of resources in the core; fortnightly rhythm only',
        ),
    },
    "policy": {
        "preset": (
            "",
            "least group sizes for work / sensitive / guarded measures: `standard` 5 / 10 / 20, `official` 10 / "
            "20 / 30",
        ),
        "assumed_response": (
            "",
            "share of people expected to answer, above 0, at most 1; for [plans](../how-to/plan-a-wave.md) "
            "without an earlier release",
        ),
        "k": (
            "the preset",
            "a table `work`, `sensitive`, `guarded`: single least group sizes, raised",
        ),
    },
    "breakdown": {
        "id": (
            "none",
            "heading of one grouping column of people, such as `role_group`; a release shows it from department "
            "up (one family a wave)",
        ),
        "values": (
            "",
            "its two to twenty values; others fail the validation",
        ),
    },
    "breakdowns": {
        "id": (
            "none",
            "instead of `[breakdown]`: several families, of which each wave has one, in turn: by its place in the "
            "rhythm, which its date or its id tells, so that removing old waves changes nothing",
        ),
        "values": (
            "",
            "as under `[breakdown]`",
        ),
    },
    "waves": {
        "wave_id": (
            "",
            "a declared wave; undeclared ones work too, without dates",
        ),
        "opens_on": (
            "none",
            "a date without quotes, not after `closes_on`. Before it `quorum plan` plans the wave, from it on the"
            " plan stays; a run before it is refused",
        ),
        "closes_on": (
            "none",
            "a date; a run before it is refused; goes into the manifest, and orders the waves when every release "
            "has one",
        ),
        "breakdown": (
            "in turn",
            "the family of this wave, by its `id`",
        ),
        "items": (
            "its turn",
            "item ids that this wave asks, in their order, instead of its turn in the rotation "
            "([Battery](battery.md#place-of-a-wave))",
        ),
        "staff_page": (
            "",
            "`true`: the calendar opens this wave on the staff page, closes and mixes it; needs both dates. Its "
            "last day is `closes_on`",
        ),
        "mixer_public": (
            "none",
            "public half of the key that the mixer made for this wave on another machine (`quorum survey mix "
            "--make-key`); without it both keys lie here",
        ),
    },
    "sources": {
        "wave_id": (
            "",
            "the wave that this file belongs to",
        ),
        "path": (
            "",
            "the file, from the workspace folder on",
        ),
        "map": (
            "found by its columns",
            "the column map, from the workspace folder on",
        ),
        "kind": (
            '`"file"`',
            '`"limesurvey_api"` or `"redcap_api"`: the answers are [pulled from the '
            "tool](../how-to/pull-from-a-survey-tool.md) at each run, instead of `path`",
        ),
        "url": (
            "",
            "of a pull: address of the interface, `https://…`",
        ),
        "survey_id": (
            "",
            "of a pull from LimeSurvey: number of the survey",
        ),
        "credentials": (
            "",
            "of a pull: the **name** of an environment variable (capitals, digits, `_`) or of the Prefect secret "
            "of that name in small letters with `-`; never the secret itself",
        ),
    },
    "retention": {
        "days": (
            "",
            "how long after a release its answers are to be destroyed. `quorum run` names the day; destroying is "
            "`quorum shred`, by hand or by the schedule",
        ),
    },
    "keys": {
        "store": (
            "",
            "where storage keys live: `file`, `environment` or `prefect`",
        ),
    },
    "access": {
        "sign_in": (
            "",
            "`local`: no sign-in, this machine alone; `openid`: [sign-in by OpenID "
            "Connect](../how-to/set-up-sign-in.md)",
        ),
        "roles": (
            "",
            "where roles come from: `file`, or `claims` of the identity token",
        ),
        "roles_file": (
            "",
            "the list of people, from the workspace folder on: `person,role,unit_ids`",
        ),
        "role_claim": (
            "",
            "with `claims`: the claim that holds `viewer`, `leadership` or `steward`",
        ),
        "units_claim": (
            "",
            "with `claims`: the claim that holds a viewer's unit ids",
        ),
        "viewers_see": (
            "",
            "`own`: own units, what lies below and above them, and the organisation; `all`: every group",
        ),
    },
    "board": {
        "measures": (
            "those of Home",
            "ids of at most 12 [measures](measures.md) that the [board "
            "report](../how-to/take-results-to-the-board.md) shows, in their order",
        ),
    },
    "schedule": {
        "release": (
            "",
            "`by_itself`: a closed wave is released on its own where nothing looks wrong. `after_approval`: a "
            "steward approves each release",
        ),
        "at": (
            "",
            "time of the daily look at the calendar, on this machine's clock",
        ),
        "remind_days": (
            "",
            "days before a close, and before a shred, on which stewards are reminded",
        ),
        "wait_days": (
            "",
            "days after the close on which a wave without input is late",
        ),
        "low_response_pct": (
            "",
            "a wave in which fewer percent of all people answered stops with a question",
        ),
    },
    "up": {
        "dashboards": (
            "",
            "address and port of the pages when everything is started together",
        ),
        "prefect": (
            "",
            "address and port of Prefect's server and its pages, which have no sign-in",
        ),
        "staff": (
            "",
            "address and port of the page on which staff answer",
        ),
        "database": (
            "",
            "where Prefect keeps its states: `sqlite`, or `postgresql` with its address in `keys/database.url`",
        ),
    },
    "messages": {
        "on": (
            "all",
            "occasions on which stewards get a message: `failure`, `question`, `approval`, `low_response`, "
            "`reminder`, `retention`, `released`",
        ),
    },
}
"""By section and key: the default in words, empty where it is read off or there is none; the meaning, in Markdown."""
