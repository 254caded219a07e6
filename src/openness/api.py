"""The front door: a target in, a grade out. Joins source, registry, classifier and index."""

from __future__ import annotations

import contextlib
import difflib
import sqlite3
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from openness.schemas.errors import OpennessError
from openness.schemas.names import fold_name
from openness.store import context, open_index
from openness.targets import Target, parse_target

if TYPE_CHECKING:
    from openness.registry.lookup import Lookup
    from openness.schemas.grade import Grade, LicenseReading, Warn
    from openness.schemas.record import Model
    from openness.schemas.snapshot import Snapshot

Json = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """How to answer: as of a day, from caches only, with the Hub asked as well, with the code host asked, too."""

    as_of: date | None = None
    offline: bool = False
    fresh: bool = False
    folder: bool = False
    deep: bool = False


def grade(
    target: str,
    *,
    as_of: date | str | None = None,
    offline: bool = False,
    fresh: bool = False,
    folder: bool = False,
    deep: bool = False,
) -> Grade:
    """Grade a model.

    Args:
        target: registry id, alias, Hub id or URL; a folder when it starts with ``.``, ``/`` or ``~``.
        as_of: use only what was released by this day (a date or ``YYYY-MM-DD``).
        offline: registry and cache only.
        fresh: also read the Hub for a model of the registry, and warn where the two disagree.
        folder: the target is a folder whatever it looks like.
        deep: also read the LICENSE of the code repository on GitHub, and warn where it differs.

    Raises:
        OpennessError: the target is unknown or cannot be read.
    """
    from openness.schemas.grade import Grade

    day = parse_day(as_of) if isinstance(as_of, str) else as_of
    return Grade.model_validate(grade_json(target, Options(day, offline, fresh, folder, deep)))


def parse_day(text: str) -> date:
    """Parse ``--as-of``: a full date, not in the future; a partial one means its last day.

    Raises:
        OpennessError: it is neither.
    """
    from openness.schemas.dates import last_day

    try:
        day = last_day(text)
    except ValueError as error:
        raise OpennessError("bad_date", str(error), "such as 2024-04-30") from None
    today = datetime.now(UTC).date()
    if day > today and not today.isoformat().startswith(text):
        raise OpennessError("bad_date", f"{text} lies in the future", "give a day that has passed")
    return min(day, today)


def grade_json(text: str, options: Options) -> Json:
    """Grade a target as the JSON object of design section 9.

    Raises:
        OpennessError: the target is unknown or cannot be read.
    """
    target = parse_target(text, folder=options.folder)
    try:
        result = _grade(target, options)
    except (sqlite3.DatabaseError, OpennessError) as error:
        if isinstance(error, OpennessError) and error.code != "database":
            raise
        open_index(rebuild=True).close()  # damaged below its first page: build it anew, once
        result = _grade(target, options)
    result["target"] = text
    return result


def _grade(target: Target, options: Options) -> Json:
    if target.folder is not None:
        from openness.sources.folder import read_folder

        snapshot = read_folder(target.folder)
        return grade_snapshot(_with_code(snapshot) if options.deep else snapshot, open_index(), options)
    index = open_index()
    known = index.find(fold_name(target.name))
    if known and not target.revision:
        if options.as_of is None and not options.fresh and not options.deep:
            found = index.grade(known)
            if found is not None:
                found["as_of"] = datetime.now(UTC).date().isoformat()
                return found
        return _grade_known(known, index, options)
    if not target.hub:
        if known:
            message = f"`{target.name}` has no revisions: the registry's record is of the model as a whole"
            raise OpennessError(
                "bad_target", message, f"leave out @{target.revision}, or name a Hub id: org/name@revision"
            )
        raise _unknown(target, index)
    snapshot = _snapshot(target, index, options.offline)
    return grade_snapshot(_with_code(snapshot) if options.deep else snapshot, index, options)


def _grade_known(name: str, index: Lookup, options: Options) -> Json:
    from openness.classifier.grade import grade as grade_record

    with_models = context(index)
    model = with_models.models[name]
    warnings = _disagreements(model, index, options.offline) if options.fresh else ()
    if options.deep:
        warnings += _code_disagreements(model)
    return grade_record(model, with_models, as_of=options.as_of, warnings=warnings).to_json()


