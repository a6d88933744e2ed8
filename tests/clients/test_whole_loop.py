"""The loop of a swap with three people, each with nothing but a calendar app: decline, offers, agree, everybody told."""

from datetime import datetime, timezone

NOW = datetime.now(timezone.utc)


def events(demo, person, calendar):
    found = {}
    for event in demo.calendar(person, calendar).get_events():
        found[event.id] = event
    return found


def own_partstat(event, email):
    attendees = event.icalendar_component.get("ATTENDEE", [])
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        if attendee.lower() == f"mailto:{email}":
            return str(attendee.params["PARTSTAT"])
    return None


def answer(demo, person, event, partstat):
    """What a calendar app does on a press of Accept or Decline: its own PARTSTAT, and a PUT of the whole event."""
    event.load()
    event.change_attendee_status("mailto:" + demo.accounts[person]["email"], partstat=partstat)
    event.save(increase_seqno=False)
    event.load()
    return event


def shift_far_enough(demo, person):
    for uid, event in sorted(events(demo, person, "shifts").items()):
        component = event.icalendar_component
        if uid.startswith("shift-") and component["DTSTART"].dt > NOW and "Cover?" not in str(component["SUMMARY"]):
            return uid, event
    return None, None


def shift_that_two_could_cover(demo, members):
    for person in members:
        for uid, event in sorted(events(demo, person, "shifts").items()):
            if not uid.startswith("shift-") or event.icalendar_component["DTSTART"].dt <= NOW:
                continue
            slot = uid.removeprefix("shift-").split("@")[0].removesuffix("-" + person)
            status, found = demo.api(f"/api/v1/slots/{slot}/swap-options?kind=cover")
            if status == 200 and len(found["options"]) >= 2:
                return person, uid, event, slot
    raise AssertionError("the demo has no published shift to come that two colleagues could stand")


def on_roster(demo, person, slot):
    """Who holds the slot, as the team's roster calendar tells everybody."""
    for calendar in demo.client(person).principal().get_calendars():
        if "-roster" in str(calendar.url):
            for event in calendar.get_events():
                if event.id.startswith("roster-" + slot):
                    return str(event.icalendar_component["SUMMARY"]) + str(event.icalendar_component.get("DESCRIPTION", ""))
    return None


def offers_of(demo, slot):
    found = {}
    for person in demo.accounts:
        for uid, event in events(demo, person, "shifts").items():
            if slot in uid and str(event.icalendar_component["SUMMARY"]).startswith("Cover?"):
                found[person] = event
    return found


def test_a_declined_shift_goes_to_the_first_who_agrees_and_every_calendar_says_so(demo):
    team = next(iter(demo.teams.values()))
    ann, uid, shift, slot = shift_that_two_could_cover(demo, team["members"])
    component = shift.icalendar_component
    description = str(component["DESCRIPTION"])
    assert component["ORGANIZER"].lower() == "mailto:" + team["email"]
    assert "http" in description, "a link for: I can't make it"

    # Ann can't make it. She stays responsible, and her calendar says so.
    mine = answer(demo, ann, shift, "DECLINED")
    assert own_partstat(mine, demo.accounts[ann]["email"]) == "TENTATIVE"
    assert "cover asked for" in str(mine.icalendar_component["SUMMARY"])
    assert demo.accounts[ann]["name"] in on_roster(demo, ann, slot)

    # The best colleagues are asked in their own calendars, each by an event of their own.
    offers = offers_of(demo, slot)
    assert len(offers) >= 2, "at least two colleagues are asked"
    assert ann not in offers
    ben, eve = list(offers)[:2]
    assert own_partstat(offers[ben], demo.accounts[ben]["email"]) == "NEEDS-ACTION"
    inbox = demo.client(ben).principal().schedule_inbox().get_items()
    assert any(slot in str(item.data) for item in inbox)

    # Ben agrees first.
    taken = answer(demo, ben, offers[ben], "ACCEPTED")
    assert own_partstat(taken, demo.accounts[ben]["email"]) == "ACCEPTED"
    assert str(taken.icalendar_component["STATUS"]) == "CONFIRMED"
    assert str(taken.icalendar_component["SUMMARY"]).startswith("On call")
    assert demo.accounts[ben]["name"] in on_roster(demo, ben, slot)

    # Ann has it no longer; Eve's offer is cancelled, and agreeing late changes nothing.
    assert uid not in events(demo, ann, "shifts")
    late = answer(demo, eve, offers[eve], "ACCEPTED")
    assert str(late.icalendar_component["STATUS"]) == "CANCELLED"
    assert demo.accounts[ben]["name"] in on_roster(demo, eve, slot)
    inbox = demo.client(eve).principal().schedule_inbox().get_items()
    assert not any(slot in str(item.data) and "METHOD:REQUEST" in str(item.data) for item in inbox)

    # Machines hear the same.
    at = component["DTSTART"].dt.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    status, on_call = demo.api(f"/api/v1/teams/{team['id']}/on-call?at={at}")
    assert status == 200
    holder = next(entry for entry in on_call["on_call"] if entry["slot"] == slot)
    assert holder["person"]["id"] == ben and not holder["cover_asked"]
    status, audit = demo.api("/api/v1/audit?since=1970-01-01T00:00:00Z")
    rows = audit if isinstance(audit, list) else audit["rows"]
    assert len([row for row in rows if row["action"] == "swap.taken"]) == 1


def test_deleting_a_shift_asks_for_cover_and_the_event_comes_back(demo):
    team = next(iter(demo.teams.values()))
    person, uid, shift = next(
        (p, u, s) for p in team["members"] for u, s in [shift_far_enough(demo, p)] if u
    )
    shift.delete()
    again = events(demo, person, "shifts")[uid]
    assert own_partstat(again, demo.accounts[person]["email"]) == "TENTATIVE"
    status, swaps = demo.api(f"/api/v1/teams/{team['id']}/swaps?state=open")
    assert status == 200 and [s["requester"] for s in swaps] == [person]

    # Changed their mind: accepting the shift again withdraws the request and every offer of it.
    answer(demo, person, again, "ACCEPTED")
    assert demo.api(f"/api/v1/teams/{team['id']}/swaps?state=open") == (200, [])
