"""The static stage as a whole: read, then check in an order in which each fault is named once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from openness.schemas.validation import Check, CheckOutcome
from openness.sources.published import Published
from openness.validator.checks import failed, passed, skipped
from openness.validator.static import architecture, files, tensors
from openness.validator.static.code import code_not_needed
from openness.validator.static.pickles import pickles_harmless
from openness.validator.static.reading import Progress, Reading, read_published
from openness.validator.static.tokenizer import check_tokenizer

MOST_TIMES = 8  # as many layers in the config as in the tensors: beyond that the architecture is not built to compare


@dataclass(frozen=True)
class Static:
    """What the static stage found, and what it read."""

    checks: list[Check]
    reading: Reading

    @property
    def failed(self) -> bool:
        """Whether any check failed."""
        return any(check.outcome is CheckOutcome.FAIL for check in self.checks)


def run_static(
    published: Published,
    *,
    claims: Mapping[str, int] | None = None,
    hashes: Mapping[str, str] | None = None,
    hashing: bool = False,
    on_progress: Progress = lambda _: None,
) -> Static:
    """Check what was published, without its weights.

    Args:
        published: the repository or folder.
        claims: who says how many parameters the model has.
        hashes: sha256 of files, where they were computed.
        hashing: whether hashes were asked for.
        on_progress: told what is being done.

    Raises:
        OpennessError: the network or the disk failed; nothing was decided.
    """
    reading = read_published(published, on_progress)
    on_progress({"stage": "checks"})
    hashes = hashes or {}
    checks = [
        files.weights_present(reading),
        files.shards_complete(reading),
        files.files_whole(reading),
        files.headers_valid(reading),
        files.dtypes_known(reading),
        files.shards_distinct(reading, hashes),
        files.hashes_match(reading, hashes, asked=hashing),
    ]
    indexed = tensors.tensors_indexed(reading)
    code = code_not_needed(reading, _types(reading))
    layers, shapes = _architecture(reading, indexed, code)
    checks += [
        indexed,
        layers,
        shapes,
        tensors.parameters_agree(reading, reading.primary, claims or {}, shapes),
        *check_tokenizer(reading),
        pickles_harmless(published),
        code,
    ]
    return Static(checks, reading)


def _types(reading: Reading) -> frozenset[str] | None:
    # The child is asked only where the answer decides something.
    return architecture.known_types() if (reading.config or {}).get("auto_map") else frozenset()


def _architecture(reading: Reading, indexed: Check, code: Check) -> tuple[Check, Check]:
    """Layers and shapes. A config that lies about its layers is named as that, not by all the tensors that follow."""
    part = reading.primary
    if part is None or not reading.tensors:
        wrong = [said for path, header in reading.ggufs.items() if (said := tensors.gguf_layers(header, path))]
        layers = failed("layers-agree", wrong[0]) if wrong else passed("layers-agree", "as many as the tensors have")
        return layers, architecture.shapes_match(reading)
    if not reading.usable or indexed.outcome is CheckOutcome.FAIL:
        reason = "the tensors are not all where they should be, see above"
        return skipped("layers-agree", reason), skipped("shapes-match", reason)
    layers = tensors.layers_agree(reading.config or {}, reading.tensors_of(part))
    if code.outcome is CheckOutcome.NEEDS_CODE:
        return layers, skipped("shapes-match", "the architecture is code of the repository")
    if layers.outcome is CheckOutcome.FAIL and max(layers.figures.values()) > MOST_TIMES * layers.figures["tensors"]:
        return layers, skipped("shapes-match", "the config has another number of layers, see above")  # any number
    shapes = architecture.shapes_match(reading)
    if layers.outcome is CheckOutcome.FAIL:
        if shapes.outcome is CheckOutcome.PASS:  # some architectures number or share their layers in ways of their own
            return passed("layers-agree", "the tensors fit the architecture of the config"), shapes
        if shapes.outcome is not CheckOutcome.SKIPPED:
            shapes = skipped("shapes-match", "the config has another number of layers, see above")
    return layers, shapes
