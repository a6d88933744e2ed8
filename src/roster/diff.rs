//! What changed between two editions of a roster, slot by slot.

use crate::ids::{PersonId, SlotId};
use crate::time::Window;
use std::collections::BTreeMap;

/// One slot as an edition has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub window: Window,
    /// The role.
    pub role: String,
    /// Who; nobody is a gap.
    pub person: Option<PersonId>,
    /// Anything else that is shown: a change of it alone is a change of details.
    pub details: String,
}

/// How one slot differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Only in the new edition.
    Added(Entry),
    /// Only in the old edition.
    Removed(Entry),
    /// Time, role or person differ.
    Moved {
        /// Before.
        from: Entry,
        /// After.
        to: Entry,
    },
    /// Only details differ.
    Details {
        /// Before.
        from: Entry,
        /// After.
        to: Entry,
    },
}

impl Change {
    /// Who is touched: old and new holder.
    pub fn people(&self) -> impl Iterator<Item = &PersonId> {
        let (a, b) = match self {
            Self::Added(entry) | Self::Removed(entry) => (entry.person.as_ref(), None),
            Self::Moved { from, to } | Self::Details { from, to } => (from.person.as_ref(), to.person.as_ref()),
        };
        a.into_iter().chain(b)
    }

    /// When it was and is.
    pub fn windows(&self) -> impl Iterator<Item = Window> {
        let (a, b) = match self {
            Self::Added(entry) | Self::Removed(entry) => (entry.window, None),
            Self::Moved { from, to } | Self::Details { from, to } => (from.window, Some(to.window)),
        };
        std::iter::once(a).chain(b)
    }
}

/// The differences, by slot id; slots that are the same are left out.
#[must_use]
pub fn diff(old: &BTreeMap<SlotId, Entry>, new: &BTreeMap<SlotId, Entry>) -> BTreeMap<SlotId, Change> {
    let mut changes = BTreeMap::new();
    for (slot, from) in old {
        let change = match new.get(slot) {
            None => Change::Removed(from.clone()),
            Some(to) if to == from => continue,
            Some(to) if (to.window, &to.role, &to.person) == (from.window, &from.role, &from.person) => {
                Change::Details { from: from.clone(), to: to.clone() }
            }
            Some(to) => Change::Moved { from: from.clone(), to: to.clone() },
        };
        changes.insert(slot.clone(), change);
    }
    for (slot, to) in new.iter().filter(|(slot, _)| !old.contains_key(slot)) {
        changes.insert(slot.clone(), Change::Added(to.clone()));
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    fn entry(hour: i64, person: &str, details: &str) -> Entry {
        let start = Instant::from_millis(0).plus_hours(hour);
        let window = Window::new(start, start.plus_hours(8));
        Entry { window, role: "primary".into(), person: Some(person.into()), details: details.into() }
    }

    fn edition(entries: &[(&str, Entry)]) -> BTreeMap<SlotId, Entry> {
        entries.iter().map(|(id, entry)| (SlotId::from(*id), entry.clone())).collect()
    }

    #[test]
    fn each_kind_of_change_is_told_apart() {
        let old = edition(&[
            ("a", entry(0, "ada", "")),
            ("b", entry(8, "ada", "")),
            ("c", entry(16, "ben", "")),
            ("d", entry(24, "cho", "")),
        ]);
        let new = edition(&[
            ("a", entry(0, "ada", "")),
            ("b", entry(9, "ada", "")),
            ("c", entry(16, "ben", "new number")),
            ("e", entry(32, "cho", "")),
        ]);
        let changes = diff(&old, &new);
        assert!(!changes.contains_key(&"a".into()));
        assert!(matches!(changes[&"b".into()], Change::Moved { .. }));
        assert!(matches!(changes[&"c".into()], Change::Details { .. }));
        assert!(matches!(changes[&"d".into()], Change::Removed(_)));
        assert!(matches!(changes[&"e".into()], Change::Added(_)));
    }

    #[test]
    fn nothing_changes_between_an_edition_and_itself() {
        let edition = edition(&[("a", entry(0, "ada", "x"))]);
        assert!(diff(&edition, &edition).is_empty());
    }
}
