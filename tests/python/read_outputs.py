"""Reads every output for machines with pandas, as its users do, and compares it with the truth.
Runs in a scratch folder; the tools are on the path."""

import json
import os
import subprocess

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype, is_integer_dtype

import market

THRESHOLD, FEE_BPS = 0.3, 5
BOOKS = market.make()
SPANS = np.array([[2, 8, 32, 128], [2, 8, 32, 128]])
RULE = ["--rule", "imbalance", "--threshold", str(THRESHOLD)]
COSTS = ["--taker-fee-bps", str(FEE_BPS)]


def run(tool, *options):
    """What it prints."""
    done = subprocess.run([tool, "--quiet", *options], capture_output=True, text=True)
    assert done.returncode == 0, (tool, options, done.stderr)
    return done.stdout


def check_types(table, what, times=(), reals=(), counts=(), flags=(), texts=()):
    """Each column is of its kind, and there are no others."""
    kinds = {name: kind
             for kind, names in {"time": times, "real": reals, "count": counts, "flag": flags,
                                 "text": texts}.items() for name in names}
    assert sorted(table.columns) == sorted(kinds), (what, list(table.columns))
    fits = {"time": lambda column: str(column.dtype) == "datetime64[ns, UTC]",
            "real": is_float_dtype,
            "count": is_integer_dtype,
            "flag": is_bool_dtype,
            "text": lambda column: all(isinstance(value, str) for value in column)}
    for name, kind in kinds.items():
        assert fits[kind](table[name]), (what, name, kind, table[name].dtype)


def check_same(found, expected, what):
    found, expected = list(found), list(expected)
    assert len(found) == len(expected) > 0, (what, len(found), len(expected))
    for one, other in zip(found, expected):
        is_same = np.isclose(one, other, rtol=1e-12, atol=1e-9) if isinstance(other, float) \
            else one == other
        assert is_same, (what, one, other)


def day_file_times(table):
    """Of the two integers of a day-file; the time of day has no leading zeros."""
    text = table["date"].astype(str) + table["time"].astype(str).str.zfill(9)
    return pd.to_datetime(text, format="%Y%m%d%H%M%S%f", utc=True)


def json_lines(path):
    return pd.read_json(path, lines=True)


def check_day_files():
    days = [json_lines(f"days/XBTUSD_2024080{day}.txt") for day in (8, 9)]
    table = pd.concat(days, ignore_index=True)
    check_same(day_file_times(table), [book.time for book in BOOKS], "times of books")
    check_same(np.stack(table["prices"])[:, 0], [float(book.prices[0]) for book in BOOKS], "prices")
    check_same(table["gap"].fillna(0).astype(bool), [book.gap for book in BOOKS], "gaps")


def check_recorded():
    """What obsave itself writes, held against what the simulated exchange says."""
    run("obexchange", "--seed", "3", "--start", "2026-01-01T23:59:58Z", "--duration", "4",
        "--write-capture", "capture")
    run("obsave", "--replay", "capture", "-o", "recorded")
    for date in ("2026-01-01", "2026-01-02"):
        name = f"recorded/XBTUSD_{date.replace('-', '')}"
        day = json_lines(f"{name}.txt")
        times = day_file_times(day)
        received = pd.to_datetime(day["recv"], unit="ns", utc=True)
        assert (times.dt.strftime("%Y-%m-%d") == date).all() and times.is_monotonic_increasing
        assert ((received - times).abs() < pd.Timedelta("1s")).all()
        with open(f"{name}.manifest.json", encoding="utf-8") as file:
            manifest = json.load(file)
        assert pd.Timestamp(manifest["first"]) == times.iloc[0], (manifest["first"], times.iloc[0])
        assert pd.Timestamp(manifest["last"]) == times.iloc[-1]
        assert manifest["books"] == len(day)


