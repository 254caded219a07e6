"""Learn data/wordings.npz from the examples in data/wordings.

    python scripts/learn_wordings.py [--check]

With --check nothing is written; leaves with 1 where the file is not what the examples give. The figures may differ in
their last bit between machines, so they are compared to what one step of their rounding allows.
"""

from __future__ import annotations

import io
import json
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from openness.classifier.reading.judge import Seen
from openness.classifier.reading.lexicon import Lexicon
from openness.classifier.reading.rules import ClauseRules
from openness.classifier.reading.wordings import NONE, features, features_of_change
from openness.files import replace_file
from openness.schemas.license import ClauseKind

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "data" / "wordings"
TARGET = ROOT / "data" / "wordings.npz"
STRENGTH = 10.0  # of the weights against their size (C): 10 and 30 do equally well in cross-validation
RARE = 2  # a feature of fewer examples is left out


def examples() -> list[dict[str, Any]]:
    """Every example: ``kinds`` (none: harmless) and ``text``, or ``lost``, ``put`` and ``beside`` for a change.

    Raises:
        ValueError: a line is not as it must be.
    """
    found = []
    for path in sorted(EXAMPLES.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
                for kind in row["kinds"]:
                    ClauseKind(kind)
                parts = [row["text"]] if "text" in row else [row["put"], *row["lost"], *row["beside"]]
                if not all(isinstance(part, str) for part in parts) or not "".join(parts).strip():
                    raise ValueError("a sentence is missing, or is not text")
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path}:{number}: {type(error).__name__}: {error}") from None
            found.append(row)
    return found


def see(row: dict[str, Any], rules: ClauseRules, lexicon: Lexicon) -> list[str]:
    """The features of an example."""
    seen = Seen(row["text"] if "text" in row else row["put"], rules, lexicon)
    if "text" in row:
        return features(seen.words, lexicon, seen.hints)
    return features_of_change(row["lost"], row["put"], row["beside"], lexicon, seen.hints)


def learn(rows: list[dict[str, Any]], seen: list[list[str]]) -> dict[str, Any]:
    """The arrays of the model."""
    kinds = [*sorted({kind for row in rows for kind in row["kinds"]}), NONE]
    vectorizer = TfidfVectorizer(analyzer=lambda features: features, sublinear_tf=True, min_df=RARE)
    table = vectorizer.fit_transform(seen)
    answers = [[kind in row["kinds"] for row in rows] for kind in kinds[:-1]] + [[not row["kinds"] for row in rows]]
    models = [LogisticRegression(C=STRENGTH, solver="liblinear").fit(table, answer) for answer in answers]
    weights = np.array([model.coef_[0] for model in models]).T
    scale = np.abs(weights).max(axis=0) / 127
    hashes = np.array([zlib.crc32(name.encode()) for name in vectorizer.get_feature_names_out()], np.uint32)
    order = np.argsort(hashes)
    return {
        "hashes": hashes[order],
        "idf": vectorizer.idf_[order].astype(np.float16),
        "weights": np.round(weights / scale).astype(np.int8)[order],
        "scale": scale.astype(np.float32),
        "bias": np.array([model.intercept_[0] for model in models], np.float32),
        "meta": np.frombuffer(json.dumps({"kinds": kinds, "examples": len(rows)}).encode(), np.uint8),
    }


def main(check: bool) -> int:
    """Learn, and write the file or compare with it."""
    patterns = yaml.load((ROOT / "data" / "clause_rules.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    rules, lexicon = ClauseRules(patterns), Lexicon(patterns["lexicon"])
    try:
        rows = examples()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    learned = learn(rows, [see(row, rules, lexicon) for row in rows])
    print(f"{len(rows)} examples, {len(learned['hashes'])} features, {learned['weights'].shape[1]} classes")
    if check:
        with np.load(TARGET, allow_pickle=False) as old:
            same = set(old) == set(learned) and all(_close(old[name], value) for name, value in learned.items())
        print("up to date" if same else f"{TARGET.name} is stale: make wordings", file=sys.stderr)
        return 0 if same else 1
    stream = io.BytesIO()
    np.savez_compressed(stream, **learned)
    replace_file(TARGET, stream.getvalue())
    return 0


def _close(old: Any, new: Any) -> bool:
    if old.shape != new.shape:
        return False
    if old.dtype == np.int8:
        return int(np.abs(old.astype(int) - new.astype(int)).max()) <= 1
    if old.dtype.kind == "f":
        return bool(np.allclose(old.astype(float), new.astype(float), rtol=1e-2, atol=1e-3))
    return bool((old == new).all())


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
