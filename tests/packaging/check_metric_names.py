#!/usr/bin/python3
"""Compares the metrics that files name with those that a recording serves.

    check_metric_names.py LOG FILE...

LOG is what the recorder says, with the port of its metrics. Waits until a connection was lost.
"""
import json
import re
import sys
import time
import urllib.request

DEADLINE = time.monotonic() + 600
NAME = r"\b(?:obsave|process)_[a-z_]+"
OWN_LABELS = {"instance", "job", "le"}  # of Prometheus, and of every histogram


def wait_for(what, look):
    while time.monotonic() < DEADLINE:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    sys.exit(f"check_metric_names.py: {what} did not come")


def port_in(log):
    with open(log, encoding="utf-8") as file:
        found = re.search(r"metrics at port (\d+)", file.read())
    return found and found[1]


def served(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return answer.read().decode()
    except OSError:
        return ""


def expressions(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if not path.endswith(".json"):
        return [re.sub(r"^ *#.*$|summary:.*$|description:.*$", "", text, flags=re.M)]
    dashboard = json.loads(text)
    return ([target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
            + [one["query"] for one in dashboard["templating"]["list"]])


def main():
    log, *paths = sys.argv[1:]
    port = wait_for("the port of the metrics", lambda: port_in(log))

    def text_with_all():
        now = served(port)
        waited_for = ("obsave_reconnects_total{", "obsave_seconds_since_last_book{", "obsave_exchange_to_receive_lag_seconds{",
                      "obsave_trades_total{")
        return now if all(name in now for name in waited_for) else ""
    text = wait_for("a lost connection with all metrics", text_with_all)
    names = set(re.findall(rf"^({NAME})", text, flags=re.M))
    labels = {name: set(re.findall(r'(\w+)="', line)) for name in names
              for line in re.findall(rf"^{name}(?:{{.*}})? .*$", text, flags=re.M)}
    used = 0
    for path in paths:
        for expression in expressions(path):
            for name in re.findall(NAME, expression):
                used += 1
                if name not in names:
                    sys.exit(f"check_metric_names.py: {path}: {name} is not served")
            for name, selector in re.findall(rf"({NAME}){{([^}}]*)}}", expression):
                unknown = set(re.findall(r"(\w+)[=!]", selector)) - labels.get(name, set()) - OWN_LABELS
                if name in labels and unknown:
                    sys.exit(f"check_metric_names.py: {path}: {name} has no label {unknown}")
    if used < 20:
        sys.exit(f"check_metric_names.py: expected metrics in the files, found {used}")
    print(f"{used} uses of {len(names)} metrics")


if __name__ == "__main__":
    main()