def check_recorded_trades():
    """Trades of the exchange beside the books, held against what the simulated market says."""
    run("obexchange", "--seed", "3", "--start", "2026-01-01T23:59:40Z", "--duration", "40",
        "--trades", "--write-capture", "traded.capture", "--trade-truth", "traded.csv")
    run("obsave", "--replay", "traded.capture", "--trades", "-o", "traded")
    # An id is a text; pandas would make a number of one that looks like it.
    read = {"lines": True, "convert_dates": ["time"], "dtype": {"id": str, "price": float}}
    days = [pd.read_json(f"traded/XBTUSD_2026010{day}.trades.txt", **read) for day in (1, 2)]
    table = pd.concat(days, ignore_index=True)
    check_types(table, "trades of the exchange", times=["time"], reals=["price"],
                counts=["volume", "recv"], texts=["side", "id"])
    truth = pd.read_csv("traded.csv", parse_dates=["time"])
    # BitMEX tells milliseconds.
    check_same(table["time"], truth["time"].dt.floor("ms"), "times of the exchange's trades")
    check_same(table["price"], truth["price"].astype(float), "their prices")
    check_same(table["volume"], truth["size"], "their volumes")
    check_same(table["side"], truth["side"], "their sides")
    for day, part in zip((1, 2), days):
        with open(f"traded/XBTUSD_2026010{day}.manifest.json", encoding="utf-8") as file:
            manifest = json.load(file)["trades"]
        assert manifest["trades"] == len(part) and manifest["gaps"] == []
        assert pd.Timestamp(manifest["last"]) == part["time"].iloc[-1]


def samples_of_books():
    """Times and directions of the default label: another mid price follows without a gap."""
    pairs = zip(BOOKS, BOOKS[1:])
    return [(book.time, int(after.mid() > book.mid()))
            for book, after in pairs if after.mid() != book.mid() and not after.gap]


def check_datasets():
    run("obdataset", "days", "-o", "samples.ds", "--summary", "counts.json")
    table = json_lines("samples.ds")
    times, directions = zip(*samples_of_books())
    check_same(day_file_times(table), times, "times of samples")
    check_same(table["direction"], directions, "directions")
    with open("counts.json", encoding="utf-8") as file:
        files = pd.DataFrame(json.load(file)["files"])
    assert files["books"].sum() == len(BOOKS) and files["samples"].sum() == len(times)
    check_types(files[["books", "samples", "seconds"]], "summary of obdataset",
                counts=["books", "samples"], reals=["seconds"])


def check_arrays():
    """Of all books, of samples, and what NumPy itself writes."""
    run("obdataset", "days", "--label", "none", "--prices", "-o", "books.npz")
    books = np.load("books.npz")
    assert (books["prices"] == [book.prices for book in BOOKS]).all()
    assert (books["volumes"] == np.float32([book.volumes for book in BOOKS])).all()
    table = pd.DataFrame({name: books[name] for name in ("mid", "best_bid", "best_ask", "gap")},
                         index=pd.to_datetime(books["timestamp"], utc=True))
    check_same(table.index, [book.time for book in BOOKS], "times of arrays")
    check_same(table["mid"], [book.mid() for book in BOOKS], "mid prices")
    check_same(table["best_bid"], [float(book.bid()) for book in BOOKS], "best bids")
    check_same(table["best_ask"], [float(book.ask()) for book in BOOKS], "best asks")
    check_same(table["gap"], [book.gap for book in BOOKS], "gaps of arrays")
    run("obdataset", "days", "-o", "samples.npz")
    samples = np.load("samples.npz")
    times, directions = zip(*samples_of_books())
    check_same(pd.to_datetime(samples["timestamp"], utc=True), times, "times of samples")
    check_same(samples["direction"], directions, "directions")


def half_life(books):
    return 2 ** (-1 / books)


def near_flow(before, book, levels):
    """What came to the bids less what came to the asks, at the best levels."""
    half, flow = market.DEPTH // 2, 0.0
    for bids in (True, False):
        def side(of, bids=bids):
            pairs = list(zip(of.prices, of.volumes))
            return pairs[:half][::-1] if bids else pairs[half:]
        old, new = side(before), side(book)
        better = (new[0][0] - old[0][0]) * (1 if bids else -1)
        if levels == 1:
            change = (new[0][1] if better >= 0 else 0) - (old[0][1] if better <= 0 else 0)
        else:
            change = sum((new[k][1] - volume) / (1 + k) for k in range(min(levels, half))
                         for price, volume in old if price == new[k][0])
        flow += change if bids else -change
    return flow


