"""The run stage: load published weights in a guarded child process and try whether they do anything.

Nothing of `openness` is imported here and imports are relative, so that this folder alone can be carried to a bare GPU
machine: `python -m run <folder> --device cuda`. `parent` is the one door; all else runs in the child.
"""
