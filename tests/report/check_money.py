#!/usr/bin/python3
"""Holds the amounts on a page of obbacktest against each other and against its summary, to the last digit.

    check_money.py PAGE.html SUMMARY.json
"""
import html
import json
import re
import sys
from decimal import Decimal

PARTS = ["gross", "fees", "funding", "slippage", "net"]


def amount(text):
    """As the page writes it: a real minus sign, narrow spaces between thousands."""
    return Decimal(text.replace("\u2212", "-").replace("\u202f", ""))


def rows_behind(page, mark):
    """Names and first words of the rows of the table that follows a mark."""
    table = page[page.index(mark):]
    table = table[:table.index("</table>")]
    rows = re.findall(r'<th scope="row">([^<]*)</th>.*?<td(?: class="number[^"]*")?>([^<]*)</td></tr>', table)
    return {name: html.unescape(text).split(" (")[0] for name, text in rows}


def split_sums(summary, key):
    parts = summary[key].values()
    currency = "coin" if "net_coin" in summary else "quote"
    return sum(part[f"net_{currency}"] for part in parts)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        page = file.read()
    with open(sys.argv[2], encoding="utf-8") as file:
        summary = json.load(file, parse_float=Decimal)
    currency = "coin" if "net_coin" in summary else "quote"
    waterfall = {name: amount(text) for name, text in rows_behind(page, 'id="waterfall"').items()}
    told = {name: amount(text) for name, text in rows_behind(page, "<caption>Summary").items() if name in PARTS}
    failures = []

    def demand(what, found, expected):
        if found != expected:
            failures.append(f"{what}: expected {expected}, found {found}")

    demand("rows of the waterfall", list(waterfall), PARTS)
    demand("sum of the waterfall", sum(waterfall[name] for name in PARTS[:-1]), waterfall["net"])
    for name in PARTS:
        sign = 1 if name in ("gross", "net") else -1
        exact = summary[f"{name}_{currency}"]
        demand(f"{name} of the waterfall", sign * waterfall[name], exact)
        demand(f"{name} of the page's summary", told.get(name), exact)
    for key in ("by_side", "by_hour", "by_day", "by_reason"):
        demand(f"sum of {key}", split_sums(summary, key), summary[f"net_{currency}"])
    if failures:
        sys.exit("\n".join(failures))
    print(f"{waterfall['gross']} gross comes to {waterfall['net']} net")


if __name__ == "__main__":
    main()
