//! A pager's schedule follows the roster: which overrides are to be made, changed and taken away there, from what ought to
//! stand and what stands. What others put there by hand is left alone.

use crate::time::{Instant, Window};

/// Somebody on call as it ought to stand at the pager.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Names the shift, always by the same word.
    pub key: String,
    /// Who, as the pager calls them.
    pub user: String,
    /// From when until when.
    pub window: Window,
}

/// An override as it stands at the pager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the pager calls it.
    pub id: String,
    /// The word that it was given when it was made, where the pager keeps such.
    pub key: Option<String>,
    /// Who.
    pub user: String,
    /// From when until when; a pager may cut off what has passed.
    pub window: Window,
    /// Dogwatch made it.
    pub ours: bool,
}

/// What is to be done at the pager, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// To be made.
    pub create: Vec<Wanted>,
    /// Those that stand under the same word and are to say something else.
    pub change: Vec<(String, Wanted)>,
    /// To be taken away, by what the pager calls them. After the others, so that nobody is missing in between.
    pub remove: Vec<String>,
}

impl Steps {
    /// Whether all is as it ought to be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.change.is_empty() && self.remove.is_empty()
    }
}

/// What leads from what stands to what ought to stand from now on. What has ended is nobody's business any more. Where
/// somebody else has put up the very thing that is wanted, nothing is to be done.
#[must_use]
pub fn steps(wanted: &[Wanted], there: &[Standing], now: Instant) -> Steps {
    let coming = |window: Window| window.end > now && window.start < window.end;
    let mut left: Vec<&Standing> = there.iter().filter(|one| coming(one.window)).collect();
    // Ours first: what is wanted twice must not be taken for somebody else's and ours for superfluous.
    left.sort_by_key(|one| !one.ours);
    let mut open = Vec::new();
    for one in wanted.iter().filter(|one| coming(one.window)) {
        match left.iter().position(|standing| says(standing, one, now)) {
            Some(at) => {
                left.remove(at);
            }
            None => open.push(one),
        }
    }
    let mut steps = Steps::default();
    for one in open {
        let same = |standing: &&Standing| standing.ours && standing.key.as_ref() == Some(&one.key);
        match left.iter().position(same) {
            Some(at) => steps.change.push((left.remove(at).id.clone(), one.clone())),
            None => steps.create.push(one.clone()),
        }
    }
    steps.remove = left.into_iter().filter(|one| one.ours).map(|one| one.id.clone()).collect();
    steps
}

