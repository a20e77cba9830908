"""What docs/python.md shows, cell by cell, and its pictures. A notebook opens it as cells (# %%).

Run it where docs/python.md has made its files: books.npz, day.txt, samples.npz, flow.npz,
signals.csv, trades.jsonl, equity.csv and recorded/. It writes day.png, depth.png and equity.png
there."""

# %% Books as arrays
import numpy as np
import pandas as pd

books = np.load("books.npz")
table = pd.DataFrame(
    {name: books[name] for name in ("mid", "best_bid", "best_ask", "gap")},
    index=pd.to_datetime(books["timestamp"], utc=True),
)
table["spread"] = table["best_ask"] - table["best_bid"]
print(table[["mid", "spread"]].describe().loc[["count", "mean", "min", "max"]])

# %% Moves, but none across a gap
moves = table["mid"].diff().mask(table["gap"]).fillna(0)
print((moves != 0).sum(), "moves in", len(table), "books")

# %% One price a second
seconds = table["mid"].resample("1s").last().ffill()
print(len(seconds), "seconds, the last at", seconds.iloc[-1])

# %% A day-file line by line
day = pd.read_json("day.txt", lines=True)
text = day["date"].astype(str) + day["time"].astype(str).str.zfill(9)
day.index = pd.to_datetime(text, format="%Y%m%d%H%M%S%f", utc=True)
delay = pd.to_datetime(day["recv"], unit="ns", utc=True) - day.index
prices, volumes = np.stack(day["prices"]), np.stack(day["volumes"])
print(prices.shape, f"received {delay.mean() / pd.Timedelta('1ms'):.2f} ms later")
assert (prices == books["prices"]).all() and (day.index == table.index).all()

# %% Samples
samples = np.load("samples.npz")
best_bid = samples["volumes"].shape[1] // 2 - 1
bids, asks = samples["volumes"][:, best_bid], samples["volumes"][:, best_bid + 1]
says_rise, rises = bids > asks, samples["direction"] == 1
print(f"{len(rises)} samples, the thicker side is right in {(says_rise == rises).mean():.0%}")

# %% What the last books did
flow = np.load("flow.npz")
names = "x0 I2 I5 I20 E8 E64 F2 F8 F32 F128 G2 G8 G32 G128".split()
numbers = pd.DataFrame(flow["flow"], columns=names)
right = (numbers > 0).eq(flow["direction"] == 1, axis=0).mean()
print(right.nlargest(3).round(2).to_dict())

# %% Signals
signals = pd.read_csv("signals.csv", parse_dates=["timestamp"], index_col="timestamp")
print(signals["signal"].value_counts().to_dict())

# %% What follows a signal: the move of the mid price within five seconds
after = pd.DataFrame({"time": table.index + pd.Timedelta("5s"), "before": table["mid"].to_numpy(),
                      "signal": signals["signal"].to_numpy()})
after = pd.merge_asof(after, table["mid"].rename("later"), left_on="time", right_index=True)
print((after["later"] - after["before"]).groupby(after["signal"]).mean().round(2).to_dict())

# %% Trades
trades = pd.read_json("trades.jsonl", lines=True)
trades["held"] = trades["close_time"] - trades["open_time"]
print(trades.groupby("direction")[["gross", "fees", "net"]].sum().round(2))
print(f"held for {trades['held'].dt.total_seconds().mean():.1f} s")

# %% Equity, book by book
equity = pd.read_csv("equity.csv", parse_dates=["time"], index_col="time")
fall = equity["net_quote"].cummax().clip(lower=0) - equity["net_quote"]
print(f"net {equity['net_quote'].iloc[-1]:.2f}, deepest fall {fall.max():.2f} at {fall.idxmax()}")
assert round(equity["net_quote"].iloc[-1] - trades["net"].sum(), 6) == 0

# %% Trades of the exchange
market = pd.read_json("recorded/XBTUSD_20260101.trades.txt", lines=True, convert_dates=["time"],
                      dtype={"id": str, "price": float})
print(market.groupby("side")["volume"].agg(["count", "sum"]))

# %% Pictures, where matplotlib is
import sys

try:
    import matplotlib.pyplot as plt
except ImportError:
    print("no matplotlib (Debian: python3-matplotlib): no pictures")
    sys.exit()

# %% The day
figure, (above, below) = plt.subplots(2, sharex=True, figsize=(9, 5), height_ratios=[3, 1],
                                       layout="constrained")
above.step(table.index, table["mid"], where="post", color="gray", linewidth=0.8)
for direction, marker, color in (("BUY", "^", "tab:green"), ("SELL", "v", "tab:red")):
    opened = trades[trades["direction"] == direction]
    above.plot(opened["open_time"], opened["open_price"], marker, color=color, label=direction)
above.set_ylabel("mid price")
above.legend()
below.step(table.index, table["spread"], where="post", color="tab:blue", linewidth=0.8)
below.set_ylabel("spread")
figure.savefig("day.png", dpi=80)

# %% The depth: volumes by level, in the last book of each second
last = table.index.searchsorted(seconds.index + pd.Timedelta("1s")) - 1
half, shown = books["volumes"].shape[1] // 2, 20
near = books["volumes"][last, half - shown : half + shown]
figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
image = axes.imshow(np.log1p(near).T, aspect="auto", origin="lower", cmap="magma",
                    interpolation="nearest", extent=[0, len(last), -shown, shown])
axes.set_xlabel("second")
axes.set_ylabel("level: asks above, bids below")
figure.colorbar(image, label="log(1 + volume)")
figure.savefig("depth.png", dpi=80)

# %% Equity
figure, axes = plt.subplots(figsize=(9, 3), layout="constrained")
equity[["gross_quote", "net_quote"]].plot(ax=axes, linewidth=0.8, xlabel="",
                                          ylabel="quote currency")
axes.axhline(0, color="gray", linewidth=0.8)
figure.savefig("equity.png", dpi=80)
