"""Studies: a result with everything a reader of a report needs to judge it. `pf.report` writes them as a page.

>>> ModulesStudy.__name__
'ModulesStudy'
"""

from pushforward.show import ContrastStudy, GeneratorStudy, ModularityStudy, ModulesStudy

__all__ = ["ContrastStudy", "GeneratorStudy", "ModularityStudy", "ModulesStudy"]
