"""A small market whose every number is known: the truth that outputs are compared with."""

import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

DEPTH = 6


@dataclass
class Book:
    time: datetime
    prices: list
    volumes: list
    gap: bool

    def bid(self):
        return self.prices[DEPTH // 2 - 1]

    def ask(self):
        return self.prices[DEPTH // 2]

    def mid(self):
        return (self.bid() + self.ask()) / 2

    def score(self):
        bids, asks = sum(self.volumes[: DEPTH // 2]), sum(self.volumes[DEPTH // 2 :])
        return (bids - asks) / (bids + asks)

    def line(self):
        time = self.time.strftime("%H%M%S") + f"{self.time.microsecond // 1000:03}"
        fields = {"date": int(self.time.strftime("%Y%m%d")), "time": int(time),
                  "prices": self.prices, "volumes": self.volumes}
        return json.dumps(dict(fields, gap=True) if self.gap else fields)


def tidy(number):
    """Whole numbers as an exchange sends them, without decimals."""
    return int(number) if number == int(number) else number


def make(count=400):
    """Books before and after a midnight, 0 to 97 ms apart, in steps of half a dollar; one has a gap
    before it."""
    chance = random.Random(7)
    time = datetime(2024, 8, 8, 23, 59, 50, 3000, tzinfo=timezone.utc)
    bid, books = 60000.0, []
    for i in range(count):
        time += timedelta(milliseconds=chance.randrange(98))
        bid += 0.5 * chance.choice([-1, 0, 0, 1])
        prices = [tidy(bid + 0.5 * level) for level in range(1 - DEPTH // 2, 1 + DEPTH // 2)]
        volumes = [tidy(chance.randrange(4, 400) / 4) for _ in range(DEPTH)]
        books.append(Book(time, prices, volumes, gap=i == count // 3))
    # The hard ones: a millisecond of midnight itself, scores that are whole.
    books[-1].time = time.replace(microsecond=0) + timedelta(seconds=1)
    books[2].volumes = [5, 5, 5, 5, 5, 5]
    return books


def write(books, folder):
    """Day-files of it."""
    for book in books:
        with open(f"{folder}/XBTUSD_{book.time:%Y%m%d}.txt", "a", encoding="utf-8") as file:
            file.write(book.line() + "\n")


def signals(books, threshold):
    def signal(score):
        return "BUY" if score > threshold else "SELL" if score < -threshold else "WAIT"

    return [signal(book.score()) for book in books]


def trades(books, threshold, fee_bps):
    """Of taker fills of size 1, always in the market, a gap closes."""
    done, position = [], None

    def close(book, reason):
        buys = position["direction"] == "BUY"
        price = book.bid() if buys else book.ask()
        gross = (price - position["open_price"]) * (1 if buys else -1)
        fees = fee_bps / 1e4 * (price + position["open_price"])
        done.append(dict(position, close_time=book.time, close_price=price, gross=gross, fees=fees,
                         net=gross - fees, reason=reason))

    for i, (book, side) in enumerate(zip(books, signals(books, threshold))):
        last = i + 1 == len(books)
        if last or books[i + 1].gap:
            if position:
                close(book, "end" if last else "gap")
            position = None
        elif side != "WAIT" and not (position and position["direction"] == side):
            if position:
                close(book, "reverse")
            position = {"direction": side, "open_time": book.time, "size": 1.0,
                        "open_price": book.ask() if side == "BUY" else book.bid()}
    return done
