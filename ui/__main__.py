"""``python -m openness.ui run ui/app.py …`` is ``streamlit run`` without two of its habits."""

from streamlit import net_util
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.cli import main


def _no_address() -> None:
    """In place of a question to a host of Amazon's, which each connection from an unknown origin would cause."""


if __name__ == "__main__":
    net_util.get_external_ip = _no_address
    # Until app.py has run once it would take each file of pages/ for a page of its own, and show the first
    # visitor an empty one.
    PagesManager.uses_pages_directory = False
    main(prog_name="streamlit")
