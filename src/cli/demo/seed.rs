//! Makes the demo organisation through the use cases: people, teams, what they may stand, their patterns and absences,
//! and a roster published five weeks ago, so that there is a past to be fair about.

use super::absences;
use super::account::{Account, Described, DescribedTeam, OpenMonth};
use super::organisation::{DemoPattern, DemoTeam, GRANTS, PEOPLE, QUALIFICATIONS, TEAMS};
use crate::cli::CommandError;
use crate::ids::{PersonId, QualificationId, TeamId};
use crate::roster::model::{Channel, Contact, Grant, Membership, Role};
use crate::service::calendars::{CollectionPath, Conditions, PutRequest};
use crate::service::people::NewPerson;
use crate::service::teams::{NewQualification, NewTeam};
use crate::service::tokens::{DavScope, NewAppPassword};
use crate::service::{Actor, Scope, Service, ServiceError};
use crate::time::{Day, Instant, monday_of, start_of_day};
use bytes::Bytes;
use chrono::{Datelike, TimeDelta};
use std::collections::BTreeMap;

/// Weeks of history.
const HISTORY_WEEKS: i64 = 5;

/// Makes everything and says with which accounts to use it.
pub async fn organisation(service: &Service) -> Result<Described, CommandError> {
    let actor = Actor::operator();
    let now = service.ctx().now;
    let today = now.utc().date_naive();
    let begin = monday_of(today) - TimeDelta::weeks(HISTORY_WEEKS);
    let open = open_month(today);
    let past = service.as_of(start_of_day(begin, chrono_tz::UTC).plus_hours(-12));

    let mut people = Vec::new();
    for person in PEOPLE {
        people.push(add_person(&past, &actor, person).await?);
    }
    for team in TEAMS {
        add_team(&past, &actor, team).await?;
    }
    add_qualifications(&past, &actor, now).await?;
    for team in TEAMS {
        add_patterns(&past, team, begin).await?;
    }
    for stored in absences::of_month(open) {
        put(&past, stored.person, "availability", &stored.name, stored.text).await?;
    }
    for team in TEAMS {
        let id = TeamId::new(team.id);
        let draft = past.create_roster(&actor, &id, begin, open).await?;
        past.publish_roster(&actor, &draft.head.id, Some("The first roster".to_owned()), None).await?;
    }
    let token = service.add_api_token(&actor, "Demo administrator", Scope::Admin, None).await?;
    let teams = TEAMS.iter().map(described).collect();
    let month = OpenMonth { from: open.to_string(), to: month_after(open).to_string() };
    Ok(Described { base_url: String::new(), admin_token: token.secret, people, teams, open: Some(month) })
}

/// The first day of the month after that of a first day.
fn month_after(first: Day) -> Day {
    (first + TimeDelta::days(32)).with_day(1).unwrap_or(first)
}

/// The first day of the first month that begins at least a week from today: published up to it, open from it.
fn open_month(today: Day) -> Day {
    let after = today + TimeDelta::days(7);
    let first = after.with_day(1).unwrap_or(after);
    if first == after { first } else { month_after(first) }
}

async fn add_person(
    service: &Service,
    actor: &Actor,
    person: &super::organisation::DemoPerson,
) -> Result<Account, CommandError> {
    let id = PersonId::new(person.id);
    let email = format!("{}@example.org", person.id);
    let new = NewPerson {
        id: person.id.to_owned(),
        name: person.name.to_owned(),
        email: email.clone(),
        phone: Some(person.phone.to_owned()),
        zone: person.zone.to_owned(),
        admin: false,
    };
    service.add_person(actor, &new).await?;
    let app = NewAppPassword {
        person: id.clone(),
        label: "Demo".to_owned(),
        scope: DavScope::ReadWrite,
        phone_device: false,
    };
    let app_password = service.add_app_password(actor, app).await?.secret;
    let web_password = format!("demo-{}", &uuid::Uuid::now_v7().simple().to_string()[20..]);
    service.set_web_password(actor, &id, &web_password, None).await?;
    Ok(Account {
        id: person.id.to_owned(),
        name: person.name.to_owned(),
        email,
        app_password,
        web_password,
        time_zone: person.zone.to_owned(),
    })
}

