//! Properties of access control (RFC 3744 5, RFC 5397): whose something is, what there is to grant, what is granted to
//! whoever asks, and to everybody else.

use super::{Live, Scene, Subject, href_property, live};
use crate::dav::path::Container;
use crate::dav::write::Xml;
use crate::dav::xml::{DAV, Name};
use crate::service::calendars::{
    CollectionKind, CollectionView, Grantee, Owner, Privilege, Privileges, ProxyKind, Standing, grantable, granted,
    principal_href, proxy_href, supported, team_href,
};

pub(super) const TABLE: &[Live] = &[
    live(DAV, "owner", false, owner),
    live(DAV, "group", false, group),
    live(DAV, "supported-privilege-set", false, supported_privileges),
    live(DAV, "current-user-privilege-set", false, privileges),
    live(DAV, "acl", false, acl),
    live(DAV, "acl-restrictions", false, restrictions),
    live(DAV, "inherited-acl-set", false, inherited),
    live(DAV, "principal-collection-set", false, principal_collections),
];

impl Scene<'_> {
    /// Whether a property is there that whoever asks may not see (RFC 3744 3.6).
    pub fn withholds(&self, name: &Name) -> bool {
        let visible = match self.subject {
            Subject::Collection(view, _) | Subject::Object(view, ..) => view.privileges.allows(Privilege::ReadAcl),
            Subject::Home(person, _) => person == self.viewer,
            Subject::Container | Subject::Principal(_) => true,
        };
        !visible && name.is(DAV, "acl")
    }
}

fn owner(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    match scene.subject {
        Subject::Home(person, _) => href_property(xml, "D:owner", &principal_href(person)),
        Subject::Collection(view, _) | Subject::Object(view, ..) => href_property(xml, "D:owner", &view.owner.href()),
        Subject::Principal(view) => href_property(xml, "D:owner", &view.owner.href()),
        Subject::Container => false,
    }
}

/// Nothing belongs to a group beside its owner.
fn group(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let has = matches!(scene.subject, Subject::Home(..) | Subject::Collection(..) | Subject::Object(..));
    if has {
        xml.empty("D:group");
    }
    has
}

fn principal_collections(_: &Scene<'_>, xml: &mut Xml) -> bool {
    href_property(xml, "D:principal-collection-set", Container::Principals.href())
}

fn privilege_tag(privilege: Privilege) -> String {
    format!("{}:{}", if privilege.is_caldav() { "C" } else { "D" }, privilege.name())
}

/// What goes with a privilege of scheduling (RFC 6638 6): whoever has it has all of it.
const fn parts(privilege: Privilege) -> &'static [&'static str] {
    match privilege {
        Privilege::ScheduleDeliver => {
            &["C:schedule-deliver-invite", "C:schedule-deliver-reply", "C:schedule-query-freebusy"]
        }
        Privilege::ScheduleSend => &["C:schedule-send-invite", "C:schedule-send-reply", "C:schedule-send-freebusy"],
        _ => &[],
    }
}

/// What a calendar says that it grants. Thunderbird takes one whose properties can be written for one that takes events,
/// and shows no lock: of a calendar that takes none it is kept back, though each may name and colour it all the same.
/// Neither inbox nor subscription is a calendar to it, and of a subscription Apple sets the address.
fn as_shown(view: &CollectionView) -> Privileges {
    let no_calendar = matches!(view.kind, CollectionKind::Inbox | CollectionKind::Outbox | CollectionKind::Outside);
    let takes_events = [Privilege::WriteContent, Privilege::Bind].into_iter().any(|one| view.privileges.allows(one));
    if no_calendar || takes_events { view.privileges } else { view.privileges.without(Privilege::WriteProperties) }
}

