"""Names of measures and remarks of a release in the language of the page.

A release carries names in English. Another language has the name that the instrument gives, and the released name
where an organisation's own measure has none.
"""

from __future__ import annotations

from functools import cache

from dashboards.language import catalogue, say, spoken
from surveys.instrument import Catalogue
from surveys.load import load_catalogue


@cache
def instruments() -> Catalogue:
    """The shipped instruments, read once."""
    return load_catalogue()


@cache
def _names(language: str) -> dict[tuple[str, str], str]:
    """Names in a language by measure and English name; a measure renamed by a workspace is not among them."""
    known = instruments().measures.values()
    return {(each.id, each.name["en"]): each.name[language] for each in known if language in each.name}


def is_shipped_name(name: str) -> bool:
    """Whether this is a shipped measure's name in the language of the page; an organisation's own names are not."""
    return name in _names(spoken()).values()


def measure_name(measure_id: str, released_name: str) -> str:
    """The name of a measure as this page says it."""
    if spoken() == "en":
        return released_name
    return _names(spoken()).get((measure_id, released_name), released_name)


def release_note(note: str) -> str:
    """The remark of a release on a measure as this page says it."""
    is_known = note == catalogue("en").phrases["note_not_validated"]
    return say("note_not_validated") if is_known else note
