"""vdirsyncer and khal: two-way sync of a person's calendars, and a conflict that loses nothing."""

import os
import pathlib
import subprocess
from datetime import datetime, timedelta, timezone

CONFIG = """
[general]
status_path = "{folder}/status/"

[pair dogwatch]
a = "local"
b = "remote"
collections = ["availability", "calendar", "shifts"]
conflict_resolution = {conflict}

[storage local]
type = "filesystem"
path = "{folder}/calendars/"
fileext = ".ics"

[storage remote]
type = "caldav"
url = "{url}"
username = "{name}"
password = "{password}"
"""

KHAL = """
[calendars]
[[availability]]
path = {folder}/calendars/availability/
[[shifts]]
path = {folder}/calendars/shifts/

[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = {zone}
default_timezone = {zone}

[default]
default_calendar = availability
"""


class Laptop:
    """A folder with vdirsyncer and khal set up for one person."""

    def __init__(self, demo, person, folder, conflict='"b wins"'):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        name, password = demo.login(person)
        config = CONFIG.format(folder=self.folder, conflict=conflict, url=demo.url, name=name, password=password)
        (self.folder / "vdirsyncer.conf").write_text(config)
        zone = demo.accounts[person]["time_zone"]
        (self.folder / "khal.conf").write_text(KHAL.format(folder=self.folder, zone=zone))
        self.environment = dict(os.environ, HOME=str(self.folder), XDG_CACHE_HOME=str(self.folder / "cache"),
                                XDG_DATA_HOME=str(self.folder / "data"), XDG_CONFIG_HOME=str(self.folder / "config"))

    def run(self, *command, check=True, answer=""):
        done = subprocess.run(command, env=self.environment, input=answer, capture_output=True, text=True, timeout=120)
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def discover(self):
        self.run("vdirsyncer", "-c", str(self.folder / "vdirsyncer.conf"), "discover", answer="y\n" * 10)

    def sync(self, check=True):
        return self.run("vdirsyncer", "-c", str(self.folder / "vdirsyncer.conf"), "sync", check=check)

    def khal(self, *arguments):
        return self.run("khal", "-c", str(self.folder / "khal.conf"), *arguments).stdout

    def files(self, calendar):
        return {path.name: path for path in (self.folder / "calendars" / calendar).glob("*.ics")}


def test_shifts_come_down_and_absences_go_up(demo, tmp_path):
    team = next(iter(demo.teams.values()))
    person = next(p for p in team["members"] if demo.calendar(p, "shifts").get_events())
    laptop = Laptop(demo, person, tmp_path / "laptop")
    laptop.discover()
    laptop.sync()
    assert len(laptop.files("shifts")) == len(demo.calendar(person, "shifts").get_events())
    today = datetime.now(timezone.utc).date()
    listed = laptop.khal("list", str(today - timedelta(days=30)), str(today + timedelta(days=60)))
    assert "On call" in listed

    day = today + timedelta(days=100)
    laptop.khal("new", "-a", "availability", str(day), str(day + timedelta(days=2)), "Hiking")
    laptop.sync()
    found = [e for e in demo.calendar(person, "availability").get_events() if "Hiking" in str(e.data)]
    assert len(found) == 1
    found[0].icalendar_component["SUMMARY"] = "Hiking, two days"
    found[0].save()
    laptop.sync()
    assert "Hiking, two days" in laptop.khal("list", str(day), str(day + timedelta(days=1)))
    found[0].delete()
    laptop.sync()
    assert "Hiking" not in laptop.khal("list", str(day), str(day + timedelta(days=1)))
    laptop.sync()


def test_a_conflict_is_seen_and_the_chosen_side_wins(demo, tmp_path):
    person = next(iter(demo.accounts))
    laptop = Laptop(demo, person, tmp_path / "laptop", conflict="null")
    calendar = demo.calendar(person, "calendar")
    start = datetime(2027, 2, 1, 9, tzinfo=timezone.utc)
    event = calendar.add_event(dtstart=start, dtend=start + timedelta(hours=1), summary="Draft")
    laptop.discover()
    laptop.sync()
    path = next(p for p in laptop.files("calendar").values() if event.id in p.read_text())
    path.write_text(path.read_text().replace("Draft", "From the laptop"))
    event.icalendar_component["SUMMARY"] = "From the phone"
    event.save()
    refused = laptop.sync(check=False)
    assert refused.returncode != 0 and "onflict" in refused.stderr
    assert "From the phone" in calendar.get_event_by_uid(event.id).data

    resolving = Laptop(demo, person, tmp_path / "laptop", conflict='"a wins"')
    resolving.sync()
    assert "From the laptop" in calendar.get_event_by_uid(event.id).data
    resolving.sync()


def test_an_answer_given_in_a_file_counts_and_later_syncs_stay_clean(demo, tmp_path):
    team = next(iter(demo.teams.values()))
    now = datetime.now(timezone.utc)
    person, event = next(
        (p, e) for p in team["members"] for e in demo.calendar(p, "shifts").get_events()
        if e.icalendar_component["DTSTART"].dt > now
    )
    laptop = Laptop(demo, person, tmp_path / "laptop")
    laptop.discover()
    laptop.sync()
    path = next(p for p in laptop.files("shifts").values() if event.id in p.read_text().replace("\n ", ""))
    path.write_bytes(path.read_bytes().replace(b"PARTSTAT=NEEDS-ACTION", b"PARTSTAT=DECLINED"))
    laptop.sync()
    laptop.sync()
    assert "PARTSTAT=TENTATIVE" in path.read_text()
    status, swaps = demo.api(f"/api/v1/teams/{team['id']}/swaps?state=open")
    assert status == 200 and person in [s["requester"] for s in swaps]