fn privileges(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let mut tags: Vec<String> = Vec::new();
    let writes = !scene.reads_only;
    let mut all = |privileges: Privileges| {
        for privilege in privileges.iter() {
            tags.push(privilege_tag(privilege));
            tags.extend(parts(privilege).iter().map(|tag| (*tag).to_owned()));
        }
    };
    match scene.subject {
        Subject::Principal(view) => {
            let own = view.proxy.is_some() && view.owner == Owner::Person(scene.viewer.clone()) && writes;
            all(if own { LOOK.and(Privileges::of(&[Privilege::WriteProperties])) } else { LOOK });
        }
        Subject::Home(person, _) if person == scene.viewer => {
            all(if writes { home_of_owner() } else { home_of_owner().without_writing() });
        }
        Subject::Container | Subject::Home(..) => all(LOOK),
        Subject::Collection(view, _) => all(as_shown(view)),
        Subject::Object(_, head, _) => all(head.privileges),
    }
    if let Subject::Collection(view, _) = scene.subject
        && view.privileges.allows_write()
    {
        tags.insert(0, "D:write".to_owned());
    }
    if tags.iter().any(|tag| tag == "D:read") {
        tags.push("D:read-current-user-privilege-set".to_owned());
    }
    xml.open("D:current-user-privilege-set");
    tags.iter().for_each(|tag| write_privilege(xml, tag));
    xml.close("D:current-user-privilege-set");
    true
}

fn write_privilege(xml: &mut Xml, tag: &str) {
    xml.open("D:privilege");
    xml.empty(tag);
    xml.close("D:privilege");
}

/// What everybody who signed in may do with principals.
const LOOK: Privileges = Privileges::only(Privilege::Read);

fn home_of_owner() -> Privileges {
    Privileges::of(&[Privilege::Read, Privilege::Bind, Privilege::Unbind, Privilege::ReadAcl])
}

/// The tree of privileges; those that nobody grants alone are abstract (RFC 3744 5.3).
fn supported_privileges(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let kind = match scene.subject {
        Subject::Collection(view, _) | Subject::Object(view, ..) => Some(view.kind),
        _ => None,
    };
    let here = kind.map_or_else(|| home_of_owner().and(Privileges::WRITING), supported);
    let free = kind.map_or(Privileges::NONE, grantable);
    let one = |xml: &mut Xml, privilege: Privilege, about: &str, inside: &[&str]| {
        if here.allows(privilege) {
            let is_abstract = !free.allows(privilege);
            open_supported(xml, &privilege_tag(privilege), is_abstract, about);
            for tag in inside {
                open_supported(xml, tag, true, "Part of it");
                xml.close("D:supported-privilege");
            }
            xml.close("D:supported-privilege");
        }
    };
    xml.open("D:supported-privilege-set");
    open_supported(xml, "D:all", !free.includes(here), "Everything");
    open_supported(xml, "D:read", !free.allows(Privilege::Read), "Look at it");
    open_supported(xml, "D:read-current-user-privilege-set", true, "See one's own privileges");
    xml.close("D:supported-privilege");
    one(xml, Privilege::ReadFreeBusy, "See when it is busy", &[]);
    xml.close("D:supported-privilege");
    open_supported(xml, "D:write", !free.includes(Privileges::WRITING), "Change it");
    one(xml, Privilege::WriteProperties, "Change how it is shown", &[]);
    one(xml, Privilege::WriteContent, "Change what is in it", &[]);
    one(xml, Privilege::Bind, "Add to it", &[]);
    one(xml, Privilege::Unbind, "Remove from it", &[]);
    xml.close("D:supported-privilege");
    one(xml, Privilege::ReadAcl, "See to whom it is open", &[]);
    one(xml, Privilege::WriteAcl, "Open it to others", &[]);
    one(xml, Privilege::ScheduleDeliver, "Send messages to it", parts(Privilege::ScheduleDeliver));
    one(xml, Privilege::ScheduleSend, "Send messages from it", parts(Privilege::ScheduleSend));
    xml.close("D:supported-privilege");
    xml.close("D:supported-privilege-set");
    true
}

fn open_supported(xml: &mut Xml, tag: &str, is_abstract: bool, about: &str) {
    xml.open("D:supported-privilege");
    write_privilege(xml, tag);
    if is_abstract {
        xml.empty("D:abstract");
    }
    xml.raw("<D:description xml:lang=\"en\">");
    xml.characters(about);
    xml.close("D:description");
}

/// Entries grant and say whom they mean; those of the owner and their delegates are the server's.
fn restrictions(_: &Scene<'_>, xml: &mut Xml) -> bool {
    xml.open("D:acl-restrictions");
    xml.empty("D:grant-only");
    xml.empty("D:no-invert");
    xml.close("D:acl-restrictions");
    true
}

