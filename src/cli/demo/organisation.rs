//! The demo organisation as plain tables: sixteen invented people in three time zones, two teams, what their roles
//! require and who still lacks what. Phone numbers are from ranges kept for fiction.

/// Somebody of the demo.
pub struct DemoPerson {
    /// Slug.
    pub id: &'static str,
    /// Full name.
    pub name: &'static str,
    /// E.164.
    pub phone: &'static str,
    /// IANA zone.
    pub zone: &'static str,
    /// Share of full load in percent.
    pub fte: u32,
}

const fn person(id: &'static str, name: &'static str, phone: &'static str, zone: &'static str) -> DemoPerson {
    DemoPerson { id, name, phone, zone, fte: 100 }
}

const LONDON: &str = "Europe/London";
const NEW_YORK: &str = "America/New_York";
const SINGAPORE: &str = "Asia/Singapore";

/// Everybody.
pub const PEOPLE: &[DemoPerson] = &[
    person("ada", "Ada Okafor", "+447700900101", LONDON),
    person("ben", "Ben Whitlock", "+447700900102", LONDON),
    person("chloe", "Chloe Marsh", "+447700900103", LONDON),
    person("dev", "Dev Anand", "+447700900104", LONDON),
    DemoPerson { id: "ella", name: "Ella Sorensen", phone: "+447700900105", zone: LONDON, fte: 60 },
    person("finn", "Finn Gallagher", "+447700900106", LONDON),
    person("grace", "Grace Kim", "+12125550107", NEW_YORK),
    person("rosa", "Rosa Lindqvist", "+447700900108", LONDON),
    person("theo", "Theo Baptiste", "+447700900109", LONDON),
    person("hugo", "Hugo Alvarez", "+12125550110", NEW_YORK),
    person("iris", "Iris Novak", "+12125550111", NEW_YORK),
    person("jonas", "Jonas Reed", "+12125550112", NEW_YORK),
    person("lin", "Lin Mei", "+6560000113", SINGAPORE),
    person("mara", "Mara Tan", "+6560000114", SINGAPORE),
    person("nikhil", "Nikhil Rao", "+6560000115", SINGAPORE),
    person("priya", "Priya Iyer", "+6560000116", SINGAPORE),
];

/// A role and what it asks for.
pub struct DemoRole {
    /// Its name.
    pub name: &'static str,
    /// Factor of the burden in hundredths.
    pub weight: i64,
    /// Whether it is paged.
    pub paged: bool,
    /// Whether it may stay empty.
    pub optional: bool,
    /// Ids of qualifications.
    pub requires: &'static [&'static str],
}

/// A recurring demand: which days, from when to when on the wall clock.
pub struct DemoPattern {
    /// UID and title.
    pub title: &'static str,
    /// IANA zone of the times.
    pub zone: &'static str,
    /// iCalendar BYDAY.
    pub days: &'static str,
    /// Days from Monday to the first start.
    pub first_day: i64,
    /// Hour of the start and, so many days later, hour of the end.
    pub hours: (u32, i64, u32),
    /// Roles it needs.
    pub roles: &'static [&'static str],
}

/// A team of the demo.
pub struct DemoTeam {
    /// Slug.
    pub id: &'static str,
    /// As it is shown.
    pub name: &'static str,
    /// The roster's own address.
    pub email: &'static str,
    /// Zone in which the team counts days.
    pub zone: &'static str,
    /// Who plans; stands shifts, too.
    pub manager: &'static str,
    /// Who stands shifts.
    pub members: &'static [&'static str],
    /// Who is still learning.
    pub novices: &'static [&'static str],
    /// Its roles, first the most important.
    pub roles: &'static [DemoRole],
    /// Its demand.
    pub patterns: &'static [DemoPattern],
    /// Whom to escalate to: name, phone.
    pub contacts: &'static [(&'static str, &'static str)],
}