def flow_of_books():
    """The 14 numbers of docs/learning.md, a row a book."""
    half, rows = market.DEPTH // 2, []
    for i, book in enumerate(BOOKS):
        bids, asks = np.array(book.volumes[:half][::-1]), np.array(book.volumes[half:])
        imbalances = [(bids[:n].sum() - asks[:n].sum()) / (bids[:n].sum() + asks[:n].sum())
                      for n in (1, 2, 5, 20)]
        best = (bids[0] + asks[0]) / 2
        if i == 0 or book.gap:
            means, depth = np.full(2, imbalances[0]), best
            sums = np.zeros((2, 4))
        else:
            means = means + (1 - half_life(np.array([8, 64]))) * (imbalances[0] - means)
            depth += (1 - half_life(256)) * (best - depth)
            for row, levels in enumerate((1, 5)):
                flow = np.clip(near_flow(BOOKS[i - 1], book, levels) / depth, -5, 5)
                sums[row] = sums[row] * half_life(SPANS[row]) + flow
        rows.append([*imbalances, *means, *(sums / np.sqrt(SPANS)).ravel()])
    return np.array(rows)


def check_flow():
    """As lines and as arrays, and what a linear model says of its training."""
    expected = [row for row, (book, after) in zip(flow_of_books(), zip(BOOKS, BOOKS[1:]))
                if after.mid() != book.mid() and not after.gap]
    run("obdataset", "days", "--flow", "-o", "flow.ds")
    run("obdataset", "days", "--flow", "-o", "flow.npz")
    table, arrays = pd.read_json("flow.ds", lines=True, precise_float=True), np.load("flow.npz")
    assert np.allclose(np.stack(table["flow"]), expected, rtol=1e-9, atol=1e-12)
    assert (arrays["flow"] == np.stack(table["flow"])).all()
    check_same(arrays["move"], table["move"], "moves")
    assert is_integer_dtype(table["move"]) and table["move"].is_monotonic_increasing
    record = json.loads(run("obtrain", "flow.ds", "--model", "linear", "--validation", "0.3",
                            "--json"))
    scores = pd.DataFrame(record["validation"])
    assert list(scores["name"])[0] == "linear model", list(scores["name"])
    for _, row in scores.iterrows():
        counts = np.array(row["confusion"])
        assert row["samples"] == counts.sum()
        assert np.isclose(row["accuracy"], counts.trace() / counts.sum(), rtol=1e-12)


def check_arrays_of_numpy():
    """Any order of memory and any type that holds the volumes teaches the same."""
    samples = np.load("samples.npz")
    volumes, time = samples["volumes"], samples["timestamp"].astype("datetime64[ns]")
    ways = {"as_written": dict(samples),
            "fortran": dict(samples, volumes=np.asfortranarray(volumes), timestamp=time),
            "big_endian": dict(samples, volumes=volumes.astype(">f8"),
                               timestamp=time.astype("datetime64[ms]")),
            "both": dict(samples, volumes=np.asfortranarray(volumes.astype(">f4")),
                         direction=samples["direction"].astype(">i8"))}
    models = []
    for way, arrays in ways.items():
        os.mkdir(way)
        save = np.savez_compressed if way == "both" else np.savez
        save(f"{way}/samples.npz", **arrays)
        run("obtrain", f"{way}/samples.npz", "-o", f"{way}/model.json", "--epochs", "2", "--layers",
            "4,2")
        with open(f"{way}/model.json", encoding="utf-8") as file:
            models.append(file.read().replace(way, "as_written"))
    assert models[1:] == models[:-1], "the models differ"


def check_training():
    record = json.loads(run("obtrain", "samples.ds", "-o", "model.json", "--epochs", "3", "--json",
                            "--history", "history.csv", "--layers", "4,2"))
    history = pd.read_csv("history.csv")
    check_types(history, "history", counts=["member", "part", "epoch"],
                reals=["training_loss_nats", "validation_loss_nats"])
    check_same(history["epoch"], [1, 2, 3], "epochs")
    times = [time for time, _ in samples_of_books()]
    assert pd.Timestamp(record["first"]) == times[0] and pd.Timestamp(record["last"]) == times[-1]


