"""Calendar apps: each keeps a copy of three calendars by sync tokens, stores and removes events of its own, and remembers
what was acknowledged; some of them answer what they are asked."""

import asyncio
import re
import time
import xml.etree.ElementTree as tree

from house import ask

CALENDARS = ["availability", "shifts", "calendar"]
DAV = "{DAV:}"
TAGS = b'<propfind xmlns="DAV:"><prop><sync-token/></prop></propfind>'
ETAGS = b'<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'


def event(uid, count, day):
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Soak//EN\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:2028{1 + day % 12:02}{1 + day % 28:02}T090000Z\r\nDURATION:PT1H\r\n"
        f"SUMMARY:{uid} says {count}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def sync_body(token):
    return (f'<sync-collection xmlns="DAV:"><sync-token>{token}</sync-token><sync-level>1</sync-level>'
            "<prop><getetag/></prop></sync-collection>").encode()


def members(answer, folder):
    """Names with their tags, None for what is gone, and the token where one is told."""
    found, root = {}, tree.fromstring(answer.body)
    for response in root.findall(f"{DAV}response"):
        href = response.find(f"{DAV}href").text
        name = href[len(folder):]
        if not name:
            continue
        etag = response.find(f".//{DAV}getetag")
        found[name] = None if etag is None else etag.text
    token = root.find(f"{DAV}sync-token")
    return found, None if token is None else token.text


class Clockwork:
    """How long answers took, by kind, since it was last looked at."""

    def __init__(self):
        self.times, self.statuses = [], {}

    def note(self, begun, answer):
        self.times.append((time.monotonic() - begun) * 1000)
        status = answer.status if answer else 0
        self.statuses[status] = self.statuses.get(status, 0) + 1

    def take(self):
        times, statuses = sorted(self.times), self.statuses
        self.times, self.statuses = [], {}
        at = lambda share: times[min(int(len(times) * share), len(times) - 1)] if times else 0.0  # noqa: E731
        return len(times), at(0.5), at(0.95), at(0.99), statuses


