"""Every error that a user can meet, with its exit code (CONTRACTS: command line).

A message says what is wrong, where, and what to do. It never holds an answer.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "AlreadyReleased",
    "AuditFailed",
    "ExportRefused",
    "InstrumentError",
    "KeyMissing",
    "PolicyTooWeak",
    "QuorumError",
    "ReleaseInvalid",
    "SettingsError",
    "UnitsError",
    "UsageError",
    "WorkspaceError",
]


class QuorumError(Exception):
    """Base of all errors shown to users; `exit_code` is what the command ends with."""

    exit_code: ClassVar[int] = 1


class UsageError(QuorumError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class InstrumentError(QuorumError):
    """An instrument, battery or questionnaire file is wrong."""

    exit_code = 10


class ExportRefused(QuorumError):
    """A source file cannot be taken as it is."""

    exit_code = 11


class PolicyTooWeak(QuorumError):
    """A policy setting lies below a floor or contradicts another."""

    exit_code = 12


class AuditFailed(QuorumError):
    """An attack on a release succeeded, or a release does not verify."""

    exit_code = 13


class ReleaseInvalid(AuditFailed):
    """A release folder is corrupted, unsigned, half copied or of another contract."""


class WorkspaceError(QuorumError):
    """The folder is no workspace, or one of another version."""

    exit_code = 14


class SettingsError(WorkspaceError):
    """quorum.toml is wrong."""


class UnitsError(WorkspaceError):
    """The unit tree is wrong."""


class KeyMissing(WorkspaceError):
    """A key is missing or does not fit."""


class AlreadyReleased(QuorumError):
    """The wave has been released; a wave is never released twice."""

    exit_code = 15
