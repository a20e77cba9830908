#!/usr/bin/python3
"""Holds the page of obtrain --report against the record that the same run printed with --json.

    check_training.py FILE.html RECORD.json

Reads the page as a browser shows it. Exits with 77 where there is no browser.
"""
import json
import sys

from check_report import start_browser

TABLES = """
return Object.fromEntries([...document.querySelectorAll("table[id]")].map((table) =>
  [table.id, [...table.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent))]));
"""
FIGURES = """
return Object.fromEntries([...document.querySelectorAll("figure[id]")].map((figure) => [figure.id, {
  caption: figure.querySelector("figcaption").textContent,
  drawn: [...figure.querySelectorAll("path.line")].filter((path) => path.getBoundingClientRect().width > 50).length,
  rows: [...figure.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent)),
}]));
"""


def three(value):
    return "-" if value is None else f"{value:.3f}"


def percent(value):
    return "-" if value is None else f"{100 * value:.1f}"


def expect(what, found, wanted):
    if found != wanted:
        sys.exit(f"check_training.py: {what}: expected {wanted}, found {found}")


def macro_f1(confusion):
    columns = list(zip(*confusion))
    scores = [2 * confusion[k][k] / (sum(confusion[k]) + sum(columns[k]))
              for k in range(len(confusion)) if sum(confusion[k]) + sum(columns[k])]
    return sum(scores) / len(scores)


def check_scores(name, evaluations, tables, figures):
    expect(f"scores on {name}", tables[f"scores-{name}"],
           [[one["name"], percent(one["accuracy"]), percent(one["accuracy_standard_error"]), three(one["auc"]), three(one["mcc"]),
             three(macro_f1(one["confusion"])), three(one["log_loss_nats"]), three(one["brier"])] for one in evaluations])
    confusion = evaluations[0]["confusion"]
    expect(f"confusion on {name}", [[int(cell) for cell in row[1:-1]] for row in tables[f"confusion-{name}"]], confusion)
    expect(f"recalls on {name}", [row[-1] for row in tables[f"confusion-{name}"]],
           [percent(row[k] / sum(row) if sum(row) else None) for k, row in enumerate(confusion)])
    bins = [[str(one["samples"]), three(one["mean_forecast"]), three(one["share_of_rises"])]
            for evaluation in evaluations for one in evaluation.get("reliability") or [] if one["samples"]]
    expect(f"calibration on {name}", [row[1:] for row in figures[f"calibration-{name}"]["rows"]], bins)
    areas = ", ".join(f"{one['name']} {three(one['auc'])}" for one in evaluations if one["auc"] is not None)
    expect(f"areas on {name}", figures[f"roc-{name}"]["caption"], f"Area below: {areas}.")
    expect(f"curves on {name}", figures[f"roc-{name}"]["drawn"], 1 + sum(one["auc"] is not None for one in evaluations))


def main():
    page, record_path = sys.argv[1:]
    with open(record_path, encoding="utf-8") as file:
        record = json.load(file)
    browser = start_browser()
    try:
        browser.get("file://" + page)
        tables, figures = browser.execute_script(TABLES), browser.execute_script(FIGURES)
        text = browser.execute_script("return document.body.innerText")
        embedded = json.loads(browser.execute_script("return document.getElementById('record').textContent"))
    finally:
        browser.quit()
    expect("the record in the page", embedded, record)
    scored = {name.replace("_", "-"): record[name] for name in ("test", "walk_forward", "validation") if record.get(name)}
    if not scored:
        sys.exit("check_training.py: the record has no scores")
    for name, evaluations in scored.items():
        check_scores(name, evaluations, tables, figures)
    epochs = sum(member["epochs"] for member in record["members"])
    expect("losses", len(figures["losses"]["rows"]), epochs)
    expect("losses drawn", figures["losses"]["drawn"], 2 * len(record["members"]))
    weights = [float(row[3]) for row in figures["levels"]["rows"]]
    expect("the best level's weight", weights[0], 1.0)
    for name, value in record["options"].items():
        shown = str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
        if name not in text or shown not in text:
            sys.exit(f"check_training.py: the option {name} {shown} is not in the page")
    print(f"{len(scored)} kinds of samples, {epochs} epochs, {len(weights)} levels: the page says what the record says")


if __name__ == "__main__":
    main()
