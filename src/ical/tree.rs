//! Components and properties as views over the stored text. Parsing is iterative and capped, so that no input can
//! exhaust the stack; printing is the stored text itself.

use super::line::lines;
use super::property::{Entry, is_token, shortened};
use std::ops::Range;

pub use super::line::Malformed;
pub use super::property::Property;

/// How deep components may nest, VCALENDAR being 1.
pub const MAX_DEPTH: usize = 8;
/// How many properties one component may have.
pub const MAX_LINES: usize = 2_000;

/// A whole text with its single VCALENDAR.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    text: &'a [u8],
    nodes: Vec<Node<'a>>,
}

#[derive(Clone, Debug)]
struct Node<'a> {
    begin: Entry<'a>,
    end: Range<usize>,
    properties: Vec<Entry<'a>>,
    children: Vec<usize>,
}

impl<'a> Tree<'a> {
    /// Reads a text.
    ///
    /// # Errors
    /// [`Malformed`] names the physical line: no VCALENDAR or more than one, BEGIN and END that don't match, deeper
    /// than [`MAX_DEPTH`], more than [`MAX_LINES`] properties in a component, not UTF-8, a NUL.
    pub fn parse(text: &'a [u8]) -> Result<Tree<'a>, Malformed> {
        let mut nodes: Vec<Node<'a>> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut last = 1;
        for line in lines(text) {
            let entry = Entry::read(line?)?;
            last = entry.view().line();
            match (entry.view(), open.last().copied()) {
                (line, parent) if line.is("BEGIN") => {
                    admit(line, open.len(), nodes.len())?;
                    let node = nodes.len();
                    if let Some(parent) = parent.and_then(|p| nodes.get_mut(p)) {
                        parent.children.push(node);
                    }
                    open.push(node);
                    nodes.push(Node { begin: entry, end: 0..0, properties: Vec::new(), children: Vec::new() });
                }
                (line, _) if line.is("END") => {
                    let node = open.pop().and_then(|node| nodes.get_mut(node));
                    close(line, node)?;
                }
                (line, parent) => {
                    let Some(node) = parent.and_then(|p| nodes.get_mut(p)) else {
                        let place = if nodes.is_empty() { "before BEGIN:VCALENDAR" } else { "after END:VCALENDAR" };
                        return Err(line.malformed(format!("‘{}’ stands {place}", shortened(line.name()))));
                    };
                    if node.properties.len() == MAX_LINES {
                        return Err(line.malformed(format!("more than {MAX_LINES} properties in one component")));
                    }
                    node.properties.push(entry);
                }
            }
        }
        if let Some(node) = open.last().and_then(|node| nodes.get(*node)) {
            let begin = node.begin.view();
            let name = shortened(begin.value().trim());
            return Err(Malformed::new(
                last,
                format!("the text ends before BEGIN:{name} of line {} does", begin.line()),
            ));
        }
        if nodes.is_empty() {
            return Err(Malformed::new(last, "no calendar in it: BEGIN:VCALENDAR is missing"));
        }
        Ok(Tree { text, nodes })
    }

    /// The VCALENDAR.
    pub fn calendar(&self) -> Component<'_> {
        Component { tree: self, node: 0 }
    }

    /// The text as it was read.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }
}

/// Whether a component may begin here, given how many are open and how many there are.
fn admit(begin: Property<'_>, open: usize, known: usize) -> Result<(), Malformed> {
    let name = begin.value().trim();
    if !is_token(name) {
        return Err(begin.malformed(format!("‘{}’ is not the name of a component", shortened(name))));
    }
    match (open, known, name.eq_ignore_ascii_case("VCALENDAR")) {
        (0, 0, false) => Err(begin.malformed(format!("BEGIN:{} where BEGIN:VCALENDAR must stand", shortened(name)))),
        (0, 0, true) => Ok(()),
        (_, _, true) => Err(begin.malformed("a second VCALENDAR begins; only one is allowed")),
        (0, _, false) => Err(begin.malformed(format!("BEGIN:{} stands after END:VCALENDAR", shortened(name)))),
        _ if open >= MAX_DEPTH => Err(begin.malformed(format!("components nest deeper than {MAX_DEPTH}"))),
        _ => Ok(()),
    }
}

