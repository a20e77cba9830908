#!/usr/bin/python3
"""Looks at the live page of a recording as its reader does, with other readers that are stuck.

    check_live.py LOG BOOKS_FOLDER

LOG is what the recorder says, with its port. Exits with 77 where there is no browser.
"""
import glob
import json
import re
import socket
import sys
import time
import unittest
import urllib.error
import urllib.request

import check_report

DEADLINE = time.monotonic() + 600
SYMBOLS = ["ETHUSD", "XBTUSD"]


def wait_for(what, look):
    while time.monotonic() < DEADLINE:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come")


def port_in(log):
    with open(log, encoding="utf-8") as file:
        found = re.search(r"metrics at port (\d+)", file.read())
    return int(found[1]) if found else None


class Live(check_report.Glance):
    """The checks of every page, and what a live one is for."""

    port = 0
    books = ""

    def connect(self, request):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sendall(request.encode())
        return connection

    def status_of(self, request):
        with self.connect(request) as connection:
            return connection.recv(4096).decode().split(" ")[1]

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as answer:
            return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", answer.read().decode(), flags=re.M))

    def last(self):
        return self.page.run("return window.live && window.live.last")

    def wait_for_event(self, what="an event", holds=lambda event: True):
        def look():
            event = self.last()
            return event if event and holds(event) else None
        return wait_for(what, look)

    def card(self, symbol):
        return self.page.run(f"""
            const card = document.querySelector('[data-symbol="{symbol}"]');
            const text = (selector) => [...card.querySelectorAll(selector)].map((node) => node.textContent);
            return {{ asks: text(".ask .price"), bids: text(".bid .price"), spread: text(".spread td")[0], facts: text(".facts")[0] }};""")

    def test_each_symbol_has_its_ladder_and_figures(self):
        self.page.show()
        event = self.wait_for_event("books of both symbols", lambda e: [s["symbol"] for s in e["symbols"] if s["bids"]] == SYMBOLS)
        self.assertEqual(event["venue"], "bitmex")
        for symbol in SYMBOLS:
            card = self.card(symbol)
            prices = [float(price.replace("\u202f", "")) for price in card["asks"] + card["bids"]]
            self.assertEqual(len(prices), 10)
            self.assertEqual(prices, sorted(prices, reverse=True), "from the worst ask down to the worst bid")
            self.assertRegex(card["spread"], r"^spread \S+ \(\S+ bp\)$")
        wait_for("a rate", lambda: re.search(r"\d", self.page.element("rate").text))
        for name in ("gaps", "disk"):
            self.assertRegex(self.page.element(name).text, r"\d", name)

    def test_what_is_shown_is_what_was_written(self):
        self.page.show()
        event = self.wait_for_event("a book", lambda e: e["symbols"] and e["symbols"][0]["bids"])
        one = event["symbols"][0]
        best = (one["bids"][0][0], one["asks"][0][0])

        def was_written():
            for path in glob.glob(f"{self.books}/**/{one['symbol']}_*.txt", recursive=True):
                if path.endswith(".trades.txt"):
                    continue
                with open(path, encoding="utf-8") as file:
                    for line in file:
                        if line.endswith("\n"):
                            prices = json.loads(line)["prices"]
                            if (prices[len(prices) // 2 - 1], prices[len(prices) // 2]) == best:
                                return True
            return False
        wait_for("the book in the day-file", was_written)

    def test_it_goes_on_by_itself_and_counts_gaps(self):
        self.page.show()
        first = self.wait_for_event()
        self.wait_for_event("a later event", lambda e: e["time"] > first["time"] and e["books"] > first["books"])
        self.wait_for_event("a gap", lambda e: sum(s["gaps_today"] for s in e["symbols"]) > 0)

    def test_trades_are_counted(self):
        self.page.show()
        self.wait_for_event("trades", lambda e: e["trades"])
        wait_for("a rate of trades", lambda: re.search(r"\d", self.page.element("trade_rate").text))
        self.assertRegex(self.page.element("trade_gaps").text, r"^(1 gap|\d+ gaps) of trades today$")
        self.assertRegex(self.card("XBTUSD")["facts"], r"books/s · \S+ trades/s · ")

    def test_nothing_can_be_changed(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            for target in ("/", "/events", "/metrics"):
                self.assertEqual(self.status_of(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"), "405", f"{method} {target}")
        self.assertEqual(self.status_of("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"), "200")
        self.assertEqual(self.page.run("return document.querySelectorAll('form, input, button, a').length"), 0)

    def test_another_sites_name_that_leads_here_is_refused(self):
        for target in ("/", "/events"):
            self.assertEqual(self.status_of(f"GET {target} HTTP/1.1\r\nHost: evil.example:{self.port}\r\n\r\n"), "421", target)
        self.assertEqual(self.status_of(f"GET / HTTP/1.1\r\nHost: localhost:{self.port}\r\n\r\n"), "200")
        self.assertEqual(self.status_of("GET /metrics HTTP/1.1\r\nHost: recorder.example\r\n\r\n"), "200")

    def test_readers_that_are_stuck_cost_the_recording_nothing(self):
        request = "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"
        self.page.show()
        first = self.wait_for_event()

        def stuck_reader():
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.settimeout(60)
            connection.connect(("127.0.0.1", self.port))
            connection.sendall(request.encode())
            if connection.recv(12) == b"HTTP/1.1 200":
                return connection  # and reads no more
            connection.close()
            return None
        stuck = [wait_for("room for a reader", stuck_reader) for _ in range(7)]
        books = self.metric("obsave_books_total")
        self.assertEqual(self.status_of(request), "503", "there are eight at most")
        self.wait_for_event("events beside the stuck readers", lambda e: e["time"] > first["time"] + 3000)
        self.assertGreater(self.metric("obsave_books_total"), books)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=60) as answer:
            self.assertEqual(answer.read(), b"ok\n")
        for connection in stuck:
            connection.close()
        wait_for("room for another reader", lambda: self.status_of(request) == "200")


def main():
    log, Live.books = sys.argv[1:]
    Live.port = wait_for("the port", lambda: port_in(log))
    Live.path = f"http://127.0.0.1:{Live.port}/"

    def is_well():
        try:
            with urllib.request.urlopen(Live.path + "healthz", timeout=10) as answer:
                return answer.status == 200
        except urllib.error.URLError:
            return False
    wait_for("a recording that is well", is_well)
    Live.browser = check_report.start_browser()
    try:
        result = unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(Live))
    finally:
        Live.browser.quit()
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
