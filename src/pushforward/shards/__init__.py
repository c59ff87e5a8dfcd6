"""Surveys: work that is divided into shards, which ranks do and files keep."""

from pushforward.shards.crew import Crew
from pushforward.shards.merging import merge
from pushforward.shards.meter import Meter, metered
from pushforward.shards.settings import Folder, Shards
from pushforward.shards.surveying import surveyed
from pushforward.shards.work import each, each_result, sharing, together, total

__all__ = [
    "Crew",
    "Folder",
    "Meter",
    "Shards",
    "each",
    "each_result",
    "merge",
    "metered",
    "sharing",
    "surveyed",
    "together",
    "total",
]
