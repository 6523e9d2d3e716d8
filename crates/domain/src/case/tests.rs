use NoticeManner::{Electronic, InPerson, Representative};

use super::*;
use crate::fact::Opinion;
use crate::testing::*;

const SENT: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn hours(hours: i64) -> Timestamp {
    SENT.plus_seconds(hours * 3600).unwrap()
}

fn asked(received_at: Option<Timestamp>) -> AskedMember {
    AskedMember {
        member: CommissionMember::Labour,
        sent_at: SENT,
        opinion: received_at.map(|received_at| MemberOpinion {
            member: CommissionMember::Labour,
            opinion: Opinion::Abstained,
            reasons: String::new(),
            received_at,
        }),
    }
}

/// TL-34: 24 hours; the last moment counts in full.
#[test]
fn a_silent_or_late_member_is_told_as_such() {
    for (received, now, expected) in [
        (None, 0, OpinionState::Awaited),
        (None, 24, OpinionState::Awaited),
        (None, 25, OpinionState::Silent),
        (Some(24), 30, OpinionState::Given),
        (Some(25), 30, OpinionState::Late),
    ] {
        assert_eq!(asked(received.map(hours)).state(hours(now)), expected);
    }
}

/// TL-09: SMS and placing in the national e-mail, both; the later one counts.
#[test]
fn electronic_notice_counts_from_the_later_of_its_two_moments() {
    let notice = |sms_sent_at, placed_at, handed_at, manner| ServiceNotice {
        manner,
        sms_sent_at,
        placed_at,
        handed_at,
        language: "fa".into(),
    };
    let (one, two) = (Some(hours(1)), Some(hours(2)));
    assert_eq!(notice(one, two, None, Electronic).served_at(), two);
    assert_eq!(notice(two, one, None, Electronic).served_at(), two);
    assert_eq!(notice(one, None, two, Electronic).served_at(), None);
    assert_eq!(notice(None, one, two, Electronic).served_at(), None);
    assert_eq!(notice(one, one, two, InPerson).served_at(), two);
    assert_eq!(notice(one, one, None, Representative).served_at(), None);
}

#[test]
fn nothing_of_a_case_is_printed() {
    let appeal = CaseAppeal {
        on: on("1400-01-01"),
        body: "tribunal".into(),
        ground: "secret".into(),
        decision: None,
    };
    assert_eq!(format!("{appeal:?}"), "CaseAppeal { .. }");
}
