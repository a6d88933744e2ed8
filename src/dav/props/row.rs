//! One row of a multistatus: which properties are wanted, and the two parts into which they fall.

use super::{Live, Scene, Subject, all, find};
use crate::dav::error::{Fault, status_line};
use crate::dav::write::Xml;
use crate::dav::xml::{DAV, Element, Name};
use hyper::StatusCode;

/// Which properties a request asks for.
#[derive(Clone)]
pub enum Wanted {
    /// `allprop`, or a PROPFIND without a body, with what `include` adds.
    All(Vec<Asked>),
    /// `propname`: names without values.
    Names,
    /// Those listed.
    Listed(Vec<Asked>),
}

/// A name, and the live property behind it.
#[derive(Clone)]
pub struct Asked {
    name: Name,
    live: Option<&'static Live>,
}

/// How the client would like its rows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Preferred {
    /// Leave out what is not there.
    pub minimal: bool,
}

impl Wanted {
    /// Reads the body of a PROPFIND.
    pub fn of_propfind(root: Option<&Element>) -> Result<Self, Fault> {
        let Some(root) = root else { return Ok(Self::All(Vec::new())) };
        if !root.is(DAV, "propfind") {
            return Err(Fault::bad_request("the body of a PROPFIND is DAV:propfind"));
        }
        let asks = |name: &str| root.child(DAV, name).is_some();
        let questions = ["prop", "allprop", "propname"].iter().filter(|name| asks(name)).count();
        if questions > 1 || (questions == 0 && root.children().next().is_some()) {
            return Err(Fault::bad_request("a PROPFIND asks for one of prop, allprop and propname"));
        }
        Ok(Self::of_parent(root))
    }

    /// Reads `prop`, `allprop` or `propname` below an element; without any of them nothing but the href is wanted.
    pub fn of_parent(parent: &Element) -> Self {
        let listed = |name: &str| parent.child(DAV, name).map(asked).unwrap_or_default();
        if parent.child(DAV, "propname").is_some() {
            Self::Names
        } else if parent.child(DAV, "allprop").is_some() {
            Self::All(listed("include"))
        } else {
            Self::Listed(listed("prop"))
        }
    }

    /// Whether the property is named.
    pub fn asks_for(&self, namespace: &str, local: &str) -> bool {
        match self {
            Self::All(asked) | Self::Listed(asked) => asked.iter().any(|asked| asked.name.is(namespace, local)),
            Self::Names => false,
        }
    }

    /// Just these properties of one element's children, as `expand-property` names them.
    pub fn of_names(names: impl Iterator<Item = Name>) -> Self {
        Self::Listed(names.map(|name| Asked { live: find(&name), name }).collect())
    }
}

fn asked(prop: &Element) -> Vec<Asked> {
    prop.children().map(|child| Asked { name: child.name.clone(), live: find(&child.name) }).collect()
}

/// Writes the row of a resource.
pub fn write_row(xml: &mut Xml, href: &str, scene: &Scene<'_>, wanted: &Wanted, preferred: Preferred) {
    xml.open("D:response");
    xml.href(href);
    match wanted {
        Wanted::Names => names_part(xml, scene),
        Wanted::All(include) => all_part(xml, scene, include),
        Wanted::Listed(asked) => listed_parts(xml, scene, asked, preferred),
    }
    xml.close("D:response");
}

fn listed_parts(xml: &mut Xml, scene: &Scene<'_>, asked: &[Asked], preferred: Preferred) {
    let mut missing: Vec<&Name> = Vec::new();
    let mut withheld: Vec<&Name> = Vec::new();
    let before = xml.len();
    xml.raw("<D:propstat><D:prop>");
    let empty = xml.len();
    for asked in asked {
        if scene.withholds(&asked.name) {
            withheld.push(&asked.name);
        } else if !write_one(xml, scene, asked) {
            missing.push(&asked.name);
        }
    }
    let nothing_found = xml.len() == empty;
    let show_missing = !missing.is_empty() && !preferred.minimal;
    if nothing_found && (show_missing || !withheld.is_empty()) {
        xml.truncate(before);
    } else {
        end_part(xml, StatusCode::OK);
    }
    if !withheld.is_empty() {
        xml.raw("<D:propstat><D:prop>");
        for name in withheld {
            xml.empty_name(name);
        }
        end_part(xml, StatusCode::FORBIDDEN);
    }
    if show_missing {
        xml.raw("<D:propstat><D:prop>");
        for name in missing {
            xml.empty_name(name);
        }
        end_part(xml, StatusCode::NOT_FOUND);
    }
}

fn write_one(xml: &mut Xml, scene: &Scene<'_>, asked: &Asked) -> bool {
    match asked.live {
        Some(live) => (live.write)(scene, xml),
        None => match dead(scene).iter().find(|(name, _)| is_clark(name, &asked.name)) {
            Some((_, value)) => {
                xml.raw(value);
                true
            }
            None => false,
        },
    }
}

fn all_part(xml: &mut Xml, scene: &Scene<'_>, include: &[Asked]) {
    xml.raw("<D:propstat><D:prop>");
    for live in all().filter(|live| live.in_allprop) {
        (live.write)(scene, xml);
    }
    for asked in include.iter().filter(|asked| !asked.live.is_some_and(|live| live.in_allprop)) {
        if scene.withholds(&asked.name) {
            continue;
        }
        write_one(xml, scene, asked);
    }
    for (_, value) in dead(scene) {
        xml.raw(value);
    }
    end_part(xml, StatusCode::OK);
}

fn names_part(xml: &mut Xml, scene: &Scene<'_>) {
    xml.raw("<D:propstat><D:prop>");
    for live in all().filter(|live| !scene.withholds(&Name::new(live.namespace, live.local))) {
        let before = xml.len();
        let exists = (live.write)(scene, xml);
        xml.truncate(before);
        if exists {
            xml.empty_name(&Name::new(live.namespace, live.local));
        }
    }
    for (name, _) in dead(scene) {
        if let Some(name) = from_clark(name) {
            xml.empty_name(&name);
        }
    }
    end_part(xml, StatusCode::OK);
}

fn end_part(xml: &mut Xml, status: StatusCode) {
    if status == StatusCode::OK {
        // Nearly every row has one: it isn't worded anew for each.
        return xml.raw("</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>");
    }
    xml.raw("</D:prop>");
    xml.text("D:status", &status_line(status));
    xml.raw("</D:propstat>");
}

/// Properties that a client has put there.
fn dead<'a>(scene: &Scene<'a>) -> &'a [(String, String)] {
    match scene.subject {
        Subject::Collection(view, _) => &view.properties,
        _ => &[],
    }
}

/// `{namespace}local`, as `service` names properties.
pub fn to_clark(name: &Name) -> String {
    format!("{{{}}}{}", name.namespace, name.local)
}

/// The name behind `{namespace}local`.
pub fn from_clark(text: &str) -> Option<Name> {
    let (namespace, local) = text.strip_prefix('{')?.rsplit_once('}')?;
    Some(Name::new(namespace, local))
}

fn is_clark(text: &str, name: &Name) -> bool {
    text.strip_prefix('{')
        .and_then(|text| text.rsplit_once('}'))
        .is_some_and(|(namespace, local)| name.is(namespace, local))
}
