use sabt_server::clock::Clock;

use crate::error::CliError;
use crate::exit::Exit;
use crate::intake::parse;

const NOW: i64 = 1_789_459_200_000_000;

#[test]
fn identifier_and_time_are_supplied_where_they_are_left_out() {
    let clock = Clock::fixed(NOW);
    let text = "{\"office\": \"THR-01\"}\n\n{\"office\": \"THR-01\", \"recorded_at\": 5}\n";
    let acts = parse(text, &clock).unwrap();
    assert_eq!(acts.iter().map(|act| act.line).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(acts[0].act.recorded_at, NOW);
    assert_eq!(acts[1].act.recorded_at, 5);
    assert_ne!(acts[0].act.act_id, acts[1].act.act_id);
    // A UUIDv7 of this millisecond.
    let id = &acts[0].act.act_id;
    assert_eq!(id.len(), 16);
    assert_eq!(id[6] >> 4, 7);
    let mut millis = [0; 8];
    millis[2..].copy_from_slice(&id[..6]);
    assert_eq!(u64::from_be_bytes(millis), 1_789_459_200_000);
}

#[test]
fn a_given_identifier_is_kept() {
    let text = r#"{"act_id": "AaIBOCbRd/WPadTp/gLAPg=="}"#;
    let acts = parse(text, &Clock::fixed(NOW)).unwrap();
    assert_eq!(acts[0].act.act_id[0], 1);
    assert_eq!(
        crate::sign::act_id_text(&acts[0].act.act_id),
        "01a20138-26d1-77f5-8f69-d4e9fe02c03e"
    );
}

#[test]
fn every_bad_line_is_named_and_nothing_is_taken() {
    let text = "{\"office\": \"THR-01\"}\nnonsense\n{\"office\": 3}\n{\"act_id\": \"AAAA\"}\n";
    let err = parse(text, &Clock::fixed(NOW)).unwrap_err();
    assert_eq!(err.exit(), Exit::Usage);
    let said = err.to_string();
    assert!(!said.contains("line 1:"), "{said}");
    for line in ["line 2:", "line 3:", "line 4: act_id is not 16 bytes"] {
        assert!(said.contains(line), "{said}");
    }
}

#[test]
fn no_more_problems_are_told_than_anybody_reads() {
    let CliError::Usage { problem, .. } =
        parse(&"x\n".repeat(1_000), &Clock::fixed(NOW)).unwrap_err()
    else {
        panic!("not a problem of usage");
    };
    assert!(problem.lines().count() < 30);
    assert!(problem.ends_with("and 980 more"));
}

/// Whoever copies the act of the help, on one line, has an act.
#[test]
fn the_act_that_the_help_shows_is_one() {
    let shown = crate::args::SUBMIT_HELP.lines();
    let act: String = shown.filter(|line| line.starts_with("  ")).collect();
    let acts = parse(&act, &Clock::fixed(NOW)).unwrap();
    assert_eq!(acts[0].act.office, "THR-01");
    assert!(acts[0].act.body.is_some());
}
