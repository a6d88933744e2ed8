//! Recurrence vectors of another implementation (`recurrence/icalrecur_test.txt` of the folder that DOGWATCH_CORPORA
//! names): each rule we support gives the instances listed there.

// A test that meets the unexpected should end there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::missing_panics_doc)]

use dogwatch::ical::recur::{Budget, Rule, RuleError, Series};
use dogwatch::time::Civil;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// One vector of the file.
#[derive(Default, Clone)]
struct Vector {
    line: usize,
    rule: String,
    start: String,
    start_at: Option<String>,
    instances: String,
}

/// What is not compared, and why.
fn exempt(vector: &Vector) -> Option<&'static str> {
    match Rule::parse(&vector.rule) {
        Err(RuleError::TooFrequent(_)) => {
            Some("SECONDLY and MINUTELY are refused on PUT: a rule of 44 bytes must not cost seconds")
        }
        Err(RuleError::Unsupported(_)) => Some("RSCALE and SKIP: only the Gregorian calendar"),
        _ if vector.instances.contains("UNIMPLEMENTED") => Some("the file lists no instances: not implemented there"),
        _ => None,
    }
}

fn vectors(text: &str) -> Vec<Vector> {
    let (mut all, mut next) = (Vec::new(), Vector::default());
    for (number, line) in text.lines().enumerate() {
        if let Some(rule) = line.strip_prefix("RRULE:") {
            next = Vector { line: number + 1, rule: rule.to_owned(), ..Vector::default() };
        } else if let Some(start) = line.strip_prefix("DTSTART:") {
            start.trim().clone_into(&mut next.start);
        } else if let Some(from) = line.strip_prefix("START-AT:") {
            next.start_at = Some(from.trim().to_owned());
        } else if let Some(instances) = line.strip_prefix("INSTANCES:") {
            instances.trim().clone_into(&mut next.instances);
            all.push(std::mem::take(&mut next));
        }
    }
    all
}

/// The time, and whether it is a DATE.
fn civil(text: &str) -> (Civil, bool) {
    let text = text.trim_end_matches('Z');
    let padded = if text.contains('T') { text.to_owned() } else { format!("{text}T000000") };
    (Civil::parse_from_str(&padded, "%Y%m%dT%H%M%S").expect("the vectors hold times"), padded.len() != text.len())
}

fn found(vector: &Vector) -> Vec<Civil> {
    let rule = Rule::parse(&vector.rule).expect("what cannot be read is exempt or a failure");
    let (start, all_day) = civil(&vector.start);
    let from = vector.start_at.as_ref().map_or(start, |from| civil(from).0);
    let (mut starts, mut budget) = (Vec::new(), Budget::default());
    let most = vector.instances.split(',').count() + 1;
    let series = Series { rule: &rule, start, all_day };
    let walked = series.walk(from..Civil::MAX, &mut budget, |at| {
        starts.push(at);
        if rule.is_infinite() && starts.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(walked.is_ok(), "line {}: {} has too many instances", vector.line, vector.rule);
    starts
}

#[test]
fn every_supported_vector_gives_the_listed_instances() {
    let Some(corpora) = std::env::var_os("DOGWATCH_CORPORA") else {
        println!("DOGWATCH_CORPORA is not set: the recurrence vectors are not tried");
        return;
    };
    let file = PathBuf::from(corpora).join("recurrence/icalrecur_test.txt");
    let vectors = vectors(&std::fs::read_to_string(&file).unwrap());
    let (mut compared, mut wrong) = (0, Vec::new());
    for vector in &vectors {
        if let Some(reason) = exempt(vector) {
            println!("line {}: {} is not compared: {reason}", vector.line, vector.rule);
            continue;
        }
        let from = vector.start_at.as_ref().map(|from| civil(from).0);
        let listed: Vec<Civil> = vector.instances.split(',').map(|at| civil(at).0).collect();
        let listed: Vec<Civil> = listed.into_iter().filter(|at| from.is_none_or(|from| *at >= from)).collect();
        let found = found(vector);
        compared += 1;
        if found != listed {
            wrong.push(format!(
                "line {}: {} from {}\n  gives {found:?}\n  not   {listed:?}",
                vector.line, vector.rule, vector.start
            ));
        }
    }
    println!("{compared} of {} recurrence vectors compared", vectors.len());
    assert!(compared >= 120, "only {compared} vectors were compared");
    assert!(wrong.is_empty(), "{} vectors differ:\n{}", wrong.len(), wrong.join("\n"));
}