/// Both teams: one with weekly turns, one that follows the sun.
pub const TEAMS: &[DemoTeam] = &[
    DemoTeam {
        id: "payments",
        name: "Payments",
        email: "payments@oncall.example.org",
        zone: LONDON,
        manager: "ada",
        members: &["ada", "ben", "chloe", "dev", "ella", "finn", "grace"],
        novices: &["ella"],
        roles: &[
            DemoRole {
                name: "primary",
                weight: 100,
                paged: true,
                optional: false,
                requires: &["prod-access", "payments-drill"],
            },
            DemoRole { name: "secondary", weight: 80, paged: true, optional: false, requires: &["prod-access"] },
            DemoRole { name: "shadow", weight: 0, paged: false, optional: true, requires: &[] },
        ],
        patterns: &[
            DemoPattern {
                title: "Payments weekdays",
                zone: LONDON,
                days: "MO,TU,WE,TH",
                first_day: 0,
                hours: (9, 1, 9),
                roles: &["primary", "secondary", "shadow"],
            },
            DemoPattern {
                title: "Payments weekend",
                zone: LONDON,
                days: "FR",
                first_day: 4,
                hours: (9, 3, 9),
                roles: &["primary", "secondary"],
            },
        ],
        contacts: &[("Ada Okafor", "+447700900101"), ("Incident desk", "+442079460199")],
    },
    DemoTeam {
        id: "platform",
        name: "Platform",
        email: "platform@oncall.example.org",
        zone: "Etc/UTC",
        manager: "priya",
        members: &["priya", "lin", "mara", "nikhil", "rosa", "theo", "finn", "hugo", "iris", "jonas"],
        novices: &["hugo"],
        roles: &[
            DemoRole {
                name: "apac",
                weight: 100,
                paged: true,
                optional: false,
                requires: &["prod-access", "site-singapore"],
            },
            DemoRole {
                name: "emea",
                weight: 100,
                paged: true,
                optional: false,
                requires: &["prod-access", "site-london"],
            },
            DemoRole {
                name: "amer",
                weight: 100,
                paged: true,
                optional: false,
                requires: &["prod-access", "site-new-york"],
            },
        ],
        patterns: &[
            DemoPattern {
                title: "Platform Singapore",
                zone: LONDON,
                days: "MO,TU,WE,TH,FR,SA,SU",
                first_day: 0,
                hours: (0, 0, 8),
                roles: &["apac"],
            },
            DemoPattern {
                title: "Platform London",
                zone: LONDON,
                days: "MO,TU,WE,TH,FR,SA,SU",
                first_day: 0,
                hours: (8, 0, 16),
                roles: &["emea"],
            },
            DemoPattern {
                title: "Platform New York",
                zone: LONDON,
                days: "MO,TU,WE,TH,FR,SA,SU",
                first_day: 0,
                hours: (16, 1, 0),
                roles: &["amer"],
            },
        ],
        contacts: &[("Priya Iyer", "+6560000116"), ("Incident desk", "+442079460199")],
    },
];

/// Something a role requires: id, name, how to obtain it, where.
pub const QUALIFICATIONS: &[(&str, &str, &str, &str)] = &[
    (
        "prod-access",
        "PROD-ACCESS",
        "Ask your manager to approve it; renewed once a year",
        "https://access.example.org/prod",
    ),
    (
        "payments-drill",
        "PAYMENTS-DRILL",
        "Take part in one recovery drill with Ada Okafor",
        "https://wiki.example.org/payments/drill",
    ),
    ("site-singapore", "SITE-SINGAPORE", "Works from Singapore hours", "https://wiki.example.org/platform/sites"),
    ("site-london", "SITE-LONDON", "Works from London hours", "https://wiki.example.org/platform/sites"),
    ("site-new-york", "SITE-NEW-YORK", "Works from New York hours", "https://wiki.example.org/platform/sites"),
];

/// Who holds what: qualification, people, days until it lapses (none: does not lapse).
pub const GRANTS: &[(&str, &[&str], Option<i64>)] = &[
    (
        "prod-access",
        &[
            "ada", "ben", "chloe", "finn", "grace", "rosa", "theo", "iris", "jonas", "lin", "mara", "nikhil", "priya",
            "hugo",
        ],
        Some(300),
    ),
    // About to lapse: the dashboard warns, and candidates for slots after that day are excluded with the reason.
    ("prod-access", &["dev"], Some(19)),
    ("prod-access", &["ella"], Some(200)),
    // Ella still lacks the drill: secondary and shadow, not primary.
    ("payments-drill", &["ada", "ben", "chloe", "dev", "finn", "grace"], None),
    ("site-singapore", &["lin", "mara", "nikhil", "priya"], None),
    ("site-london", &["rosa", "theo", "finn"], None),
    ("site-new-york", &["hugo", "iris", "jonas"], None),
];