def check_signals():
    for form in ("json", "csv", "text"):
        run("obsignal", "days", *RULE, "--format", form, "-o", f"signals.{form}")
    tables = {
        "JSON": json_lines("signals.json"),
        "CSV": pd.read_csv("signals.csv", parse_dates=["timestamp"]),
        "text": pd.read_csv("signals.text", sep=" ", parse_dates=["timestamp"],
                            names=["timestamp", "signal", "score"]),
    }
    for form, table in tables.items():
        check_types(table, form, times=["timestamp"], reals=["score"], texts=["signal"])
        check_same(table["timestamp"], [book.time for book in BOOKS], f"times, {form}")
        check_same(table["signal"], market.signals(BOOKS, THRESHOLD), f"signals, {form}")
        scores = [round(book.score(), 3) if form == "text" else book.score() for book in BOOKS]
        assert np.allclose(table["score"], scores, rtol=1e-12, atol=1e-3 if form == "text" else 0)


def check_trades():
    expected = market.trades(BOOKS, THRESHOLD, FEE_BPS)
    for form in ("json", "csv"):
        run("obbacktest", "days", *RULE, *COSTS, "--format", form, "-o", f"trades.{form}")
    table = pd.read_csv("trades.csv", parse_dates=["open_time", "close_time"])
    reals = ["open_price", "close_price", "size", "gross_quote", "fees_quote", "funding_quote",
             "slippage_quote", "net_quote"]
    check_types(table, "trades", times=["open_time", "close_time"], reals=reals,
                texts=["direction", "reason"])
    # Of JSON, pandas makes integers of a column of 1.0 alone, unless it is told.
    lines = pd.read_json("trades.json", lines=True, dtype={"size": float, "funding": float, "slippage": float})
    check_types(lines, "trades, JSON", times=["open_time", "close_time"],
                reals=[name.replace("_quote", "") for name in reals], texts=["direction", "reason"])
    for form in (table, lines):
        form.columns = [name.replace("_quote", "") for name in form.columns]
        assert (form["funding"] == 0).all()
        assert (form["slippage"] == 0).all()
        for name in expected[0]:
            check_same(form[name], [trade[name] for trade in expected], f"{name} of trades")


def check_whole_numbers():
    """Columns in which all numbers are whole have the same types."""
    with open("whole.txt", "w", encoding="utf-8") as file:
        for time, (bids, asks) in enumerate([(1, 0), (0, 1), (1, 0), (1, 1)]):
            file.write(json.dumps({"date": 20240808, "time": time, "prices": [10, 11],
                                   "volumes": [9 * bids, 9 * asks]}) + "\n")
    run("obsignal", "whole.txt", "--rule", "imbalance", "--format", "csv", "-o",
        "whole_signals.csv")
    table = pd.read_csv("whole_signals.csv", parse_dates=["timestamp"])
    check_types(table, "whole scores", times=["timestamp"], reals=["score"], texts=["signal"])
    check_same(table["score"], [1.0, -1.0, 1.0, 0.0], "whole scores")
    run("obbacktest", "whole.txt", "--rule", "imbalance", "--fill", "touch", "--format", "csv",
        "-o", "whole_trades.csv")
    table = pd.read_csv("whole_trades.csv", parse_dates=["open_time", "close_time"])
    assert (table.select_dtypes("number").dtypes == float).all(), table.dtypes
    check_same(table["gross_quote"], [1.0, 1.0, 1.0], "whole amounts")


def check_rows_of_models_and_rules():
    """A row without a model has an empty cell for it, and a model's has one for the levels."""
    run("obbacktest", "days", "--model", "model.json", "--rule", "imbalance", "--levels", "1,2",
        "--allow-in-sample", "--format", "csv", "-o", "mixed.csv")
    rows = pd.read_csv("mixed.csv")
    check_same(rows["model"].fillna("-"), ["model.json", "-", "-"], "models of rows")
    check_same(rows["rule"].fillna("-"), ["-", "imbalance", "imbalance"], "rules of rows")
    check_same(rows["levels"].astype("Int64").fillna(0), [0, 1, 2], "levels of rows")
    assert (rows["books"] == len(BOOKS)).all() and rows["best"].sum() == 1, rows


