//! Nothing that was acknowledged is lost, doubled or misattributed. These are the ways in which it still could be, each
//! with the test that shows that it isn't:
//!
//! **Lost**
//! 1. The process is killed between a commit and its answer, or at any other moment:
//!    `checklist_38_what_was_acknowledged_outlives_being_killed_under_load`
//! 2. The power goes before the disk has what was committed:
//!    `checklist_38_what_was_acknowledged_outlives_the_loss_of_the_page_cache`
//! 3. Commits aren't synced, by a setting or an engine that keeps another one:
//!    `checklist_38_commits_that_are_not_synced_would_be_seen_to_be_lost`, `every_commit_is_synced`,
//!    `a_setting_that_does_not_hold_is_refused`
//! 4. Of many changes that share a commit one fails, and takes others along that were, or will be, acknowledged:
//!    `a_transaction_that_fails_leaves_nothing_and_harms_no_other_of_its_group`,
//!    `a_full_disk_refuses_the_write_that_is_too_big_and_keeps_the_others_of_its_group`,
//!    `a_job_that_is_refused_harms_no_other_of_its_group`
//! 5. The disk is full in the middle of a change:
//!    `checklist_39_a_full_disk_refuses_writes_tells_so_reads_on_and_recovers_by_itself`
//! 6. A sync fails, is tried again, and seems to succeed: `after_a_failed_sync_nothing_can_be_trusted`,
//!    `after_damage_nothing_is_acknowledged_any_more`,
//!    `checklist_39_a_disk_that_fails_under_a_server_is_read_on_and_written_again_when_it_is_mended`
//! 7. Damage is read as truth and written on: `checklist_39_a_damaged_database_is_refused_at_the_start_with_what_to_do`,
//!    `checklist_39_of_a_damaged_log_what_was_whole_before_the_damage_is_there`
//! 8. PostgreSQL falls during a commit, and what is unknown is told as done:
//!    `checklist_40_what_was_acknowledged_outlives_a_fall_of_postgresql_in_mid_commit`
//! 9. PostgreSQL itself doesn't sync, or answers before it has: `a_database_that_does_not_sync_its_commits_is_refused`
//! 10. An upgrade is killed half way, or leaves rows behind:
//!     `an_upgrade_that_is_killed_at_any_statement_goes_on_where_it_was`,
//!     `every_row_of_every_schema_outlives_the_upgrade_to_the_newest`
//! 11. An older program works on a newer schema: `a_newer_schema_is_refused_with_what_to_do`
//! 12. A backup that is made while people write lacks some of it, or was changed since:
//!     `a_backup_made_while_people_write_holds_all_that_was_acknowledged_before_it`,
//!     `a_backup_that_was_changed_or_cut_is_refused_and_nothing_is_replaced`
//! 13. A restore takes the place of what was there, or leaves an empty database:
//!     `what_is_there_is_replaced_only_where_that_is_asked_for_and_then_kept`,
//!     `a_restore_that_was_interrupted_leaves_no_empty_database_in_its_place`
//! 14. A client that synchronises never hears of a change, since a token speaks of what a backup lacks, or change numbers
//!     come out of order: `a_backup_that_is_only_put_in_place_begins_anew_too`,
//!     `change_numbers_that_would_mislead_a_client_are_found`
//! 15. A copy from one engine to another lacks rows: `a_copy_holds_the_same_rows_and_says_so_for_each_table`,
//!     `a_copy_that_ended_half_way_is_begun_again`
//! 16. The engine or the file system is known to lose data: `an_engine_that_may_lose_data_is_refused`,
//!     `the_nearest_mount_says_what_a_folder_lies_on`
//! 17. A stop drops what is under way: `sigterm_lets_the_request_under_way_end`
//! 18. The clock runs ahead for a while, and what waits for it waits for years:
//!     `checklist_40_a_clock_that_jumps_revives_nothing_and_stops_nothing`,
//!     `a_lease_that_was_taken_under_a_clock_that_ran_ahead_is_not_waited_for`,
//!     `tokens_from_before_what_was_swept_stay_refused_whatever_the_clock_did`
//! 19. The database stands still, and what is unknown is told as done, or never happens though it was:
//!     `checklist_39_of_a_database_that_stands_still_everybody_is_told_in_time_and_nothing_is_lost`
//! 20. Whoever was asked by mail is never told that it is over, since the question itself was still on its way:
//!     `an_offer_that_is_gone_before_the_relay_has_taken_it_is_called_off_all_the_same`
//! 21. A mail that the relay does not take now is never sent:
//!     `a_mail_that_the_relay_does_not_take_now_comes_again_under_the_same_id_and_one_for_nobody_is_given_up`
//!
//! **Doubled**
//!
//! 22. Several agree to one swap at once, by whatever ways:
//!     `checklist_32_of_fifty_who_agree_at_once_by_every_way_one_has_it_and_all_are_told_who`,
//!     `of_calendar_app_mail_link_and_api_in_the_same_ten_milliseconds_one_has_it_and_all_others_are_told`
//! 23. Two servers do the same: `of_two_who_agree_to_the_same_swap_one_has_the_shift_and_the_other_is_told_who`,
//!     `checklist_28_of_two_who_make_or_change_the_same_event_one_succeeds_and_its_text_stands`
//! 24. A transaction that lost a race is run again, and its first run has left something:
//!     `nothing_is_lost_where_two_processes_read_and_write_the_same_row`
//! 25. Two processes do what time brings: `who_lost_the_lease_meanwhile_writes_nothing`
//! 26. Two are responsible for one time, or nobody is and it is no gap:
//!     `a_time_for_which_two_are_responsible_is_found`, `a_published_slot_without_anybody_and_without_a_gap_is_found`
//! 27. The hour that comes twice in autumn has two holders:
//!     `checklist_40_on_the_nights_of_the_change_of_clocks_every_hour_is_somebodys_once`
//!
//! **Misattributed**
//!
//! 28. Calendars and the roster name different people: `a_shift_that_changed_hands_without_its_calendars_is_found_and_they_are_mended`
//! 29. The trail tells another story than the rows: `a_swap_that_was_taken_without_a_trace_is_found`,
//!     `a_trail_that_was_changed_or_lacks_a_publication_is_found`
//! 30. A look at a link, as scanners take it, counts as an answer:
//!     `checklist_30_a_link_that_is_looked_at_a_hundred_times_in_every_way_agrees_to_nothing`
//! 31. A link counts for whoever has it no longer, or once it was settled otherwise:
//!     `checklist_31_a_link_counts_once_and_neither_revoked_nor_after_the_shift_was_settled_otherwise`
//! 32. A mail in somebody's name counts as theirs: `checklist_33_a_forged_answer_changes_nothing`,
//!     `no_comment_and_no_escape_joins_words_to_a_name_of_ours`
//! 33. A mail that comes again, or late, counts again: `checklist_33_the_same_mail_counts_once_and_an_older_answer_not_at_all`
//! 34. A text is another than the one that was stored: `a_text_that_changed_under_its_tag_is_found`

