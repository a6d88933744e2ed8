"""How quick the board is: 60 people and 5 weeks in Debian's Chromium.

    DOGWATCH_BINARY=target/release/dogwatch target/pages/bin/python benches/pages/board.py

Makes a team, its patterns, what everybody said and a draft, through the command line and the API; opens the board as its manager; drags
shifts over people. Prints: until the board is interactive (the page is parsed and its script has run), bytes sent and unpacked, and
from the start of a look at a move until its effect is shown, each the median of several. The goals are 1 s, 300 KiB and 100 ms."""

import base64
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/support"))
import engine  # noqa: E402

PEOPLE, WEEKS = 60, 5
FIRST = "Ada Ben Chloe Dev Ella Finn Grace Hugo Iris Jonas Kai Lin Mara Nikhil Olga Priya Quinn Rosa Sami Theo".split()
LAST = ["Okafor", "Whitlock", "Marsh"]
PASSWORD = "a manager's long password"


def person(at):
    return f"p{at:02}", f"{FIRST[at % 20]} {LAST[at // 20]}"


def organisation(data, monday):
    """The team by the command line; answers an administrator's token."""
    def run(*arguments, given=None):
        done = subprocess.run([engine.binary(), *arguments, "--data", str(data)], input=given, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    token = json.loads(run("token", "add", "--label", "bench", "--scope", "admin", "--json"))["token"]
    run("team", "add", "ops", "--name", "Operations", "--email", "ops@oncall.example.org", "--time-zone", "Europe/London")
    lines = ["id,name,email,time_zone,teams,fte"]
    for at in range(PEOPLE):
        slug, name = person(at)
        lines.append(f"{slug},{name},{slug}@example.org,Europe/London,{'ops:manager' if at == 0 else 'ops'},{60 if at % 9 == 4 else 100}")
    sheet = data / "people.csv"
    sheet.write_text("\n".join(lines) + "\n")
    run("import", "people", str(sheet), "--apply")
    run("user", "password", "p00", "--stdin", given=PASSWORD + "\n")
    begin = datetime.date.fromisoformat(monday)
    for title, days, first, last, roles in (
        ("Days", "MO,TU,WE,TH,FR", "09:00", "17:00", "primary,secondary"),
        ("Nights", "MO,TU,WE,TH,FR", "17:00", "09:00", "primary"),
        ("Weekends", "SA,SU", "09:00", "09:00", "primary,secondary"),
    ):
        start = begin if title != "Weekends" else begin + datetime.timedelta(days=5)
        end = start if last > first else start + datetime.timedelta(days=1)
        run("team", "pattern", "add", "ops", "--title", title, "--start", f"{start}T{first}", "--end", f"{end}T{last}",
            "--rrule", f"FREQ=WEEKLY;BYDAY={days}", "--roles", roles)
    return token


def said(url, token, monday):
    """Everybody says something of these weeks: away, rather not, gladly."""
    begin = datetime.date.fromisoformat(monday)

    def call(path, method="GET", body=None):
        headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
        request = urllib.request.Request(url + "/api/v1" + path, method=method, headers=headers,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.loads(answer.read() or "null")

    for at in range(PEOPLE):
        slug, _ = person(at)
        secret = call(f"/people/{slug}/app-passwords", "POST", {"label": "bench"})["password"]
        basic = "Basic " + base64.b64encode(f"{slug}@example.org:{secret}".encode()).decode()
        for number, (title, after, days) in enumerate((("Away", at * 7 % 31, 3 + at % 5), ("avoid", at * 5 % 33, 2),
                                                       ("prefer", at * 3 % 34, 1))):
            start = begin + datetime.timedelta(days=after)
            end = start + datetime.timedelta(days=days)
            text = "\r\n".join([
                "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Dogwatch//Bench//EN", "BEGIN:VEVENT", f"UID:{slug}-{number}",
                "DTSTAMP:20260101T000000Z", f"DTSTART;VALUE=DATE:{start:%Y%m%d}", f"DTEND;VALUE=DATE:{end:%Y%m%d}",
                f"SUMMARY:{title}", "END:VEVENT", "END:VCALENDAR", ""])
            request = urllib.request.Request(f"{url}/dav/calendars/{slug}/availability/{slug}-{number}.ics", method="PUT",
                                             data=text.encode(), headers={"Authorization": basic, "Content-Type": "text/calendar"})
            urllib.request.urlopen(request, timeout=60).close()


def drafted(url, page, monday):
    """Has a draft made, and waits for it: the board's address, and how long the search took."""
    last = datetime.date.fromisoformat(monday) + datetime.timedelta(weeks=WEEKS, days=-1)
    page.goto(url + "/board/ops")
    page.get_by_label("From").fill(monday)
    page.get_by_label("Last day").fill(str(last))
    begun = time.monotonic()
    page.get_by_role("button", name="Make a draft").click()
    page.get_by_role("link", name="Open the board").wait_for(timeout=300_000)
    took = time.monotonic() - begun
    return page.get_by_role("link", name="Open the board").get_attribute("href"), took


def look(url, monday, chromium):
    """Has a draft made as the team's manager, opens its board, and drags."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(url + "/sign-in")
        page.get_by_label("E-mail address or id").fill("p00")
        page.get_by_label("Password").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="Sign in").click()
        page.wait_for_url(url + "/")
        board, took = drafted(url, page, monday)
        ready, first, sent, unpacked, elements = [], [], 0, 0, 0
        for _ in range(5):
            page.goto(url + board)
            timing = page.evaluate("""() => {
                const page = performance.getEntriesByType("navigation")[0];
                const all = [page, ...performance.getEntriesByType("resource")];
                const sum = (name) => all.reduce((sum, one) => sum + one[name], 0);
                return {ready: page.domContentLoadedEventEnd, first: page.responseStart, sent: sum("transferSize"), unpacked: sum("decodedBodySize"),
                        elements: document.getElementsByTagName("*").length};
            }""")
            ready.append(timing["ready"])
            first.append(timing["first"])
            sent, unpacked, elements = max(sent, timing["sent"]), max(unpacked, timing["unpacked"]), timing["elements"]
        page.get_by_label("Move all of a turn together").uncheck()
        for number in range(3):
            chip = page.locator(".people .chip:not(.fixed)").nth(number * 7)
            chip.hover()
            page.mouse.down()
            for at in range(0, 12, 3):
                page.locator(".people tr[data-p] th").nth(at).hover()
                page.mouse.move(60, page.locator(".people tr[data-p] th").nth(at).bounding_box()["y"] + 6)
                page.wait_for_timeout(400)
            page.keyboard.press("Escape")
            page.mouse.up()
        shown = page.evaluate("performance.getEntriesByName('effect-shown').map((one) => one.duration)")
        slots = page.locator(".roles .chip").count()
        browser.close()
    print(f"{PEOPLE} people, {WEEKS} weeks, {slots} slots; solved in {took:.1f} s")
    return ready, first, sent, unpacked, elements, shown


def main():
    today = datetime.date.today()
    monday = str(today + datetime.timedelta(days=14 - today.weekday()))
    with tempfile.TemporaryDirectory(prefix="dogwatch-board-") as folder:
        data = pathlib.Path(folder)
        token = organisation(data, monday)
        server = engine.Server(["serve", "--data", str(data), "--listen", "127.0.0.1:0"], data / "server.log")
        try:
            url = server.url.rstrip("/")
            said(url, token, monday)
            ready, first, sent, unpacked, elements, shown = look(url, monday, shutil.which("chromium"))
        finally:
            server.stop()
    load = os.getloadavg()[0]
    print(f"interactive after {statistics.median(ready):.0f} ms (least {min(ready):.0f}, most {max(ready):.0f}), "
          f"of which the server took {statistics.median(first):.0f}")
    print(f"{sent / 1024:.0f} KiB sent, {unpacked / 1024:.0f} KiB unpacked, {elements} elements")
    if shown:
        print(f"effect of a drag after {statistics.median(shown):.0f} ms (least {min(shown):.0f}, most {max(shown):.0f}, of {len(shown)})")
    print(f"load of the machine {load:.1f}")


if __name__ == "__main__":
    main()