def check_summaries():
    expected = market.trades(BOOKS, THRESHOLD, FEE_BPS)
    run("obbacktest", "days", *RULE, *COSTS, "-o", "one_trades.json", "--summary", "one.json")
    thresholds = ["--threshold", "0:0.6:0.3"]
    for form in ("json", "csv"):
        run("obbacktest", "days", "--rule", "imbalance", *thresholds, *COSTS, "--format", form,
            "-o", f"rows.{form}")
    times = ["max_drawdown_from_time", "max_drawdown_to_time"]
    rows = pd.read_csv("rows.csv", parse_dates=times)
    lines = json_lines("rows.json")
    assert list(rows.columns) == list(lines.columns)
    # A run of so few minutes has no returns of periods.
    of_periods = ["return_period", "return_periods", "return_periods_a_year"]
    assert rows[of_periods].isna().all().all(), rows[of_periods]
    rows = rows.drop(columns=of_periods)
    check_types(rows, "rows", times=times, texts=["rule", "fill", "contract", "contract_size_from", "on_gap"],
                flags=["invert", "flat_at_midnight", "best"],
                counts=["latency_ms", "books", "skipped_lines", "in_sample_books", "trades",
                        "wins"],
                reals=[name for name in rows.columns
                       if name.endswith(("_quote", "_bps", "_per_trade", "_seconds"))] +
                ["threshold", "contract_size", "size", "win_rate", "profit_factor", "sharpe",
                 "sortino", "calmar", "expectancy_in_losses", "adverse_bps_100ms",
                 "adverse_bps_1s", "adverse_bps_10s", "exposure"])
    one = json_lines("one.json")
    for table, row in ((rows, 1), (lines, 1), (one, 0)):
        assert (table[times].dtypes == "datetime64[ns, UTC]").all(), table[times].dtypes
        found = table.iloc[row]
        assert found["books"] == len(BOOKS) and found["trades"] == len(expected)
        assert np.isclose(found["net_quote"], sum(trade["net"] for trade in expected), rtol=1e-12)
        assert found["max_drawdown_from_time"] in [book.time for book in BOOKS]


def check_equity():
    """At each book and thinned, held against the trades."""
    thinned = ["--equity-every", "1000"]
    for name, more in (("equity.csv", []), ("seconds.csv", thinned)):
        run("obbacktest", "days", *RULE, *COSTS, "--equity", name, *more, "-o", name + ".trades",
            "--summary", name + ".summary")
    table, seconds = (pd.read_csv(name, parse_dates=["time"])
                      for name in ("equity.csv", "seconds.csv"))
    for one in (table, seconds):
        check_types(one, "equity", times=["time"],
                    reals=["mid", "position", "gross_quote", "net_quote"])
    check_same(table["time"], [book.time for book in BOOKS], "times of equity")
    check_same(table["mid"], [book.mid() for book in BOOKS], "mid prices of equity")
    trades = market.trades(BOOKS, THRESHOLD, FEE_BPS)
    for (_, row), book in zip(table.iterrows(), BOOKS):
        done = [trade for trade in trades if trade["close_time"] <= book.time]
        held = [trade for trade in trades
                if trade["open_time"] <= book.time < trade["close_time"]]
        signs = [1 if trade["direction"] == "BUY" else -1 for trade in held]
        gross = sum(trade["gross"] for trade in done) + sum(
            (book.mid() - trade["open_price"]) * sign for trade, sign in zip(held, signs))
        fees = sum(trade["fees"] for trade in done) + sum(
            FEE_BPS / 1e4 * trade["open_price"] for trade in held)
        assert row["position"] == sum(signs), (book.time, row["position"], signs)
        check_same([row["gross_quote"], row["net_quote"]], [gross, gross - fees], "equity")
    last = table.groupby(table["time"].dt.floor("1s"), as_index=False).last()
    pd.testing.assert_frame_equal(seconds, last)
    check_same([table["net_quote"].iloc[-1]], [sum(trade["net"] for trade in trades)], "net")
    fall = table["net_quote"].cummax().clip(lower=0) - table["net_quote"]
    summary = json_lines("equity.csv.summary").iloc[0]
    check_same([summary["max_drawdown_quote"]], [fall.max()], "deepest fall")
    assert summary["max_drawdown_to_time"] == table["time"][fall.idxmax()]


