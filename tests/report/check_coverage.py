#!/usr/bin/python3
"""Holds the page of obsave --verify --report against what the same run printed.

    check_coverage.py FILE.html PRINTED

Reads the page as a browser shows it. Exits with 77 where there is no browser.
"""
import re
import sys

from check_report import start_browser

DAYS = """
return [...document.querySelectorAll("#days tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent));
"""
COUNTS = """
const count = (selector) => document.querySelectorAll(selector).length;
return { cells: count(".days li:not(.none)"), missing: count(".days li.none"), gaps: count(".track .gap"),
         lines: [...document.querySelectorAll("figure path.line")].filter((path) => path.getBoundingClientRect().width > 0).length,
         bold: count("b:not(.days b)"), titles: [...document.querySelectorAll(".track .gap")].map((gap) => gap.title) };
"""


def main():
    page, printed = sys.argv[1:]
    with open(printed, encoding="utf-8") as file:
        lines = file.read().splitlines()
    # A name may hold spaces; the figures behind it do not.
    wanted = [re.fullmatch(r" *(\d+)  (.*?) +(\d+) +(\d+) +(\S+) +(\S+) +(\d+)  (ok|WRONG)", line) for line in lines]
    wanted = [list(match.groups()) for match in wanted if match]
    browser = start_browser()
    try:
        browser.get("file://" + page)
        days, counts = browser.execute_script(DAYS), browser.execute_script(COUNTS)
    finally:
        browser.quit()
    if [day[:8] for day in days] != wanted or not wanted:
        sys.exit(f"check_coverage.py: expected the days {wanted}, found {days}")
    if counts["bold"] != 0:
        sys.exit("check_coverage.py: a name became markup")
    symbols = len({day[1] for day in wanted})
    if counts["cells"] != len(wanted):
        sys.exit(f"check_coverage.py: expected {len(wanted)} days in the calendars, found {counts['cells']}")
    gaps = sum(int(day[3]) for day in wanted)
    if counts["gaps"] != gaps or any(": " not in title for title in counts["titles"]):
        sys.exit(f"check_coverage.py: expected {gaps} gaps on the time lines, found {counts['titles']}")
    if counts["lines"] != 3 * symbols:
        sys.exit(f"check_coverage.py: expected three charts for each of {symbols} symbols, found {counts['lines']} lines")
    print(f"{len(days)} days of {symbols} symbols, {counts['missing']} without a file, {gaps} gaps: the page says what was printed")


if __name__ == "__main__":
    main()
