//! What pages say, in one place: messages of Project Fluent in `texts/LANGUAGE/*.ftl`, by key. A further language is a
//! folder beside `en` and a line in [`LANGUAGES`].

use askama::filters::HtmlSafe;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

/// A language that pages are written in: its tag, and its texts.
struct Language {
    tag: &'static str,
    texts: &'static [&'static str],
}

/// Every language; the first is what people get whose own is not among them, and what fills gaps in the others.
const LANGUAGES: &[Language] = &[Language {
    tag: "en",
    texts: &[
        include_str!("texts/en/account.ftl"),
        include_str!("texts/en/admin.ftl"),
        include_str!("texts/en/board.ftl"),
        include_str!("texts/en/availability.ftl"),
        include_str!("texts/en/chat.ftl"),
        include_str!("texts/en/connect.ftl"),
        include_str!("texts/en/frame.ftl"),
        include_str!("texts/en/home.ftl"),
        include_str!("texts/en/link.ftl"),
        include_str!("texts/en/mail.ftl"),
        include_str!("texts/en/manage.ftl"),
        include_str!("texts/en/mine.ftl"),
        include_str!("texts/en/moments.ftl"),
        include_str!("texts/en/reminders.ftl"),
        include_str!("texts/en/second-factor.ftl"),
        include_str!("texts/en/reports.ftl"),
        include_str!("texts/en/setup.ftl"),
        include_str!("texts/en/sign-in.ftl"),
        include_str!("texts/en/team.ftl"),
        include_str!("texts/en/webhooks.ftl"),
        include_str!("texts/en/pagers.ftl"),
    ],
}];

type Bundle = FluentBundle<FluentResource>;

static BUNDLES: LazyLock<Vec<Bundle>> = LazyLock::new(|| LANGUAGES.iter().map(bundle).collect());

fn bundle(language: &Language) -> Bundle {
    let mut bundle = FluentBundle::new_concurrent(language.tag.parse().into_iter().collect());
    // The marks around what is filled in would be found by whoever searches or copies a page.
    bundle.set_use_isolating(false);
    for text in language.texts {
        // A test parses them, and finds keys that stand twice.
        let resource = FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(readable, _)| readable);
        let _ = bundle.add_resource(resource);
    }
    bundle
}

/// Which language a page is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tongue(usize);

impl Tongue {
    /// The first of these tags (`en-GB`) whose language there is.
    pub fn of<'t>(mut tags: impl Iterator<Item = &'t str>) -> Self {
        let known = |tag: &str| {
            let language = tag.split('-').next().unwrap_or(tag);
            LANGUAGES.iter().position(|known| known.tag.eq_ignore_ascii_case(language))
        };
        Self(tags.find_map(known).unwrap_or(0))
    }

    /// Its tag, for the `lang` attribute.
    pub fn tag(self) -> &'static str {
        LANGUAGES.get(self.0).map_or("en", |language| language.tag)
    }

    /// The text of a key.
    pub fn text(self, key: impl Into<Cow<'static, str>>) -> Text {
        Text { tongue: self, key: key.into(), args: Vec::new() }
    }

    /// Whether there is a text of this key.
    pub fn has(key: &str) -> bool {
        BUNDLES.iter().any(|bundle| bundle.has_message(key))
    }
}

/// A text with what is filled into it. Shown in a template, it is escaped.
#[derive(Clone, Debug)]
pub struct Text {
    tongue: Tongue,
    key: Cow<'static, str>,
    args: Vec<(&'static str, FluentValue<'static>)>,
}

/// What can be filled into a text.
pub trait Filling {
    /// As Fluent takes it: a number chooses the plural.
    fn value(self) -> FluentValue<'static>;
}

macro_rules! fillings {
    ($($kind:ty => |$it:ident| $value:expr),+ $(,)?) => {$(
        impl Filling for $kind {
            fn value(self) -> FluentValue<'static> {
                let $it = self;
                FluentValue::from($value)
            }
        }
    )+};
}

fillings! {
    &str => |it| it.to_owned(),
    &&str => |it| (*it).to_owned(),
    String => |it| it,
    &String => |it| it.clone(),
    &&String => |it| (*it).clone(),
    i64 => |it| it,
    &i64 => |it| *it,
    &&i64 => |it| **it,
    u32 => |it| it,
    &u32 => |it| *it,
    &&u32 => |it| **it,
    usize => |it| it,
    &usize => |it| *it,
    &&usize => |it| **it,
    f64 => |it| it,
    Text => |it| it.to_string(),
}

impl Text {
    /// With a value for `{ $name }`.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Filling) -> Self {
        self.args.push((name, value.value()));
        self
    }

    /// The same as markup: the text itself may hold tags, what is filled in is escaped.
    #[must_use]
    pub fn markup(self) -> Markup {
        let escaped = |value: FluentValue<'static>| match value {
            FluentValue::String(text) => FluentValue::from(escape(&text)),
            other => other,
        };
        let args = self.args.into_iter().map(|(name, value)| (name, escaped(value))).collect();
        Markup(Self { args, ..self }.to_string())
    }

    fn written(&self) -> Option<String> {
        let args: FluentArgs = self.args.iter().map(|(name, value)| (*name, value.clone())).collect();
        let bundles = BUNDLES.get(self.tongue.0).into_iter().chain(BUNDLES.first());
        let (bundle, message) =
            bundles.into_iter().find_map(|bundle| Some((bundle, bundle.get_message(&self.key)?)))?;
        let mut problems = Vec::new();
        let text = bundle.format_pattern(message.value()?, Some(&args), &mut problems).into_owned();
        if !problems.is_empty() {
            tracing::error!(key = %self.key, "text lacks something to fill in");
        }
        Some(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(text) = self.written() else {
            tracing::error!(key = %self.key, "text missing");
            return f.write_str(&self.key);
        };
        f.write_str(&text)
    }
}

/// The tags of an Accept-Language header, the most wanted first.
pub fn tags(line: &str) -> Vec<String> {
    let mut tags: Vec<(i32, String)> = line
        .split(',')
        .filter_map(|item| {
            let mut parts = item.trim().split(';');
            let tag = parts.next()?.trim();
            let quality = parts.find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            #[allow(clippy::cast_possible_truncation)] // thousandths, which the header has at most
            let quality = (quality.clamp(0.0, 1.0) * 1000.0) as i32;
            let plain =
                !tag.is_empty() && tag.len() <= 35 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            (plain && quality > 0).then(|| (-quality, tag.to_owned()))
        })
        .take(20)
        .collect();
    tags.sort_by_key(|(quality, _)| *quality);
    tags.into_iter().map(|(_, tag)| tag).collect()
}

/// HTML that is safe as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup(pub(super) String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}

/// Text as HTML, also inside quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&#38;"),
            '<' => escaped.push_str("&#60;"),
            '>' => escaped.push_str("&#62;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
