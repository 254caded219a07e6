"""How many SPDX licenses are still exactly themselves in other dress: rewrapped, as a page, in comments, in a README.

    python benchmarks/dressed.py WHEELS

WHEELS is the folder of `make license-index`. Prints one JSON object; a license is right when it is the only one found,
nothing is changed, and an OSI-approved one comes out `open_source`.
"""

from __future__ import annotations

import html
import io
import json
import re
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

from openness.knowledge import load_knowledge
from openness.licenses import reader

README = (
    "# tool\n\nA small tool. Install it with `pip install tool`.\n\n## License\n\n{}\n\n## Contact\n\nOpen an issue.\n"
)
NAMES = {
    "<year>": "2023",
    "<copyright holders>": "Jane Doe",
    "<copyright holder>": "ACME Inc.",
    "<owner>": "The Acme Project Authors",
    "[year]": "2021",
    "[fullname]": "Ann Lee",
    "[yyyy]": "2024",
    "[name of copyright owner]": "Foo GmbH",
    "<organization>": "ACME Inc.",
    "<name of author>": "Jim Hacker",
}


def paragraphs(text: str) -> list[str]:
    return re.split(r"\n\s*\n", text)


def rewrapped(text: str) -> str:
    fill = textwrap.TextWrapper(60, break_long_words=False, break_on_hyphens=False).fill
    return "\n\n".join(fill(" ".join(part.split())) for part in paragraphs(text))


def page(text: str) -> str:
    body = "".join(f'<p class="x">{html.escape(part)}</p>\n' for part in paragraphs(text))
    return f"<html><head><style>p{{color:red}}</style></head><body>{body}</body></html>"


def prefixed(sign: str) -> Callable[[str], str]:
    return lambda text: "\n".join(f"{sign}{line}".rstrip() for line in text.split("\n"))


def headings_upper(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(line.upper() if 0 < len(line.strip()) < 60 and line[-1:] != "." else line for line in lines)


def curly(text: str) -> str:
    return re.sub(r'(^|[\s(\[])"', r"\1“", text, flags=re.MULTILINE).replace('"', "”").replace("'", "’")


def named(text: str) -> str:
    for blank, name in NAMES.items():
        text = text.replace(blank, name)
    return text


DRESSES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "rewrapped": rewrapped,
    "one line each": lambda text: "\n\n".join(" ".join(part.split()) for part in paragraphs(text)),
    "HTML": page,
    **{f"comment {sign.strip()}": prefixed(sign) for sign in ("// ", "# ", ";; ", "REM ", "> ")},
    "/* */": lambda text: f"/*\n{prefixed(' * ')(text)}\n */\n",
    "upper-case headings": headings_upper,
    "curly quotes": curly,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "indented": prefixed("    "),
    "names filled in": named,
    "a notice above": lambda text: f"Copyright (c) 2019-2024 The Example Authors. All rights reserved.\n\n{text}",
    "a README around": README.format,
}


def texts(wheels: Path) -> dict[str, str]:
    (path,) = wheels.glob("license_matcher-*.whl")
    with zipfile.ZipFile(path) as wheel:
        jar = zipfile.ZipFile(io.BytesIO(wheel.read("spdx_license_matcher/tool.jar")))
    names = sorted(name for name in jar.namelist() if re.fullmatch(r"resources/stdlicenses/[^/]+\.json", name))
    found = [json.loads(jar.read(name)) for name in names]
    return {item["licenseId"]: item["licenseText"].replace("\r\n", "\n") for item in found if "licenseId" in item}


def main() -> None:
    spdx, shelf = load_knowledge().spdx, reader()
    licenses = texts(Path(sys.argv[1]))
    wrong: dict[str, list[str]] = {dress: [] for dress in DRESSES}
    for dress, put_on in DRESSES.items():
        for key, text in licenses.items():
            found = shelf.read(put_on(text))
            right = len(found.matches) == 1 and found.matches[0].exact
            right = right and key in (found.matches[0].id, *found.matches[0].also)
            if not right or (key in spdx and spdx[key].osi and found.verdict != "open_source"):
                wrong[dress].append(key)
    total, bad = len(licenses) * len(DRESSES), sum(map(len, wrong.values()))
    print(
        json.dumps({"texts": total, "right": total - bad, "share": round(1 - bad / total, 4), "wrong": wrong}, indent=1)
    )


if __name__ == "__main__":
    main()
