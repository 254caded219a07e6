"""The LICENSE of the code repository that a model's makers link to, read from the code host's raw files."""

from __future__ import annotations

import re

import httpx2
from huggingface_hub import get_session

from openness.schemas.snapshot import Note, Snapshot, TextFile
from openness.sources.contents import LICENSE_LIMIT
from openness.sources.http import Refused, bounded
from openness.sources.leads import is_tool, same_owner

RAW_HOST = "https://raw.githubusercontent.com"  # the only one that is asked
NAMES = ("LICENSE", "LICENSE.txt", "LICENSE.md", "COPYING")
SECONDS = 10.0
_REPOSITORY = re.compile(
    r"https?://(?:www\.)?github\.com/([\w.-]{1,39}/[\w.-]{1,100}?)(?:\.git)?(?:[/?#].*)?", re.ASCII
)


def linked_repository(snapshot: Snapshot) -> str | None:
    """The first GitHub repository (``owner/name``) of the model's own makers that the card links to."""
    for link in snapshot.card.links if snapshot.card else []:
        found = _REPOSITORY.fullmatch(link.url)
        if found and same_owner(link.url, snapshot.repo) and not is_tool(link.url) and ".." not in found[1]:
            return found[1]
    return None


def read_code_license(repository: str, host: str = RAW_HOST) -> tuple[TextFile | None, str, Note | None]:
    """The license file of a GitHub repository, as of its default branch.

    Without a token, within :data:`SECONDS` and the size of any license file; a redirect is not followed.

    Returns:
        The file, its address, and what went wrong otherwise.
    """
    address = f"{host}/{repository}/HEAD"
    with bounded(host, LICENSE_LIMIT * 2, SECONDS) as budget:
        for name in NAMES:
            try:
                with get_session().stream(
                    "GET", f"{address}/{name}", follow_redirects=False, timeout=min(budget.left(), 5.0)
                ) as response:
                    if response.status_code == 404:
                        continue
                    if response.status_code != 200:
                        raise Refused(f"the server answered {response.status_code}")
                    body = b""
                    for chunk in response.iter_raw():
                        body += chunk
                        if len(body) > LICENSE_LIMIT:
                            raise Refused(f"it is longer than {LICENSE_LIMIT:,} bytes")
            except Refused as error:
                return None, address, _unread(repository, name, str(error))
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                why = (
                    "the server did not answer in time"
                    if isinstance(error, httpx2.TimeoutException)
                    else "no connection"
                )
                return None, address, _unread(repository, name, why)
            return TextFile(path=name, text=body.decode("utf-8", errors="replace")), f"{address}/{name}", None
    return None, address, _unread(repository, "a license file", f"none of {', '.join(NAMES)} is there")


def _unread(repository: str, what: str, why: str) -> Note:
    return Note(subject="code", message=f"{what} of github.com/{repository} was not read: {why}")
