"""Proof that published weights are complete, safe to load, and run. Only here torch is imported, and in children."""

if __name__ != "openness.validator":
    raise ImportError("import openness.validator, not validator: the same module would exist twice")
