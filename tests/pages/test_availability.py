"""Painting when somebody can, by mouse, touch and keyboard, with and without script: what the calendar holds afterwards, and what
of a calendar app's shows."""

import re
import urllib.request
from base64 import b64encode

HOSTILE = "<svg onload=alert(1)>\"'&"


def call(demo, person, path, method="GET", body=None, **headers):
    """A plain request of a calendar app of theirs: its text."""
    account = demo.accounts[person]
    login = b64encode(f"{account['email']}:{account['app_password']}".encode()).decode()
    request = urllib.request.Request(demo.url + path, method=method, data=body.encode() if body else None,
                                     headers={"Authorization": "Basic " + login, **headers})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return re.sub(r"\r?\n[ \t]", "", answer.read().decode().replace("\r", ""))


def said(demo, person):
    """The events of their `Availability`, each as (title, first day, end, rule)."""
    text = call(demo, person, f"/dav/calendars/{person}/availability/?export")
    events = []
    for event in re.findall(r"BEGIN:VEVENT.*?END:VEVENT", text, re.S):
        def of(name):
            found = re.search(rf"^{name}[;:](?:.*:)?(.*)$", event, re.M)
            return found.group(1) if found else None
        rule = re.search(r"^RRULE:(.*)$", event, re.M)
        events.append((of("SUMMARY"), of("DTSTART"), of("DTEND"), rule.group(1) if rule else None))
    return events


def centre(day):
    box = day.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def painted(page, name):
    """Waits until the page says so."""
    page.locator("#done").filter(has_text=name).wait_for(state="attached")
    page.evaluate("document.getElementById('done').textContent = ''")


def day_of(page, text):
    return page.locator(f"label.day:has(input[value='{text}'])")


def test_days_are_painted_by_mouse_and_keyboard_and_stand_in_the_calendar(surf, demo):
    grace = surf("grace")
    page = grace.visit("/me/availability?month=2027-03")
    page.get_by_label("can't", exact=True).check()
    x, y = centre(day_of(page, "2027-03-02"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(*centre(day_of(page, "2027-03-03")))
    page.mouse.move(*centre(day_of(page, "2027-03-04")))
    page.mouse.up()
    painted(page, "Painted")
    assert ("Unavailable", "20270302", "20270305", None) in said(demo, "grace")
    page.get_by_label("gladly", exact=True).check()
    day_of(page, "2027-03-09").locator("input").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    painted(page, "Painted")
    assert page.evaluate("document.activeElement.value") == "2027-03-10"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    painted(page, "Painted")
    grace.check()
    grace.picture("availability")
    events = said(demo, "grace")
    assert ("Prefer", "20270310", "20270311", None) in events and ("Prefer", "20270317", "20270318", None) in events
    page.get_by_label("clear", exact=True).check()
    day_of(page, "2027-03-03").click()
    painted(page, "Painted")
    events = said(demo, "grace")
    assert ("Unavailable", "20270302", "20270303", None) in events and ("Unavailable", "20270304", "20270305", None) in events


def test_a_finger_paints_and_what_an_app_stored_shows(surf, demo):
    body = ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//app//EN\r\nBEGIN:VEVENT\r\nUID:hostile\r\nDTSTAMP:20260101T000000Z\r\n"
            "DTSTART;VALUE=DATE:20270310\r\nDTEND;VALUE=DATE:20270312\r\nSUMMARY:" + HOSTILE + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    call(demo, "hugo", "/dav/calendars/hugo/availability/hostile.ics", "PUT", body, **{"Content-Type": "text/calendar"})
    hugo = surf("hugo", phone=True, theme="dark")
    page = hugo.visit("/me/availability?month=2027-03")
    assert HOSTILE in page.inner_text("section[aria-labelledby=said]")
    page.get_by_label("rather not", exact=True).check()
    day_of(page, "2027-03-24").tap()
    painted(page, "Painted")
    hugo.check()
    hugo.picture("availability")
    assert ("Avoid", "20270324", "20270325", None) in said(demo, "hugo")
    page.get_by_role("button", name=re.compile(r"^Remove .*svg")).click()
    page.wait_for_load_state()
    assert [event[0] for event in said(demo, "hugo") if event[1].startswith("202703")] == ["Avoid"]


def test_without_script_days_are_ticked_weekdays_repeat_and_the_month_is_confirmed(surf, demo):
    lin = surf("lin", script=False)
    page = lin.visit("/me/availability?month=2027-03")
    page.get_by_label("can't", exact=True).check()
    for day in ("2027-03-08", "2027-03-09"):
        day_of(page, day).locator("input").check()
    lin.press("Paint the chosen days")
    assert "Painted." in page.inner_text(".notice")
    assert ("Unavailable", "20270308", "20270310", None) in said(demo, "lin")
    page.get_by_label("Fri", exact=True).check()
    page.get_by_label("is", exact=True).select_option("avoid")
    page.get_by_label("Begins").fill("18:00")
    page.get_by_label("Ends").fill("23:00")
    page.get_by_label("From", exact=True).fill("2027-03-01")
    page.get_by_label("Note", exact=True).fill("choir " + HOSTILE)
    lin.press("Add it")
    events = said(demo, "lin")
    assert any(event[1] == "20270305T180000" and event[3] == "FREQ=WEEKLY;BYDAY=FR" for event in events), events
    assert "choir " + HOSTILE in page.inner_text("section[aria-labelledby=said]")
    page.get_by_role("button", name="Confirm March 2027").click()
    assert "the month is confirmed" in page.inner_text(".notice")
    assert [month["month"] for month in demo.api("/people/lin/months")[1]] == ["2027-03"]
    page.get_by_role("button", name="Open it again").click()
    assert demo.api("/people/lin/months")[1] == []
