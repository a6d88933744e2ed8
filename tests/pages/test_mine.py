"""Somebody's dashboard, from a click to the calendar: a shift acknowledged, cover asked for and taken, an exchange proposed, a
month confirmed, a qualification asked for, a handover note left."""

import re
import urllib.request
from base64 import b64encode

HOSTILE = "<svg onload=alert(1)>\"'&{{7*7}}"


def calendar(demo, person):
    """What a calendar app of theirs holds in `shifts`: every event's text, unfolded, by address."""
    account = demo.accounts[person]
    login = b64encode(f"{account['email']}:{account['app_password']}".encode()).decode()
    body = ('<c:calendar-query xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:"><d:prop><c:calendar-data/></d:prop>'
            '<c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>')
    request = urllib.request.Request(
        f"{demo.url}/dav/calendars/{person}/shifts/", method="REPORT", data=body.encode(),
        headers={"Authorization": "Basic " + login, "Depth": "1", "Content-Type": "application/xml"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text = answer.read().decode().replace("&#13;", "\r").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    text = re.sub(r"\r?\n[ \t]", "", text)
    return re.findall(r"BEGIN:VEVENT.*?END:VEVENT", text, re.S)


def of_slot(events, slot):
    return [event for event in events if f"UID:shift-{slot}" in event]


def open_shift(browser):
    """Opens the first of the shifts on the dashboard that has yet to begin: its slot."""
    browser.visit("/me")
    card = browser.page.locator(".duties .card").filter(has_text="Starts in").first
    address = card.get_by_role("link", name="Open, hand over, can't make it").get_attribute("href")
    browser.visit(address)
    return address.split("/")[3]


def test_a_dashboard_is_fit_for_everybody(surf):
    for who, phone, theme in (("member", False, "light"), ("member", True, "dark"), ("manager", True, "light")):
        somebody = surf(who, phone=phone, theme=theme)
        page = somebody.visit("/me")
        assert len(page.content().encode()) < 60 * 1024
        assert "fair share" in page.inner_text("main") and "GMT" in page.inner_text("main")
        somebody.picture("me")
    stranger = surf()
    stranger.page.goto(stranger.demo.url + "/me")
    assert "/sign-in?to=%2Fme" in stranger.page.url


def test_a_shift_is_acknowledged_covered_and_stands_in_the_calendars(surf, demo):
    ben = surf("ben", script=False)
    slot = open_shift(ben)
    ben.picture("shift")
    ben.press("I have seen it and stand it")
    assert "PARTSTAT=ACCEPTED" in of_slot(calendar(demo, "ben"), slot)[0]

    ben.visit(f"/me/shifts/{slot}/0")
    ben.page.get_by_label("Your note for whoever comes on").fill("Watch the queue.\n" + HOSTILE)
    ben.press("Leave the note")
    assert HOSTILE in ben.page.get_by_label("Your note for whoever comes on").input_value()
    ben.page.get_by_label("Reason").first.fill(HOSTILE)
    ben.press("Ask for cover")
    assert "Cover is asked for." in ben.page.inner_text("[role=status]") and HOSTILE in ben.page.inner_text("main")
    event = of_slot(calendar(demo, "ben"), slot)[0]
    assert "SUMMARY:On call (cover asked for)" in event

    asked = next(person for person in ("ada", "chloe", "dev", "finn", "grace", "ella")
                 if of_slot(calendar(demo, person), slot))
    colleague = surf(asked, phone=True)
    colleague.visit("/me")
    assert "Ben Whitlock asks whether you can take over." in colleague.page.inner_text(".offer")
    assert HOSTILE in colleague.page.inner_text(".offer") and "fair share" in colleague.page.inner_text(".offer")
    colleague.picture("me-asked")
    colleague.press("Disagree: I can't")
    assert "You disagreed." in colleague.page.inner_text("[role=status]")
    colleague.press("Agree: I take this shift")
    assert "the shift is yours" in colleague.page.inner_text("[role=status]")
    assert "SUMMARY:On call: Payments" in of_slot(calendar(demo, asked), slot)[0]
    assert not of_slot(calendar(demo, "ben"), slot)
    ben.visit(f"/me/shifts/{slot}/0", status=404)


def test_an_exchange_is_chosen_proposed_and_agreed(surf, demo):
    chloe = surf("chloe")
    slot = open_shift(chloe)
    chloe.press("Exchange with one", role="link")
    chloe.picture("ways-out")
    button = chloe.page.get_by_role("button", name=re.compile("^Propose it")).first
    name = button.inner_text().removeprefix("Propose it").strip()
    with chloe.page.expect_navigation():
        button.click()
    chloe.check()
    assert "It is proposed." in chloe.page.inner_text("[role=status]")
    assert f"{name}: no answer yet" in chloe.page.inner_text("main")
    other = next(person for person, account in demo.accounts.items() if account.get("name") == name)
    partner = surf(other)
    partner.visit("/me")
    assert "You give:" in partner.page.inner_text(".offer")
    partner.press("Agree: I take this shift")
    assert "the shift is yours" in partner.page.inner_text("[role=status]")
    assert of_slot(calendar(demo, other), slot) and not of_slot(calendar(demo, "chloe"), slot)


def test_a_part_is_looked_for_and_a_request_taken_back(surf, demo):
    dev = surf("dev")
    slot = open_shift(dev)
    dev.press("Only a part", role="link")
    start = dev.page.get_by_label("From").input_value()
    dev.page.get_by_label("Until").fill(start[:11] + "17:00")
    dev.press("Search")
    button = dev.page.get_by_role("button", name=re.compile("^Propose it")).first
    with dev.page.expect_navigation():
        button.click()
    dev.check()
    assert "On call (swap proposed)" in of_slot(calendar(demo, "dev"), slot)[0]
    dev.press("I stand it after all")
    assert "SUMMARY:On call: Payments" in of_slot(calendar(demo, "dev"), slot)[0]


def test_a_month_is_confirmed_and_a_qualification_asked_for(surf, demo):
    ella = surf("ella", phone=True)
    ella.visit("/me")
    with ella.page.expect_navigation():
        ella.page.get_by_role("button", name=re.compile("^Confirm")).first.click()
    ella.check()
    assert "the month is confirmed" in ella.page.inner_text("[role=status]")
    status, months = demo.api("/people/ella/months")
    assert status == 200 and len(months) == 1
    ella.page.get_by_text("Ask for it").first.click()
    ella.page.get_by_label("A word to your manager").first.fill(HOSTILE)
    with ella.page.expect_navigation():
        ella.page.get_by_role("button", name=re.compile("^Send")).first.click()
    ella.check()
    assert "You asked for it" in ella.page.inner_text("main")
    ada = surf("manager")
    ada.visit("/me")
    asked = ada.page.inner_text("section[aria-labelledby=asks]")
    assert "Ella Sorensen" in asked and HOSTILE in asked
    ada.page.get_by_role("button", name=re.compile("^Not now")).first.click()
    ada.page.wait_for_load_state()
    assert ada.page.locator("section[aria-labelledby=asks]").count() == 0
