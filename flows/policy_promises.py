"""The privacy policy as sentences, each tied to the settings and the tests that make it true.

Sentences are for staff, their representatives and data protection. A test takes every reference apart: a sentence whose
setting or test is gone fails the build (tests/architecture/test_promises.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flows.pools import MIN_HEADS
from flows.protect.policy import FLOORS, TIERS, DisclosurePolicy
from flows.settings import Breakdown, Settings

UNIT, PROPERTY, INTEGRATION = "tests/unit", "tests/properties", "tests/integration"
VALUE_RULES = f"{UNIT}/protect/test_value_rules.py::"
BREAKDOWNS = f"{PROPERTY}/test_breakdowns.py::"
ATTACKED = f"{PROPERTY}/test_releases_pass_the_audit.py::test_no_attack_of_the_auditor_succeeds_on_what_protect_shows"


@dataclass(frozen=True, slots=True)
class Promise:
    """One sentence, and what it rests on: keys of quorum.toml, and tests by their id."""

    text: str
    settings: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Sentences under one heading."""

    title: str
    promises: tuple[Promise, ...]


def policy_sections(settings: Settings, policy: DisclosurePolicy, families: Sequence[Breakdown]) -> tuple[Section, ...]:
    """The whole policy. `families`: the groupings besides the unit, of which a wave asks one at most."""
    return (
        Section("What is asked", _asked(settings)),
        Section("What is stored", _stored(settings)),
        Section("What is shown", _shown(policy, families)),
        Section("Small teams", _small(settings, policy)),
        Section("When, and how often", _when()),
        Section("What is not promised", _limits()),
    )


def _asked(settings: Settings) -> tuple[Promise, ...]:
    return (
        Promise(
            f"{settings.organisation} asks its staff in a {settings.rhythm} rhythm, without their names.",
            settings=("organisation.name", "survey.rhythm"),
            tests=(f"{INTEGRATION}/test_limesurvey_exports.py::test_tokens_addresses_dates_and_comments_are_dropped",),
        ),
        Promise(
            "Nobody is asked to write in their own words: a question with a free answer is refused.",
            tests=(f"{UNIT}/surveys/test_not_asked.py::test_a_free_text_answer_is_refused_with_the_reason",),
        ),
    )


def _stored(settings: Settings) -> tuple[Promise, ...]:
    store = f"{INTEGRATION}/test_store_encryption.py::"
    shred = f"{INTEGRATION}/test_shred_and_retract.py::"
    return (
        Promise(
            "Names, e-mail addresses, IP addresses, tokens and times of an export are dropped before anything is "
            "stored.",
            tests=(f"{store}test_identity_never_reaches_even_the_encrypted_store",),
        ),
        Promise(
            "Answers lie encrypted; each wave has a key of its own, and nothing leads back from an answer to its line "
            "in the export.",
            tests=(
                f"{store}test_duckdb_cannot_open_the_store_without_the_key",
                f"{store}test_an_accepted_row_keeps_no_number_that_leads_back_to_its_line",
            ),
        ),
        Promise(
            f"Answers are due for destruction {settings.retention_days} days after the wave was run. Destroying them "
            "destroys the key and the store, and the log keeps the proof.",
            settings=("retention.days",),
            tests=(
                f"{shred}test_shredding_destroys_key_and_store",
                f"{shred}test_shredding_is_logged_with_its_proof",
            ),
        ),
        Promise(
            "No answer stands in any message or log.",
            tests=(f"{store}test_no_message_of_a_run_holds_an_answer_or_an_identity",),
        ),
    )


def _shown(policy: DisclosurePolicy, families: Sequence[Breakdown]) -> tuple[Promise, ...]:
    k = [policy.k(tier) for tier in TIERS]
    rest = [policy.k_res(tier) for tier in TIERS]
    shares = [policy.share_k(tier) for tier in TIERS]
    return (
        Promise(
            f"A figure on work topics stands for {k[0]} people at least, on health topics for {k[1]}, on substance use "
            f"for {k[2]}.",
            settings=("policy.preset", "policy.k"),
            tests=(ATTACKED,),
        ),
        Promise(
            "These numbers can be raised. Nothing can lower them below "
            f"{', '.join(str(FLOORS[tier]) for tier in TIERS[:-1])} and {FLOORS[TIERS[-1]]}, or switch protection off.",
            tests=(f"{UNIT}/protect/test_policy.py::test_no_way_of_building_a_policy_goes_below_a_floor",),
        ),
        Promise(
            "What the shown groups leave of a larger group is nobody, or at least "
            f"{rest[0]}, {rest[1]} and {rest[2]} people: no small group comes out by subtraction.",
            settings=("policy.k",),
            tests=(f"{UNIT}/protect/test_solver.py::test_the_programme_finds_the_same_set_as_trying_every_set",),
        ),
        Promise(
            "A figure near an end of the scale is shown as 'at least' or 'at most' only, so that every single person "
            "could still have given any answer.",
            tests=(
                f"{VALUE_RULES}test_h1_a_nearly_uniform_team_is_shown_as_at_least",
                f"{BREAKDOWNS}test_everybody_could_have_given_any_score_beside_tree_breakdown_and_shares",
            ),
        ),
        Promise(
            f"The share of people at risk is shown from {shares[0]}, {shares[1]} and {shares[2]} answers on.",
            tests=(f"{VALUE_RULES}test_a_share_needs_ten_answers",),
        ),
        Promise(
            "Substance use is shown as a share only, and never of a team.",
            tests=(f"{VALUE_RULES}test_a_guarded_measure_shows_a_share_only_and_no_team",),
        ),
        Promise(
            "Averages and shares are shown; no distribution, no highest or lowest answer, no spread of a team.",
            tests=(f"{UNIT}/audit/test_audit_attacks.py::test_a_forbidden_column_is_caught",),
        ),
        _by_family(policy, families),
    )


