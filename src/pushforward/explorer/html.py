"""The page itself with the policy that lets its own scripts run, and no other."""

import base64
import hashlib
import re

from pushforward.page import document

SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def policy_of(html: str) -> str:
    """The Content-Security-Policy for a document: its scripts by hash, pictures in it, requests to where it is from.

    >>> policy_of("<script>1</script><script type='application/json'>2</script>").count("sha256-")
    1
    """
    hashes = " ".join(f"'sha256-{_digest(text)}'" for kind, text in SCRIPT.findall(html) if "application/" not in kind)
    return (
        f"default-src 'none'; script-src {hashes or chr(39) + 'none' + chr(39)}; style-src 'unsafe-inline'; "
        "img-src data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def shell() -> str:
    """The document without a scene in it: it asks this server for one."""
    return document([], title="pushforward", url="api/scene")
