//! What somebody says to their answer: kept with the offer, and told to whoever asks.

use super::found::shift_of_swap;
use super::tell;
use crate::roster::swap::{Offer, Swap};
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::{Connection, swaps};

/// Longest comment, in characters.
const LONGEST: usize = 500;

/// A comment as it may be kept; nothing where it is empty.
pub(in crate::service) fn sound(comment: Option<String>) -> Result<Option<String>, ServiceError> {
    let comment = comment.map(|text| text.replace("\r\n", "\n").trim().to_owned()).filter(|text| !text.is_empty());
    let too_much = |text: &String| text.chars().count() > LONGEST || text.chars().any(|c| c.is_control() && c != '\n');
    if comment.as_ref().is_some_and(too_much) {
        return Err(ServiceError::invalid("comment", format!("must be plain text of at most {LONGEST} characters")));
    }
    Ok(comment)
}

/// Keeps it beside the answer that was just given. Where nothing is said, what was said before stays.
pub(super) fn keep(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (swap, offer): (&Swap, &Offer),
    comment: Option<&str>,
) -> Result<(), ServiceError> {
    let Some(comment) = comment else { return Ok(()) };
    if swaps::comment_of(tx, &offer.id)?.as_deref() == Some(comment) {
        return Ok(());
    }
    swaps::set_comment(tx, &offer.id, Some(comment))?;
    let deed = Deed::new("offer.commented", format!("offer:{}", offer.id)).subject(&offer.person);
    let place = record(tx, ctx, actor, deed.reason(Some(comment.to_owned())))?;
    let shift = shift_of_swap(tx, swap)?;
    tell::commented(tx, ctx, (swap, &shift), offer, (comment, place))
}
