#!/usr/bin/python3
"""Writes a capture of BitMEX frames to standard output, the same for the same arguments.

    make_frames.py FRAMES near|mixed|spread

An image of 2,000 levels a side, then frames of 2.27 rows (about 309 bytes) on average, with price and timestamp as of 2022.
near: updates of sizes within the best 50 levels, so that each frame makes a line; mixed: 70 % updates, 15 % removals, 15 %
insertions, all within the best 50; spread: as mixed, but ranks as they come, half of them behind the best 50."""
import random
import sys

LEVELS = 2000
HEAD = '{"table":"orderBookL2","action":"%s","data":[%s]}'


def stamp(ms):
    return "2022-03-04T%02d:%02d:%02d.%03dZ" % (ms // 3600000 % 24, ms // 60000 % 60, ms // 1000 % 60, ms % 1000)


class Side:
    """Levels by rank from the best; removed ones wait to come back."""

    def __init__(self, name, first_tick, step):
        self.name = name
        self.ticks = [first_tick + step * i for i in range(LEVELS)]
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
    sides = [Side("Sell", 80001, 1), Side("Buy", 80000, -1)]
    out = sys.stdout
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