def check_joint_equity(row):
    """That of one account: at each book the sum of what it has in each symbol."""
    symbols = ["ETHUSD", "XBTUSD"]
    net = {}
    for name, choice in {"joint": [], **{symbol: ["-s", symbol] for symbol in symbols}}.items():
        run("obbacktest", "symbols", "--rule", "imbalance", *COSTS, "--threshold", "0.3", *choice,
            "--equity", f"{name}.csv", "-o", f"{name}.out", "--overwrite")
        net[name] = pd.read_csv(f"{name}.csv", parse_dates=["time"]).set_index("time")["net_quote"]
    steps = pd.concat([net[symbol].rename(symbol).to_frame() for symbol in symbols]).sort_index(kind="stable")
    joint = steps.ffill().fillna(0).sum(axis=1)
    check_same(net["joint"].index, joint.index, "times of the joint equity")
    check_same(net["joint"], joint, "joint equity")
    fall = joint.cummax().clip(lower=0) - joint
    check_same([row["max_drawdown_quote"]], [fall.max()], "deepest fall of the sum")


def check_several_symbols():
    """A row each and their sum, which has an empty cell where a sum says nothing."""
    os.mkdir("symbols")
    for symbol, share in (("ETHUSD", 1), ("XBTUSD", 2)):
        books = BOOKS[: len(BOOKS) // share]
        with open(f"symbols/{symbol}_20240808.txt", "w", encoding="utf-8") as file:
            file.writelines(book.line() + "\n" for book in books if book.time.day == 8)
    for form in ("json", "csv"):
        run("obbacktest", "symbols", "--rule", "imbalance", *COSTS, "--threshold", "0:0.6:0.3", "--format", form,
            "-o", f"symbols.{form}")
    rows, lines = pd.read_csv("symbols.csv"), json_lines("symbols.json")
    assert list(rows.columns) == list(lines.columns) and len(rows) == len(lines) == 9
    check_same(rows["symbol"], ["ETHUSD", "XBTUSD", "sum"] * 3, "symbols")
    for table in (rows, lines):
        counts = ["books", "trades", "wins"]
        assert all(is_integer_dtype(table[name]) for name in counts), table[counts].dtypes
        parts = table[table["symbol"] != "sum"].groupby("threshold")
        sums = table[table["symbol"] == "sum"].set_index("threshold")
        for name in counts + ["gross_quote", "fees_quote", "net_quote", "turnover_quote"]:
            assert np.allclose(parts[name].sum(), sums[name], rtol=1e-12), name
        assert sums["contract_size"].isna().all()
        check_joint_equity(sums.iloc[np.argmin(np.abs(sums.index - 0.3))])
        best = table[table["best"]]
        assert best["threshold"].nunique() == 1 and len(best) == 3
        assert best["threshold"].iloc[0] == sums["net_quote"].idxmax()


def check_choice():
    """Rows that are chosen on a share of the time have figures of the rest."""
    for form in ("json", "csv"):
        run("obbacktest", "days", *COSTS, "--rule", "imbalance", "--threshold", "0:0.6:0.3",
            "--choose-on", "0.6", "--format", form, "-o", f"chosen.{form}")
    rows, lines = pd.read_csv("chosen.csv"), json_lines("chosen.json")
    assert list(rows.columns) == list(lines.columns)
    for table in (rows, lines):
        assert (table["books"] + table["rest_books"] == len(BOOKS)).all()
        assert is_integer_dtype(table["rest_trades"]) and is_float_dtype(table["rest_net_quote"])
        assert table["best"].sum() == 1
        assert table["deflated_sharpe"].notna().sum() <= 1
    check_same(rows["rest_net_quote"], lines["rest_net_quote"], "net of the rest")


def main():
    os.mkdir("days")
    market.write(BOOKS, "days")
    checks = [check_day_files, check_recorded, check_recorded_trades, check_datasets, check_arrays,
              check_flow, check_arrays_of_numpy, check_training, check_signals, check_trades,
              check_whole_numbers, check_summaries, check_rows_of_models_and_rules, check_equity,
              check_several_symbols, check_choice]
    for check in checks:
        check()
    print(f"{len(checks)} kinds of output, pandas {pd.__version__}")


main()
