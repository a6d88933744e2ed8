//! Meetings between three people of the demo, as their calendar apps arrange, answer and call them off.

use super::support::{Reply, Server};

/// Somebody's calendar app.
struct App<'s> {
    server: &'s Server,
    id: String,
    mail: String,
}

impl App<'_> {
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let login = self.server.basic(&self.id);
        let mut all = vec![("Authorization", login.as_str()), ("Content-Type", "text/calendar; charset=utf-8")];
        all.extend_from_slice(headers);
        self.server.send(method, path, &all, body)
    }

    fn path(&self) -> String {
        format!("/dav/calendars/{}/calendar/meeting-1.ics", self.id)
    }

    fn put(&self, body: &str) -> Reply {
        self.send("PUT", &self.path(), &[], body)
    }

    fn get(&self) -> Reply {
        self.send("GET", &self.path(), &[], "").expect(200)
    }

    fn copy(&self) -> String {
        self.get().text().replace("\r\n ", "")
    }

    /// The line of somebody in this app's copy.
    fn line(&self, of: &App<'_>) -> String {
        let copy = self.copy();
        let found = copy.lines().find(|line| line.starts_with("ATTENDEE") && line.contains(&of.mail));
        found.unwrap_or_else(|| panic!("no {} in\n{copy}", of.mail)).to_owned()
    }

    fn messages(&self) -> Vec<String> {
        self.server.objects(&self.id, "inbox").into_iter().filter(|text| text.contains("UID:meeting-1")).collect()
    }

    fn change(&self, from: &str, to: &str) -> Reply {
        let copy = self.copy();
        assert!(copy.contains(from), "no {from} in\n{copy}");
        self.put(&copy.replace(from, to))
    }

    fn answer(&self, answer: &str) -> Reply {
        self.change(&self.line(self), &format!("ATTENDEE;PARTSTAT={answer}:mailto:{}", self.mail))
    }
}

