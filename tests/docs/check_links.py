"""Every link of documents to a file leads to one, and every anchor to a heading.

    check_links.py FOLDER [PATH_TO_LEAVE_OUT]...

Looks at all documents (.md) below FOLDER."""

import pathlib
import re
import sys


def without_code(text):
    text = re.sub(r"^(```+).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors_of(path):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def problems_of(path, root):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path.resolve()
        if not file.exists():
            yield f"{path}: {target} leads nowhere"
        elif not file.is_relative_to(root.resolve()):
            yield f"{path}: {target} leads out of {root}"
        elif anchor and anchor not in anchors_of(file):
            yield f"{path}: {target}: no such heading"


root = pathlib.Path(sys.argv[1])
left_out = [(root / one).resolve() for one in sys.argv[2:]]
documents = [path for path in sorted(root.rglob("*.md"))
             if not any(path.resolve().is_relative_to(one) for one in left_out)]
problems = [problem for path in documents for problem in problems_of(path, root)]
print(*problems, sep="\n", end="\n" if problems else "")
print(f"{len(documents)} documents, {len(problems)} links that do not work")
sys.exit(1 if problems or not documents else 0)
