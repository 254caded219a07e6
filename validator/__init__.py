"""Do the published weights load and run: the only room that imports torch."""

if __name__ != "openness.validator":
    raise ImportError("import openness.validator, not validator: the same module would exist twice")
