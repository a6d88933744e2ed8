"""Connecting a calendar app: a password a device, the profile for Apple's, the code for DAVx⁵, a private link, a calendar of another
server, and what an app sees."""

import plistlib
import re
import urllib.error
import urllib.request
from base64 import b64encode

HOSTILE = "<svg onload=alert(1)>\"'&"


def status(demo, login, password):
    """What a calendar app gets with this password."""
    header = "Basic " + b64encode(f"{login}:{password}".encode()).decode()
    request = urllib.request.Request(demo.url + "/dav/", method="PROPFIND", headers={"Authorization": header, "Depth": "0"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def connect(somebody, client, label):
    somebody.visit("/me/connect")
    somebody.press(client, role="link")
    somebody.page.get_by_label("What do you call this device?").fill(label)


def test_a_device_gets_a_password_that_opens_its_calendar_until_it_is_revoked(surf, demo):
    theo = surf("theo", phone=True)
    connect(theo, "Thunderbird", HOSTILE)
    theo.page.get_by_label("This is my on-call phone").check()
    theo.press("Make its password")
    assert HOSTILE in theo.page.inner_text("h1")
    secret = theo.page.inner_text("#secret")
    assert status(demo, "theo@example.org", secret) == 207
    theo.press("Done", role="link")
    line = theo.page.locator("li").filter(has_text=HOSTILE)
    assert "on-call phone" in line.inner_text()
    theo.picture("connect")
    theo.press("Revoke " + HOSTILE)
    assert "That device is shut out." in theo.page.inner_text("[role=status]")
    assert status(demo, "theo@example.org", secret) == 401
    desktop = surf("theo", theme="dark")
    desktop.visit("/me/connect")
    desktop.picture("connect")


def test_apple_gets_a_profile_and_davx5_an_address_to_open(surf, demo):
    iris = surf("iris")
    connect(iris, "iPhone, iPad or Mac", "Iris's phone")
    iris.picture("connect-new")
    iris.press("Make its password")
    with iris.page.expect_download() as download:
        iris.page.get_by_role("button", name="Download the configuration profile").click()
    profile = plistlib.loads(download.value.path().read_bytes())
    account = profile["PayloadContent"][0]
    assert account["PayloadType"] == "com.apple.caldav.account" and account["CalDAVUsername"] == "iris@example.org"
    assert status(demo, account["CalDAVUsername"], account["CalDAVPassword"]) == 207
    connect(iris, "Android, with DAVx⁵", "Tablet")
    iris.press("Make its password")
    iris.picture("connect-davx5")
    secret = iris.page.inner_text("#secret")
    address = iris.page.get_by_role("link", name="Open DAVx⁵ on this phone").get_attribute("href")
    assert address == f"caldav://iris:{secret}@{demo.url.removeprefix('http://')}/dav/"
    assert iris.page.locator("svg.code").is_visible()


def test_a_private_link_shows_shifts_until_it_is_revoked(surf, demo):
    jonas = surf("jonas")
    connect(jonas, "Google Calendar or Outlook on the web", "Google")
    jonas.press("Make the link")
    link = jonas.page.inner_text("#secret").removeprefix(demo.url)
    assert demo.request(link)[2].startswith("BEGIN:VCALENDAR")
    jonas.press("Done", role="link")
    jonas.press("Revoke Google")
    assert demo.request(link)[0] == 404


def test_an_outside_calendar_is_handed_in_with_its_state_and_removed(surf, demo):
    mara = surf("mara")
    mara.visit("/me/connect")
    mara.page.get_by_label("Address (ICS)").fill("https://calendar.example.org/mara.ics")
    mara.page.get_by_label("What it is called here").fill(HOSTILE)
    mara.page.get_by_label("It counts").select_option("blocks")
    mara.press("Hand it in")
    line = mara.page.locator("li").filter(has_text=HOSTILE)
    assert "all that shows as busy excludes" in line.inner_text() and "never had yet" in line.inner_text()
    assert len(demo.api("/people/mara/outside-calendars")[1]) == 1
    mara.press("Remove " + HOSTILE)
    mara.page.locator("section[aria-labelledby=own] select").first.select_option("holidays")
    mara.page.get_by_role("button", name=re.compile("^Set")).first.click()
    assert "It counts so from now on." in mara.page.inner_text("[role=status]")
    assert demo.api("/people/mara/outside-calendars")[1] == []


def test_the_check_says_what_an_app_sees_and_why_there_may_be_no_button(surf):
    rosa = surf("rosa", phone=True, theme="dark")
    rosa.visit("/me/connect/check")
    text = rosa.page.inner_text("main")
    assert re.search(r"\d+ events wait for your answer", text) and "rosa@example.org" in text
    assert "Demo has never signed in." in text and "answer; other changes are undone" in text
    rosa.picture("connect-check")
