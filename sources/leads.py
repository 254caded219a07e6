"""Which links of a model card may lead to its report, training code, data or pipeline."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from openness.schemas.snapshot import CardLink, Snapshot

Confidence = Literal["high", "medium", "low"]
Kind = Literal["report", "training_code", "training_data", "data_pipeline"]


@dataclass(frozen=True)
class Lead:
    """A link, why it may matter, and how sure that is. Only ``high`` becomes a status."""

    url: str
    why: str
    confidence: Confidence


_CODE_HOSTS = ("github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "gitee.com")
_PAPER_HOSTS = (
    "arxiv.org", "ar5iv.org", "alphaxiv.org", "doi.org", "aclanthology.org", "openreview.net", "biorxiv.org",
    "proceedings.mlr.press", "papers.nips.cc", "proceedings.neurips.cc", "openaccess.thecvf.com", "semanticscholar.org",
)  # fmt: skip
_DATA_HOSTS = ("zenodo.org", "kaggle.com", "archive.org", "commoncrawl.org", "opendatalab.com")


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


_REPORT = _words(
    r"""\b(tech(nical)?[ -]?report | white[ ]?paper | paper | preprint | publication | article | blog([ ]?post)?
    | announcement | release[ ]post | arxiv)s?\b | 论文 | 技术报告 | 博客 | 論文"""
)
# The whole of a link's text or label, so that "the paper of the method we use" is not taken.
_OWN_REPORT = _words(
    r"""^\W*((research|our|the|official|full|read|see|model|release|project|associated|original)\W+){0,4}
    (tech(nical)?[ -]?report | white[ ]?paper | paper | preprint | publication | arxiv | 论文 | 技术报告)
    (\W+(link|url|page|paper|preprint)){0,2}\W*$"""
)
_TRAIN = _words(
    r"""\b(pre-?train(ing)? | training | train | fine-?tun(e|ing) | sft | dpo | rlhf | reproduc\w+ | recipes?)\b
    | 训练 | 预训练"""
)
_OWN_CODE = _words(
    r"""\b((pre-?)?training[ ](code|codebase|scripts?|repo(sitory)?)
    | code[ ](used[ ])?(for|to)[ ](pre-?)?train(ing)?([ ](this|the)[ ]models?)?)\b | 训练代码"""
)
_CODE_WORDS = _words(
    r"\b(code | codebase | github | repo(sitory)? | source | implementation | library | toolkit)\b | 代码 | 仓库"
)
_DATA = _words(
    r"\b(data[ ]?sets? | data | corpus | corpora | pre-?training | training[ ]set | pile | collection)\b | 数据 | 语料"
)
_PIPELINE = _words(
    r"""\b(data\W+(\w+\W+)?(pipelines?|process\w*|prep\w*|clean\w*|curat\w*|filter\w*|dedup\w*|collection|toolkit
        |generation)
    | (pipeline|process\w*|prepar\w+|clean\w*|curat\w+|filter\w*|dedup\w*|generat\w+|creat\w+|collect\w*)
        \W+(\w+\W+){0,3}data(sets?)?
    | dedup\w* | data-prep | datatrove | data-juicer | nemo-curator)\b | 数据(清洗|处理)"""
)
_NOT_OWN = _words(
    r"""eval | benchmark | leaderboard | arena | limitation | bias | risk | ethic | related | acknowledg | thanks
    | license | terms | policy | quantiz | deploy | inference | usage | how[ ]to[ ]use | quick[ ]?start | install
    | requirement | demo | discord | contact | 致谢 | 评测 | 快速"""
)
_DATA_SECTION = _words(r"\b(data([ ]?sets?)? | corpus | corpora)\b | 数据 | 语料")
# Tools that many cards link to and that trained none of them.
_TOOLS = _words(
    r"""github\.com/(huggingface/(transformers|diffusers|peft|text-generation-inference|tokenizers) | vllm-project
    | ollama | ggml-org | ggerganov | sgl-project | turboderp | autogptq | casper-hansen | dao-ailab/flash-attention
    | tatsu-lab/alpaca_eval | eleutherai/lm-evaluation-harness | open-compass | openai/(simple-)?evals
    | bigcode-project/bigcode-evaluation-harness)"""
)


def find_leads(snapshot: Snapshot) -> dict[Kind, list[Lead]]:
    """Sort the card's links, tags and metadata by what they may lead to, best first."""
    links = snapshot.card.links if snapshot.card else []
    metadata = snapshot.card.metadata if snapshot.card else {}
    # A card whose metadata could not be read may name a base model there.
    unread = any(note.subject == "card" for note in snapshot.notes)
    derived = bool(metadata.get("base_model")) or unread
    found: dict[Kind, list[Lead]] = {"report": [], "training_code": [], "training_data": [], "data_pipeline": []}
    for link in links:
        for kind, lead in _classify(link, snapshot.repo, derived):
            found[kind].append(lead)
    for tag in snapshot.tags:
        if re.fullmatch(r"arxiv:\d{4}\.\d{4,5}", tag):
            url = f"https://arxiv.org/abs/{tag.removeprefix('arxiv:')}"
            found["report"].append(Lead(url, "arXiv tag of the repository", "low"))
    datasets = metadata.get("datasets") or [
        tag.removeprefix("dataset:") for tag in snapshot.tags if tag.startswith("dataset:")
    ]
    for name in datasets if isinstance(datasets, list) else [datasets]:
        if isinstance(name, str) and re.fullmatch(r"[\w.-]+(/[\w.-]+)?", name):
            url = f"https://huggingface.co/datasets/{name}"
            found["training_data"].append(Lead(url, "`datasets` in the card's metadata", "medium"))
    best = {kind: _best(leads) for kind, leads in found.items()}
    # A card that calls several documents "the paper" does not say which one is its own.
    if sum(lead.confidence == "high" for lead in best["report"]) > 1:
        best["report"] = [
            replace(lead, confidence="medium") if lead.confidence == "high" else lead for lead in best["report"]
        ]
    return best


