//! Reports as CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe before it.

use std::borrow::Cow;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// What people typed, or a word.
    Text(String),
    /// A number of our own making, as it reads.
    Number(String),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl From<$number> for Cell {
            fn from(number: $number) -> Self {
                Self::Number(number.to_string())
            }
        }
    )+};
}

numbers!(i64, usize, f64);

impl From<Option<i64>> for Cell {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Number(String::new()), Self::from)
    }
}

/// A line of a report.
pub trait Row {
    /// What the columns are called; the same names as in JSON.
    const HEAD: &'static [&'static str];

    /// Its cells, in the order of the head.
    fn cells(&self) -> Vec<Cell>;
}

/// The cell so that no spreadsheet runs it: `=`, `+`, `-`, `@`, a tab or a carriage return at its start begin a formula
/// there.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A head and a line for each row.
#[must_use]
pub fn csv<R: Row>(rows: &[R]) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory can't fail, and every row has the cells of the head.
    let _ = writer.write_record(R::HEAD);
    for row in rows {
        let cells = row.cells();
        let cells = cells.iter().map(|cell| match cell {
            Cell::Text(text) => harmless(text),
            Cell::Number(number) => Cow::Borrowed(number.as_str()),
        });
        let _ = writer.write_record(cells.map(Cow::into_owned).collect::<Vec<String>>());
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// The columns of the CSV are the members of the JSON.
    pub(in crate::api::reports) fn same_names<R: Row + serde::Serialize>(row: &R) {
        let json = serde_json::to_value(row).unwrap();
        let members: BTreeSet<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(R::HEAD.iter().copied().collect::<BTreeSet<_>>(), members);
        assert_eq!(R::HEAD.len(), row.cells().len());
    }

    struct Pair(String, f64);

    impl Row for Pair {
        const HEAD: &'static [&'static str] = &["name", "balance"];

        fn cells(&self) -> Vec<Cell> {
            vec![Cell::from(&self.0), self.1.into()]
        }
    }

    #[test]
    fn checklist_37_a_text_that_begins_a_formula_is_only_shown_and_a_number_stays_one() {
        let rows = ["=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\tx", "Ada", "Whitlock, Ben", "a=b", "say \"no\""];
        let rows: Vec<Pair> = rows.iter().map(|name| Pair((*name).to_owned(), -1.5)).collect();
        let wanted = "name,balance\r\n'=cmd|'/c calc'!A1,-1.5\r\n'+1,-1.5\r\n'-1,-1.5\r\n'@SUM(A1),-1.5\r\n'\tx,-1.5\r\n\
                      Ada,-1.5\r\n\"Whitlock, Ben\",-1.5\r\na=b,-1.5\r\n\"say \"\"no\"\"\",-1.5\r\n";
        assert_eq!(csv(&rows), wanted);
    }

    #[test]
    fn a_report_without_lines_has_its_head() {
        assert_eq!(csv::<Pair>(&[]), "name,balance\r\n");
    }

    proptest! {
        #![proptest_config(crate::cases(64))]

        #[test]
        fn whatever_a_text_is_it_comes_back_and_never_begins_a_formula(text in "[=+\\-@\t\r\n\"', a-zé]{0,12}") {
            let written = csv(&[Pair(text.clone(), 0.0)]);
            let mut reader = csv::Reader::from_reader(written.as_bytes());
            let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(records.len(), 1);
            let cell = records[0][0].to_owned();
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{:?}", cell);
            let bare = if text.starts_with('\'') { &cell } else { cell.strip_prefix('\'').unwrap_or(&cell) };
            prop_assert_eq!(bare, text);
        }
    }
}
