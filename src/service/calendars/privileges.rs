//! Privileges as data (RFC 3744 and RFC 6638 6): the one decision who may do what in a calendar, over plain data. The
//! table both decides what is allowed and is shown to clients as `current-user-privilege-set`.

use crate::ids::{PersonId, TeamId};
use crate::store::collections::{CollectionKind, Owner};
pub use crate::store::grants::Grantee;

/// One privilege on a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// `DAV:read`
    Read,
    /// `DAV:write-properties`: also the person's own colour and name for a calendar that a team mounts.
    WriteProperties,
    /// `DAV:write-content`: change an object that exists.
    WriteContent,
    /// `DAV:bind`: add an object.
    Bind,
    /// `DAV:unbind`: remove an object.
    Unbind,
    /// `CALDAV:read-free-busy`
    ReadFreeBusy,
    /// `CALDAV:schedule-deliver`, on the inbox.
    ScheduleDeliver,
    /// `CALDAV:schedule-send`, on the outbox.
    ScheduleSend,
    /// `DAV:read-acl`: see to whom it is granted.
    ReadAcl,
    /// `DAV:write-acl`: grant it to others.
    WriteAcl,
}

impl Privilege {
    /// Every privilege, in the order of [`Privilege`].
    pub const ALL: [Self; 10] = [
        Self::Read,
        Self::WriteProperties,
        Self::WriteContent,
        Self::Bind,
        Self::Unbind,
        Self::ReadFreeBusy,
        Self::ScheduleDeliver,
        Self::ScheduleSend,
        Self::ReadAcl,
        Self::WriteAcl,
    ];

    /// The element's local name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::WriteProperties => "write-properties",
            Self::WriteContent => "write-content",
            Self::Bind => "bind",
            Self::Unbind => "unbind",
            Self::ReadFreeBusy => "read-free-busy",
            Self::ScheduleDeliver => "schedule-deliver",
            Self::ScheduleSend => "schedule-send",
            Self::ReadAcl => "read-acl",
            Self::WriteAcl => "write-acl",
        }
    }

    /// The privilege of this local name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|privilege| privilege.name() == name)
    }

    /// Whether the element is CalDAV's; otherwise it is WebDAV's.
    #[must_use]
    pub const fn is_caldav(self) -> bool {
        matches!(self, Self::ReadFreeBusy | Self::ScheduleDeliver | Self::ScheduleSend)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of privileges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Privileges(u16);

impl Privileges {
    /// Nothing at all.
    pub const NONE: Self = Self(0);

    /// The set of this one.
    #[must_use]
    pub const fn only(privilege: Privilege) -> Self {
        Self(privilege.bit())
    }

    /// The set of those listed.
    #[must_use]
    pub fn of(list: &[Privilege]) -> Self {
        Self(list.iter().fold(0, |bits, p| bits | p.bit()))
    }

    /// Whether the privilege is granted.
    #[must_use]
    pub const fn allows(self, privilege: Privilege) -> bool {
        self.0 & privilege.bit() != 0
    }

    /// What `DAV:read` grants: reading includes to see when it is busy (RFC 4791 6.1.1).
    pub const READING: Self = Self(Privilege::Read.bit() | Privilege::ReadFreeBusy.bit());
    /// What `DAV:write` grants: content, properties, bind and unbind together.
    pub const WRITING: Self = Self(
        Privilege::WriteContent.bit()
            | Privilege::WriteProperties.bit()
            | Privilege::Bind.bit()
            | Privilege::Unbind.bit(),
    );

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both have.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The set without this one.
    #[must_use]
    pub const fn without(self, privilege: Privilege) -> Self {
        Self(self.0 & !privilege.bit())
    }

    /// Whether all of the others are granted, and there are any.
    #[must_use]
    pub const fn includes(self, others: Self) -> bool {
        others.0 != 0 && self.0 & others.0 == others.0
    }

    /// Whether the aggregate `DAV:write` is granted.
    #[must_use]
    pub const fn allows_write(self) -> bool {
        self.includes(Self::WRITING)
    }

    /// The set as words, as the store keeps it.
    #[must_use]
    pub fn words(self) -> String {
        self.iter().map(Privilege::name).collect::<Vec<_>>().join(" ")
    }

    /// The set behind such words. One that a later version knew grants nothing here.
    #[must_use]
    pub fn of_words(words: &str) -> Self {
        words.split(' ').filter_map(Privilege::named).fold(Self::NONE, |all, one| Self(all.0 | one.bit()))
    }

    /// What a calendar's grants come to on an object in it: to read it, to change it, to remove it. An object has no
    /// properties that a client could set, and nothing can be added to it.
    #[must_use]
    pub fn on_objects(self) -> Self {
        let on_objects = Self::of(&[Privilege::Read, Privilege::WriteContent, Privilege::Unbind]);
        Self(self.0 & on_objects.0)
    }

    /// The same without leave to write.
    #[must_use]
    pub fn reading(self) -> Self {
        Self(self.0 & Privilege::Read.bit())
    }

    /// The same for whoever may look, and neither change anything nor send messages.
    #[must_use]
    pub fn without_writing(self) -> Self {
        let kept =
            Self::of(&[Privilege::Read, Privilege::ReadFreeBusy, Privilege::ScheduleDeliver, Privilege::ReadAcl]);
        Self(self.0 & kept.0)
    }

    /// Those granted, without aggregates.
    pub fn iter(self) -> impl Iterator<Item = Privilege> {
        Privilege::ALL.into_iter().filter(move |p| self.allows(*p))
    }
}

/// How somebody stands to a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is theirs.
    Own,
    /// Its owner has named them to write and answer in their place.
    Deputy,
    /// Its owner has named them to look after it, and no more.
    Observer,
    /// It is their team's.
    Member,
    /// It is the team's, and they manage it.
    Manager,
    /// Its owner shares it with them.
    Guest,
    /// None of these: administrators too have no business in other people's calendars.
    Stranger,
}

