"""Managing a team from click to calendar: members with dates, qualifications with evidence, patterns that are looked at first,
holidays, weights, rules, words, rates, contacts and switches; for its managers, and for nobody else."""

import re

PAGES = ("", "/name", "/members", "/members/new", "/members/ben", "/qualifications", "/patterns", "/holidays", "/weights", "/rules",
         "/rules?pack=eu-rest", "/words", "/pay", "/contacts", "/webhooks", "/pagers", "/settings")
HOSTILE = "<script>alert('x')</script>\"&amp;"
HOLIDAYS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//EN
BEGIN:VEVENT
UID:midsummer
DTSTAMP:20260101T000000Z
DTSTART;VALUE=DATE:20270624
SUMMARY:Midsummer <b>Day</b>
END:VEVENT
END:VCALENDAR
"""


def notice(page):
    return page.locator("[role=status]").first.inner_text()


def events(demo, calendar):
    """What a calendar app finds in a calendar of Ada's."""
    import base64
    account = demo.accounts["ada"]
    login = base64.b64encode(f"{account['email']}:{account['app_password']}".encode()).decode()
    body = '<?xml version="1.0"?><c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/>' \
           '</d:prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>'
    import urllib.request
    request = urllib.request.Request(f"{demo.url}/dav/calendars/ada/{calendar}/", method="REPORT", data=body.encode(),
                                     headers={"Authorization": "Basic " + login, "Depth": "1", "Content-Type": "application/xml"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def test_pages_of_managers_are_fit_for_everybody_and_shut_for_everybody_else(surf):
    for phone, theme in ((False, "light"), (True, "dark")):
        ada = surf("manager", phone=phone, theme=theme)
        for path in PAGES:
            ada.visit("/teams/payments/manage" + path)
            # the page of pagers has more to show below
            if "?" not in path and path != "/pagers":
                ada.picture("manage" + path.replace("/members/ben", "/member").replace("/", "-"))
    member, other = surf("member"), surf("other")
    for path in PAGES:
        assert member.page.goto(member.demo.url + "/teams/payments/manage" + path).status == 403, path
        assert other.page.goto(other.demo.url + "/teams/payments/manage" + path).status == 404, path


def test_somebody_joins_with_dates_and_leaves_and_the_gaps_are_named(surf, demo):
    ada = surf("manager")
    page = ada.visit("/teams/payments/manage/members/new")
    page.get_by_label("Person").fill("nobody@example.org")
    page.get_by_label("First day", exact=True).fill("2026-01-05")
    page.get_by_label("Share of full load").fill("50")
    ada.press("Add a member")
    assert "nobody@example.org not found" in page.inner_text("[role=alert]")
    page.get_by_label("Person").fill("rosa")
    ada.press("Add a member")
    assert "Added." in notice(page)
    row = page.locator("tr", has_text="Rosa Lindqvist")
    assert "50 %" in row.inner_text() and "5 Jan 2026" in row.inner_text()
    found = [one for one in demo.api("/teams/payments")[1]["members"] if one["person"] == "rosa"]
    assert found[0]["fte"] == 50 and found[0]["from"] == "2026-01-05"

    ada.visit("/teams/payments/manage/members/ben")
    page.get_by_label("First day they don't belong to it").fill("2026-12-01")
    ada.press("End the membership of Ben Whitlock")
    assert page.locator("tr", has_text="Ben Whitlock").inner_text().count("1 Dec 2026") == 1


def test_a_qualification_is_made_required_granted_with_evidence_and_taken_back(surf, demo):
    ada = surf("manager")
    page = ada.visit("/teams/payments/manage/qualifications")
    page.locator("section:has(#new)").get_by_label("Name").fill("DRILL " + HOSTILE)
    page.get_by_label("How to obtain it").fill("Ask Ada " + HOSTILE)
    page.get_by_label("Where", exact=True).fill("https://wiki.example.org/drill")
    ada.press("Add the qualification")
    page.get_by_label(f"secondary requires DRILL {HOSTILE}").check()
    ada.press("Save what roles require")
    page.locator("#person").select_option(label="Chloe Marsh")
    page.locator("#qualification").select_option(label="DRILL " + HOSTILE)
    page.get_by_label("Evidence").fill("drill of 3 November")
    page.get_by_label("Last day").fill("2026-12-20")
    ada.press("Grant")
    row = page.locator("tr", has_text="drill of 3 November")
    assert "20 Dec 2026" in row.inner_text() and "lapses soon" in row.inner_text()
    held = demo.command("user", "requirements", "chloe")
    assert "DRILL" in held
    ada.press(f"Take DRILL {HOSTILE} back from Chloe Marsh")
    assert page.locator("tr", has_text="drill of 3 November").count() == 0
    page.get_by_label(f"secondary requires DRILL {HOSTILE}").uncheck()
    ada.press("Save what roles require")


def test_a_pattern_is_looked_at_then_stored_and_a_calendar_app_finds_it(surf, demo):
    ada = surf("manager")
    page = ada.visit("/teams/payments/manage/patterns")
    page.get_by_label("What it is called").fill("Release evenings")
    page.get_by_label("First start").fill("2026-12-08T18:00")
    page.get_by_label("End of the first one").fill("2026-12-08T22:00")
    ada.press("Look at what it would ask for")
    assert "What \"Release evenings\" would ask for" in notice(page) and "Tue 8 Dec 2026, 18:00 to 22:00 GMT" in notice(page)
    assert "Release evenings" not in events(demo, "team-payments-pattern")
    page.get_by_label("Monday").uncheck()
    ada.press("Add the pattern")
    assert "Added." in notice(page)
    stored = events(demo, "team-payments-pattern")
    assert "SUMMARY:Release evenings" in stored and "FREQ=WEEKLY;BYDAY=TU,WE,TH" in stored
    ada.press("Remove: Release evenings")
    assert "Release evenings" not in events(demo, "team-payments-pattern")
    page.get_by_label("What it is called").fill("Wrong")
    page.get_by_label("Or a rule of your own (RRULE)").fill("FREQ=SOMETIMES")
    ada.press("Look at what it would ask for")
    assert page.locator("[role=alert]").is_visible()


def test_holidays_are_looked_at_then_taken_in(surf, demo):
    ada = surf("manager")
    page = ada.visit("/teams/payments/manage/holidays")
    page.get_by_label("Or its text").fill(HOLIDAYS)
    ada.press("Look at what it would do")
    assert "2027-06-24: Midsummer <b>Day</b>" in notice(page)
    ada.press("Do it")
    assert "Midsummer <b>Day</b>" in page.inner_text("table") and "24 Jun 2027" in page.inner_text("table")
    ada.press("Remove: Midsummer <b>Day</b>")
    assert page.locator("table").count() == 0 or "Midsummer" not in page.inner_text("table")


def test_weights_contacts_and_switches_are_kept(surf, demo):
    ada = surf("manager")
    page = ada.visit("/teams/payments/manage/weights")
    before = page.inner_text("section:has(#examples)")
    page.get_by_label("At night").fill("much")
    ada.press("Save")
    assert page.locator("[role=alert]").is_visible()
    page.get_by_label("At night").fill("2.25")
    page.get_by_label("secondary").fill("0.5")
    page.get_by_label("Weekends, shared evenly").fill("25")
    page.get_by_label("The same two together").fill("10")
    ada.press("Save")
    team = demo.api("/teams/payments")[1]
    assert (team["weights"]["weekends_apart"], team["weights"]["same_partner"]) == (25, 10)
    assert team["weights"]["night"] == 225 and [r["weight"] for r in team["roles"] if r["name"] == "secondary"] == [50]
    assert page.inner_text("section:has(#examples)") != before

    ada.visit("/teams/payments/manage/contacts")
    page.locator("#name-3").fill("Duty director " + HOSTILE)
    page.locator("#phone-3").fill("+44 20 7946 0000")
    page.locator("#place-3").fill("0")
    ada.press("Save")
    contacts = demo.api("/teams/payments")[1]["contacts"]
    assert contacts[0]["name"] == "Duty director " + HOSTILE and len(contacts) == 3
    shifts = events(demo, "shifts").replace("\r\n ", "").replace("\n ", "")
    assert "Duty director" in shifts, "the contacts stand in the calendar"

    ada.visit("/teams/payments/manage/settings")
    page.get_by_label("Sites", exact=True).fill("London: ada, somebody")
    ada.press("Save")
    assert "sites" in page.inner_text("[role=alert]")
    page.get_by_label("Sites", exact=True).fill("London: ada, chloe")
    page.get_by_label("A manager approves each swap").check()
    expert = page.get_by_label("Who is an expert").locator("option").nth(1).get_attribute("value")
    page.get_by_label("Who is an expert").select_option(expert)
    page.get_by_label("Least rest between two turns, in hours").fill("12.5")
    ada.press("Save")
    settings = demo.api("/teams/payments")[1]["settings"]
    assert (settings["sites"], settings["expert"]) == ({"London": ["ada", "chloe"]}, expert)
    assert settings["approval"] is True and settings["min_rest_minutes"] == 750
    assert re.search("Saved", notice(page))


def test_a_team_is_called_something_else_and_every_shift_says_so(surf, demo):
    ada = surf("manager")
    page = ada.visit("/teams/payments/manage/name")
    page.get_by_label("The roster's address").fill("ben@example.org")
    ada.press("Save")
    assert page.locator("[role=alert]").is_visible(), "an address of somebody's is refused"
    page.get_by_label("What the team is called").fill("Money & " + HOSTILE)
    page.get_by_label("The roster's address").fill("money@oncall.example.org")
    ada.press("Save")
    assert "Money & " + HOSTILE in page.inner_text("h1")
    shifts = events(demo, "shifts").replace("&#13;\n ", "")
    assert "mailto:money@oncall.example.org" in shifts
    assert "On call: Money &amp; &lt;script&gt;" in shifts
    ada.visit("/teams/payments/manage/name")
    page.get_by_label("What the team is called").fill("Payments")
    ada.press("Save")


def test_shifts_that_earn_a_qualification_are_said_by_the_manager(surf, demo):
    ada = surf("manager")
    page = ada.visit("/teams/payments/manage/qualifications")
    page.locator("section", has=page.locator("#new")).get_by_label("Name").fill("Shadowed " + HOSTILE)
    ada.press("Add the qualification")
    row = page.locator("form[action$='/needs']", has_text="Shadowed")
    row.get_by_label("Shifts as shadow for").fill("many")
    with page.expect_navigation():
        row.get_by_role("button").click()
    assert "number of shifts" in page.inner_text("[role=alert]")
    row.get_by_label("Shifts as shadow for").fill("3")
    with page.expect_navigation():
        row.get_by_role("button").click()
    ada.check()
    assert "Saved." in notice(page)
    assert row.get_by_label("Shifts as shadow for").input_value() == "3"
    assert row.get_by_label("Shifts as primary for").input_value() == "0"


def test_caps_pairs_and_packs_are_kept_and_looked_at_first(surf, demo):
    ada = surf("manager")
    page = ada.visit("/teams/payments/manage/rules")
    before = len(demo.api("/teams/payments")[1]["settings"]["caps"])
    line = before + 1
    page.locator(f"#days-{line}").fill("28")
    page.locator(f"#turns-{line}").fill("two")
    ada.press("Save")
    assert page.locator("[role=alert]").is_visible() and page.locator(f"#turns-{line}").input_value() == "two"
    page.locator(f"#turns-{line}").fill("4")
    page.locator(f"#hours-{line}").fill("48.5")
    page.locator(f"#roles-{line}").fill("captain")
    ada.press("Save")
    assert "captain" in page.inner_text("[role=alert]")
    page.locator(f"#roles-{line}").fill("primary, secondary")
    page.get_by_label("Minutes before a shift").fill("45")
    ada.press("Save")
    settings = demo.api("/teams/payments")[1]["settings"]
    assert settings["caps"][-1] == {"days": 28, "max_turns": 4, "max_minutes": 2910, "roles": ["primary", "secondary"]}
    assert settings["alarm_minutes"] == 45
    page.get_by_label("One", exact=True).select_option("ada")
    page.get_by_label("The other").select_option("ben")
    ada.press("Never together")
    ada.press("Allow Ada Okafor and Ben Whitlock together again")
    assert page.get_by_role("button", name=re.compile("^Allow ")).count() == 0
    page.get_by_role("link", name="Look at what sre would change").click()
    ada.check()
    assert demo.api("/teams/payments")[1]["settings"]["packs"] == [], "a look changes nothing"
    ada.press("Take it over")
    assert demo.api("/teams/payments")[1]["settings"]["packs"] == ["sre@1"]


def test_words_of_the_team_are_read_in_everybodys_availability_at_once(surf, demo):
    ada = surf("manager")
    page = ada.visit("/teams/payments/manage/words")
    page.get_by_label("Rather not").fill("avoid\nlieber nicht\nwith: colon")
    ada.press("Save")
    assert "colon" in page.inner_text("[role=alert]")
    page.get_by_label("Rather not").fill("avoid\nlieber nicht\n")
    ada.press("Save")
    words = demo.api("/teams/payments")[1]["settings"]["words"]
    assert words["avoid"] == ["avoid", "lieber nicht"]


def test_pay_rates_are_added_as_tables(surf, demo):
    ada = surf("manager")
    page = ada.visit("/teams/payments/manage/pay")
    page.get_by_label("primary: night hour").fill("6.5")
    ada.press("Add this table")
    assert "whole number" in page.inner_text("[role=alert]")
    page.get_by_label("primary: night hour").fill("6")
    page.get_by_label("call-outs: each").fill("20")
    page.get_by_label("In force from").fill("2027-01-01")
    ada.press("Add this table")
    editions = demo.api("/teams/payments/pay-rates")[1]
    editions = editions if isinstance(editions, list) else editions["editions"]
    assert editions[-1]["from"] == "2027-01-01" and editions[-1]["roles"]["primary"]["night"] == 6
    assert editions[-1]["call_outs"]["flat"] == 20
    assert page.get_by_label("primary: night hour").input_value() == "6"


def test_a_receiver_of_webhooks_is_added_and_its_address_and_secret_are_shown_no_more(surf):
    surfer = surf("manager", phone=True)
    page = surfer.visit("/teams/payments/manage/webhooks")
    page.get_by_label("Address").fill("https://hooks.example.net/canary-path")
    page.get_by_label("Name").fill(HOSTILE)
    page.get_by_label("Somebody is reminded of something").uncheck()
    surfer.press("Add it")
    assert page.locator("[role=status] code").inner_text().startswith("whsec_")
    page = surfer.visit("/teams/payments/manage/webhooks")
    shown = page.locator("main").inner_text()
    assert "hooks.example.net" in shown and HOSTILE in shown and "canary-path" not in page.content() and "whsec_" not in page.content()
    assert "swap.taken" in shown and "reminder" not in shown.split("Add a receiver")[0]
    page.get_by_role("button", name="Pause").click()
    assert notice(page) == "Saved."
    page.get_by_role("button", name="New secret").click()
    assert page.locator("[role=status] code").inner_text().startswith("whsec_")
    page.get_by_role("button", name="Remove").click()
    assert "Nobody is told anything yet" in page.locator("main").inner_text()
    page.get_by_label("Address").fill("https://127.0.0.1/")
    page.get_by_role("button", name="Add it").click()
    assert "it leads to an address that is not public" in page.locator("[role=alert]").inner_text()
