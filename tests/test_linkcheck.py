"""`openness linkcheck`: what is visited, what is remembered, what is told and how it leaves."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli_runner import check, inside, run
from link_server import Web, never, redirect, status
from openness.linkcheck import Cache, Kept, Linkcheck, collect, linkcheck, visit_all
from openness.schemas.errors import OpennessError
from openness.sources import links

REGISTRY = """\
- family: lonely
  sources:
    page: {{url: "{base}/lonely", read: "2024-01-01"}}

- family: main
  sources:
    paper: {{url: "{base}/paper", read: "2024-01-01"}}
  report:
    - status: open
      evidence:
        - {{source: paper, where: whole}}

- id: model-a
  name: Model A
  family: main
  weights:
    - status: open
      evidence:
        - {{url: "{base}/weights#files", read: "2024-01-01"}}
        - {{url: "{other}/gone", read: "2024-01-01"}}
  claims:
    - says: open
      by: Acme
      evidence:
        - {{url: "{base}/weights", read: "2024-01-01"}}

- id: model-b
  name: Model B
  family: main
  assessments:
    - by: Somebody
      scale: stars
      value: five
      evidence:
        - {{citation: "A talk"}}
        - {{url: "{base}/moved", read: "2024-01-01"}}
"""


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Web]:
    monkeypatch.setenv("OPENNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(links, "BACK_OFF", 0.01)
    monkeypatch.setattr(links, "SECONDS", 0.4)
    with Web() as server:
        for path in ("/lonely", "/paper", "/weights", "/new"):
            server.page(path, status(200))
        server.page("/moved", redirect("/new", 301))
        yield server


@pytest.fixture
def registry(web: Web, tmp_path: Path) -> Path:
    path = tmp_path / "models.yaml"
    path.write_text(REGISTRY.format(base=web.url(""), other=web.url("", "other.test")), "utf-8")
    return path


def outcomes(result: Linkcheck) -> dict[str, str]:
    return {item.link.url.rpartition("/")[2]: item.kept.outcome for item in result.found}


ALL = {"lonely": "ok", "paper": "ok", "weights": "ok", "gone": "dead", "moved": "moved"}


def test_every_address_once_with_its_first_place_and_its_facts(registry: Path) -> None:
    found, _ = collect(registry.read_text("utf-8"))
    shown = [(link.url.rpartition("/")[2], link.line, link.model, link.field, link.facts) for link in found]
    assert shown == [
        ("lonely", 3, "lonely", "sources.page.url", 0),
        ("paper", 7, "main", "sources.paper.url", 2),
        ("weights", 19, "model-a", "weights.0.evidence.0.url", 2),
        ("gone", 20, "model-a", "weights.0.evidence.1.url", 1),
        ("moved", 36, "model-b", "assessments.0.evidence.1.url", 1),
    ]


def test_the_second_run_visits_nothing(web: Web, registry: Path) -> None:
    first = linkcheck(registry, visitor=web.visitor())
    assert (outcomes(first), first.visited, first.left) == (ALL, 5, 0)
    web.asked.clear()
    second = linkcheck(registry, visitor=web.visitor())
    assert (outcomes(second), second.visited, web.asked) == (ALL, 0, [])
    third = linkcheck(registry, visitor=web.visitor(), max_age=timedelta(0))
    assert third.visited == 5
    assert web.asked


def test_only_what_is_old_is_visited(web: Web, registry: Path) -> None:
    linkcheck(registry, visitor=web.visitor())
    path = Path(os.environ["OPENNESS_CACHE"], "links.json")
    kept = json.loads(path.read_bytes())
    kept[web.url("/paper")]["checked"] = (datetime.now(UTC) - timedelta(days=8)).isoformat()
    kept[web.url("/lonely")]["checked"] = (datetime.now(UTC) + timedelta(days=8)).isoformat()
    kept[web.url("/weights")] |= {
        "outcome": "unreachable",
        "checked": (datetime.now(UTC) - timedelta(days=2)).isoformat(),
    }
    path.write_text(json.dumps(kept))
    web.asked.clear()
    assert outcomes(linkcheck(registry, visitor=web.visitor())) == ALL
    assert sorted(path for _, path in web.paths()) == ["/lonely", "/paper", "/weights"]


def test_limit_and_host(web: Web, registry: Path) -> None:
    first = linkcheck(registry, visitor=web.visitor(), limit=2)
    assert (first.visited, first.left, len(first.found)) == (2, 3, 2)
    second = linkcheck(registry, visitor=web.visitor(), host="Other.test")
    assert (outcomes(second), second.left) == ({"gone": "dead"}, 0)
    assert linkcheck(registry, visitor=web.visitor(), host="test").found == []


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"http://a/": {"outcome": "fine"}}', b"\xff", bytes(1000)])
def test_a_damaged_cache_is_an_empty_one(web: Web, registry: Path, data: bytes) -> None:
    path = Path(os.environ["OPENNESS_CACHE"], "links.json")
    path.parent.mkdir()
    path.write_bytes(data)
    assert linkcheck(registry, visitor=web.visitor()).visited == 5
    assert len(json.loads(path.read_bytes())) == 5


def test_a_cache_that_cannot_be_written_is_no_failure(
    web: Web, registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("OPENNESS_CACHE", str(tmp_path / "file"))
    assert outcomes(linkcheck(registry, visitor=web.visitor())) == ALL


def test_two_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    first, second = Cache(tmp_path / "links.json"), Cache(tmp_path / "links.json")
    first.put("http://a/", Kept("ok", "", 200, None, now))
    first.put("http://c/", Kept("ok", "", 200, None, now))
    second.put("http://b/", Kept("dead", "", 404, None, now))
    second.put("http://c/", Kept("dead", "", 404, None, now - timedelta(days=1)))
    first.save()
    second.save()
    after = Cache(tmp_path / "links.json")
    assert [getattr(after.get(f"http://{name}/"), "outcome", None) for name in "abc"] == ["ok", "dead", "ok"]


def test_what_was_not_seen_for_a_year_is_forgotten(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "links.json")
    cache.put("http://a/", Kept("ok", "", 200, None, datetime.now(UTC) - timedelta(days=366)))
    cache.save()
    assert Cache(tmp_path / "links.json").get("http://a/") is None


KILLED = """
import sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from link_server import ADDRESS
from openness import linkcheck as room
from openness.sources.addresses import Policy
from openness.sources.links import Gates, Visitor
room.SAVE_SECONDS = 0.0
policy = Policy(lambda address: None, frozenset({int(sys.argv[3])}))
room.linkcheck(Path(sys.argv[2]), visitor=Visitor(policy, lambda host: [ADDRESS], Gates(0.05)))
"""


def test_a_killed_run_leaves_what_it_visited(web: Web, registry: Path) -> None:
    web.page("/weights", never)
    here = str(Path(__file__).parent)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, here, str(registry), str(web.port)], stderr=subprocess.PIPE, text=True
    )
    path = Path(os.environ["OPENNESS_CACHE"], "links.json")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        if ("HEAD", "/weights") in web.paths() and path.exists() and len(json.loads(path.read_bytes())) == 3:
            break
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    web.page("/weights", status(200))
    web.asked.clear()
    result = linkcheck(registry, visitor=web.visitor())
    assert outcomes(result) == ALL
    assert {path for _, path in web.paths()} == {"/weights", "/moved", "/new"}


def test_an_interrupted_run_keeps_what_it_visited(web: Web, registry: Path) -> None:
    def progress(done: int, total: int, url: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        linkcheck(registry, visitor=web.visitor(), progress=progress)
    assert len(json.loads(Path(os.environ["OPENNESS_CACHE"], "links.json").read_bytes())) == 2


def test_without_a_network_nothing_is_dead(web: Web, registry: Path) -> None:
    def resolve(host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no")

    web.resolve = resolve  # type: ignore[method-assign]
    for host in (None, "other.test"):
        with pytest.raises(OpennessError) as caught:
            linkcheck(registry, visitor=web.visitor(), host=host)
        assert caught.value.code == "network"
        assert "there is no host" in caught.value.message
        assert json.loads(Path(os.environ["OPENNESS_CACHE"], "links.json").read_bytes()) == {}


def test_a_name_that_is_gone_is_dead_where_others_answer(web: Web, registry: Path) -> None:
    registry.write_text(registry.read_text("utf-8").replace("other.test", "other.gone"), "utf-8")
    result = linkcheck(registry, visitor=web.visitor())
    (gone,) = [item.kept for item in result.found if item.kept.outcome == "dead"]
    assert (gone.reason, gone.status) == ("there is no host other.gone", None)
    assert linkcheck(registry, visitor=web.visitor()).visited == 0


def test_a_bug_in_a_visit_is_heard(web: Web) -> None:
    class Broken:
        def visit(self, url: str) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(visit_all(["http://a/"], Broken()))  # type: ignore[arg-type]


def test_several_hosts_are_visited_at_the_same_time(web: Web) -> None:
    together = threading.Barrier(3, timeout=20)  # nobody is answered before three ask
    web.page("/slow", lambda handler: (together.wait(), handler.reply(200))[1])
    urls = [web.url("/slow", f"host{number}.test") for number in range(6)]
    assert {visit.outcome for _, visit in visit_all(urls, web.visitor())} == {"ok"}


@pytest.fixture
def visiting(web: Web, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The command visits the test's own web."""
    monkeypatch.setattr(links, "Visitor", lambda agent: made(web, agent))
    return web