def _by_family(policy: DisclosurePolicy, families: Sequence[Breakdown]) -> Promise:
    settings = ("breakdown.id", "breakdown.values")
    tests = (f"{BREAKDOWNS}test_cells_are_large_stand_on_shown_groups_and_the_rest_is_what_they_leave",)
    if not families:
        return Promise("Figures are shown by unit only, never by occupation, age or any other grouping.", settings)
    named = "; ".join(f"{family.id} ({', '.join(family.values)})" for family in families)
    return Promise(
        f"Besides by unit, figures are shown by one grouping a wave: {named}. Never within a team, and from "
        f"{2 * policy.k('work')}, {2 * policy.k('sensitive')} and {2 * policy.share_k('guarded')} people on.",
        settings,
        tests,
    )


def _small(settings: Settings, policy: DisclosurePolicy) -> tuple[Promise, ...]:
    heads = MIN_HEADS.get(settings.rhythm)
    weekly = f" In this rhythm so are teams of fewer than {heads} people." if heads else ""
    return (
        Promise(
            "Teams of one department that are expected to be too small are shown together, as a pooled group of "
            f"{policy.k_res('work')} answers or more; its teams are never shown apart.{weekly}",
            settings=("policy.assumed_response", "survey.rhythm"),
            tests=(
                f"{PROPERTY}/test_pools.py::test_pools_are_two_or_more_sibling_teams_and_no_team_is_in_two",
                f"{PROPERTY}/test_pooled_releases.py::"
                "test_no_attack_succeeds_on_a_release_with_pools_and_no_member_is_shown_apart",
            ),
        ),
        Promise(
            "Pooled groups are made before anybody answers and hold for three months. Everybody can look up where "
            "an answer from their team can appear.",
            tests=(
                f"{UNIT}/test_plan_waves.py::"
                "test_waves_of_the_same_three_months_keep_their_pools_and_the_next_quarter_plans_anew",
                f"{PROPERTY}/test_receipts.py::"
                "test_every_row_of_a_release_is_on_the_receipts_of_the_units_that_count_in_it",
            ),
        ),
        Promise(
            "How many of a team answered is shown under the same rule, and beside it no more than a band; that nobody "
            "of a team answered is not given away.",
            tests=(
                f"{UNIT}/protect/test_solver.py::test_strict_mode_does_not_prove_that_nobody_in_a_hidden_team_answered",
            ),
        ),
    )


def _when() -> tuple[Promise, ...]:
    plans = f"{UNIT}/test_plan_waves.py::"
    history = f"{INTEGRATION}/test_history.py::"
    return (
        Promise(
            "These rules are fixed for a wave when it opens, whatever the settings say later. Each release says "
            "whether they were fixed before its opening, or only when its answers were imported.",
            settings=("waves.opens_on",),
            tests=(
                f"{plans}test_from_its_opening_day_on_a_plan_stays_whatever_units_and_settings_say",
                f"{plans}test_a_plan_that_was_saved_after_the_wave_opened_is_not_called_before_opening",
            ),
        ),
        Promise(
            "Nothing is shown while a wave is open.",
            settings=("waves.closes_on",),
            tests=(f"{history}test_while_a_wave_is_open_a_check_prints_the_account_and_no_forecast",),
        ),
        Promise(
            "A wave is released once. Late answers are not added, and the same answers are not released again.",
            tests=(
                f"{INTEGRATION}/test_first_hour.py::test_a_wave_is_released_once",
                f"{INTEGRATION}/test_released_once.py::test_one_late_answer_under_another_wave_id_is_refused",
            ),
        ),
        Promise(
            "Before each release a second program, which shares no code with the first, tries to work out what is "
            "hidden. Where it succeeds nothing is released.",
            tests=(
                ATTACKED,
                f"{INTEGRATION}/test_audit_gate.py::test_a_release_on_which_an_attack_succeeds_is_never_written",
            ),
        ),
        Promise(
            "A release that is found wrong leaves the pages with a signed note, and stays on record.",
            tests=(f"{history}test_a_retracted_wave_is_shown_nowhere_kept_on_record_and_not_released_again",),
        ),
    )


def _limits() -> tuple[Promise, ...]:
    return (
        Promise(
            "A figure tells the mood of the whole group. Where nearly all of a team say the same, that is shown.",
            tests=(f"{VALUE_RULES}test_h1_a_nearly_uniform_team_is_shown_as_at_least",),
        ),
        Promise(
            "The tool in which people answer, and who runs it, are outside Quorum. Where its export carried names, "
            "tokens or times, the release says 'confidential', not 'anonymous'.",
            tests=(
                f"{INTEGRATION}/test_limesurvey_exports.py::"
                "test_only_the_survey_without_tokens_and_dates_counts_as_anonymous",
            ),
        ),
        Promise(
            "Who holds the key of a wave, and its store, can read its answers until they are destroyed.",
            tests=(f"{INTEGRATION}/test_store_encryption.py::test_the_answers_are_in_the_store_behind_its_key",),
        ),
    )
