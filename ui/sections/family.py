"""Base models and derivatives: a picture, and the same as a list of links."""

from __future__ import annotations

import streamlit as st

from openness import family_tree
from openness.dossier import Dossier
from openness.exports.graph import DARK, LIGHT, dot
from openness.ui import table
from openness.ui.language import _, ngettext
from openness.ui.sections import evidence
from openness.ui.words import TONES, level_range, plain, relation_name, verdict_name


def show(found: Dossier, as_of: str | None) -> None:
    """The family of a model, and what its bases mean for its grade."""
    st.header(_("Family"), anchor="family")
    id_ = found.model.id
    tree = family_tree.around(id_)
    if found.model.base_models:
        _effective(found, tree)
    if as_of:
        st.caption(_("The levels of the other models here are those of today."))
    if not tree.edges:
        st.markdown(_("No base model and no model made from it is on record."))
        return
    names = {member: row["name"] if row else member for member, row in tree.members.items()}
    nodes = {
        member: (names[member], level_range(row["level"], row["at_most"]) if row else _("not in the registry"))
        for member, row in tree.members.items()
    }
    edges = [(edge.base, edge.model, relation_name(edge.relation)) for edge in tree.edges]
    paint = DARK if st.context.theme.type == "dark" else LIGHT
    told = [f"{names[edge.model]}: {relation_name(edge.relation)} ← {names[edge.base]}" for edge in tree.edges]
    st.graphviz_chart(
        dot(nodes, edges, id_, paint),
        alt=_("Graph of base models and models made from them. {list}").format(list="; ".join(told)),
    )
    if tree.left_out:
        st.caption(ngettext("{number} more model is not shown", "{number} more models are not shown", tree.left_out))
    columns = [
        {"label": _("Model")},
        {"label": _("Made as")},
        {"label": _("From")},
        {"label": _("Level")},
        {"label": _("License of the weights")},
    ]
    table.show(
        _("Base models and models made from them"), columns, [_row(tree, edge) for edge in tree.edges], key="family"
    )
    bases = [(plain(link["id"]), link["evidence"]) for link in found.record.get("base_models", ())]
    evidence.show(bases, _("Evidence for its base models"))


def _row(tree: family_tree.Tree, edge: family_tree.Edge) -> list[table.Cell]:
    model, base = tree.members[edge.model], tree.members[edge.base]
    return [
        table.link(model["name"], "model", {"id": edge.model}) if model else table.text(edge.model),
        table.text(relation_name(edge.relation)),
        table.link(base["name"], "model", {"id": edge.base})
        if base
        else table.text(edge.base, _("not in the registry")),
        table.level(model["level"], model["at_most"]) if model else table.text(""),
        table.text(verdict_name(model["verdict"]), tone=TONES.get(model["verdict"] or "", "plain"))
        if model
        else table.text(""),
    ]


def _effective(found: Dossier, tree: family_tree.Tree) -> None:
    """Why the level with all bases is what it is."""
    own, effective = found.grade, found.grade["effective_level"]
    shown = level_range(effective["level"], effective["at_most"])
    st.markdown(
        _(
            "**Together with its base models: {level}.** What can be reproduced from raw data: the least of its own "
            "level and the levels of everything that it was made from."
        ).format(level=shown)
    )
    if (effective["level"], effective["at_most"]) == (own["level"], own["at_most"]):
        return
    ancestors = family_tree.ancestors(found.model.id, tree.edges)
    unknown = [plain(name) for name in ancestors if tree.members[name] is None]
    known = [
        f"{plain(row['name'])} ({level_range(row['level'], row['at_most'])})"
        for name in ancestors
        if (row := tree.members[name]) is not None
    ]
    if known:
        st.markdown(_("Its bases: {names}.").format(names=_(", ").join(known)))
    if unknown:
        st.markdown(_("Not in the registry, so anything from 0 to 5: {names}.").format(names=_(", ").join(unknown)))
