//! What people and roles are called where there is room for little.

use crate::ids::{PersonId, TeamId};
use crate::service::{Actor, Service, ServiceError};
use std::collections::BTreeMap;

/// The people of a team, past and present, by id.
pub struct Names(BTreeMap<PersonId, String>);

impl Names {
    /// Of a team that the actor manages.
    pub async fn of(service: &Service, actor: &Actor, team: &TeamId) -> Result<Self, ServiceError> {
        Ok(Self(service.names_in(actor, team).await?))
    }

    /// As shown; the id of whoever was never in the team.
    pub fn of_person(&self, person: &PersonId) -> String {
        self.0.get(person).cloned().unwrap_or_else(|| person.to_string())
    }

    /// By id, for choices, in the order of the names.
    pub fn sorted(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self.0.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
        all.sort_by(|(_, a), (_, b)| a.cmp(b));
        all
    }
}

impl From<BTreeMap<PersonId, String>> for Names {
    fn from(names: BTreeMap<PersonId, String>) -> Self {
        Self(names)
    }
}

/// The first letters of the first and the last word of a name.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).collect()
}

/// The shortest beginning of a role's name that no other role begins with.
pub fn short_of<'n>(role: &'n str, roles: &[String]) -> &'n str {
    let others = || roles.iter().filter(|other| *other != role);
    let ends = role.char_indices().map(|(at, c)| at + c.len_utf8());
    let unique = ends.filter_map(|end| role.get(..end)).find(|start| !others().any(|other| other.starts_with(start)));
    unique.unwrap_or(role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_to_what_tells_them_apart() {
        assert_eq!(initials("Ada Okafor"), "AO");
        assert_eq!(initials("Madonna"), "M");
        assert_eq!(initials("Ana de la Cruz"), "AC");
        assert_eq!(initials(" "), "");
        let roles = ["primary", "secondary", "shadow", "prime"].map(str::to_owned);
        assert_eq!(short_of("secondary", &roles), "se");
        assert_eq!(short_of("shadow", &roles), "sh");
        assert_eq!(short_of("prime", &roles), "prime", "the other ends later");
        assert_eq!(short_of("ähnlich", &roles), "ä");
    }
}