async fn add_team(service: &Service, actor: &Actor, team: &DemoTeam) -> Result<(), CommandError> {
    let id = TeamId::new(team.id);
    let new = NewTeam {
        id: team.id.to_owned(),
        name: team.name.to_owned(),
        email: team.email.to_owned(),
        zone: team.zone.to_owned(),
    };
    let made = service.add_team(actor, &new).await?;
    for usual in made.roles.iter().filter(|usual| team.roles.iter().all(|role| role.name != usual.name)) {
        service.remove_role(actor, &id, &usual.name).await?;
    }
    for member in team.members {
        let fte = PEOPLE.iter().find(|person| person.id == *member).map_or(100, |person| person.fte);
        let membership = Membership {
            team: id.clone(),
            person: PersonId::new(*member),
            manager: *member == team.manager,
            member: true,
            from: None,
            until: None,
            fte,
            novice: team.novices.contains(member),
        };
        service.put_member(actor, membership).await?;
    }
    let contacts = team.contacts.iter().map(|(name, phone)| Contact {
        role: None,
        person: PEOPLE.iter().find(|person| person.name == *name).map(|person| PersonId::new(person.id)),
        name: (*name).to_owned(),
        phone: (*phone).to_owned(),
    });
    service.set_contacts(actor, &id, contacts.collect()).await?;
    Ok(())
}

/// Makes the qualifications, the roles that require them, and the grants that people have.
async fn add_qualifications(service: &Service, actor: &Actor, now: Instant) -> Result<(), CommandError> {
    let mut ids = BTreeMap::new();
    for (key, name, how, url) in QUALIFICATIONS {
        let new = NewQualification {
            team: None,
            name: (*name).to_owned(),
            how: (*how).to_owned(),
            url: Some((*url).to_owned()),
            roles: Vec::new(),
        };
        ids.insert(*key, service.add_qualification(actor, &new).await?);
    }
    let id_of = |key: &str| ids.get(key).cloned().unwrap_or_else(|| QualificationId::new(key));
    for team in TEAMS {
        for role in team.roles {
            let role = Role {
                name: role.name.to_owned(),
                weight: role.weight,
                paged: role.paged,
                optional: role.optional,
                requires: role.requires.iter().map(|key| id_of(key)).collect(),
            };
            service.put_role(actor, &TeamId::new(team.id), role).await?;
        }
    }
    for (key, people, lapses_in) in GRANTS {
        for person in *people {
            let grant = Grant {
                person: PersonId::new(*person),
                qualification: id_of(key),
                from: None,
                until: lapses_in.map(|days| now.plus_days(days)),
                evidence: "Demo".to_owned(),
            };
            service.grant_qualification(actor, None, grant).await?;
        }
    }
    Ok(())
}

async fn add_patterns(service: &Service, team: &DemoTeam, begin: Day) -> Result<(), CommandError> {
    for pattern in team.patterns {
        let name = pattern.title.to_lowercase().replace(' ', "-");
        let text = pattern_event(pattern, &name, begin);
        put(service, team.manager, &format!("team-{}-pattern", team.id), &format!("{name}.ics"), text).await?;
    }
    Ok(())
}

/// A pattern as a calendar program would write it.
fn pattern_event(pattern: &DemoPattern, uid: &str, begin: Day) -> String {
    let (from, days, to) = pattern.hours;
    let first = begin + TimeDelta::days(pattern.first_day);
    let last = first + TimeDelta::days(days);
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Dogwatch//Demo//EN".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{uid}@demo.example.org"),
        "DTSTAMP:20260801T080000Z".to_owned(),
        format!("SUMMARY:{}", pattern.title),
        format!("DTSTART;TZID={}:{}T{from:02}0000", pattern.zone, first.format("%Y%m%d")),
        format!("DTEND;TZID={}:{}T{to:02}0000", pattern.zone, last.format("%Y%m%d")),
        format!("RRULE:FREQ=WEEKLY;BYDAY={}", pattern.days),
        format!("CATEGORIES:{}", pattern.roles.join(",")),
        "DESCRIPTION:turn: week".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.join("\r\n") + "\r\n"
}

async fn put(service: &Service, person: &str, calendar: &str, name: &str, text: String) -> Result<(), ServiceError> {
    let home = PersonId::new(person);
    let actor = Actor::person(home.clone(), Channel::Calendar);
    let request = PutRequest {
        body: Bytes::from(text),
        content_type: Some("text/calendar".to_owned()),
        conditions: Conditions::default(),
        schedule_reply: true,
    };
    service.put_object(&actor, &CollectionPath::new(home, calendar).object(name), request).await?;
    Ok(())
}

fn described(team: &DemoTeam) -> DescribedTeam {
    DescribedTeam {
        id: team.id.to_owned(),
        name: team.name.to_owned(),
        email: team.email.to_owned(),
        managers: vec![team.manager.to_owned()],
        members: team.members.iter().map(|member| (*member).to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn at_least_a_week_is_published_and_the_month_after_is_open() {
        assert_eq!(open_month(day("2026-11-24")), day("2026-12-01"));
        assert_eq!(open_month(day("2026-11-25")), day("2027-01-01"));
        assert_eq!(open_month(day("2026-12-31")), day("2027-02-01"));
    }
}