fn close(end: Property<'_>, node: Option<&mut Node<'_>>) -> Result<(), Malformed> {
    let name = end.value().trim();
    let Some(node) = node else {
        return Err(end.malformed(format!("END:{} without a BEGIN", shortened(name))));
    };
    let begin = node.begin.view();
    let expected = begin.value().trim();
    if !name.eq_ignore_ascii_case(expected) {
        let (name, line) = (shortened(name), begin.line());
        return Err(
            end.malformed(format!("END:{name}, but BEGIN:{} of line {line} is still open", shortened(expected)))
        );
    }
    node.end = end.span();
    Ok(())
}

/// A component, as a view.
#[derive(Clone, Copy, Debug)]
pub struct Component<'t> {
    tree: &'t Tree<'t>,
    node: usize,
}

impl<'t> Component<'t> {
    fn node(self) -> Option<&'t Node<'t>> {
        self.tree.nodes.get(self.node)
    }

    /// The name as written, such as `VEVENT`; compare with [`Component::is`].
    pub fn name(self) -> &'t str {
        self.node().map_or("", |n| n.begin.view().value().trim())
    }

    /// Whether it has this name, in whatever case.
    pub fn is(self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// Its own properties, in order.
    pub fn properties(self) -> impl DoubleEndedIterator<Item = Property<'t>> {
        self.node().map_or(&[][..], |n| &n.properties).iter().map(Entry::view)
    }

    /// The first property of a name.
    pub fn property(self, name: &str) -> Option<Property<'t>> {
        self.properties().find(|p| p.is(name))
    }

    /// All properties of a name, in order.
    pub fn all(self, name: &str) -> impl Iterator<Item = Property<'t>> {
        self.properties().filter(move |p| p.is(name))
    }

    /// The components directly inside, in order.
    pub fn children(self) -> impl DoubleEndedIterator<Item = Component<'t>> {
        let children = self.node().map_or(&[][..], |n| &n.children);
        children.iter().map(move |node| Component { tree: self.tree, node: *node })
    }

    /// The components of a name directly inside, in order.
    pub fn children_named(self, name: &str) -> impl Iterator<Item = Component<'t>> {
        self.children().filter(move |c| c.is(name))
    }

    /// The physical line of its BEGIN, counted from 1.
    pub fn line(self) -> usize {
        self.node().map_or(0, |n| n.begin.view().line())
    }

    /// Its bytes in the text, from BEGIN to the newline after END.
    pub fn span(self) -> Range<usize> {
        self.begin_span().start..self.end_span().end
    }

    /// The bytes of its BEGIN line, newline included.
    pub fn begin_span(self) -> Range<usize> {
        self.node().map_or(0..0, |n| n.begin.view().span())
    }

    /// The bytes of its END line, newline included.
    pub fn end_span(self) -> Range<usize> {
        self.node().map_or(0..0, |n| n.end.clone())
    }

    /// The BEGIN line as it stands in the text.
    pub fn begin_line(self) -> &'t [u8] {
        self.tree.text.get(self.begin_span()).unwrap_or_default()
    }

    /// The END line as it stands in the text.
    pub fn end_line(self) -> &'t [u8] {
        self.tree.text.get(self.end_span()).unwrap_or_default()
    }

    /// A property of this component as it stands in the text, folds and newline included.
    pub fn line_of(self, property: Property<'_>) -> &'t [u8] {
        self.tree.text.get(property.span()).unwrap_or_default()
    }

    /// The bytes of the whole component.
    pub fn bytes(self) -> &'t [u8] {
        self.tree.text.get(self.span()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(text: &str) -> String {
        Tree::parse(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn components_nest_and_names_know_no_case() {
        let tree = Tree::parse(
            b"begin:vcalendar\nVersion:2.0\nBEGIN:VEVENT\nuid:1\nBEGIN:VALARM\nEND:VALARM\nend:Vevent\nEND:VCALENDAR",
        )
        .unwrap();
        let event = tree.calendar().children_named("VEVENT").next().unwrap();
        assert_eq!(event.property("UID").unwrap().value(), "1");
        assert_eq!(event.children().map(Component::name).collect::<Vec<_>>(), ["VALARM"]);
        assert_eq!(event.line(), 3);
        assert_eq!(event.bytes(), b"BEGIN:VEVENT\nuid:1\nBEGIN:VALARM\nEND:VALARM\nend:Vevent\n");
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_line() {
        assert_eq!(problem(""), "line 1: no calendar in it: BEGIN:VCALENDAR is missing");
        assert_eq!(problem("BEGIN:VEVENT\nEND:VEVENT"), "line 1: BEGIN:VEVENT where BEGIN:VCALENDAR must stand");
        assert_eq!(
            problem("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR"),
            "line 3: END:VCALENDAR, but BEGIN:VEVENT of line 2 is still open"
        );
        assert_eq!(
            problem("BEGIN:VCALENDAR\nA:1\nBEGIN:VEVENT\nB:2\n"),
            "line 4: the text ends before BEGIN:VEVENT of line 3 does"
        );
        assert_eq!(
            problem("BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nEND:VCALENDAR\n"),
            "line 3: a second VCALENDAR begins; only one is allowed"
        );
        assert_eq!(problem("BEGIN:VCALENDAR\nEND:VCALENDAR\nX:1\n"), "line 3: ‘X’ stands after END:VCALENDAR");
        assert_eq!(problem("BEGIN:VCALENDAR\nBEGIN:V T\n"), "line 2: ‘V T’ is not the name of a component");
    }

    #[test]
    fn ten_thousand_levels_are_refused_at_once() {
        let deep = format!("BEGIN:VCALENDAR\r\n{}", "BEGIN:VEVENT\r\n".repeat(10_000));
        assert_eq!(problem(&deep), "line 9: components nest deeper than 8");
    }

    #[test]
    fn a_component_of_too_many_lines_is_refused() {
        let long = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR", "X:1\r\n".repeat(2_001));
        assert_eq!(problem(&long), "line 2002: more than 2000 properties in one component");
    }

    fn gather(component: Component<'_>, spans: &mut Vec<Range<usize>>) {
        spans.push(component.begin_span());
        spans.extend(component.properties().map(Property::span));
        component.children().for_each(|child| gather(child, spans));
        spans.push(component.end_span());
    }

    proptest! {
        #![proptest_config(crate::cases(64))]

        #[test]
        fn the_spans_put_together_are_the_text(
            body in proptest::collection::vec("(X-[A-Z]{1,5}(;P=\"[a-z:;,]{0,9}\")?:[a-zé,;\\\\]{0,30}(\r\n [é ]{0,5}){0,3}(\r\n|\n))|(BEGIN:VEVENT\n(A:b\r\n)?END:VEVENT\r\n)", 0..20),
            end in prop_oneof![Just(""), Just("\n"), Just("\r\n")],
        ) {
            let text = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR{end}", body.concat());
            let tree = Tree::parse(text.as_bytes()).unwrap();
            let mut spans = Vec::new();
            gather(tree.calendar(), &mut spans);
            spans.sort_by_key(|span| span.start);
            let joined: Vec<u8> = spans.iter().flat_map(|span| text.as_bytes()[span.clone()].to_vec()).collect();
            prop_assert_eq!(joined, text.as_bytes());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Tree::parse(&bytes);
        }
    }
}
