"""What a tool's own columns tell about a row: complete, a test, sent when, sent twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

__all__ = ["NOTHING_TOLD", "Tell", "Tells"]


@dataclass(frozen=True, slots=True)
class Tell:
    """Rows in which a column holds one of `texts` (compared without case), or anything where there are no texts."""

    column: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tells:
    """What can be told of the rows of a file, by its own columns; a name is None or empty where it cannot.

    complete: rows that were sent in. `only_complete`: the tool exports no others.
    test: previews, test runs and spam; a row is one if any of them says so.
    sent: the column with the day on which a row was sent in, as one of `sent_formats` (strptime).
    repeated_by: rows that are equal in all of these columns, of which the first is not empty, are one answer sent
        twice.
    """

    complete: Tell | None = None
    only_complete: bool = False
    test: tuple[Tell, ...] = ()
    sent: str | None = None
    sent_formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d")
    repeated_by: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """The columns that are needed to tell."""
        named = [tell.column for tell in (self.complete, *self.test) if tell is not None]
        return frozenset([*named, *([self.sent] if self.sent else []), *self.repeated_by])

    def renamed(self, names: Mapping[str, str], complete_texts: tuple[str, ...]) -> Tells:
        """The same under other names of columns; complete rows hold one of `complete_texts`."""
        complete, sent = self.complete, self.sent
        return replace(
            self,
            complete=None if complete is None else Tell(names.get(complete.column, complete.column), complete_texts),
            test=tuple(Tell(names.get(tell.column, tell.column), tell.texts) for tell in self.test),
            sent=None if sent is None else names.get(sent, sent),
            repeated_by=tuple(names.get(column, column) for column in self.repeated_by),
        )


NOTHING_TOLD = Tells()
