"""Runs what docs/python.md shows, and compares what it prints with what the page says.

    run_python_page.py PAGE NOTEBOOK BIN_FOLDER DATA_FOLDER [PICTURES_FOLDER]

Its commands (```console) make files in a scratch folder, in which `data` is the repository's. The
cells of NOTEBOOK (# %%) are the page's ```python blocks, no more and no less. The notebook is run
there, and prints the ```text blocks. Its pictures are looked at, and kept in PICTURES_FOLDER."""

import importlib.util
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77


def fail(problem):
    sys.exit(f"run_python_page: {problem}")


def without_blanks(text):
    """At the ends of lines: pandas leaves some in its tables."""
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def blocks(page, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)


def check_cells(page, notebook):
    _, *cells = re.split(r"^# %%.*\n", notebook, flags=re.MULTILINE)
    shown = blocks(page, "python")
    for cell, block in zip(cells, shown):
        if cell.strip() != block.strip():
            fail(f"page and notebook differ:\n--- page\n{block}\n--- notebook\n{cell}")
    if len(cells) != len(shown):
        fail(f"the page has {len(shown)} pieces of Python, the notebook {len(cells)} cells")


def run_commands(page, environment):
    commands = "".join(blocks(page, "console"))
    if any(not line.startswith(("$ ", " ")) for line in commands.splitlines()):
        fail("its commands are shown with what they print: they should print nothing")
    script = "set -euo pipefail\n" + re.sub(r"^\$ ", "", commands, flags=re.MULTILINE)
    done = subprocess.run(["bash", "-c", script], env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0 or done.stdout:
        fail(f"its commands end with {done.returncode}:\n{done.stdout}")


def run_notebook(page, path, environment, draws):
    done = subprocess.run([sys.executable, path], env=environment, capture_output=True, text=True)
    if done.returncode != 0 or done.stderr:
        fail(f"the notebook ends with {done.returncode}:\n{done.stderr}")
    expected = without_blanks("".join(blocks(page, "text")))
    if not draws:
        expected.append("no matplotlib (Debian: python3-matplotlib): no pictures")
    if without_blanks(done.stdout) != expected:
        fail("it prints\n" + done.stdout + "and not\n" + "\n".join(expected))


def check_pictures(page, folder):
    names = re.findall(r"!\[[^]]*\]\(pictures/([^)]*)\)", page)
    if len(names) != 3:
        fail(f"expected three pictures, found {names}")
    for name in names:
        bytes_of_it = pathlib.Path(name).read_bytes()
        width, height = (int.from_bytes(bytes_of_it[at : at + 4], "big") for at in (16, 20))
        if not bytes_of_it.startswith(b"\x89PNG") or width < 600 or height < 200:
            fail(f"{name} is no picture of a size to look at: {width} x {height}")
        if folder:
            shutil.copy(name, folder)


def main(page_path, notebook_path, bin_folder, data, folder=None):
    if importlib.util.find_spec("pandas") is None:
        print("skipped: no pandas (scripts/setup --python, or Debian: python3-pandas)")
        sys.exit(SKIPPED)
    page = page_path.read_text(encoding="utf-8")
    check_cells(page, notebook_path.read_text(encoding="utf-8"))
    draws = importlib.util.find_spec("matplotlib") is not None
    with tempfile.TemporaryDirectory(prefix="obkit_python_page.") as scratch:
        os.chdir(scratch)
        os.symlink(data, "data")
        environment = dict(os.environ, PATH=f"{bin_folder}:{os.environ['PATH']}", LC_ALL="C.UTF-8",
                           TZ="America/St_Johns", MPLBACKEND="Agg", MPLCONFIGDIR=scratch)
        run_commands(page, environment)
        run_notebook(page, notebook_path, environment, draws)
        if draws:
            check_pictures(page, folder)
    pictures = "its pictures" if draws else "no pictures (Debian: python3-matplotlib)"
    print(f"{len(blocks(page, 'python'))} cells, {pictures}")


main(*(pathlib.Path(argument).resolve() for argument in sys.argv[1:]))
