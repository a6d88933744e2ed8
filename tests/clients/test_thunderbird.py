"""Thunderbird, given the server's bare address and an app password."""

import pytest
from test_whole_loop import shift_that_two_could_cover
from thunderbird import Thunderbird


@pytest.fixture()
def app(tmp_path_factory):
    running = Thunderbird(tmp_path_factory.mktemp("thunderbird"))
    yield running
    running.stop()


def open_account(app, demo, person):
    return {one["name"]: one["locked"] for one in app.account(demo.url, *demo.login(person))}


def test_thunderbird_finds_calendars_keeps_an_absence_and_hands_a_shift_over(app, demo):
    ann, uid, _, slot = shift_that_two_could_cover(demo, demo.teams["payments"]["members"])
    found = open_account(app, demo, ann)
    assert {"Availability", "Calendar", "Shifts", "Payments roster", "Payments availability"} <= set(found), found
    assert found["Payments roster"] and not found["Availability"], found

    app.add("Availability", "\r\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:away-1", "DTSTART;VALUE=DATE:20270112",
        "DTEND;VALUE=DATE:20270114", "RRULE:FREQ=WEEKLY;COUNT=2", "SUMMARY:Away", "END:VEVENT", "END:VCALENDAR", "",
    ]))
    assert app.rename("Availability", "away-1", "Away with the children") == "Away with the children"
    kept = demo.calendar(ann, "availability").get_event_by_uid("away-1").icalendar_component
    assert str(kept["SUMMARY"]) == "Away with the children" and kept["RRULE"]["COUNT"] == [2]

    # Ann declines. She stays responsible, and Thunderbird shows what the server made of her answer.
    declined = app.answer("Shifts", uid, "DECLINED")
    assert declined["answer"] == "TENTATIVE" and declined["title"].startswith("On call (cover asked for)"), declined
    status, swaps = demo.api("/api/v1/teams/payments/swaps?state=open")
    assert status == 200
    swap = next(swap for swap in swaps if slot in str(swap))
    ben = swap["offers"][0]["person"]

    assert app.remove("Availability", "away-1")
    open_account(app, demo, ben)
    offer = app.find("Shifts", "Cover?", "TENTATIVE")
    assert offer["invitation"] and offer["answer"] == "NEEDS-ACTION", offer
    app.answer("Shifts", offer["uid"], "ACCEPTED")
    shift = app.find("Shifts", "On call", "CONFIRMED")
    assert shift["invitation"], shift
    _, taken = demo.api(f"/api/v1/swaps/{swap['id']}")
    assert (taken["state"], taken["taker"]) == ("taken", ben), taken
