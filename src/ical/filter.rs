//! (being laid)
use super::recur::{Budget, TooMany};
use super::tree::Tree;
use crate::time::{Window, Zone};

/// CALDAV:comp-filter (RFC 4791 9.7.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompFilter {
    /// Component name, in upper case.
    pub name: String,
    /// The component must be missing.
    pub is_not_defined: bool,
    /// An instance must touch this; ends that were not given are [`Window::ALWAYS`]'s.
    pub time_range: Option<Window>,
    /// All must match.
    pub props: Vec<PropFilter>,
    /// All must match.
    pub comps: Vec<CompFilter>,
}

/// CALDAV:prop-filter (RFC 4791 9.7.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropFilter {
    /// Property name, in upper case.
    pub name: String,
    /// The property must be missing.
    pub is_not_defined: bool,
    /// Its time must lie in this.
    pub time_range: Option<Window>,
    /// Its value must match.
    pub text: Option<TextMatch>,
    /// All must match.
    pub params: Vec<ParamFilter>,
}

/// CALDAV:param-filter (RFC 4791 9.7.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParamFilter {
    /// Parameter name, in upper case.
    pub name: String,
    /// The parameter must be missing.
    pub is_not_defined: bool,
    /// Its value must match.
    pub text: Option<TextMatch>,
}

/// CALDAV:text-match (RFC 4791 9.7.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextMatch {
    /// What must be contained.
    pub text: String,
    /// How it is compared.
    pub collation: Collation,
    /// It must not be contained.
    pub negate: bool,
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Collation {
    /// `i;ascii-casemap`, the default.
    #[default]
    AsciiCasemap,
    /// `i;octet`.
    Octet,
    /// `i;unicode-casemap`.
    UnicodeCasemap,
}

/// Whether an object matches.
///
/// # Errors
/// [`TooMany`]
pub fn matches(_tree: &Tree, _filter: &CompFilter, _floating: Zone, _budget: &mut Budget) -> Result<bool, TooMany> {
    unimplemented!()
}

impl CompFilter {
    /// A time range that every match must touch.
    #[must_use]
    pub fn bounds(&self) -> Option<Window> {
        unimplemented!()
    }
}
