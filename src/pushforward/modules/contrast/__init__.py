"""Contrast: one module moved, the other held still."""

from pushforward.modules.contrast.contrast import contrast as contrast
from pushforward.modules.contrast.contrast import traversals as traversals
from pushforward.modules.contrast.result import Candidate as Candidate
from pushforward.modules.contrast.result import Contrast as Contrast
from pushforward.modules.contrast.table import Contrasts as Contrasts
from pushforward.modules.contrast.table import contrast_all as contrast_all
from pushforward.modules.contrast.traversal import Leak as Leak
from pushforward.modules.contrast.traversal import Traversal as Traversal
from pushforward.modules.contrast.verdict import Verdict as Verdict
