//! Meetings of people here, as mail for people elsewhere (RFC 6047): the scheduling message that the change of a
//! calendar has left in the outbox.

use super::facts::Facts;
use super::invitations::organized_by;
use super::{Invitation, Letter, MailSettings, News};
use crate::ical::attendee::partstat;
use crate::ical::build::normal_address;
use crate::ical::index::Index;
use crate::ical::tree::Tree;
use crate::schedule::Method;
use crate::service::{Ctx, ServiceError};
use crate::store::outbox::Message;
use crate::store::{Connection, people};

/// The mail, from whoever it is of.
pub(super) fn letter(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (settings, message): (&MailSettings, &Message),
    facts: &Facts,
) -> Result<Option<Letter>, ServiceError> {
    let guest = normal_address(&message.recipient);
    let Some(person) = people::by_email(tx, &facts.from)?.filter(|person| !person.disabled) else { return Ok(None) };
    if !guest.contains('@') {
        return Ok(None);
    }
    let asks = Method::named(&facts.method).is_some_and(Method::is_organizers);
    let (reply_to, calendar) = match settings.replies.as_ref().filter(|_| asks) {
        Some(replies) => {
            let address = replies.of_meetings(tx, ctx, (&person.id, &guest))?;
            let calendar = organized_by(&facts.calendar, &address);
            (address, calendar.unwrap_or_else(|| facts.calendar.clone()))
        }
        None => (person.email.clone(), facts.calendar.clone()),
    };
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase());
    // In another domain's name nobody would take it.
    let own = (domain(&person.email) == domain(&settings.from)).then(|| person.email.clone());
    Ok(Some(Letter {
        id: message.id.clone(),
        from: (person.name.clone(), own),
        to: (guest, None),
        reply_to: Some(reply_to),
        return_path: None,
        bouncing: None,
        zone: person.zone,
        news: news(facts),
        invitation: Some(Invitation { method: facts.method.clone(), calendar, of: None }),
        home: ctx.host.public_url.clone(),
    }))
}

fn news(facts: &Facts) -> News {
    let mut news = (String::new(), None, String::new(), None);
    if let Ok(tree) = Tree::parse(facts.calendar.as_bytes()) {
        let component = tree.calendar().children().find(|child| !child.is("VTIMEZONE"));
        let text = |name: &str| {
            component.and_then(|component| component.property(name)).map(|line| line.text()).unwrap_or_default()
        };
        let answers = facts.method == "REPLY";
        let line = component.and_then(|component| component.property("ATTENDEE")).filter(|_| answers);
        let window = Index::of(&tree).filter(|index| !index.recurring).map(|index| index.extent);
        news = (text("SUMMARY"), window, text("LOCATION"), line.map(partstat));
    }
    let (title, window, place, answer) = news;
    News::Meeting { method: facts.method.clone(), name: facts.name.clone(), title, window, place, answer }
}
