"""The server behind `pushforward explore`: a page, and what it asks to be computed; nothing here loads torch."""

from pushforward.explorer.guard import Keys
from pushforward.explorer.html import shell
from pushforward.explorer.jobs import Jobs
from pushforward.explorer.routes import app
from pushforward.explorer.run import password_of, serve
from pushforward.explorer.subject import DEMO, SCENE, Subject, read_scene
from pushforward.explorer.worker import Tell

__all__ = ["DEMO", "SCENE", "Jobs", "Keys", "Subject", "Tell", "app", "password_of", "read_scene", "serve", "shell"]
