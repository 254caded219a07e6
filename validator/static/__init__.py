"""The static stage: what can be said of published weights from names, sizes, headers and configs alone."""
