"""Whatever a person can type says `"><svg onload=…>` here; then every page of the table of routes is opened by whoever may. Nothing
of it may stand in a page as it was typed, and no script of it may run; and each must be seen somewhere, or it was not tried."""

import base64
import datetime
import html.parser
import pathlib
import re
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIELDS = ("person", "team", "contact", "site", "word", "qualification", "how", "url", "evidence", "pattern", "holiday", "handover",
          "cover", "device", "link", "token", "outside", "calendar", "publishing", "comment", "browser", "words")


def hostile(field):
    """What is typed into a field; each is known again by its number."""
    return f'"><svg onload=alert({FIELDS.index(field) + 4200})>'


def dav(demo, person, path, body, method="PUT", kind="text/calendar"):
    """What a calendar app of somebody's stores."""
    account = demo.accounts[person]
    login = base64.b64encode(f"{account['email']}:{account['app_password']}".encode()).decode()
    headers = {"Authorization": "Basic " + login, "Content-Type": kind}
    request = urllib.request.Request(demo.url + path, method=method, data=body.encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status < 300, (path, answer.status)


def event(uid, title, start, rule=""):
    return "\r\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", "BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z",
        f"DTSTART;VALUE=DATE:{start:%Y%m%d}", f"DTEND;VALUE=DATE:{start + datetime.timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{title}", *([rule] if rule else []), "END:VEVENT", "END:VCALENDAR", ""])


def good(answer):
    status, text = answer
    assert status < 300, text
    return text


def submitted(page, button):
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def typed(surf, demo):
    """Types it everywhere; answers what stands for the parts of paths."""
    soon = datetime.date.today() + datetime.timedelta(days=20)
    ada, root = surf("manager"), surf("administrator")
    # Ben stands a shift, asks for cover and leaves a note before he is called something else
    shifts = good(demo.api("/teams/payments/on-call"))["next"]
    watch = next(one for one in shifts if one["person"] and one["role"] != "shadow")
    slot, holder = watch["slot"], watch["person"]["id"]
    good(demo.api(f"/slots/{slot}/handover", "PUT", {"note": hostile("handover")}))
    swap = good(demo.api(f"/slots/{slot}/cover", "POST", {"reason": hostile("cover")}))
    for offer in swap["offers"][:1]:
        good(demo.api(f"/offers/{offer['id']}/answer", "POST", {"answer": "disagree", "comment": hostile("comment")}))
    # people
    page = root.page
    page.goto(demo.url + f"/admin/people/{holder}")
    page.get_by_label("Name", exact=True).fill(hostile("person"))
    submitted(page, "Save")
    # the team
    page = ada.page
    good(demo.api("/teams/payments", "PATCH", {
        "contacts": [{"name": hostile("contact"), "phone": "+442079460000"}],
        "settings": {"sites": {hostile("site").replace(":", ""): ["ada"]}, "words": {"avoid": ["avoid", hostile("word")]}},
    }))
    page.goto(demo.url + "/teams/payments/manage/name")
    page.get_by_label("What the team is called").fill(hostile("team"))
    submitted(page, "Save")
    page.goto(demo.url + "/teams/payments/manage/qualifications")
    form = page.locator("section", has=page.locator("#new"))
    form.get_by_label("Name").fill(hostile("qualification"))
    form.get_by_label("How to obtain it").fill(hostile("how"))
    form.get_by_label("Where").fill("https://example.org/?" + hostile("url").replace(" ", "%20"))
    submitted(page, "Add the qualification")
    page.locator("#person").select_option(holder)
    page.locator("#qualification").select_option(label=hostile("qualification"))
    page.get_by_label("Evidence").fill(hostile("evidence"))
    page.locator("#until").fill(str(datetime.date.today() + datetime.timedelta(days=9)))
    submitted(page, re.compile("^Grant$"))
    dav(demo, "ada", "/dav/calendars/ada/team-payments-pattern/hostile.ics",
        event("hostile", hostile("pattern"), soon, "RRULE:FREQ=WEEKLY;COUNT=2"))
    dav(demo, "ada", "/dav/calendars/ada/team-payments-holidays/midsummer.ics", event("midsummer", hostile("holiday"), soon))
    # what Ben's devices and calendars are called
    good(demo.api(f"/people/{holder}/app-passwords", "POST", {"label": hostile("device")}))
    good(demo.api(f"/people/{holder}/feeds", "POST", {"label": hostile("link")}))
    outside = {"url": "https://calendar.example.org/x.ics", "name": hostile("outside")}
    good(demo.api(f"/people/{holder}/outside-calendars", "POST", outside))
    make = ('<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><displayname>'
            + hostile("calendar").replace("<", "&lt;") + "</displayname></prop></set></C:mkcalendar>")
    dav(demo, holder, f"/dav/calendars/{holder}/own/", make, "MKCALENDAR", "application/xml")
    # a browser may call itself anything
    known_as = {"User-Agent": hostile("browser"), "Origin": demo.url}
    account = demo.accounts[holder]
    demo.request("/sign-in", form={"login": account["email"], "password": account["web_password"], "to": "/"}, headers=known_as)
    demo.command("token", "add", "--label", hostile("token"), "--scope", "read")
    return {"slot": slot, "holder": holder, "swap": swap}


