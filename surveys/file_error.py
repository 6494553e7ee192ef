"""The one error of instrument files. surveys/ knows no exit codes; the command line turns it into its own error."""

from __future__ import annotations


class InstrumentFileError(Exception):
    """An instrument file is wrong.

    `where`: the file, relative to the project or workspace. `key_path`: keys and list positions
    (from 0) joined by dots, empty for the file as a whole. `problem`: what is wrong.
    `advice`: what to write instead.
    """

    def __init__(self, where: str, key_path: str, problem: str, advice: str) -> None:
        self.where = where
        self.key_path = key_path
        self.problem = problem
        self.advice = advice
        place = f"{where}: {key_path}" if key_path else where
        super().__init__(f"{place}: {problem}. {advice}")

    def __reduce__(self) -> tuple[type[InstrumentFileError], tuple[str, str, str, str]]:
        return type(self), (self.where, self.key_path, self.problem, self.advice)
