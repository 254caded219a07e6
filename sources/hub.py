"""Read a model repository from a Hub: names, sizes and small texts, never the weights."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import httpx2
from huggingface_hub import HfApi, ModelInfo, constants, get_session, get_token, hf_hub_url
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils._headers import build_hf_headers
from huggingface_hub.utils._http import hf_raise_for_status
from huggingface_hub.utils._validators import validate_repo_id

from openness.schemas.errors import OpennessError
from openness.schemas.snapshot import Card, Snapshot, SnapshotFile
from openness.sources.card import encodable, plain
from openness.sources.contents import Unreadable, read_contents
from openness.sources.http import Budget, Refused, bounded, may_carry_token
from openness.sources.published import Gone, Published

T = TypeVar("T")
Progress = Callable[[str, str], None]  # what happened ("asked", "listed", "read", "unread"), and to what

MAX_BYTES = 1_475_000  # reads under way when it is spent may add a chunk each: 2 MB in all
SECONDS = 30.0
RETRIES = 2
LONGEST_WAIT = 10.0


def endpoint() -> str:
    """The Hub that is asked: ``HF_ENDPOINT``, else huggingface.co.

    Raises:
        OpennessError: ``HF_ENDPOINT`` is not a URL.
    """
    given = constants.ENDPOINT.rstrip("/")
    try:
        url = httpx2.URL(given)
        if url.scheme in ("http", "https") and url.host:
            return given
    except httpx2.InvalidURL:
        pass
    raise OpennessError("bad_endpoint", "HF_ENDPOINT is not a URL", "set it like https://huggingface.co, or unset it")


def token_state() -> str:
    """``none``, ``set`` or ``set but not sent``; never the token itself."""
    if not get_token():
        return "none"
    return "set" if may_carry_token(httpx2.URL(endpoint())) else "set, but not sent over plain http"


def read_repository(
    repo: str, revision: str | None = None, *, anonymous: bool = False, progress: Progress | None = None
) -> Snapshot:
    """Read a model repository within :data:`MAX_BYTES` and :data:`SECONDS`.

    One request for the file list, then README, licenses, configs and one shard's header at the
    same time: at most four sequential round trips. What could not be read stands in ``notes``.

    Args:
        repo: the repository's name.
        revision: a branch, tag or commit; ``main`` when None.
        anonymous: send no token, whatever is set here: on behalf of people whose token it is not.
        progress: told of each step, from several threads.

    Raises:
        OpennessError: the repository itself cannot be read; the message says why.
    """
    token: Literal[False] | None = False if anonymous else None  # None is the one that is set here, if any
    tell = progress or _silent
    with bounded(endpoint(), MAX_BYTES, SECONDS) as budget:
        tell("asked", httpx2.URL(endpoint()).host)
        info = _ask(lambda: _info(repo, revision, token, budget), budget, repo, revision, token)
        name, sha = info.id or repo, info.sha or revision or "main"
        files = [_file(item) for item in info.siblings or []]
        tell("listed", str(len(files)))
        headers = build_hf_headers(library_name="openness", token=token)

        def read(path: str, limit: int, start: int | None = None) -> bytes:
            try:
                body = _patiently(lambda: _get(name, sha, headers, budget, path, limit, start), budget)
            except (HfHubHTTPError, EntryNotFoundError, httpx2.HTTPError, httpx2.InvalidURL) as error:
                tell("unread", path)
                raise Unreadable(network_reason(error)) from None
            tell("read", path)
            return body

        contents = read_contents(files, read)
        return Snapshot(
            origin="hub",
            repo=name,
            url=f"{endpoint()}/{name}",
            revision=sha,
            read=datetime.now(UTC).date(),
            gated=bool(info.gated) if info.gated is not None else None,
            private=bool(info.private),
            created=info.created_at.date().isoformat() if info.created_at else None,
            tags=[encodable(str(tag))[:200] for tag in info.tags or []][:500],
            parameters=_total(info),
            files=files,
            card=contents.card or _card_of(info),
            texts=contents.texts,
            config=contents.config,
            tokenizer_config=contents.tokenizer_config,
            header=contents.header,
            notes=contents.notes,
            requests=budget.requests,
            bytes_read=budget.bytes_read,
        )


def _silent(_what: str, _of: str) -> None:
    """Nobody wants to know."""


@contextmanager
def published_repository(repo: str, revision: str | None, max_bytes: int, seconds: float) -> Iterator[Published]:
    """A model repository at a pinned revision, to read parts of its files while the context is open.

    Raises:
        OpennessError: the repository cannot be read; the message says why.
    """
    with bounded(endpoint(), max_bytes, seconds) as budget:
        info = _ask(lambda: _info(repo, revision, None, budget), budget, repo, revision, None)
        name, sha = info.id or repo, info.sha or revision or "main"
        headers = build_hf_headers(library_name="openness")

        def read(path: str, start: int, length: int) -> bytes:
            try:
                return _patiently(lambda: _get(name, sha, headers, budget, path, length, start), budget)
            except GatedRepoError:
                hint = "accept its terms on the model page, then set HF_TOKEN to a token that may read it"
                raise OpennessError("gated", f"{name} is gated, so {path} cannot be read", hint) from None
            except EntryNotFoundError:
                raise Gone("the server has no such file") from None
            except (HfHubHTTPError, httpx2.HTTPError, httpx2.InvalidURL) as error:
                said = f"{path} of {name} was not read: {network_reason(error)}"
                raise OpennessError("network", said, "try again") from None

        yield Published(
            origin="hub",
            repo=name,
            url=f"{endpoint()}/{name}",
            revision=sha,
            files=[_file(item) for item in info.siblings or []],
            read=read,
            private=bool(info.private),
        )


def _info(repo: str, revision: str | None, token: Literal[False] | None, budget: Budget) -> ModelInfo:
    # Always with a revision: Hub mirrors answer only such requests completely.
    info = HfApi(endpoint=endpoint(), library_name="openness", token=token).model_info(
        repo, revision=revision or "main", files_metadata=True, timeout=min(budget.left(), 15.0)
    )
    # Both become parts of URLs and of what is shown.
    if info.id and not (isinstance(info.id, str) and _is_repo(info.id)):
        raise ValueError("id")
    if info.sha and not (isinstance(info.sha, str) and re.fullmatch(r"[\w.-]{1,100}", info.sha)):
        raise ValueError("sha")
    if not isinstance(info.tags or [], list):
        raise ValueError("tags")
    return info


def _is_repo(name: str) -> bool:
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


def _file(item: Any) -> SnapshotFile:
    lfs = getattr(item, "lfs", None)
    sha = lfs.get("sha256") if isinstance(lfs, dict) else getattr(lfs, "sha256", None)
    size = item.size if isinstance(item.size, int) and item.size >= 0 else None
    path = encodable(str(item.rfilename))[:1000]
    return SnapshotFile(path=path, size=size, sha256=sha if isinstance(sha, str) else None)


def _total(info: ModelInfo) -> int | None:
    total = getattr(getattr(info, "safetensors", None), "total", None)
    return total if isinstance(total, int) and total > 0 else None


def _card_of(info: ModelInfo) -> Card | None:
    card: Any = info.card_data  # its methods have no types
    try:
        data = card.to_dict() if card else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return Card(metadata=plain(data)) if data else None


def _get(
    repo: str, revision: str, headers: dict[str, str], budget: Budget, path: str, limit: int, start: int | None
) -> bytes:
    """At most ``limit`` bytes of a file, from ``start`` by range where given."""
    url = hf_hub_url(repo, path, revision=revision, endpoint=endpoint())
    if start is not None:
        headers = {**headers, "Range": f"bytes={start}-{start + limit - 1}"}
    with get_session().stream("GET", url, headers=headers, timeout=min(budget.left(), 10.0)) as response:
        hf_raise_for_status(response)
        if start and response.status_code != 206:
            raise Refused("the server does not read parts of files")
        body = b""
        for chunk in response.iter_raw():
            body += chunk
            if start is not None and len(body) >= limit:
                return body[:limit]
            if len(body) > limit:
                raise Refused(f"it is longer than {limit:,} bytes")
        declared = response.headers.get("content-length", "")
        if declared.isdigit() and len(body) < int(declared):
            raise Refused(f"it broke off after {len(body):,} of {int(declared):,} bytes")
    return body


def _wait(error: HfHubHTTPError, attempt: int) -> float | None:
    """Seconds to wait before another try, None when there is no point in one."""
    status = error.response.status_code if error.response is not None else 0
    if status == 429:
        said = _retry_after(error)
        return 2.0**attempt if said is None else float(said)
    return 0.5 * 2**attempt if status >= 500 else None


def _retry_after(error: HfHubHTTPError) -> int | None:
    said = error.response.headers.get("retry-after", "") if error.response is not None else ""
    return int(said) if re.fullmatch(r"[0-9]{1,9}", said) else None


def _patiently(call: Callable[[], T], budget: Budget) -> T:
    """Call again after 429 (as long as the server says) and 5xx, a few times."""
    for attempt in range(RETRIES + 1):
        try:
            return call()
        except HfHubHTTPError as error:
            wait = _wait(error, attempt)
            if wait is None or attempt == RETRIES or wait > min(LONGEST_WAIT, budget.left()):
                raise
            time.sleep(wait)
    raise AssertionError("unreachable")


def network_reason(error: Exception) -> str:
    """Why one file could not be read."""
    if isinstance(error, GatedRepoError):
        return "the repository is gated and this token (or no token) may not read it"
    if isinstance(error, EntryNotFoundError):
        return "the server has no such file"
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code if error.response is not None else "no"
        return f"the server answered {status}"
    if isinstance(error, httpx2.TimeoutException):
        return "the server did not answer in time"
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, httpx2.RemoteProtocolError):
        return "the connection broke off"
    return f"the connection failed ({type(error).__name__})"


def _ask(call: Callable[[], T], budget: Budget, repo: str, revision: str | None, token: Literal[False] | None) -> T:
    """Run the first request; turn every failure into one sentence."""
    host = httpx2.URL(endpoint()).host
    try:
        return _patiently(call, budget)
    except HFValidationError:
        raise OpennessError("bad_target", f"{repo[:200]!r} is not a Hub id", "a Hub id looks like org/name") from None
    except OfflineModeIsEnabled:
        hint = "unset it, or use --offline"
        raise OpennessError("offline", "HF_HUB_OFFLINE is set, so no Hub is asked", hint) from None
    except GatedRepoError:
        hint = "accept its terms on the model page, then set HF_TOKEN to a token that may read it"
        raise OpennessError("gated", f"{repo} is gated on {host}", hint) from None
    except DisabledRepoError:
        raise OpennessError("disabled", f"{host} has disabled access to {repo}") from None
    except RevisionNotFoundError:
        message = f"{repo} has no revision {(revision or 'main')[:200]!r} on {host}"
        raise OpennessError("revision_not_found", message, "name a branch, a tag or a full commit id") from None
    except RepositoryNotFoundError as error:
        raise _not_found(error, repo, host, token) from None
    except HfHubHTTPError as error:
        raise _http_error(error, repo, host) from None
    except httpx2.TimeoutException:
        raise OpennessError("timeout", f"{host} did not answer in time", "try again, or use --offline") from None
    except Refused as error:
        raise OpennessError("refused", f"{repo} was not read from {host}: {error}") from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        hint = "check the network and HF_ENDPOINT, or use --offline"
        raise OpennessError("network", f"{host} cannot be reached ({type(error).__name__})", hint) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        message = f"{host} answered with something that is not a Hub's model information"
        raise OpennessError("bad_answer", message, "check HF_ENDPOINT") from None


def _not_found(error: HfHubHTTPError, repo: str, host: str, token: Literal[False] | None) -> OpennessError:
    status = error.response.status_code if error.response is not None else 404
    if status == 401:
        if token is None and get_token():
            return OpennessError(
                "unauthorized",
                f"{host} does not show {repo} to this token",
                "check its spelling and the token's rights",
            )
        hint = "check its spelling; if it is private, set HF_TOKEN"
        return OpennessError("unauthorized", f"{repo} does not exist on {host}, or is private", hint)
    return OpennessError("not_found", f"{repo} does not exist on {host}", "check its spelling")


def _http_error(error: HfHubHTTPError, repo: str, host: str) -> OpennessError:
    response = error.response
    status = response.status_code if response is not None else 0
    if status == 429:
        said = _retry_after(error)
        hint = "wait a while" if said is None else f"wait {said} seconds"
        return OpennessError("rate_limited", f"{host} asks for fewer requests", f"{hint}, or set HF_TOKEN")
    if status in (401, 403):
        return OpennessError("unauthorized", f"{host} refuses to show {repo} ({status})", "check HF_TOKEN")
    if status == 404:
        return OpennessError("not_found", f"{repo} does not exist on {host}", "check its spelling")
    if status >= 500:
        return OpennessError("server_error", f"{host} failed ({status})", "try again later, or use --offline")
    return OpennessError("network", f"{host} answered {status} for {repo}")