def published(surf, demo):
    """A draft of the month, with words of its own in the trail: its path, and a slot of it."""
    page = surf("manager").page
    page.goto(demo.url + "/board/payments")
    page.get_by_role("button", name="Make a draft").click()
    page.get_by_role("link", name="Open the board").wait_for(timeout=120_000)
    path = page.get_by_role("link", name="Open the board").get_attribute("href")
    page.goto(demo.url + path + "/changes")
    page.get_by_label("Reason").fill(hostile("publishing"))
    submitted(page, "Publish")
    page.goto(demo.url + path)
    slot = page.locator(".people .chip").first.get_attribute("href").split("/slots/")[1]
    return path.split("/")[3], slot


def routes():
    """Every page that is opened by GET, as the table of who may has them."""
    for line in (ROOT / "tests/authorization.txt").read_text().splitlines():
        found = re.match(r"GET (/\S*)(?:[^|]*\|\s*(.*))?", line)
        if found and not found[1].startswith(("/api/", "/static/", "/feeds/", "/links/")):
            yield found[1], (found[2] or "").strip()


def opened_by(people, demo, parts, planned):
    """Every page with every person who may open it: (who, address, text)."""
    for route, query in routes():
        known = {**parts, "slot": planned if route.startswith("/board/") else parts["slot"]}
        url = demo.url + re.sub(r"\{(\w+)\}", lambda part: known[part[1]], route) + ("?" + query.replace("$planned", planned) if query else "")
        for surfer in people:
            answer = surfer.context.request.get(url)
            yield surfer, url, answer


def test_nothing_that_somebody_typed_runs_or_stands_in_a_page_as_it_was_typed(surf, demo):
    known = typed(surf, demo)
    roster, planned = published(surf, demo)
    parts = {"team": "payments", "person": known["holder"], "slot": known["slot"], "roster": roster, "segment": "0", "file": "hours.csv", "job": "none"}
    people = [surf(known["holder"]), surf("manager"), surf("administrator"), surf()]
    ran, seen = [], ""
    for surfer in people:
        surfer.page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    shown = set()
    for surfer, url, answer in opened_by(people, demo, parts, planned):
        text, is_page = answer.text(), "text/html" in answer.headers.get("content-type", "")
        if is_page:
            assert "<svg onload" not in text.lower(), f"{url} shows to {surfer.label} what was typed as it was typed"
        if answer.status == 200 and "/sign-in" not in answer.url:
            seen += text
            if is_page and url not in shown:
                shown.add(url)
                surfer.page.goto(url)
    assert len(shown) > 35, "most pages are open to one of these people"
    assert not ran, ran
    missing = [field for field in FIELDS if field != "words" and f"alert({FIELDS.index(field) + 4200})" not in seen]
    assert not missing, f"on no page: {missing}"
    refused_or_kept(people, demo, parts, planned)


class Forms(html.parser.HTMLParser):
    """The forms of a page: where each is sent, and its fields, those for words filled with what is hostile."""

    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        if tag == "form":
            self.forms.append((of.get("method"), of.get("action"), {}))
        if not self.forms or tag not in ("input", "textarea") or not of.get("name"):
            return
        words = tag == "textarea" or of.get("type", "text") in ("text", "email", "url", "search", "tel")
        if words or of.get("type") not in ("checkbox", "radio", "file"):
            self.forms[-1][2][of["name"]] = hostile("words") if words else of.get("value", "")


def refused_or_kept(people, demo, parts, planned):
    """Sends each form of each page with words in it back as it came, hostile where words go: no answer shows them as they were typed.
    What follows from a form may be a refusal; what must not be done here is done nowhere else in this file."""
    sent = set()
    for surfer, url, answer in opened_by(people, demo, parts, planned):
        if answer.status != 200 or "text/html" not in answer.headers.get("content-type", ""):
            continue
        page = Forms()
        page.feed(answer.text())
        for method, action, fields in page.forms:
            if method != "post" or not any("<svg" in value for value in fields.values()) or action in sent:
                continue
            sent.add(action)
            told = surfer.context.request.post(demo.url + action, form=fields, headers={"Origin": demo.url})
            assert told.status < 500, (action, told.status)
            assert "<svg onload" not in told.text().lower(), f"{action} answers what was typed as it was typed"
    assert len(sent) > 20, sorted(sent)