impl Standing {
    /// Whether what they do counts as the owner's own answer.
    #[must_use]
    pub const fn answers_for_owner(self) -> bool {
        matches!(self, Self::Own | Self::Deputy)
    }
}

/// What the owner of a calendar grants to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// To whom.
    pub to: Grantee,
    /// What.
    pub privileges: Privileges,
}

/// All that the decision rests on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    /// Who asks.
    pub subject: &'a PersonId,
    /// What the calendar is for.
    pub kind: CollectionKind,
    /// Whose it is.
    pub owner: &'a Owner,
    /// How the subject belongs to the team whose calendar it is: as its manager, or as a member.
    pub team: Option<(bool, bool)>,
    /// What the owner has made of the subject: whether they also write.
    pub delegate: Option<bool>,
    /// What the owner grants.
    pub grants: &'a [Grant],
    /// The teams the subject is in now.
    pub teams: &'a [TeamId],
    /// It is seen in the subject's own home, though it isn't theirs.
    pub mounted: bool,
    /// The password changes nothing.
    pub reads_only: bool,
}

/// The decision: how the subject stands to the calendar, and what they may do there.
pub(super) fn decide(facts: &Facts<'_>) -> (Standing, Privileges) {
    let given = shared(facts);
    let standing = match facts.owner {
        Owner::Person(owner) if owner == facts.subject => Standing::Own,
        Owner::Person(_) => match facts.delegate {
            Some(true) => Standing::Deputy,
            Some(false) => Standing::Observer,
            None if given == Privileges::NONE => Standing::Stranger,
            None => Standing::Guest,
        },
        Owner::Team(_) => match facts.team {
            Some((true, _)) => Standing::Manager,
            Some((false, true)) => Standing::Member,
            Some((false, false)) | None => Standing::Stranger,
        },
    };
    let mut all = granted(facts.kind, standing).and(given);
    if facts.mounted && all.allows(Privilege::Read) {
        // How a calendar of somebody else is called and coloured in one's own home is one's own.
        all = all.and(Privileges::of(&[Privilege::WriteProperties]));
    }
    (standing, if facts.reads_only { all.without_writing() } else { all })
}

