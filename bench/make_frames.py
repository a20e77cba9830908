#!/usr/bin/python3
"""Writes a capture of BitMEX or Deribit frames to standard output, the same for the same arguments.

    make_frames.py FRAMES near|mixed|spread|deribit

BitMEX: an image of 2,000 levels a side, then frames of 2.27 rows (about 309 bytes) on average,
with price and timestamp as of 2022. near: updates of sizes within the best 50 levels, so that each
frame makes a line; mixed: 70 % updates, 15 % removals, 15 % insertions, all within the best 50;
spread: as mixed, but ranks as they come, half of them behind the best 50.

Deribit: an image of 1,000 levels a side, then changes of 100 ms with 7.4 rows (about 430 bytes) on
average, 70 % other sizes, 15 % removals, 15 % new levels, half of them within the best 50; numbers
with an exponent where that is shorter, as the exchange writes them."""
import random
import sys

LEVELS = 2000
HEAD = '{"table":"orderBookL2","action":"%s","data":[%s]}'


def stamp(ms):
    return "2022-03-04T%02d:%02d:%02d.%03dZ" % (ms // 3600000 % 24, ms // 60000 % 60, ms // 1000 % 60, ms % 1000)


class Side:
    """Levels by rank from the best; removed ones wait to come back."""

    def __init__(self, name, first_tick, step, levels=LEVELS):
        self.name = name
        self.ticks = [first_tick + step * i for i in range(levels)]
        self.removed = []
        self.step = step

    def insert(self, pick):
        tick = self.removed.pop(pick(len(self.removed)))
        at = next((i for i, other in enumerate(self.ticks) if (other - tick) * self.step > 0), len(self.ticks))
        self.ticks.insert(at, tick)
        return tick

    def remove(self, rank):
        tick = self.ticks.pop(rank)
        self.removed.append(tick)
        return tick


def short(number):
    """As Erlang writes a float that is whole or ends in .5."""
    plain = "%.1f" % number
    digits = ("%.15g" % number).replace(".", "")
    mantissa = digits.rstrip("0") or "0"
    exponent = len("%d" % number) - 1
    scientific = "%s.%se%d" % (mantissa[0], mantissa[1:] or "0", exponent)
    return scientific if len(scientific) < len(plain) else plain


def deribit(frames, pick, out):
    sides = [Side("bids", 80000, -1, 1000), Side("asks", 80001, 1, 1000)]
    head = (
        '{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms","data":{"timestamp":%d,'
        '"type":"%s","change_id":%d,"instrument_name":"BTC-PERPETUAL",%s}}}'
    )
    level = lambda action, tick, size: '["%s",%s,%s]' % (action, short(tick / 2), short(size))
    size = lambda: 10 * (1 + pick(10 ** (1 + pick(5))))
    lists = lambda rows: ",".join('"%s":[%s]' % (side.name, ",".join(rows[side.name])) for side in sides)
    begin = 1646352000000
    last = 118850968930
    image = {side.name: [level("new", tick, size()) for tick in side.ticks] for side in sides}
    out.write("%s000000Z %s\n" % (stamp(0)[:-1], head % (begin, "snapshot", last, lists(image))))
    for i in range(1, frames + 1):
        rows = {side.name: [] for side in sides}
        touched = set()
        for _ in range(3 + pick(10)):
            side, draw = sides[pick(2)], random.random()
            if draw >= 0.85 and side.removed:
                tick = side.insert(pick)
                if (side, tick) in touched:
                    side.ticks.remove(tick)
                    side.removed.append(tick)
                    continue
                rows[side.name].append(level("new", tick, size()))
            else:
                rank = min(pick(50), pick(50)) if pick(2) == 0 else pick(500)
                if (side, side.ticks[rank]) in touched:
                    continue
                if draw >= 0.7 and len(side.removed) < 40:
                    tick = side.remove(rank)
                    rows[side.name].append(level("delete", tick, 0))
                else:
                    tick = side.ticks[rank]
                    rows[side.name].append(level("change", tick, size()))
            touched.add((side, tick))
        if not touched:
            continue
        number = last + 1 + pick(1000)
        text = head % (begin + 100 * i, "change", number, lists(rows) + ',"prev_change_id":%d' % last)
        last = number
        out.write("%s250000Z %s\n" % (stamp(100 * i + 20)[:-1], text))


def row(side, tick, time, size):
    price = ("%.1f" % (tick / 2)).removesuffix(".0")
    text = '{"symbol":"XBTUSD","id":%d,"side":"%s",' % (8800000000 - 50 * tick, side.name)
    if size is not None:
        text += '"size":%d,' % size
    return text + '"price":%s,"timestamp":"%s"}' % (price, time)


def main():
    frames, mix = int(sys.argv[1]), sys.argv[2]
    random.seed(7)
    pick = lambda n: int(random.random() * n)
    out = sys.stdout
    if mix == "deribit":
        return deribit(frames, pick, out)
    sides = [Side("Sell", 80001, 1), Side("Buy", 80000, -1)]
    size = lambda: 100 * (1 + pick(10 ** (1 + pick(4))))
    image = [row(side, tick, stamp(0), size()) for side in sides for tick in side.ticks]
    head = HEAD.replace("]}", '],"filter":{"symbol":"XBTUSD"}}') % ("partial", ",".join(image))
    out.write("%s000000Z %s\n" % (stamp(0)[:-1], head))
    for i in range(frames):
        ms = i // 40
        time = stamp(ms)
        draw = random.random()
        action = "update" if mix == "near" or draw < 0.7 else "delete" if draw < 0.85 else "insert"
        rows = []
        for _ in range(random.choices((1, 2, 3, 4, 5), (36, 27, 16, 16, 5))[0]):
            side = sides[pick(2)]
            if mix == "spread" and pick(2) == 0:
                rank = 50 + int(random.random() ** 3 * (LEVELS - 200))
            else:
                rank = min(pick(50), pick(50))
            if action == "insert" and not side.removed or action == "delete" and len(side.removed) > 40:
                continue
            if action == "insert":
                tick = side.insert(pick)
            else:
                tick = side.remove(rank) if action == "delete" else side.ticks[rank]
            rows.append(row(side, tick, time, None if action == "delete" else size()))
        if rows:
            out.write("%s%06dZ %s\n" % (time[:-1], i % 40 * 25000, HEAD % (action, ",".join(rows))))


main()
