"""``python -m openness.ui run ui/app.py …`` is ``streamlit run`` without its one question to the outside."""

from streamlit import net_util
from streamlit.web.cli import main


def _no_address() -> None:
    """Streamlit would ask a host of Amazon's for this server's address, whenever an unknown origin connects."""


if __name__ == "__main__":
    net_util.get_external_ip = _no_address
    main(prog_name="streamlit")
