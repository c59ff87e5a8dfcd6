"""What is shown of a contrast: strips, tables of many, moving pictures, and the part of a report about one."""

from pushforward.show.contrast.study import ContrastStudy as ContrastStudy
