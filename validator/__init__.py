"""Proof that published weights are complete, safe to load, and run. The only room that imports torch, and in children."""

if __name__ != "openness.validator":
    raise ImportError("import openness.validator, not validator: the same module would exist twice")