def _disagreements(model: Model, index: Lookup, offline: bool) -> tuple[Warn, ...]:
    """Where the Hub and the reviewed record contradict each other today."""
    from openness.classifier.conflicts import conflicts
    from openness.knowledge import hub_license_ids
    from openness.schemas.grade import Warn
    from openness.sources.propose import propose

    found: list[Warn] = []
    for repository in model.repositories:
        if repository.host != "huggingface":
            continue
        target = Target(repository.id, repository.id, repository.revision, hub=True)
        try:
            snapshot = _snapshot(target, index, offline)
        except OpennessError as error:
            found.append(Warn(code="hub_not_read", message=f"{error.message}; the registry's facts stand"))
            continue
        proposed = propose(snapshot, hub_license_ids())
        found += conflicts(model, proposed, repository.id, datetime.now(UTC).date())
    if not any(repository.host == "huggingface" for repository in model.repositories):
        found.append(Warn(code="hub_not_read", message="the registry names no Hub repository of this model"))
    return tuple(found)


def _with_code(snapshot: Snapshot) -> Snapshot:
    """The snapshot with the license of the code repository that its card links to."""
    from openness.schemas.snapshot import CodeLicense, Note
    from openness.sources.code_host import linked_repository, read_code_license

    repository = linked_repository(snapshot)
    if repository is None:
        note = Note(subject="code", message="the card links to no GitHub repository of the model's makers")
        return snapshot.model_copy(update={"notes": [*snapshot.notes, note]})
    file, url, unread = read_code_license(repository)
    code = CodeLicense(repository=repository, url=url, file=file)
    return snapshot.model_copy(update={"code": code, "notes": [*snapshot.notes, *([unread] if unread else [])]})


def _code_disagreements(model: Model) -> tuple[Warn, ...]:
    """Where the license of the code repositories contradicts the record of the training code today."""
    from openness.classifier.declared import compare_code
    from openness.classifier.facts import facts_at
    from openness.licenses import read_license
    from openness.schemas.grade import Warn
    from openness.schemas.record import Artifact, Evidence
    from openness.sources.code_host import read_code_license

    today = datetime.now(UTC).date()
    recorded = facts_at(model, today, today)[Artifact.TRAINING_CODE].license
    found: list[Warn] = []
    for repository in model.repositories:
        if repository.host == "github":
            file, url, unread = read_code_license(repository.id)
            if unread:
                found.append(Warn(code="code_not_read", message=f"{unread.message}; the registry's facts stand"))
            elif file:
                where = f"{file.path} of github.com/{repository.id}"
                seen = Evidence(url=url, read=today, by="automatic")
                whose = "the registry has the training code under"
                found += compare_code(whose, recorded, where, seen, read_license(file.text))
    if not any(repository.host == "github" for repository in model.repositories):
        found.append(Warn(code="code_not_read", message="the registry names no GitHub repository of this model"))
    return tuple(found)


def grade_snapshot(snapshot: Snapshot, index: Lookup, options: Options) -> Json:
    """Grade what was read of a repository or folder: proposals, not reviewed facts."""
    from openness.classifier.grade import grade as grade_record
    from openness.knowledge import hub_license_ids
    from openness.schemas.grade import Warn
    from openness.sources.propose import propose

    model = propose(snapshot, hub_license_ids())
    message = "found automatically in the repository: proposals, not reviewed facts"
    warnings = [Warn(code="found_automatically", message=message)]
    if snapshot.origin == "folder":
        warnings.append(Warn(code="local_folder", message="graded as if the folder were published as it is"))
    warnings += [Warn(code=f"{note.subject}_not_read", message=note.message) for note in snapshot.notes]
    if options.as_of is not None and options.as_of < snapshot.read:
        text = f"the repository was read as it is on {snapshot.read}: what it showed earlier is unknown"
        warnings.append(Warn(code="read_later", message=text))
    terms, found = proposed_terms(snapshot, model)
    warnings += found
    return grade_record(
        model,
        context(index),
        as_of=options.as_of,
        source=snapshot.origin,
        revision=snapshot.revision,
        terms=terms,
        warnings=tuple(warnings),
    ).to_json()


