"""Two states of the registry -> what changed, and which changed facts moved a grade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from openness.classifier.differences import FactField, changed_facts, evidence_of, lists_of, with_fields
from openness.classifier.facts import facts_at
from openness.classifier.grade import Context, grade, show_range
from openness.classifier.levels import fold, judge
from openness.schemas.changes import Cause, FactChange, GradeChange, ModelChange, RuleChange, Standing
from openness.schemas.grade import Grade, LevelRange
from openness.schemas.names import fold_name
from openness.schemas.record import Artifact, Model


def compare(
    before: Mapping[str, Model], after: Mapping[str, Model], old: Context, new: Context, skip: frozenset[str]
) -> list[ModelChange]:
    """Every model that differs, sorted by id. Both sides are graded on the same day, ``new.today``.

    Args:
        before: the records by id.
        after: the same after the change.
        old: what the first are graded with.
        new: what the second are graded with.
        skip: ids that cannot be read on the first side, and so are not new.
    """
    found: list[ModelChange] = []
    gone = [id_ for id_ in before if id_ not in after]
    for id_ in (id_ for id_ in after if id_ not in before and id_ not in skip):
        if old_id := _old_name(after[id_], [before[name] for name in gone]):
            gone.remove(old_id)
            found.append(_changes(before[old_id], after[id_], old, new))
        else:
            found.append(ModelChange(id=id_, kind="added", after=_standing(grade(after[id_], new))))
    for id_ in gone:
        found.append(ModelChange(id=id_, kind="removed", before=_standing(grade(before[id_], old))))
    for id_ in (id_ for id_ in after if id_ in before):
        if before[id_] == after[id_] and not after[id_].base_models:
            continue
        change = _changes(before[id_], after[id_], old, new)
        if change.grades or change.facts:
            found.append(change)
    return sorted(found, key=lambda change: change.id)


def _old_name(model: Model, gone: Sequence[Model]) -> str | None:
    """The removed model that this one was, as far as a repository or a name that both have can tell."""
    repositories = {(repo.host, fold_name(repo.id)) for repo in model.repositories}
    for other in gone:
        if repositories & {(repo.host, fold_name(repo.id)) for repo in other.repositories}:
            return other.id
    return next((other.id for other in gone if _names(model) & _names(other)), None)


def _names(model: Model) -> set[str]:
    return {fold_name(text) for text in (model.id, model.name, *model.aliases)}


def _standing(graded: Grade) -> Standing:
    return Standing(
        level=LevelRange(level=graded.level, at_most=graded.at_most),
        effective_level=graded.effective_level,
        licenses={artifact: reading.verdict for artifact, reading in graded.licenses.items()},
    )


def _changes(before: Model, after: Model, old: Context, new: Context) -> ModelChange:
    first, second = grade(before, old, as_of=new.today), grade(after, new)
    was, is_ = _standing(first), _standing(second)
    facts = changed_facts(before, after, new.today)
    moved: set[str] = set()
    grades: list[GradeChange] = []
    if was.level != is_.level:
        fields = _moving(before, after, [fact for fact in facts if fact.field in _BY_NAME], new)
        moved |= {fact.field for fact in fields}
        rules = [
            RuleChange(rule=ours.rule, before=theirs.outcome, after=ours.outcome)
            for theirs, ours in zip(first.findings, second.findings, strict=True)
            if theirs.outcome is not ours.outcome
        ]
        because = [_cause(fact, after, new) for fact in fields]
        grades.append(_levels("level", was.level, is_.level, because, rules))
    for artifact in Artifact:
        verdicts = was.licenses.get(artifact), is_.licenses.get(artifact)
        if verdicts[0] is not verdicts[1]:
            fields = [fact for fact in facts if fact.field == artifact.value]
            moved |= {fact.field for fact in fields}
            because = [_cause(fact, after, new, about="license") for fact in fields]
            grades.append(
                GradeChange(what="license", artifact=artifact, before=verdicts[0], after=verdicts[1], because=because)
            )
    effective = was.effective_level, is_.effective_level
    if effective[0] != effective[1] and effective != (was.level, is_.level):
        grades.append(_levels("effective_level", *effective, list(_base_causes(before, after, old, new)), []))
    return ModelChange(
        id=after.id,
        kind="changed" if before.id == after.id else "renamed",
        old_id=None if before.id == after.id else before.id,
        before=was,
        after=is_,
        grades=grades,
        facts=[fact for fact in facts if fact.field not in moved],
        evident=_all_evidence(before, old) != _all_evidence(after, new),
    )


def _levels(
    what: str, before: LevelRange, after: LevelRange, because: list[Cause], rules: list[RuleChange]
) -> GradeChange:
    return GradeChange.model_validate(
        {"what": what, "before": show_range(before), "after": show_range(after), "because": because, "rules": rules}
    )


_BY_NAME: dict[str, FactField] = {field.name: field for field in FactField.all()}


def _moving(before: Model, after: Model, facts: Sequence[FactChange], context: Context) -> list[FactChange]:
    """The facts that lead from the old level to the new one by themselves.

    What can be left out without another result is left out; once from the first fact on and once from
    the last, so that of two facts of which either would do both are named.
    """

    def level(names: Sequence[str]) -> LevelRange:
        mixed = with_fields(before, after, [_BY_NAME[name] for name in names])
        return fold(judge(facts_at(mixed, context.today, context.today)))

    names = [fact.field for fact in facts]
    goal = level(names)
    needed: set[str] = set()
    for order in (names, names[::-1]):
        kept = order
        for name in order:
            fewer = [other for other in kept if other != name]
            kept = fewer if level(fewer) == goal else kept
        needed |= set(kept)
    return [fact for fact in facts if fact.field in needed]


def _cause(fact: FactChange, after: Model, context: Context, about: str = "") -> Cause:
    says = next((says for says in fact.says if says.startswith(f"the {about} of")), fact.says[0])
    now = _BY_NAME[fact.field].evidence_at(after, context.today)
    evidence = [*fact.added, *(item for item in now if item not in fact.added)]
    return Cause(field=fact.field, says=says, evidence=evidence)


def _bases(model: Model, context: Context) -> Iterator[tuple[str, Model | None]]:
    """A model's bases and theirs, each once; None for those outside the registry."""
    todo, seen = [model], {model.id}
    while todo:
        for link in todo.pop().base_models:
            base = context.models.get(link.id) or context.models.get(fold_name(link.id))
            name = base.id if base else link.id
            if name not in seen:
                seen.add(name)
                yield name, base
                if base:
                    todo.append(base)


