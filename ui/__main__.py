"""``python -m openness.ui run ui/app.py …`` is ``streamlit run`` that asks nobody for the address of its machine."""

from streamlit import net_util
from streamlit.web.cli import main


def _no_address() -> None:
    """In place of a question to a host of Amazon's, which each connection from an unknown origin would cause."""


if __name__ == "__main__":
    net_util.get_external_ip = _no_address
    main(prog_name="streamlit")
