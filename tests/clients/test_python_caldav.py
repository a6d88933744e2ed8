"""python-caldav: discovery from the bare address, create, search with expansion, sync, free-busy."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import caldav.lib.error
import pytest

HOME = {"calendar", "availability", "shifts"}


def anyone(demo):
    return next(iter(demo.accounts))


def member(demo):
    return next(iter(demo.teams.values()))["members"][0]


def test_the_bare_address_leads_to_principal_and_calendars(demo):
    person = member(demo)
    principal = demo.client(person).principal()
    names = {str(c.url).rstrip("/").rsplit("/", 1)[1] for c in principal.get_calendars()}
    assert HOME <= names
    assert any(name.startswith("team-") and name.endswith("-roster") for name in names)
    addresses = principal.calendar_user_address_set()
    assert "mailto:" + demo.accounts[person]["email"] in addresses


def test_a_wrong_password_is_refused(demo):
    import caldav

    client = caldav.DAVClient(url=demo.url, username=anyone(demo), password="dw-00000000-wrong")
    with pytest.raises(caldav.lib.error.AuthorizationError):
        client.principal().get_calendars()


def test_an_event_is_created_found_changed_and_deleted(demo):
    calendar = demo.calendar(anyone(demo), "calendar")
    start = datetime(2027, 3, 1, 9, tzinfo=ZoneInfo("Europe/London"))
    event = calendar.add_event(dtstart=start, dtend=start + timedelta(hours=1), summary="Dentist")
    found = calendar.get_event_by_uid(event.id)
    assert str(found.icalendar_component["SUMMARY"]) == "Dentist"
    found.icalendar_component["SUMMARY"] = "Dentist, again"
    found.save()
    assert str(calendar.get_event_by_uid(event.id).icalendar_component["SUMMARY"]) == "Dentist, again"
    found.delete()
    with pytest.raises(caldav.lib.error.NotFoundError):
        calendar.get_event_by_uid(event.id)


def test_a_search_expands_a_recurring_event_across_a_clock_change(demo):
    calendar = demo.calendar(anyone(demo), "calendar")
    start = datetime(2027, 3, 24, 9, tzinfo=ZoneInfo("Europe/London"))
    calendar.add_event(
        dtstart=start, dtend=start + timedelta(hours=1), summary="Standup", rrule={"FREQ": "DAILY", "COUNT": 10}
    )
    found = calendar.search(
        start=datetime(2027, 3, 27, tzinfo=timezone.utc), end=datetime(2027, 3, 30, tzinfo=timezone.utc),
        event=True, expand=True,
    )
    starts = sorted(e.icalendar_component["DTSTART"].dt.astimezone(timezone.utc) for e in found)
    assert starts == [datetime(2027, 3, 27, 9, tzinfo=timezone.utc), datetime(2027, 3, 28, 8, tzinfo=timezone.utc),
                      datetime(2027, 3, 29, 8, tzinfo=timezone.utc)]


def test_sync_tells_what_changed_and_what_is_gone(demo):
    calendar = demo.calendar(anyone(demo), "calendar")
    start = datetime(2027, 5, 3, 9, tzinfo=timezone.utc)
    first = calendar.add_event(dtstart=start, dtend=start + timedelta(hours=1), summary="One")
    second = calendar.add_event(dtstart=start, dtend=start + timedelta(hours=1), summary="Two")
    known = calendar.get_objects_by_sync_token(load_objects=True)
    uids = {o.id for o in known}
    assert {first.id, second.id} <= uids
    second.delete()
    third = calendar.add_event(dtstart=start, dtend=start + timedelta(hours=1), summary="Three")
    updated, deleted = known.sync()
    assert {o.id for o in updated} == {third.id}
    assert [str(o.url).rsplit("/", 1)[1] for o in deleted] == [str(second.url).rsplit("/", 1)[1]]


def test_free_busy_tells_busy_hours_and_nothing_else(demo):
    calendar = demo.calendar(anyone(demo), "calendar")
    start = datetime(2027, 6, 7, 9, tzinfo=timezone.utc)
    calendar.add_event(dtstart=start, dtend=start + timedelta(hours=2), summary="Busy")
    calendar.add_event(dtstart=start + timedelta(hours=4), dtend=start + timedelta(hours=5), summary="Free",
                       transp="TRANSPARENT")
    answer = calendar.freebusy_request(datetime(2027, 6, 7, tzinfo=timezone.utc), datetime(2027, 6, 8, tzinfo=timezone.utc))
    text = answer.data
    assert "20270607T090000Z/" in text
    assert "130000Z" not in text and "Busy" not in text.replace("FREEBUSY", "")


def test_a_calendar_can_be_made_and_removed(demo):
    principal = demo.client(anyone(demo)).principal()
    made = principal.make_calendar(name="Side project")
    assert "Side project" in [c.get_display_name() for c in principal.get_calendars()]
    made.delete()
    assert "Side project" not in [c.get_display_name() for c in principal.get_calendars()]


def test_an_all_day_absence_excludes_its_person_from_the_slots_it_touches(demo):
    team = next(iter(demo.teams.values()))
    status, drafts = demo.api(f"/api/v1/teams/{team['id']}/rosters", "POST", {"from": "2027-09-06", "to": "2027-09-20"})
    assert status == 201, drafts
    slot = next(s for s in drafts["slots"] if s["person"])
    person = slot["person"]
    day = datetime.fromisoformat(slot["start"]).date() + timedelta(days=1)
    demo.calendar(person, "availability").add_event(dtstart=day, dtend=day + timedelta(days=1), summary="Away")
    status, candidates = demo.api(f"/api/v1/rosters/{drafts['id']}/slots/{slot['id']}/candidates")
    assert status == 200, candidates
    mine = next(c for c in candidates if c["person"] == person)
    assert mine["level"] == "excluded"
    assert any("unavailable" in reason for reason in mine["reasons"]), mine
    assert not any("Away" in reason for reason in mine["reasons"]), "the title of a private event is nobody's business"
    status, solved = demo.api(f"/api/v1/rosters/{drafts['id']}/solve", "POST")
    assert status == 200
    assert all(s["person"] != person for s in solved["slots"] if s["id"] == slot["id"])


def test_the_team_roster_is_for_reading(demo):
    team, described = next(iter(demo.teams.items()))
    calendar = demo.calendar(described["members"][0], f"team-{team}-roster")
    events = calendar.get_events()
    assert events
    with pytest.raises(caldav.lib.error.DAVError):
        events[0].delete()
    with pytest.raises(caldav.lib.error.DAVError):
        calendar.add_event(dtstart=date(2027, 1, 1), dtend=date(2027, 1, 2), summary="Not mine to write")
