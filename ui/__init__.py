"""The catalog: Streamlit pages over the registry. They show what the classifier says, and decide nothing."""

if __name__ != "openness.ui":
    raise ImportError("import openness.ui, not ui: the same module would exist twice")
