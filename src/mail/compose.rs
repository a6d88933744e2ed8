//! A letter as subject, text and HTML: the same content twice, for mail programs that show either. What people wrote is
//! escaped by the template, and no line of it gets into a header.

use super::sheet::{Action, Sheet};
use crate::service::letters::Letter;
use crate::web::texts::Tongue;
use askama::Template;

/// Longest subject, in characters.
const SUBJECT: usize = 200;

/// A letter, written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// The subject: one line.
    pub subject: String,
    /// For whoever reads text.
    pub text: String,
    /// For whoever reads HTML.
    pub html: String,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    lang: &'static str,
    sheet: &'a Sheet,
}

/// Writes a letter.
pub fn compose(letter: &Letter) -> Result<Composed, askama::Error> {
    // Nobody has said which language they read: browsers say it of pages.
    let tongue = Tongue::default();
    let sheet = Sheet::of(letter, tongue);
    let html = Html { lang: tongue.tag(), sheet: &sheet }.render()?;
    Ok(Composed { subject: one_line(&sheet.title, SUBJECT), text: text(&sheet), html })
}

fn text(sheet: &Sheet) -> String {
    let mut blocks = vec![plain(&sheet.title)];
    blocks.extend(sheet.lead.iter().map(|line| plain(line)));
    blocks.extend(sheet.quotes.iter().map(|quote| quoted(quote)));
    let items: Vec<String> = sheet
        .items
        .iter()
        .map(|item| {
            let action = item.action.as_ref().map(|action| format!("\n  {}", linked(action))).unwrap_or_default();
            format!("- {}\n  {}{action}", plain(&item.when), plain(&item.what))
        })
        .collect();
    if !items.is_empty() {
        blocks.push(items.join("\n"));
    }
    blocks.extend(sheet.more.iter().map(|line| plain(line)));
    blocks.extend(sheet.action.as_ref().map(linked));
    format!("{}\n\n-- \n{}\n", blocks.join("\n\n"), plain(&sheet.footer))
}

fn linked(action: &Action) -> String {
    format!("{}: {}", plain(&action.label), plain(&action.url))
}

fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("> {}", plain(line))).collect::<Vec<_>>().join("\n")
}

/// Without control characters, which mail programs may take for something.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A header's worth: one line, not too long.
pub fn one_line(text: &str, most: usize) -> String {
    let line = plain(text).split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let mut short: String = line.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}
