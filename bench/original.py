#!/usr/bin/python3
"""What the original Python scripts did, written anew with obkit's meanings, so that results can be
compared: the peer of tool_speed.

    bench/original.py dataset DAY_FILE DATASET              samples before a move of the mid price
    bench/original.py backtest DAY_FILE THRESHOLD TRADES    rule imbalance on all levels, touch fills, no fees

As the originals do, it loads the file whole, a list of dictionaries, and goes over it afterwards.
"""

import json
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def mid_price(book):
    prices = book["prices"]
    half = len(prices) // 2
    return (prices[half - 1] + prices[half]) / 2


def dataset(day_file, path):
    books = load(day_file)
    with open(path, "w", encoding="utf-8") as file:
        for book, following in zip(books, books[1:]):
            before, after = mid_price(book), mid_price(following)
            if before != after:
                sample = {"volumes": book["volumes"], "direction": 1 if after > before else 0}
                file.write(json.dumps(sample) + "\n")


def signal(book, threshold):
    volumes = book["volumes"]
    half = len(volumes) // 2
    bids, asks = sum(volumes[:half]), sum(volumes[half:])
    score = (bids - asks) / (bids + asks)
    if score > threshold:
        return "BUY"
    return "SELL" if score < -threshold else "WAIT"


def own_best(book, side):
    half = len(book["prices"]) // 2
    return book["prices"][half - 1] if side == "BUY" else book["prices"][half]


def trade(position, book):
    opposite = "SELL" if position["direction"] == "BUY" else "BUY"
    closed = own_best(book, opposite)
    gain = closed - position["open_price"]
    return dict(position, close_time=book["time"], close_price=closed,
                gross=gain if position["direction"] == "BUY" else -gain)


def backtest(day_file, threshold, path):
    books = load(day_file)
    trades, position = [], None
    for book in books[:-1]:
        side = signal(book, threshold)
        if side == "WAIT" or (position and position["direction"] == side):
            continue
        if position:
            trades.append(trade(position, book))
        position = {"direction": side, "open_time": book["time"], "open_price": own_best(book, side)}
    if position:
        trades.append(trade(position, books[-1]))
    with open(path, "w", encoding="utf-8") as file:
        for each in trades:
            file.write(json.dumps(each) + "\n")


def main():
    if sys.argv[1] == "dataset":
        dataset(sys.argv[2], sys.argv[3])
    else:
        backtest(sys.argv[2], float(sys.argv[3]), sys.argv[4])


main()