class App:
    def __init__(self, number, person, house, dice, clockwork):
        self.number, self.person, self.house, self.dice, self.clockwork = number, person, house, dice, clockwork
        self.count = 0
        self.tokens = {calendar: "" for calendar in CALENDARS}
        self.mirror = {calendar: {} for calendar in CALENDARS}
        #: Earlier tokens, with what the calendar held then.
        self.past = []
        #: What each own event says, and what it may say besides, where no answer came.
        self.certain, self.doubtful = {}, {}
        self.acked, self.accepted = 0, 0
        #: Shifts that changed and were not looked at.
        self.unread = set()

    async def ask(self, method, path, body=b"", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        begun = time.monotonic()
        answer = await ask(self.house.address, method, path, {**self.person.headers, "User-Agent": "Soak", **headers}, body)
        self.clockwork.note(begun, answer)
        return answer

    def folder(self, calendar):
        return f"/dav/calendars/{self.person.name}/{calendar}/"

    async def turn(self):
        """What an app does once a period."""
        for calendar in CALENDARS:
            told = await self.ask("PROPFIND", self.folder(calendar), TAGS, Depth="0", Content_Type="application/xml")
            if told and told.status == 207 and f">{self.tokens[calendar]}<" not in told.text:
                await self.synchronise(calendar)
        while self.unread:
            href = self.folder("shifts") + self.unread.pop()
            read = await self.ask("GET", href)
            if read and read.status == 200:
                await self.answer(href, read)
        if self.dice.random() < 0.3:
            await self.change()

    async def synchronise(self, calendar):
        folder = self.folder(calendar)
        told = await self.ask("REPORT", folder, sync_body(self.tokens[calendar]), Content_Type="application/xml")
        if told is None or told.status != 207:
            if told is not None and told.status == 403:
                self.tokens[calendar], self.mirror[calendar] = "", {}
            return
        found, token = members(told, folder)
        if self.tokens[calendar] and self.dice.random() < 0.2:
            self.past = [*self.past[-20:], (calendar, self.tokens[calendar], dict(self.mirror[calendar]))]
        mirror = self.mirror[calendar]
        for name, etag in found.items():
            mirror.pop(name, None) if etag is None else mirror.__setitem__(name, etag)
        self.tokens[calendar] = token
        fresh = [name for name, etag in found.items() if etag is not None]
        if calendar == "shifts":
            self.unread.update(fresh)
        else:
            for name in fresh[:3]:
                await self.ask("GET", folder + name)

    async def answer(self, href, read):
        """Every fifth app agrees to what its person is asked, every seventh declines."""
        text = re.sub(r"\r\n[ \t]", "", read.text)
        if "SUMMARY:Cover?" not in text or "PARTSTAT=NEEDS-ACTION" not in text:
            return
        word = "ACCEPTED" if self.number % 5 == 0 else "DECLINED" if self.number % 7 == 0 else None
        if word:
            body = text.replace("PARTSTAT=NEEDS-ACTION", f"PARTSTAT={word}").encode()
            told = await self.ask("PUT", href, body, Content_Type="text/calendar")
            self.accepted += bool(told and told.status < 300 and word == "ACCEPTED")

    async def change(self):
        self.count += 1
        name = f"soak-{self.number}-{self.dice.randrange(4)}.ics"
        if name in self.doubtful:
            return
        there = self.certain.get(name)
        text = None if there and self.dice.random() < 0.3 else event(name[:-4], self.count, self.count)
        # Before it is sent: from now on it may have happened.
        self.doubtful[name] = [text]
        if text is None:
            told = await self.ask("DELETE", self.folder("availability") + name)
        else:
            told = await self.ask("PUT", self.folder("availability") + name, text.encode(), Content_Type="text/calendar")
        if told is None or (told.status == 503 and "may or may not" in told.text) or "during a commit" in (told.text if told else ""):
            return
        del self.doubtful[name]
        if told.status in (201, 204):
            self.acked += 1
            self.certain[name] = text
        elif told.status not in (503, 507):
            raise AssertionError(f"{name}: {told.status} {told.text}")

    async def verify(self):
        """Everything that was acknowledged is there, byte for byte, and nothing that was never sent."""
        listed = await self.listing("availability")
        own = {name for name in listed if name.startswith(f"soak-{self.number}-")}
        for name in {*self.certain, *self.doubtful, *own}:
            told = await self.ask("GET", self.folder("availability") + name)
            assert told and told.status in (200, 404), f"{name}: {told and told.status}"
            there = told.text if told.status == 200 else None
            may = [self.certain.get(name), *self.doubtful.get(name, [])]
            assert there in may, f"{name}: found {there!r}, may be {may!r}"
            assert (there is not None) == (name in listed), f"{name} is listed otherwise than it is read"
            self.certain[name] = there
        self.doubtful.clear()

    async def listing(self, calendar):
        told = await self.ask("PROPFIND", self.folder(calendar), ETAGS, Depth="1", Content_Type="application/xml")
        assert told and told.status == 207, f"{calendar}: {told and told.status}"
        return members(told, self.folder(calendar))[0]

    async def verify_sync(self):
        """From whatever token one begins, what is told leads to what is there."""
        for calendar in CALENDARS:
            await self.synchronise(calendar)
            await asyncio.sleep(0)
            listed = await self.listing(calendar)
            assert self.mirror[calendar] == listed, f"{self.folder(calendar)}: an app has another copy"
        for calendar, token, mirror in self.past[-3:]:
            told = await self.ask("REPORT", self.folder(calendar), sync_body(token), Content_Type="application/xml")
            assert told, "no answer"
            if told.status == 403:
                continue
            found, _ = members(told, self.folder(calendar))
            mirror = {**mirror, **found}
            mirror = {name: etag for name, etag in mirror.items() if etag is not None}
            assert mirror == await self.listing(calendar), f"{self.folder(calendar)} from {token}: another copy"