fn inherited(_: &Scene<'_>, xml: &mut Xml) -> bool {
    xml.empty("D:inherited-acl-set");
    true
}

/// One entry of an access control list.
struct Entry {
    /// The content of `DAV:principal`, and its address where it has one.
    principal: String,
    href: Option<String>,
    tags: Vec<String>,
    protected: bool,
}

impl Entry {
    fn of(href: String, tags: Vec<String>, protected: bool) -> Self {
        let mut xml = Xml::default();
        xml.href(&href);
        Self { principal: xml.take(), href: Some(href), tags, protected }
    }

    fn everybody(tags: Vec<String>, protected: bool) -> Self {
        Self { principal: "<D:authenticated/>".to_owned(), href: None, tags, protected }
    }

    fn owner(person: &Owner, tags: Vec<String>) -> Self {
        let principal = "<D:property><D:owner/></D:property>".to_owned();
        Self { principal, href: Some(person.href()), tags, protected: true }
    }
}

/// A set in as few words as say it.
fn words(kind: Option<CollectionKind>, privileges: Privileges) -> Vec<String> {
    if kind.is_some_and(|kind| privileges.includes(supported(kind))) {
        return vec!["D:all".to_owned()];
    }
    let mut tags = Vec::new();
    for privilege in privileges.iter() {
        let implied = match privilege {
            Privilege::ReadFreeBusy => privileges.allows(Privilege::Read),
            Privilege::WriteProperties | Privilege::WriteContent | Privilege::Bind | Privilege::Unbind => {
                privileges.allows_write()
            }
            _ => false,
        };
        if !implied {
            tags.push(privilege_tag(privilege));
        }
    }
    if privileges.allows_write() {
        tags.push("D:write".to_owned());
    }
    tags
}

fn entries(scene: &Scene<'_>) -> Vec<Entry> {
    match scene.subject {
        Subject::Container | Subject::Principal(_) => vec![Entry::everybody(words(None, LOOK), true)],
        Subject::Home(person, _) => {
            let mut all = vec![Entry::owner(&Owner::Person(person.clone()), words(None, home_of_owner()))];
            let proxies = ProxyKind::ALL.map(|kind| proxy_href(person, kind));
            all.extend(proxies.into_iter().map(|href| Entry::of(href, words(None, LOOK), true)));
            all
        }
        Subject::Collection(view, _) | Subject::Object(view, ..) => of_calendar(view),
    }
}

fn of_calendar(view: &CollectionView) -> Vec<Entry> {
    let kind = view.kind;
    let said = |privileges| words(Some(kind), privileges);
    let Owner::Person(person) = &view.owner else { return Vec::new() };
    let mut all = vec![Entry::owner(&view.owner, said(granted(kind, Standing::Own)))];
    for (proxy, standing) in [(ProxyKind::Write, Standing::Deputy), (ProxyKind::Read, Standing::Observer)] {
        all.push(Entry::of(proxy_href(person, proxy), said(granted(kind, standing)), true));
    }
    if kind == CollectionKind::Inbox {
        all.push(Entry::everybody(said(Privileges::only(Privilege::ScheduleDeliver)), true));
    }
    for grant in &view.grants {
        let tags = said(grant.privileges);
        all.push(match &grant.to {
            Grantee::Person(person) => Entry::of(principal_href(person), tags, false),
            Grantee::Team(team) => Entry::of(team_href(team), tags, false),
            Grantee::Everybody => Entry::everybody(tags, false),
        });
    }
    all
}

/// The addresses of those of whom the list speaks, each once.
pub fn principals_of(scene: &Scene<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for href in entries(scene).into_iter().filter_map(|entry| entry.href) {
        if !found.contains(&href) {
            found.push(href);
        }
    }
    found
}

fn acl(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    xml.open("D:acl");
    for entry in entries(scene) {
        xml.open("D:ace");
        xml.open("D:principal");
        xml.raw(&entry.principal);
        xml.close("D:principal");
        xml.open("D:grant");
        entry.tags.iter().for_each(|tag| write_privilege(xml, tag));
        xml.close("D:grant");
        if let Subject::Object(view, ..) = scene.subject {
            xml.href_in("D:inherited", &view.path.href());
        } else if entry.protected {
            xml.empty("D:protected");
        }
        xml.close("D:ace");
    }
    xml.close("D:acl");
    true
}