/// What the owner's grants come to for the subject.
fn shared(facts: &Facts<'_>) -> Privileges {
    let Owner::Person(_) = facts.owner else { return Privileges::NONE };
    let concerns = |grant: &&Grant| match &grant.to {
        Grantee::Person(person) => person == facts.subject,
        Grantee::Team(team) => facts.teams.contains(team),
        Grantee::Everybody => true,
    };
    let all = facts.grants.iter().filter(concerns).fold(Privileges::NONE, |all, grant| all.and(grant.privileges));
    all.within(grantable(facts.kind))
}

/// What the owner of a calendar may grant to others. To answer in somebody's place takes more: to be named by them.
#[must_use]
pub fn grantable(kind: CollectionKind) -> Privileges {
    use CollectionKind::{Availability, Calendar, Shifts};
    let look = Privileges::READING.and(Privileges::of(&[Privilege::ReadAcl]));
    match kind {
        Calendar => look.and(Privileges::WRITING).and(Privileges::of(&[Privilege::WriteAcl])),
        Availability | Shifts => look,
        _ => Privileges::NONE,
    }
}

/// All there is on a kind of calendar.
#[must_use]
pub fn supported(kind: CollectionKind) -> Privileges {
    use CollectionKind::{Inbox, Outbox};
    let usual =
        Privileges::READING.and(Privileges::WRITING).and(Privileges::of(&[Privilege::ReadAcl, Privilege::WriteAcl]));
    match kind {
        Inbox => usual.and(Privileges::of(&[Privilege::ScheduleDeliver])),
        Outbox => usual.and(Privileges::of(&[Privilege::ScheduleSend])),
        _ => usual,
    }
}

/// The table: what a standing grants on a kind of calendar. What is not listed is not granted.
#[must_use]
pub fn granted(kind: CollectionKind, standing: Standing) -> Privileges {
    use CollectionKind::{
        Alarms, Availability, Calendar, Holidays, Inbox, Outbox, Outside, Pattern, Roster, Shifts, TeamAvailability,
    };
    use Privilege::{
        Read, ReadAcl, ReadFreeBusy, ScheduleDeliver, ScheduleSend, Unbind, WriteAcl, WriteContent, WriteProperties,
    };
    use Standing::{Deputy, Manager, Member, Observer, Own};
    let everything = Privileges::READING.and(Privileges::WRITING);
    let acl = Privileges::of(&[ReadAcl, WriteAcl]);
    match (kind, standing) {
        (Calendar | Availability, Own) => everything.and(acl),
        (Calendar | Availability, Deputy) => everything.and(Privileges::of(&[ReadAcl])),
        (Calendar | Availability | Shifts, Observer) => Privileges::READING.and(Privileges::of(&[ReadAcl])),
        (TeamAvailability, Member | Manager) | (Pattern | Holidays, Manager) => everything,
        // Answers are changes of content; only the roster adds a shift.
        (Shifts, Own) => Privileges::of(&[Read, ReadFreeBusy, WriteProperties, WriteContent, Unbind]).and(acl),
        (Shifts, Deputy) => Privileges::of(&[Read, ReadFreeBusy, WriteContent, Unbind, ReadAcl]),
        // Outside: its address is often all it takes to read it, so that it is nobody else's; when it is busy counts in
        // free/busy. Alarms: answers belong into `shifts`.
        (Outside | Alarms, Own) => Privileges::of(&[Read, ReadFreeBusy, WriteProperties, ReadAcl]),
        (Inbox, Own) => Privileges::of(&[Read, WriteProperties, Unbind, ScheduleDeliver, ReadAcl]),
        (Inbox, Deputy) => Privileges::of(&[Read, Unbind, ScheduleDeliver, ReadAcl]),
        (Inbox, Observer) => Privileges::of(&[Read, ScheduleDeliver, ReadAcl]),
        (Outbox, Own | Deputy) => Privileges::of(&[Read, ScheduleSend, ReadAcl]),
        (Outbox, Observer) => Privileges::of(&[Read, ReadAcl]),
        (Roster, Member | Manager) => Privileges::of(&[Read, ReadFreeBusy, WriteProperties]),
        _ => Privileges::NONE,
    }
}

#[cfg(test)]
mod tests;