def made(web: Web, agent: str) -> Any:
    from openness.sources.links import Gates

    return REAL(web.policy(), web.resolve, Gates(0), agent)


REAL = links.Visitor


def test_command(visiting: Web, registry: Path) -> None:
    done = inside("linkcheck", registry=registry)
    assert done.code == 1
    lines = done.out.splitlines()
    assert len(lines) == 3
    assert lines[0].split() == ["outcome", "place", "field", "facts", "address", "why"]
    assert lines[1].startswith(f"dead     {registry}:20  model-a: weights.0.evidence.1.url")
    assert f"{visiting.url('/moved')} → {visiting.url('/new')}" in lines[2]
    assert "5 addresses: 1 dead, 1 moved, 3 ok (5 visited now)" in done.err
    shown = inside("linkcheck", registry, "--all", registry=registry)
    assert len(shown.out.splitlines()) == 6
    assert "(0 visited now)" in shown.err
    agents = {asked.headers["user-agent"] for asked in visiting.asked}
    assert all(agent.startswith("openness-linkcheck/") for agent in agents)


def test_command_as_json(visiting: Web, registry: Path) -> None:
    done = inside("linkcheck", "--json", "--limit", "4", "--max-age", "2w", registry=registry)
    answer = check("linkcheck", done.json)
    assert (answer["visited"], answer["left"], len(answer["links"])) == (4, 1, 4)
    rest = check("linkcheck", inside("linkcheck", "--json", registry=registry).json)
    assert rest["counts"] == {"ok": 3, "moved": 1, "dead": 1, "unreachable": 0, "refused": 0}
    (moved,) = [item for item in rest["links"] if item["outcome"] == "moved"]
    assert (moved["moved_to"], moved["facts"], moved["model"]) == (visiting.url("/new"), 1, "model-b")


