use sabt_chain::{
    ActId, Chain, Digest, Envelope, Kind, LedgerName, Link, Origin, Part, Position, SubjectTag,
    Timestamp,
};
use sabt_proto::api::v1::FeedEntry;

use crate::error::CliError;
use crate::follow::{Broken, Follower};

const REGISTRY: &str = "test.example/sabt";

/// Records of a ledger, as a feed delivers them.
fn entries(count: u64) -> Vec<FeedEntry> {
    let chain = Chain::new(&Origin::new(REGISTRY, LedgerName::Events).unwrap());
    let mut link = chain.genesis();
    (0..count)
        .map(|position| {
            let envelope = envelope(position, link).encode().unwrap();
            link = chain.link(envelope.as_bytes());
            FeedEntry {
                position,
                envelope: envelope.as_bytes().to_vec(),
                ..FeedEntry::default()
            }
        })
        .collect()
}

fn envelope(position: u64, previous: Link) -> Envelope {
    Envelope {
        kind: Kind::Event,
        position: Position::new(position),
        previous,
        recorded_at: Timestamp::from_micros(1),
        subject_tag: SubjectTag::from_bytes([1; 16]),
        act_id: ActId::from_bytes([2; 16]),
        part: Part::new(1, 2).unwrap(),
        sealed_len: 64,
        sealed_digest: Digest::from_bytes([3; 32]),
        authorship: None,
    }
}

fn follow(entries: &[FeedEntry]) -> Result<Follower, Broken> {
    let mut follower = Follower::new(REGISTRY, 0).unwrap();
    for entry in entries {
        follower.take(entry)?;
    }
    Ok(follower)
}

#[test]
fn a_whole_ledger_is_followed_to_its_head() {
    let follower = follow(&entries(5)).unwrap();
    assert_eq!(follower.next(), 5);
    let chain = Chain::new(&Origin::new(REGISTRY, LedgerName::Events).unwrap());
    assert_eq!(follower.link(), Some(chain.link(&entries(5)[4].envelope)));
}

#[test]
fn what_is_left_out_repeated_or_changed_is_noticed() {
    let all = entries(5);
    let without = [&all[..2], &all[3..]].concat();
    assert_eq!(
        follow(&without).unwrap_err(),
        Broken::Gap {
            expected: 2,
            found: 3
        }
    );
    let twice = [&all[..2], &all[1..]].concat();
    assert_eq!(
        follow(&twice).unwrap_err(),
        Broken::Gap {
            expected: 2,
            found: 1
        }
    );
    let mut changed = all.clone();
    changed[1].envelope[100] ^= 1;
    assert_eq!(follow(&changed).unwrap_err(), Broken::Link { position: 2 });
    let mut renumbered = all.clone();
    renumbered[2].envelope.clone_from(&all[3].envelope);
    assert_eq!(
        follow(&renumbered).unwrap_err(),
        Broken::Envelope { position: 2 }
    );
    let mut cut = all;
    cut[2].envelope.pop();
    assert_eq!(follow(&cut).unwrap_err(), Broken::Envelope { position: 2 });
}

#[test]
fn another_registry_is_noticed_at_the_first_record() {
    let mut follower = Follower::new("other.example/sabt", 0).unwrap();
    assert_eq!(
        follower.take(&entries(1)[0]),
        Err(Broken::Link { position: 0 })
    );
}

#[test]
fn a_sitting_resumes_with_the_link_it_reached() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("state.json");
    let all = entries(6);
    let mut first = Follower::resume(REGISTRY, &place).unwrap();
    for entry in &all[..3] {
        first.take(entry).unwrap();
    }
    first.save(&place).unwrap();

    let mut second = Follower::resume(REGISTRY, &place).unwrap();
    assert_eq!((second.next(), second.link()), (3, first.link()));
    for entry in &all[3..] {
        second.take(entry).unwrap();
    }
    assert_eq!(second.next(), 6);

    // Between two sittings history is changed: the first record of the second sitting tells.
    let mut other = Follower::resume(REGISTRY, &place).unwrap();
    let mut changed = all[3].clone();
    changed.envelope = envelope(3, Link::from_bytes([9; 32]))
        .encode()
        .unwrap()
        .as_bytes()
        .to_vec();
    assert_eq!(other.take(&changed), Err(Broken::Link { position: 3 }));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "damages a file on purpose")]
fn a_damaged_or_foreign_state_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("state.json");
    for text in [
        "",
        "{}",
        "{\"origin\":\"test.example/sabt/events\",\"next\":3,\"link\":null}",
        "{\"origin\":\"test.example/sabt/events\",\"next\":3,\"link\":\"abcd\"}",
        "{\"origin\":\"other.example/sabt/events\",\"next\":0,\"link\":null}",
    ] {
        std::fs::write(&place, text).unwrap();
        let refused = Follower::resume(REGISTRY, &place).unwrap_err();
        assert!(matches!(refused, CliError::Content { .. }), "{text}");
    }
}