def _base_causes(before: Model, after: Model, old: Context, new: Context) -> Iterator[Cause]:
    def levels(model: Model, context: Context) -> dict[str, str]:
        return {
            name: show_range(fold(judge(facts_at(base, new.today, new.today)))) if base else "not in the registry"
            for name, base in _bases(model, context)
        }

    was, is_ = levels(before, old), levels(after, new)
    for name in [*was, *(name for name in is_ if name not in was)]:
        if name not in was:
            yield Cause(field="base_models", says=f"it is made from {name} ({is_[name]})")
        elif name not in is_:
            yield Cause(field="base_models", says=f"it is no longer made from {name} ({was[name]})")
        elif was[name] != is_[name]:
            yield Cause(field=None, says=f"its base {name} became {is_[name]} (was {was[name]})")
    if fold(judge(facts_at(before, new.today, new.today))) != fold(judge(facts_at(after, new.today, new.today))):
        yield Cause(field=None, says="its own level changed")


def _all_evidence(model: Model, context: Context) -> set[tuple[object, ...]]:
    """What a model's facts rest on, and its bases' (a family's are part of the merged record)."""
    models = [model, *(base for _, base in _bases(model, context) if base)]
    return {key for item in models for evidence in lists_of(item) for key in evidence_of(evidence)}
