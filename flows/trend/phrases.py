"""Sentences about figures, change, comparison and effects in each language; `flows.trend.words` fills them in.

Whole points only, direction always said, no cause claimed. A language has every key, which a test checks.
"""

from __future__ import annotations

from collections.abc import Mapping

PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "clear_rise": "Clear rise since {wave}: {verdict}.",
        "clear_fall": "Clear fall since {wave}: {verdict}.",
        "possible_rise": "Possible rise since {wave}, keep watching.",
        "possible_fall": "Possible fall since {wave}, keep watching.",
        "no_clear_change": "No clear change since {wave}.",
        "response_differs": "The share of people who answered differs too much from {wave} to call a change.",
        "tag_clear_rise": "▲ Clear rise: {verdict}",
        "tag_clear_fall": "▼ Clear fall: {verdict}",
        "tag_possible_rise": "Possible rise",
        "tag_possible_fall": "Possible fall",
        "tag_no_clear_change": "No clear change",
        "tag_response_differs": "Response differs",
        "worse": "worse",
        "better": "better",
        "up": "Up {points}, range {low} to {high}.",
        "down": "Down {points}, range {low} to {high}.",
        "would_have_seen": "We would have seen {points} or more.",
        "one_point": "1 point",
        "many_points": "{n} points",
        "figure": "{value}, range {low} to {high}",
        "at_least": "at least {value}",
        "at_most": "at most {value}",
        "fewer_than_half": "Fewer than half answered: read as the view of those who did.",
        "if_worse_off": "If those who did not answer were {points} worse off, the figure would be {value}.",
        "differs_higher": "{group} is clearly above the organisation: {value}, organisation {centre}.",
        "differs_lower": "{group} is clearly below the organisation: {value}, organisation {centre}.",
        "no_clear_difference": "{group} does not clearly differ from the organisation.",
        "likely": "{group} is likely among the fifth with most strain.",
        "possible": "{group} is possibly among the fifth with most strain.",
        "likely_protection": "{group} is likely among the fifth with least protection.",
        "possible_protection": "{group} is possibly among the fifth with least protection.",
        "no_differences": "Differences between groups are no larger than chance.",
        "best_estimate": (
            "Best estimate, using this and earlier waves and similar groups: {value}, range {low} to {high}."
        ),
        "unusual": "Unusual wave, ask what happened.",
        "trend_later": "Trend from the 4th wave on.",
        "one_level_higher": "Too many groups are at a bound: see the trend one level higher.",
        "foot_trend": "Fewer than 1 in 20 of such labels is expected to be wrong.",
        "foot_two_waves": "About 1 in 10 releases has such a label although nothing changed.",
        "may_be_seasonal": "May be seasonal: the same season has been seen once.",
        "year_ago": "In the same season a year ago ({wave}): {value}.",
        "effect_lower": (
            "After {action}, {measure} was {points} lower than expected from the past of these teams and from other "
            "teams ({low} to {high})."
        ),
        "effect_higher": (
            "After {action}, {measure} was {points} higher than expected from the past of these teams and from other "
            "teams ({low} to {high})."
        ),
        "effect_none": "After {action}: no clear effect on {measure}. Effects up to {points} cannot be excluded.",
        "effect_early": "{action}: too early to say.",
        "effect_caution": "Teams were not chosen by lot; other things may have happened.",
    },
    "de": {
        "clear_rise": "Klarer Anstieg seit {wave}: {verdict}.",
        "clear_fall": "Klarer Rückgang seit {wave}: {verdict}.",
        "possible_rise": "Möglicher Anstieg seit {wave}, weiter beobachten.",
        "possible_fall": "Möglicher Rückgang seit {wave}, weiter beobachten.",
        "no_clear_change": "Keine klare Veränderung seit {wave}.",
        "response_differs": (
            "Der Anteil der Antworten unterscheidet sich zu stark von {wave}, um eine Veränderung zu nennen."
        ),
        "tag_clear_rise": "▲ Klarer Anstieg: {verdict}",
        "tag_clear_fall": "▼ Klarer Rückgang: {verdict}",
        "tag_possible_rise": "Möglicher Anstieg",
        "tag_possible_fall": "Möglicher Rückgang",
        "tag_no_clear_change": "Keine klare Veränderung",
        "tag_response_differs": "Beteiligung verschieden",
        "worse": "schlechter",
        "better": "besser",
        "up": "{points} höher, Spanne {low} bis {high}.",
        "down": "{points} niedriger, Spanne {low} bis {high}.",
        "would_have_seen": "{points} oder mehr hätten wir gesehen.",
        "one_point": "1 Punkt",
        "many_points": "{n} Punkte",
        "figure": "{value}, Spanne {low} bis {high}",
        "at_least": "mindestens {value}",
        "at_most": "höchstens {value}",
        "fewer_than_half": "Weniger als die Hälfte hat geantwortet: als Sicht dieser Personen lesen.",
        "if_worse_off": (
            "Wären die, die nicht geantwortet haben, um {points} stärker belastet, läge der Wert bei {value}."
        ),
        "differs_higher": "{group} liegt klar über der Organisation: {value}, Organisation {centre}.",
        "differs_lower": "{group} liegt klar unter der Organisation: {value}, Organisation {centre}.",
        "no_clear_difference": "{group} unterscheidet sich nicht klar von der Organisation.",
        "likely": "{group} gehört wahrscheinlich zum Fünftel mit der höchsten Belastung.",
        "possible": "{group} gehört möglicherweise zum Fünftel mit der höchsten Belastung.",
        "likely_protection": "{group} gehört wahrscheinlich zum Fünftel mit dem geringsten Schutz.",
        "possible_protection": "{group} gehört möglicherweise zum Fünftel mit dem geringsten Schutz.",
        "no_differences": "Unterschiede zwischen Gruppen sind nicht größer als der Zufall.",
        "best_estimate": (
            "Beste Schätzung aus dieser und früheren Wellen und ähnlichen Gruppen: {value}, Spanne {low} bis {high}."
        ),
        "unusual": "Ungewöhnliche Welle, nachfragen, was war.",
        "trend_later": "Verlauf ab der vierten Welle.",
        "one_level_higher": "Zu viele Gruppen liegen an einer Grenze: den Verlauf eine Ebene höher lesen.",
        "foot_trend": "Weniger als 1 von 20 solcher Aussagen ist voraussichtlich falsch.",
        "foot_two_waves": (
            "Etwa 1 von 10 Veröffentlichungen enthält eine solche Aussage, obwohl sich nichts verändert hat."
        ),
        "may_be_seasonal": "Kann jahreszeitlich sein: dieselbe Jahreszeit wurde erst einmal gesehen.",
        "year_ago": "In derselben Jahreszeit vor einem Jahr ({wave}): {value}.",
        "effect_lower": (
            "Nach {action} lag {measure} um {points} niedriger, als es die Vergangenheit dieser Teams und andere Teams "
            "erwarten ließen ({low} bis {high})."
        ),
        "effect_higher": (
            "Nach {action} lag {measure} um {points} höher, als es die Vergangenheit dieser Teams und andere Teams "
            "erwarten ließen ({low} bis {high})."
        ),
        "effect_none": ("Nach {action}: keine klare Wirkung auf {measure}. Bis zu {points} sind nicht auszuschließen."),
        "effect_early": "{action}: noch zu früh für eine Aussage.",
        "effect_caution": "Die Teams wurden nicht ausgelost; anderes kann mitgespielt haben.",
    },
}
