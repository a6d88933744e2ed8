//! Privileges as data (RFC 3744 and RFC 6638 6): the one table that both decides what is allowed and is shown to clients
//! as `current-user-privilege-set`.

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

    /// Those granted, without aggregates.
    pub fn iter(self) -> impl Iterator<Item = Privilege> {
        Privilege::ALL.into_iter().filter(move |p| self.allows(*p))
    }
}