def _best(leads: list[Lead]) -> list[Lead]:
    order = {"high": 0, "medium": 1, "low": 2}
    best: dict[str, Lead] = {}
    for lead in sorted(leads, key=lambda lead: order[lead.confidence]):
        best.setdefault(canonical(lead.url), lead)
    return list(best.values())


def canonical(url: str) -> str:
    """One spelling per document: arXiv by number, no scheme, fragment, query or ``www``."""
    arxiv = re.search(
        r"(?:arxiv\.org|ar5iv\.org|alphaxiv\.org|huggingface\.co/papers|hf\.co/papers)/.*?(\d{4}\.\d{4,5})", url
    )
    if arxiv:
        return f"arxiv:{arxiv.group(1)}"
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("dx.")
    return f"{host}{parts.path.rstrip('/').removesuffix('.git').removesuffix('/tree/main')}".lower()


def _host(url: str, hosts: tuple[str, ...]) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return any(host == name or host.endswith(f".{name}") for name in hosts)


def _classify(link: CardLink, repo: str, derived: bool) -> list[tuple[Kind, Lead]]:
    try:
        parts = urlsplit(link.url)
        _ = parts.port
    except ValueError:
        return []
    words = " ".join(filter(None, (link.label, link.text)))
    around = f"{link.section} {words}"
    foreign = bool(_NOT_OWN.search(link.section))
    of_data = bool(_DATA_SECTION.search(link.section))
    why = f"linked as {words[:100]!r} under {link.section[:60]!r}" if words else f"linked under {link.section[:60]!r}"
    paper = _host(link.url, _PAPER_HOSTS) or parts.path.lower().endswith(".pdf") or "/papers/" in parts.path
    code = _host(link.url, _CODE_HOSTS)
    dataset = "/datasets/" in parts.path or _host(link.url, _DATA_HOSTS)
    found: list[tuple[Kind, Lead]] = []
    if paper or (_REPORT.search(words) and not code and not dataset):
        own = (_OWN_REPORT.match(link.text) or _OWN_REPORT.match(link.label)) and paper
        confidence: Confidence = "low"
        if (own or link.label == "citation") and not foreign:
            confidence = "medium"
        if own and not foreign and not of_data and not derived:
            confidence = "high"
        found.append(("report", Lead(link.url, why, confidence)))
    if code and not paper:
        ours = same_owner(link.url, repo)
        pipeline = _PIPELINE.search(f"{words} {parts.path}") or (_PIPELINE.search(link.section) and not foreign)
        tool = is_tool(link.url)
        own_repository = ours or bool(_CODE_WORDS.search(words) and not foreign and not of_data)
        if pipeline or (own_repository and not tool):
            # A project's one code repository is where its data scripts would be, too.
            found.append(("data_pipeline", Lead(link.url, why, "medium" if pipeline and ours else "low")))
        about_training = _TRAIN.search(words if of_data else around)
        if not tool and (about_training or own_repository):
            explicit = _OWN_CODE.search(words) and ours and not derived and not foreign
            found.append(("training_code", Lead(link.url, why, "high" if explicit else "medium" if ours else "low")))
    if dataset and not paper:
        found.append(("training_data", Lead(link.url, why, "low" if foreign else "medium")))
    elif (
        _DATA.search(words)
        and not paper
        and not is_tool(link.url)
        and (code or _host(link.url, ("huggingface.co", "hf.co")))
    ):
        found.append(("training_data", Lead(link.url, why, "low")))
    return found


def is_tool(url: str) -> bool:
    """Whether a link leads to a tool that many cards name and that trained none of them."""
    return bool(_TOOLS.search(url))


def same_owner(url: str, repo: str) -> bool:
    """Whether a code repository's owner has the name of the model's, punctuation aside."""
    owner = re.sub(r"[^a-z0-9]", "", urlsplit(url).path.strip("/").split("/")[0].lower())
    ours = re.sub(r"[^a-z0-9]", "", repo.split("/")[0].lower()) if "/" in repo else ""
    return bool(owner) and bool(ours) and (owner == ours or owner in ours or ours in owner)