def test_nothing_dead_leaves_with_0(visiting: Web, registry: Path) -> None:
    visiting.page("/gone", status(200))
    assert inside("linkcheck", registry=registry).code == 0


def test_what_a_server_says_cannot_steer_a_terminal(visiting: Web, registry: Path) -> None:
    visiting.page("/moved", redirect("/new?\x1b[2J\u202e", 301))
    done = inside("linkcheck", "--all", registry=registry)
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--max-age", "soon"], "is no period"),
        (["--limit", "0"], "0 is not in the range"),
        (["/no/such/file.yaml"], "cannot be read"),
        (["--allow-private"], "No such option"),
        (["--resolver", "x"], "No such option"),
    ],
)
def test_bad_questions(registry: Path, arguments: list[str], said: str) -> None:
    done = inside("linkcheck", *arguments, registry=registry)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_the_installed_command_visits_no_private_address(web: Web, registry: Path, tmp_path: Path) -> None:
    text = registry.read_text("utf-8").replace(f"site.test:{web.port}", f"127.0.0.2:{web.port}")
    registry.write_text(text.replace(f"other.test:{web.port}", "127.0.0.1"), "utf-8")
    done = run("linkcheck", "--json", str(registry), registry=registry, http_proxy=f"http://127.0.0.2:{web.port}")
    assert done.code == 0
    assert done.json["counts"] == {"ok": 0, "moved": 0, "dead": 0, "unreachable": 0, "refused": 5}
    assert web.asked == []