def proposed_terms(snapshot: Snapshot, model: Model) -> tuple[LicenseReading | None, list[Warn]]:
    """The license of the weights by the text of the LICENSE file, and what contradicts it."""
    from openness.classifier.declared import compare_code, compare_declared, reading_of
    from openness.knowledge import load_knowledge
    from openness.licenses import read_license
    from openness.schemas.record import Evidence
    from openness.sources.propose import declared_tag

    texts = {file.path: read_license(file.text) for file in snapshot.texts if "notice" not in file.path.lower()}
    tag = model.weights[-1].license
    code = snapshot.code
    warnings = compare_declared(tag, declared_tag(snapshot) if tag is None else None, texts)
    if code and code.file:
        where = f"{code.file.path} of github.com/{code.repository}"
        seen = Evidence(url=code.url, read=snapshot.read, by="automatic")
        warnings += compare_code("the card's license is", tag, where, seen, read_license(code.file.text))
    licenses = [text for path, text in texts.items() if text.matches and "polic" not in path.lower()]
    return (reading_of(licenses[0], load_knowledge()) if licenses else None), warnings


def hub_snapshot(target: Target, *, offline: bool = False) -> Snapshot:
    """Read a repository from the Hub, or take the last reading of it.

    Raises:
        OpennessError: it cannot be read.
    """
    return _snapshot(target, open_index(), offline)


def _snapshot(target: Target, index: Lookup, offline: bool) -> Snapshot:
    """Read a repository from the Hub, or from the cache when offline."""
    from openness import snapshots

    if offline:
        return snapshots.load(target.name, target.revision)
    from openness.sources.hub import read_repository

    # The license index loads while the network is waited for.
    threading.Thread(target=_warm_up, daemon=True).start()
    try:
        snapshot = read_repository(target.name, target.revision)
    except OpennessError as error:
        if error.code in ("not_found", "unauthorized") and (near := suggestions(target.name, index)):
            error.hint = f"{error.hint}; in the registry: {', '.join(near)}".removeprefix("; ")
        raise
    snapshots.save(snapshot, target.name, target.revision)
    return snapshot


def repository_license(text: str, *, offline: bool = False) -> str:
    """The LICENSE text of a model's Hub repository, for a registry id, an alias, a Hub id or URL.

    Raises:
        OpennessError: the model is unknown, has no Hub repository, or the repository no license file.
    """
    target, index = parse_target(text), open_index()
    known = index.find(fold_name(target.name))
    if known and not target.hub:
        hosted = [item for item in context(index).models[known].repositories if item.host == "huggingface"]
        if not hosted:
            raise OpennessError("not_found", f"the registry names no Hub repository of {known}")
        target = Target(text, hosted[0].id, hosted[0].revision, hub=True)
    if not target.hub:
        raise _unknown(target, index)
    snapshot = _snapshot(target, index, offline)
    for file in snapshot.texts:
        if "licen" in file.path.lower() or "copying" in file.path.lower():
            return file.text
    unread = [note.message for note in snapshot.notes if note.subject == "license"]
    raise OpennessError("not_found", f"{target.name} shows no license file", "; ".join(unread))


def hub_state() -> tuple[str, str]:
    """The Hub that is asked, and whether a token would be sent to it; never the token itself."""
    from openness.sources.hub import endpoint, token_state

    return endpoint(), token_state()


def _warm_up() -> None:
    from openness.licenses import reader

    with contextlib.suppress(OpennessError):
        reader()


def suggestions(name: str, index: Lookup) -> list[str]:
    """The ids of the registry nearest to a name."""
    names = index.names()
    folded = fold_name(name)
    close = difflib.get_close_matches(folded, names, n=5, cutoff=0.6)
    if not close:
        close = [known for known in names if folded and folded in known][:5]
    return list(dict.fromkeys(found for known in close if (found := index.find(known))))[:3]


def _unknown(target: Target, index: Lookup) -> OpennessError:
    near = suggestions(target.name, index)
    hint = (
        f"did you mean {', '.join(near)}?"
        if near
        else "for a repository on the Hub write org/name, for a folder ./name"
    )
    return OpennessError("unknown_model", f"no model `{target.name}` in the registry", hint)