fn with_apps(test: impl Fn([&App<'_>; 3])) {
    let server = Server::with_demo("");
    let facts = server.demo_facts();
    let people = facts["people"].as_array().unwrap();
    let app = |n: usize| App {
        server: &server,
        id: people[n]["id"].as_str().unwrap().to_owned(),
        mail: people[n]["email"].as_str().unwrap().to_owned(),
    };
    test([&app(0), &app(1), &app(2)]);
}

fn meeting(organizer: &App<'_>, attendees: &str, more: &str) -> String {
    let mail = &organizer.mail;
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:meeting-1\r\n\
         DTSTAMP:20270101T000000Z\r\nDTSTART:20270201T090000Z\r\nDTEND:20270201T100000Z\r\nSUMMARY:Review\r\n\
         ORGANIZER:mailto:{mail}\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:{mail}\r\n{attendees}{more}END:VEVENT\r\n\
         END:VCALENDAR\r\n"
    )
}

fn invited(people: &[&App<'_>]) -> String {
    people.iter().map(|app| format!("ATTENDEE;RSVP=TRUE:mailto:{}\r\n", app.mail)).collect()
}

#[test]
fn a_meeting_is_arranged_answered_moved_and_called_off() {
    with_apps(|[host, one, two]| {
        let alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n";
        let stored = host.put(&meeting(host, &invited(&[one, two]), alarm)).expect(201);
        assert!(stored.header("etag").is_none() && stored.header("schedule-tag").is_some());
        assert!(one.copy().contains("SUMMARY:Review") && !one.copy().contains("VALARM"));
        assert!(one.messages().len() == 1 && one.messages()[0].contains("METHOD:REQUEST"));
        assert!(host.line(one).contains("SCHEDULE-STATUS=1.2"));

        let tag = one.get().header("schedule-tag").unwrap().to_owned();
        let before = host.get();
        let copy = one.copy().replace(&one.line(one), &format!("ATTENDEE;PARTSTAT=ACCEPTED:mailto:{}", one.mail));
        one.send("PUT", &one.path(), &[("If-Schedule-Tag-Match", &tag)], &copy).expect(204);
        assert!(host.line(one).contains("PARTSTAT=ACCEPTED") && host.line(one).contains("SCHEDULE-STATUS=2.0"));
        assert!(two.line(one).contains("PARTSTAT=ACCEPTED"), "the others see it");
        assert_eq!(one.get().header("schedule-tag"), Some(tag.as_str()));
        let after = host.get();
        assert_eq!(after.header("schedule-tag"), before.header("schedule-tag"));
        assert_ne!(after.header("etag"), before.header("etag"));

        host.change("DTSTART:20270201T090000Z", "DTSTART:20270201T093000Z").expect(204);
        assert!(one.copy().contains("T093000Z") && one.line(one).contains("NEEDS-ACTION"));
        one.send("PUT", &one.path(), &[("If-Schedule-Tag-Match", &tag)], &copy).expect(412);
        let gone = format!("{}\r\n", host.line(two));
        host.change(&gone, "").expect(204);
        assert!(two.copy().contains("STATUS:CANCELLED"));
        assert!(two.messages().iter().any(|message| message.contains("METHOD:CANCEL")));
        host.send("DELETE", &host.path(), &[], "").expect(204);
        assert!(one.copy().contains("STATUS:CANCELLED"));
    });
}

#[test]
fn an_identical_put_tells_nothing_and_a_removed_copy_is_a_no() {
    with_apps(|[host, one, two]| {
        let body = meeting(host, &invited(&[one, two]), "");
        host.put(&body).expect(201);
        let etag = one.get().header("etag").map(str::to_owned);
        host.put(&body).expect(204);
        assert_eq!(one.get().header("etag").map(str::to_owned), etag);
        one.send("DELETE", &one.path(), &[], "").expect(204);
        two.send("DELETE", &two.path(), &[("Schedule-Reply", "F")], "").expect(204);
        assert!(host.line(one).contains("PARTSTAT=DECLINED") && !host.line(two).contains("DECLINED"));
        assert!(host.messages().iter().any(|message| message.contains("METHOD:REPLY")));
    });
}

#[test]
fn one_instance_of_a_series_is_declined() {
    with_apps(|[host, one, two]| {
        host.put(&meeting(host, &invited(&[one, two]), "RRULE:FREQ=WEEKLY;COUNT=4\r\n")).expect(201);
        one.answer("ACCEPTED").expect(204);
        one.change("RRULE:", "EXDATE:20270208T090000Z\r\nRRULE:").expect(204);
        for app in [host, two] {
            let copy = app.copy();
            let instance = copy.split("BEGIN:VEVENT").find(|part| part.contains("RECURRENCE-ID:20270208T090000Z"));
            let line = instance.unwrap().lines().find(|line| line.contains(&one.mail)).unwrap();
            assert!(line.contains("PARTSTAT=DECLINED"), "{copy}");
            assert_eq!(copy.matches("PARTSTAT=DECLINED").count(), 1, "{copy}");
        }
    });
}

#[test]
fn another_organizer_is_refused_and_a_team_means_its_members() {
    with_apps(|[host, one, two]| {
        host.put(&meeting(host, &invited(&[one]), "")).expect(201);
        let theirs = format!("ORGANIZER:mailto:{}", host.mail);
        let refused = one.change(&theirs, &format!("ORGANIZER:mailto:{}", two.mail)).expect(403).text();
        assert!(refused.contains("allowed-attendee-scheduling-object-change"), "{refused}");
        let facts = host.server.demo_facts();
        let team = facts["teams"][0]["id"].as_str().unwrap();
        let href = format!("ATTENDEE:/dav/principals/teams/{team}/\r\n");
        host.put(&meeting(host, &format!("{}{href}", invited(&[one])), "")).expect(204);
        let members = facts["teams"][0]["members"].as_array().unwrap();
        let copy = host.copy();
        assert!(copy.contains("CUTYPE=GROUP"), "{copy}");
        for member in members.iter().filter_map(|member| member.as_str()).filter(|id| *id != host.id) {
            let theirs = host.server.objects(member, "calendar");
            assert!(theirs.iter().any(|text| text.contains("UID:meeting-1")), "{member} is invited\n{copy}");
        }
    });
}

#[test]
fn a_proposal_is_posted_and_turned_down_and_what_is_stored_cannot_be_posted() {
    with_apps(|[host, one, _]| {
        host.put(&meeting(host, &invited(&[one]), "")).expect(201);
        let posting = |method: &str| {
            let attendee = format!("ATTENDEE:mailto:{}\r\n", one.mail);
            let text = meeting(host, "", "").replace("BEGIN:VEVENT", &format!("METHOD:{method}\r\nBEGIN:VEVENT"));
            let own = format!("ATTENDEE;PARTSTAT=ACCEPTED:mailto:{}\r\n", host.mail);
            one.send("POST", &format!("/dav/calendars/{}/outbox/", one.id), &[], &text.replace(&own, &attendee))
        };
        let told = posting("COUNTER").expect(200).text();
        assert!(told.contains(&format!("mailto:{}", host.mail)) && told.contains("2.0;Success"), "{told}");
        assert!(one.messages().iter().any(|message| message.contains("METHOD:DECLINECOUNTER")));
        assert!(host.messages().iter().any(|message| message.contains("METHOD:COUNTER")));
        for method in ["REQUEST", "REPLY", "ADD", "CANCEL"] {
            let refused = posting(method).expect(403).text();
            assert!(refused.contains("valid-scheduling-message") && refused.contains("stor"), "{refused}");
        }
        one.send("DELETE", &one.path(), &[("Schedule-Reply", "F")], "").expect(204);
        posting("REFRESH").expect(200);
        assert!(one.copy().contains("SUMMARY:Review"));
    });
}

#[test]
fn invitations_go_where_somebody_wants_them_whatever_that_calendar_is_called() {
    with_apps(|[host, one, _]| {
        let home = format!("/dav/calendars/{}", one.id);
        one.send("MKCALENDAR", &format!("{home}/work/"), &[], "").expect(201);
        let choose = |href: &str| {
            let body = format!(
                "<D:propertyupdate xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\"><D:set><D:prop>\
                 <C:schedule-default-calendar-URL><D:href>{href}</D:href></C:schedule-default-calendar-URL>\
                 </D:prop></D:set></D:propertyupdate>"
            );
            one.send("PROPPATCH", &format!("{home}/inbox/"), &[], &body).expect(207).text()
        };
        for bad in [
            "",
            &format!("{home}/nothing/"),
            &format!("{home}/shifts/"),
            &format!("/dav/calendars/{}/calendar/", host.id),
        ] {
            assert!(choose(bad).contains("valid-schedule-default-calendar-URL"), "{bad}");
        }
        assert!(choose(&format!("{home}/work/")).contains("200 OK"));
        one.send("DELETE", &format!("{home}/work/"), &[], "").expect(403);
        one.send("MOVE", &format!("{home}/work/"), &[("Destination", &format!("{home}/job/"))], "").expect(201);
        host.put(&meeting(host, &invited(&[one]), "")).expect(201);
        let copy = one.send("GET", &format!("{home}/job/meeting-1.ics"), &[], "").expect(200).text();
        assert!(copy.contains("SUMMARY:Review"), "{copy}");
        one.send("GET", &one.path(), &[], "").expect(404);
    });
}

#[test]
fn who_of_a_team_is_free_is_told_to_calendar_apps_and_programs() {
    with_apps(|[host, one, _]| {
        let facts = host.server.demo_facts();
        let team = &facts["teams"][0];
        let (id, mail) = (team["id"].as_str().unwrap(), team["email"].as_str().unwrap());
        host.put(&meeting(host, &invited(&[one]), "")).expect(201);
        let path = format!("/teams/{id}/free-busy?from=2027-02-01T09:00:00Z&until=2027-02-01T10:00:00Z");
        let listed = host.server.api("GET", &path, &serde_json::Value::Null).expect(200).json();
        let kind = |who: &App<'_>| {
            let found = listed.as_array().unwrap().iter().find(|member| member["person"] == who.id.as_str());
            found.and_then(|member| member["busy"][0]["kind"].as_str()).map(str::to_owned)
        };
        let members = team["members"].as_array().unwrap();
        let belongs = |who: &App<'_>| members.iter().any(|member| member == who.id.as_str());
        assert_eq!(kind(host).as_deref(), belongs(host).then_some("BUSY"), "{listed}");
        assert_eq!(kind(one).as_deref(), belongs(one).then_some("BUSY-TENTATIVE"), "{listed}");
        assert!(belongs(host) || belongs(one), "{facts}");
        let far = format!("/teams/{id}/free-busy?from=2027-02-01T09:00:00Z&until=2029-02-01T10:00:00Z");
        host.server.api("GET", &far, &serde_json::Value::Null).expect(422);
        let ask = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\nUID:ask\r\n\
             DTSTAMP:20270101T000000Z\r\nDTSTART:20270201T000000Z\r\nDTEND:20270202T000000Z\r\n\
             ORGANIZER:mailto:{}\r\nATTENDEE:mailto:{mail}\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n",
            host.mail
        );
        let told = host.send("POST", &format!("/dav/calendars/{}/outbox/", host.id), &[], &ask).expect(200).text();
        assert_eq!(told.matches("2.0;Success").count(), members.len() + 1, "the team, then each member: {told}");
        assert!(told.contains("20270201T090000Z/20270201T100000Z"), "{told}");
    });
}
