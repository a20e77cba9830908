#!/usr/bin/env python3
"""Reads what obkit writes into NumPy: a day-file, a dataset, the trades of a backtest.

    read_files.py DAY_FILE DATASET.npz TRADES.jsonl
"""

import json
import subprocess
import sys

import numpy as np


def read_books(path):
    """Prices and volumes, [books x depth]: bids from worst to best, then asks from best to worst."""
    text = subprocess.run(["zstdcat", "-f", path], check=True, capture_output=True).stdout
    books = [json.loads(line) for line in text.splitlines()]
    prices = np.array([book["prices"] for book in books])
    volumes = np.array([book["volumes"] for book in books])
    return prices, volumes


def main(day_file, dataset, trades_file):
    prices, volumes = read_books(day_file)
    best_bid = prices.shape[1] // 2 - 1
    spread = prices[:, best_bid + 1] - prices[:, best_bid]
    print(f"{len(prices)} books, mean spread {spread.mean():.3f}, "
          f"mean volume at the best bid {volumes[:, best_bid].mean():.1f}")

    samples = np.load(dataset)
    rises = (samples["direction"] == 1).sum()
    print(f"{len(samples['direction'])} samples of {samples['volumes'].shape[1]} volumes, "
          f"{rises} rises, label {samples['label']}")

    with open(trades_file) as file:
        trades = [json.loads(line) for line in file]
    net = np.array([trade["net"] for trade in trades])
    print(f"{len(trades)} trades, mean net {net.mean():.4f}")


main(*sys.argv[1:])
