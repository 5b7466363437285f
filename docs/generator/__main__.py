"""Write the generated pages, or check them: `python -m docs.generator [--check]`.

Exit code 1 if `--check` finds a page that is not what the code says. Runs from the top folder of the project.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from docs.generator import cli_page  # before saring.cli: it replaces the number of processors by a placeholder

from docs.generator import configuration_page, picture, rules_page, tables_page  # isort: skip

__all__ = ["PAGES", "main"]

DOCS = Path(__file__).parents[1]

#: What makes each generated file.
PAGES = {
    "reference/cli.md": cli_page.render,
    "reference/configuration.md": configuration_page.render,
    "reference/tables.md": tables_page.render,
    "reference/rules.md": rules_page.render,
    "images/before-after.svg": picture.render,
}


def main() -> int:
    """Write each file whose content differs, or list those that differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is not current")
    check = parser.parse_args().check
    stale = []
    for name, render in PAGES.items():
        file, text = DOCS / name, render()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                file.write_text(text, encoding="utf-8", newline="\n")
    for name in stale:
        print(f"docs/{name}: {'not current; run `python -m docs.generator`' if check else 'written'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