mod backup;
mod check;
mod clock;
mod disk;
mod failing_disk;
mod kill;
mod page_cache;
mod postgres;
mod scribe;
mod still;

use crate::support::Server;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// No limit on how often one asks: these tests ask often.
const CONFIG: &str = "[limits]\nrequests_per_minute = 0\n";

/// Everybody in the demo.
fn people(server: &Server) -> Vec<String> {
    let facts = server.demo_facts();
    let people = facts["people"].as_array().expect("people");
    people.iter().filter_map(|one| one["id"].as_str().map(str::to_owned)).collect()
}

/// An event that is longer by about so many bytes than it need be.
fn event(uid: &str, bytes: usize) -> String {
    let filler: String = (0..bytes / 900).map(|line| format!("\r\n {line:06}{}", "x".repeat(891))).collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20270301T100000Z\r\nDURATION:PT1H\r\nSUMMARY:{uid}\r\nDESCRIPTION:x{filler}\r\nEND:VEVENT\r\n\
         END:VCALENDAR\r\n"
    )
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map_while(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_way_on_the_list_names_tests_that_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    ["src", "tests"].iter().for_each(|folder| sources(&root.join(folder), &mut files));
    let mut known = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).expect("UTF-8");
        let functions = text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
        known.extend(functions.map(str::to_owned));
    }
    let list = include_str!("mod.rs");
    let list: Vec<&str> = list.lines().take_while(|line| line.starts_with("//!")).collect();
    let list = list.join("\n");
    let named: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    let unknown: Vec<_> = named.iter().filter(|name| !known.contains(**name)).collect();
    assert!(named.len() > 30 && unknown.is_empty(), "{unknown:?}");
    let ways = list.lines().filter(|line| {
        line.trim_start_matches("//! ").split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok())
    });
    assert_eq!(ways.count(), 34);
}