/// Whether what stands says what is wanted, as far as it is to come.
fn says(standing: &Standing, wanted: &Wanted, now: Instant) -> bool {
    let key = !standing.ours || standing.key.as_ref().is_none_or(|key| *key == wanted.key);
    let begins = |window: Window| window.start.max(now);
    key && standing.user == wanted.user
        && standing.window.end == wanted.window.end
        && begins(standing.window) == begins(wanted.window)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const NOW: Instant = Instant::from_millis(1_000);

    fn window(from: i64, until: i64) -> Window {
        Window::new(Instant::from_millis(from), Instant::from_millis(until))
    }

    fn want(key: &str, user: &str, from: i64, until: i64) -> Wanted {
        Wanted { key: key.to_owned(), user: user.to_owned(), window: window(from, until) }
    }

    fn stands(id: &str, key: Option<&str>, (user, ours): (&str, bool), window: Window) -> Standing {
        Standing { id: id.to_owned(), key: key.map(str::to_owned), user: user.to_owned(), window, ours }
    }

    #[test]
    fn a_shift_that_runs_is_as_it_should_be_whether_the_pager_cuts_what_has_passed_or_not() {
        let wanted = [want("a", "ada", 500, 2_000)];
        for from in [400, 500, 1_000] {
            let there = [stands("1", None, ("ada", true), window(from, 2_000))];
            assert!(steps(&wanted, &there, NOW).is_empty(), "{from}");
        }
        let there = [stands("1", None, ("ada", true), window(1_500, 2_000))];
        let done = steps(&wanted, &there, NOW);
        assert_eq!((done.create.len(), done.remove), (1, vec!["1".to_owned()]));
    }

    #[test]
    fn what_somebody_else_put_there_is_left_and_counts_where_it_is_what_is_wanted() {
        let there = [
            stands("1", None, ("ada", false), window(2_000, 3_000)),
            stands("2", None, ("ben", false), window(2_500, 3_500)),
        ];
        assert!(steps(&[want("a", "ada", 2_000, 3_000)], &there, NOW).is_empty());
        assert!(steps(&[], &there, NOW).is_empty());
    }

    #[test]
    fn another_holder_under_the_same_word_is_a_change() {
        let there = [stands("x", Some("a"), ("ada", true), window(2_000, 3_000))];
        let wanted = want("a", "ben", 2_000, 3_000);
        let done = steps(std::slice::from_ref(&wanted), &there, NOW);
        assert_eq!(done, Steps { change: vec![("x".to_owned(), wanted)], ..Steps::default() });
    }

    /// A pager that does what it is told; `keeps` says whether it knows words.
    fn follow(there: &[Standing], steps: &Steps, keeps: bool) -> Vec<Standing> {
        let changed = |id: &str| steps.change.iter().find(|(known, _)| known == id).map(|(_, wanted)| wanted);
        let kept = there.iter().filter(|one| !steps.remove.contains(&one.id));
        let mut all: Vec<Standing> = kept
            .map(|one| match changed(&one.id) {
                Some(wanted) => Standing { user: wanted.user.clone(), window: wanted.window, ..one.clone() },
                None => one.clone(),
            })
            .collect();
        for (number, wanted) in steps.create.iter().enumerate() {
            let key = keeps.then(|| wanted.key.clone());
            let id = format!("new-{number}");
            all.push(Standing { id, key, user: wanted.user.clone(), window: wanted.window, ours: true });
        }
        all
    }

    fn windows() -> impl Strategy<Value = Window> {
        (0..30_i64, 1..10_i64).prop_map(|(from, long)| window(from * 100, (from + long) * 100))
    }

    fn people() -> impl Strategy<Value = String> {
        prop::sample::select(vec!["ada".to_owned(), "ben".to_owned(), "cleo".to_owned()])
    }

    fn wishes() -> impl Strategy<Value = Vec<Wanted>> {
        prop::collection::btree_map("[a-f]", (people(), windows()), 0..6)
            .prop_map(|all| all.into_iter().map(|(key, (user, window))| Wanted { key, user, window }).collect())
    }

    fn found(keeps: bool) -> impl Strategy<Value = Vec<Standing>> {
        prop::collection::vec(
            (prop::sample::select(vec!["a", "b", "c", "z"]), people(), windows(), any::<bool>()),
            0..8,
        )
        .prop_map(move |all| {
            let mut seen = BTreeSet::new();
            let one = |(number, (key, user, window, ours)): (usize, (&str, String, Window, bool))| Standing {
                id: number.to_string(),
                // A word stands once, and only at what is ours.
                key: (keeps && ours && seen.insert(key.to_owned())).then(|| key.to_owned()),
                user,
                window,
                ours,
            };
            all.into_iter().enumerate().map(one).collect()
        })
    }

    /// Who is on call from when until when, as far as it is to come.
    fn to_come(all: impl Iterator<Item = (String, Window)>) -> BTreeSet<(String, Instant, Instant)> {
        all.filter(|(_, window)| window.end > NOW).map(|(user, w)| (user, w.start.max(NOW), w.end)).collect()
    }

    proptest! {
        #![proptest_config(crate::cases(128))]

        #[test]
        fn the_steps_lead_to_what_is_wanted_and_then_there_is_nothing_left_to_do(
            wanted in wishes(), (there, keeps) in any::<bool>().prop_flat_map(|keeps| (found(keeps), Just(keeps)))
        ) {
            let first = steps(&wanted, &there, NOW);
            let after = follow(&there, &first, keeps);
            prop_assert!(steps(&wanted, &after, NOW).is_empty(), "{:?}", steps(&wanted, &after, NOW));
            let ought = to_come(wanted.iter().map(|one| (one.user.clone(), one.window)));
            let ours = to_come(after.iter().filter(|one| one.ours).map(|one| (one.user.clone(), one.window)));
            let stands = to_come(after.iter().map(|one| (one.user.clone(), one.window)));
            prop_assert!(ought.is_subset(&stands));
            prop_assert!(ours.is_subset(&ought), "nothing of ours stands that nobody wants");
        }

        #[test]
        fn what_is_not_ours_or_is_as_it_should_be_is_never_touched(wanted in wishes(), there in found(false)) {
            let done = steps(&wanted, &there, NOW);
            let touched = done.remove.iter().chain(done.change.iter().map(|(id, _)| id));
            for id in touched {
                let one = there.iter().find(|one| one.id == *id).unwrap();
                prop_assert!(one.ours && one.window.end > NOW);
            }
            // As many are made as taken away too much or too little, never more than are wanted.
            prop_assert!(done.create.len() <= wanted.len());
            prop_assert_eq!(done.change.len(), 0, "without words there is nothing to change");
        }
    }
}
