//! Privileges as data (RFC 3744 and RFC 6638 6): the one table that both decides what is allowed and is shown to clients
//! as `current-user-privilege-set`.

use crate::store::collections::CollectionKind;

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
}

impl Privilege {
    /// Every privilege, in the order of [`Privilege`].
    pub const ALL: [Self; 8] = [
        Self::Read,
        Self::WriteProperties,
        Self::WriteContent,
        Self::Bind,
        Self::Unbind,
        Self::ReadFreeBusy,
        Self::ScheduleDeliver,
        Self::ScheduleSend,
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
        }
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

    /// Whether the aggregate `DAV:write` is granted: content, properties, bind and unbind together.
    #[must_use]
    pub const fn allows_write(self) -> bool {
        self.allows(Privilege::WriteContent)
            && self.allows(Privilege::WriteProperties)
            && self.allows(Privilege::Bind)
            && self.allows(Privilege::Unbind)
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
        let kept = Self::of(&[Privilege::Read, Privilege::ReadFreeBusy, Privilege::ScheduleDeliver]);
        Self(self.0 & kept.0)
    }

    /// Those granted, without aggregates.
    pub fn iter(self) -> impl Iterator<Item = Privilege> {
        Privilege::ALL.into_iter().filter(move |p| self.allows(*p))
    }
}

/// How somebody stands to a calendar in their home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is theirs.
    Own,
    /// It is their team's.
    Member,
    /// It is the team's, and they manage it.
    Manager,
    /// None of these: administrators too have no business in other people's calendars.
    Stranger,
}

/// The table: what a standing grants on a kind of calendar. What is not listed is not granted.
#[must_use]
pub fn granted(kind: CollectionKind, standing: Standing) -> Privileges {
    use CollectionKind::{Availability, Calendar, Holidays, Inbox, Outbox, Pattern, Roster, Shifts, TeamAvailability};
    use Privilege::{Bind, Read, ReadFreeBusy, ScheduleDeliver, ScheduleSend, Unbind, WriteContent, WriteProperties};
    let everything = [Read, ReadFreeBusy, WriteProperties, WriteContent, Bind, Unbind];
    match (kind, standing) {
        (Calendar | Availability, Standing::Own)
        | (TeamAvailability, Standing::Member | Standing::Manager)
        | (Pattern | Holidays, Standing::Manager) => Privileges::of(&everything),
        // Answers are changes of content; only the roster adds a shift.
        (Shifts, Standing::Own) => Privileges::of(&[Read, ReadFreeBusy, WriteProperties, WriteContent, Unbind]),
        (Inbox, Standing::Own) => Privileges::of(&[Read, WriteProperties, Unbind, ScheduleDeliver]),
        (Outbox, Standing::Own) => Privileges::of(&[Read, ScheduleSend]),
        (Roster, Standing::Member | Standing::Manager) => Privileges::of(&[Read, ReadFreeBusy, WriteProperties]),
        _ => Privileges::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CollectionKind::{Availability, Calendar, Holidays, Inbox, Outbox, Pattern, Roster, Shifts, TeamAvailability};

    fn names(kind: CollectionKind, standing: Standing) -> String {
        granted(kind, standing).iter().map(Privilege::name).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_table_of_privileges_is_this_one() {
        let all = "read write-properties write-content bind unbind read-free-busy";
        for (kind, own, member, manager) in [
            (Calendar, all, "", ""),
            (Availability, all, "", ""),
            (Shifts, "read write-properties write-content unbind read-free-busy", "", ""),
            (Inbox, "read write-properties unbind schedule-deliver", "", ""),
            (Outbox, "read schedule-send", "", ""),
            (Roster, "", "read write-properties read-free-busy", "read write-properties read-free-busy"),
            (TeamAvailability, "", all, all),
            (Pattern, "", "", all),
            (Holidays, "", "", all),
        ] {
            assert_eq!(names(kind, Standing::Own), own, "{kind:?}");
            assert_eq!(names(kind, Standing::Member), member, "{kind:?}");
            assert_eq!(names(kind, Standing::Manager), manager, "{kind:?}");
            assert_eq!(names(kind, Standing::Stranger), "", "{kind:?}");
        }
    }

    #[test]
    fn only_all_four_together_are_write() {
        assert!(granted(Calendar, Standing::Own).allows_write());
        assert!(!granted(Shifts, Standing::Own).allows_write());
        assert!(!granted(Roster, Standing::Manager).allows_write());
    }
}
