"""Modules: sets of neurons that work with different properties of the input."""

from pushforward.modules.cluster import Leiden as Leiden
from pushforward.modules.find import find_modules as find_modules
from pushforward.modules.lesion import Lesions as Lesions
from pushforward.modules.result import Modules as Modules
