"""One module per page; each has a ``page`` function that draws it."""
