//! Properties of WebDAV-Push: by which way a device can be told of changes, of which, and by what name.

use super::{Live, Scene, Subject, live};
use crate::dav::write::Xml;
use crate::dav::xml::PUSH;
use crate::service::Service;
use crate::service::calendars::{Owner, Triggers};

pub(super) const TABLE: &[Live] = &[
    live(PUSH, "transports", false, transports),
    live(PUSH, "topic", false, topic),
    live(PUSH, "supported-triggers", false, supported_triggers),
];

/// What can be heard of here, and the topic by which it is told; only of what the viewer may subscribe to.
fn heard(scene: &Scene<'_>) -> Option<(Triggers, String)> {
    scene.push?;
    match scene.subject {
        Subject::Collection(view, _) => Some((Triggers::CALENDAR, view.id.as_str().to_owned())),
        Subject::Home(person, _) if person == scene.viewer => Some((Triggers::HOME, Service::home_topic(person))),
        Subject::Principal(view) => match &view.owner {
            Owner::Person(person) if person == scene.viewer => {
                Some((Triggers::PRINCIPAL, Service::person_topic(person)))
            }
            Owner::Person(_) | Owner::Team(_) => None,
        },
        Subject::Container | Subject::Home(..) | Subject::Object(..) => None,
    }
}

fn open(xml: &mut Xml, name: &str) {
    xml.raw("<");
    xml.raw(name);
    xml.raw(" xmlns=\"");
    xml.raw(PUSH);
    xml.raw("\">");
}

fn transports(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let (Some(key), Some(_)) = (scene.push, heard(scene)) else { return false };
    open(xml, "transports");
    xml.raw("<web-push><vapid-public-key type=\"p256ecdsa\">");
    xml.characters(key);
    xml.raw("</vapid-public-key></web-push>");
    xml.close("transports");
    true
}

fn topic(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Some((_, topic)) = heard(scene) else { return false };
    open(xml, "topic");
    xml.characters(&topic);
    xml.close("topic");
    true
}

fn supported_triggers(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Some((triggers, _)) = heard(scene) else { return false };
    open(xml, "supported-triggers");
    if let Some(depth) = triggers.content {
        xml.open("content-update");
        xml.text("D:depth", &depth.to_string());
        xml.close("content-update");
    }
    if triggers.property {
        xml.open("property-update");
        xml.text("D:depth", "0");
        xml.close("property-update");
    }
    xml.close("supported-triggers");
    true
}
