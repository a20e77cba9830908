#!/usr/bin/python3
"""Looks at pages as their readers do, in headless Chromium: a file, or an address of this machine.

    check_report.py [--glance] FILE.html...

With --glance only what can be seen without touching anything. Needs chromium, chromium-driver and python3-selenium of Debian; exits with 77 and says so where they are missing.
"""
import json
import os
import re
import sys
import unittest

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    print("skipped: python3-selenium is not installed")
    sys.exit(77)
if not (os.path.exists(CHROMIUM) and os.path.exists(DRIVER)):
    print("skipped: chromium and chromium-driver are not installed")
    sys.exit(77)

FLAGS = """--headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu --disable-quic --no-first-run
           --disable-background-networking --disable-component-update --disable-sync --disable-extensions
           --hide-scrollbars --force-color-profile=srgb""".split()
WAIT_SECONDS = 60
CHARTS = ["price", "equity", "drawdown", "position"]


def start_browser():
    options = Options()
    options.binary_location = CHROMIUM
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


def requested_addresses(browser):
    """What the browser asked the network, or the disk, for since this was last called."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


# Contrast of every text with what lies behind it. Source: WCAG 2.1, "relative luminance" and "contrast ratio".
LOW_CONTRASTS = """
const parse = (text) => {
  const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
  return { r, g, b, a };
};
const linear = (c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
const luminance = ({ r, g, b }) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
const ratio = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
const behind = (node) => {
  for (; node; node = node.parentElement) {
    const colour = parse(getComputedStyle(node).backgroundColor);
    if (colour.a === 1) return colour;
    if (colour.a !== 0) throw new Error("half transparent background");
  }
  throw new Error("no background");
};
const low = [];
let seen = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode;
  const parent = node.parentElement;
  if (!node.textContent.trim() || parent.closest("script, style, noscript, title") || !parent.getClientRects().length) continue;
  ++seen;
  const found = ratio(parse(getComputedStyle(parent).color), behind(parent));
  if (found < 4.5) low.push(`${node.textContent.trim().slice(0, 40)}: ${found.toFixed(2)}`);
}
// Lines and bars need three to one.
const paper = behind(document.body);
const probe = document.body.appendChild(document.createElement("i"));
for (const name of ["price", "net", "gross", "drawdown", "long", "short", "bar", "loss", "run-1", "run-2", "run-3", "run-4", "run-5", "run-6"]) {
  probe.style.color = `var(--${name})`;
  const found = ratio(parse(getComputedStyle(probe).color), paper);
  if (found < 3) low.push(`--${name}: ${found.toFixed(2)}`);
}
probe.remove();
return { low, seen };
"""

# How many pixels of each chart are not transparent.
DRAWN_PIXELS = """
return Object.fromEntries([...document.querySelectorAll(".chart")].map((chart) => {
  let drawn = 0;
  for (const canvas of chart.querySelectorAll("canvas")) {
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    for (let i = 3; i < pixels.length; i += 4) if (pixels[i] > 0) ++drawn;
  }
  return [chart.id, drawn];
}));
"""

# Elements that a reader of the page aloud would not understand.
UNNAMED = """
const text = (id) => (document.getElementById(id) || { textContent: "" }).textContent.trim();
const unnamed = [];
for (const node of document.querySelectorAll("[role=img], section, [role=group], [role=region]")) {
  const name = (node.getAttribute("aria-labelledby") || "").split(" ").map(text).join(" ").trim() || node.getAttribute("aria-label") || "";
  const heading = node.matches("section") && node.querySelector("caption, h2");
  if (!name && !heading) unnamed.push(node.outerHTML.slice(0, 80));
}
for (const node of document.querySelectorAll("button")) if (!(node.getAttribute("aria-label") || node.textContent.trim())) unnamed.push("button");
for (const node of document.querySelectorAll("th:not([scope])")) unnamed.push(`th ${node.textContent}`);
const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) unnamed.push(`two of #${id}`);
return unnamed;
"""

# Places that scroll without a hint that can be seen, and hints where nothing scrolls.
HINTS_THAT_LIE = """
return [...document.querySelectorAll(".scroll")].filter((place) => {
  const hint = place.querySelector(".hint span").getBoundingClientRect();
  const box = place.querySelector(".hint").getBoundingClientRect();
  const shows = box.height >= hint.height && hint.right <= innerWidth;
  return shows !== place.scrollWidth > place.clientWidth;
}).map((place) => place.getAttribute("aria-label"));
"""


class Page:
    def __init__(self, browser, path):
        self.browser = browser
        self.address = path if path.startswith("http") else "file://" + os.path.abspath(path)

    def show(self, width=1280, scheme="light"):
        self.set_width(width)
        self.set_scheme(scheme)
        self.browser.get(self.address)
        if self.has_charts():
            self.wait(lambda _: self.run("return Boolean(window.report) && Object.keys(window.report.charts).length") == len(CHARTS))

    def set_width(self, width):
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 1600, "deviceScaleFactor": 1, "mobile": width < 600})

    def set_scheme(self, scheme):
        self.browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def run(self, script):
        return self.browser.execute_script(script)

    def wait(self, condition):
        return WebDriverWait(self.browser, WAIT_SECONDS, poll_frequency=0.05).until(condition)

    def element(self, name):
        return self.browser.find_element("id", name)

    def has_charts(self):
        return self.run("return Boolean(document.getElementById('data'))")

    def ranges(self):
        return [self.run(f"return window.report.charts.{name}.xAxisRange()") for name in CHARTS]

    def span_shown(self):
        ranges = self.ranges()
        assert all(r == ranges[0] for r in ranges), f"the charts show different times: {ranges}"
        return ranges[0][1] - ranges[0][0]

    def background(self):
        return self.run("return getComputedStyle(document.body).backgroundColor")

    def readings(self):
        return [self.element(f"{name}-reading").text for name in CHARTS]


class Glance(unittest.TestCase):
    """What every page must be, seen without touching it."""

    path = ""
    events = "events"  # what a live page follows
    browser = None

    def setUp(self):
        self.page = Page(self.browser, self.path)
        self.browser.get("about:blank")
        self.browser.get_log("browser")
        requested_addresses(self.browser)

    def tearDown(self):
        """Nothing that a reader does may end in an error, or ask the network for anything."""
        self.assertEqual(self.browser.get_log("browser"), [])
        elsewhere = [a for a in requested_addresses(self.browser) if a not in (self.page.address, self.page.address + self.events) and not a.startswith(("data:", "about:"))]
        self.assertEqual(elsewhere, [])

    def need_charts(self):
        self.page.show()
        if not self.page.has_charts():
            self.skipTest("no books, no charts")

    def test_everything_has_a_name(self):
        self.page.show()
        self.assertEqual(self.page.run(UNNAMED), [])
        self.assertEqual(self.page.run("return document.documentElement.lang"), "en")
        self.assertTrue(self.browser.title)
        self.assertEqual(len(self.browser.find_elements("tag name", "h1")), 1)

    def test_all_charts_are_drawn(self):
        self.need_charts()
        drawn = self.page.run(DRAWN_PIXELS)
        self.assertEqual(sorted(drawn), sorted(CHARTS))
        for name, pixels in drawn.items():
            self.assertGreater(pixels, 500, name)

    def test_every_text_can_be_told_from_its_background(self):
        self.page.show()
        self.page.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        for scheme in ("light", "dark"):
            with self.subTest(scheme):
                before = self.page.background()
                self.page.set_scheme(scheme)
                self.page.wait(lambda _: scheme == "light" or self.page.background() != before)
                found = self.page.run(LOW_CONTRASTS)
                self.assertEqual(found["low"], [])
                self.assertGreater(found["seen"], 10)

    def test_nothing_sticks_out_of_the_window(self):
        for width in (1280, 320, 375, 768):
            with self.subTest(width):
                self.page.show(width=width)
                self.page.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
                self.assertEqual(self.page.run("return innerWidth"), width)
                self.assertLessEqual(self.page.run("return document.documentElement.scrollWidth"), width)

    def test_what_scrolls_sideways_says_so_and_nothing_else_does(self):
        for width in (1280, 375):
            with self.subTest(width):
                self.page.show(width=width)
                self.page.run("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
                self.assertEqual(self.page.run(HINTS_THAT_LIE), [])


class Touch(Glance):
    """What a reader can do with a page."""

    def drag(self, name, from_share, to_share):
        area = self.page.run(f"const a = window.report.charts.{name}.getArea(); return [a.x, a.y, a.w, a.h]")
        chart = self.page.element(name)
        self.page.run(f"document.getElementById('{name}').scrollIntoView({{block: 'center'}})")
        x = [int(area[0] + area[2] * share - chart.size["width"] / 2) for share in (from_share, to_share)]
        y = int(area[1] + area[3] / 2 - chart.size["height"] / 2)
        ActionChains(self.browser).move_to_element_with_offset(chart, x[0], y).click_and_hold().move_by_offset(
            (x[1] - x[0]) // 2, 0).move_by_offset(x[1] - x[0] - (x[1] - x[0]) // 2, 0).release().perform()

    def test_dragging_zooms_all_charts_and_a_double_click_shows_all(self):
        self.need_charts()
        for name in CHARTS:
            with self.subTest(name):
                whole = self.page.span_shown()
                self.drag(name, 0.25, 0.5)
                self.page.wait(lambda _: self.page.span_shown() < whole)
                self.assertAlmostEqual(self.page.span_shown() / whole, 0.25, delta=0.05)
                ActionChains(self.browser).double_click(self.page.element(name)).perform()
                self.page.wait(lambda _: self.page.span_shown() == whole)

    def test_the_keyboard_zooms_too(self):
        self.need_charts()
        whole = self.page.span_shown()
        button = {step: self.browser.find_element("css selector", f"[data-zoom={step}]") for step in ("in", "out", "later", "all")}
        button["in"].send_keys(Keys.ENTER)
        self.page.wait(lambda _: self.page.span_shown() == whole / 2)
        begin = self.page.ranges()[0][0]
        button["later"].send_keys(Keys.SPACE)
        self.page.wait(lambda _: self.page.ranges()[0][0] > begin)
        self.assertEqual(self.page.span_shown(), whole / 2)
        button["out"].send_keys(Keys.ENTER)
        self.page.wait(lambda _: self.page.span_shown() == whole)
        button["in"].send_keys(Keys.ENTER)
        button["all"].send_keys(Keys.ENTER)
        self.page.wait(lambda _: self.page.span_shown() == whole)

    def test_captions_tell_of_what_is_in_view(self):
        self.need_charts()
        captions = {name: self.page.element(f"{name}-facts").text for name in CHARTS}
        self.browser.find_element("css selector", "[data-zoom=in]").send_keys(Keys.ENTER)
        self.page.wait(lambda _: self.page.element("equity-facts").text.startswith("In view"))
        low, high = self.page.run("""
            const { charts, rows } = window.report;
            const [from, to] = charts.equity.xAxisRange();
            const nets = rows.filter((row) => !row.silent && row.time >= from && row.time <= to).map((row) => row.net);
            return [Math.min(...nets), Math.max(...nets)];""")
        text = self.page.element("equity-facts").text.replace("\u2212", "-").replace("\u202f", "")
        told = [float(n) for n in re.search(r"lowest (\S+) at .* UTC, highest (\S+) at", text).groups()]
        self.assertAlmostEqual(told[0], low, delta=1e-5 * abs(low))
        self.assertAlmostEqual(told[1], high, delta=1e-5 * abs(high))
        self.browser.find_element("css selector", "[data-zoom=all]").send_keys(Keys.ENTER)
        self.page.wait(lambda _: {name: self.page.element(f"{name}-facts").text for name in CHARTS} == captions)

    def test_pointing_at_a_chart_reads_out_all(self):
        self.need_charts()
        ActionChains(self.browser).move_to_element_with_offset(self.page.element("equity"), 40, 0).perform()
        self.page.wait(lambda _: all(reading.strip() for reading in self.page.readings()))
        price, equity, drawdown, position = self.page.readings()
        if "no book" not in price:
            self.assertRegex(price, r"\d\d:\d\d:\d\d\.\d{3}\s+mid \S")
            self.assertRegex(equity, r"net \S+ .*gross \S+")
            self.assertRegex(drawdown, r"\d\d:\d\d:\d\d\.\d{3}\s+\S")
            self.assertRegex(position, r"long|short|flat")
        self.assertNotIn("NaN", price + equity + drawdown + position)
        ActionChains(self.browser).move_to_element(self.browser.find_element("tag name", "h1")).perform()
        self.page.wait(lambda _: not self.page.readings()[1].strip())

    def test_pointing_at_a_trade_reads_it_out(self):
        self.need_charts()
        if not self.page.run("return window.report.trades.length"):
            self.skipTest("no trades")
        x, y = self.page.run("""
            const { charts: { price }, trades } = window.report;
            const trade = [...trades].sort((a, b) => Math.abs(b.net) - Math.abs(a.net))[0];
            return [price.toDomXCoord(trade.open), price.toDomYCoord(trade.from)];""")
        chart = self.page.element("price")
        ActionChains(self.browser).move_to_element_with_offset(
            chart, int(x - chart.size["width"] / 2), int(y - chart.size["height"] / 2)).perform()
        self.page.wait(lambda _: "closed" in self.page.element("price-reading").text)
        self.assertRegex(self.page.element("price-reading").text, r"(bought|sold) .* at .*, closed .* \(\w+\), net \S+")

    def touch(self, kind, places):
        self.browser.execute_cdp_cmd(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]})

    def test_two_fingers_zoom_and_one_reads_out(self):
        self.need_charts()
        self.page.show(width=375)
        self.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
        try:
            whole = self.page.span_shown()
            top = self.page.run("""
                const chart = document.getElementById("equity");
                chart.scrollIntoView({ block: "center" });
                return chart.getBoundingClientRect().top;""")
            y = int(top) + 80
            self.touch("touchStart", [(180, y), (240, y)])
            self.touch("touchMove", [(120, y), (300, y)])
            self.touch("touchEnd", [])
            self.page.wait(lambda _: self.page.span_shown() < whole / 2)
            self.touch("touchStart", [(200, y)])
            self.touch("touchMove", [(260, y)])
            self.page.wait(lambda _: "net" in self.page.readings()[1] or "no book" in self.page.readings()[1])
            self.touch("touchEnd", [])
        finally:
            self.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})

    def test_a_dark_reader_gets_a_dark_page_and_charts(self):
        self.need_charts()
        light = self.page.background()
        colours = "return Object.values(window.report.charts).map((chart) => chart.getColors()[0]).join()"
        light_colours = self.page.run(colours)
        self.page.set_scheme("dark")
        self.page.wait(lambda _: self.page.background() != light)
        self.page.wait(lambda _: self.page.run(colours) != light_colours)
        self.page.set_scheme("light")
        self.page.wait(lambda _: self.page.run(colours) == light_colours)


def main():
    glance = sys.argv[1:2] == ["--glance"]
    paths = sys.argv[2:] if glance else sys.argv[1:]
    if not paths:
        sys.exit("check_report.py: expected the path of a page")
    suite = unittest.TestSuite()
    for path in paths:
        kind = Glance if glance else Touch
        case = type(os.path.basename(path).split(".")[0], (kind,), {"path": path})
        suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    Glance.browser = start_browser()
    try:
        result = unittest.TextTestRunner(verbosity=2).run(suite)
    finally:
        Glance.browser.quit()
    sys.exit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
