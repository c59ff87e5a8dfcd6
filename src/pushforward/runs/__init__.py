"""Runs: folders in which results stand beside what they follow from, so that the same is never computed twice."""

from pushforward.runs.folder import Run
from pushforward.runs.recording import Folder, recorded

__all__ = ["Folder", "Run", "recorded"]
