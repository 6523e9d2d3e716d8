use super::*;
use crate::tests::support::Registry;

#[test]
fn a_sound_report_in_words_and_json() {
    let registry = Registry::complete();
    let report = registry.verify();
    let text = report.to_string();
    for line in [
        "registry     registry.example.ir\n",
        "authors      1 agencies, 2 keys\n",
        "ledger       registry.example.ir/events\n",
        "  records    14 (7 events, 5 governance, 1 erasures, 1 anchors; 11 acts)\n",
        "  signed     14, root as signed; 0 not yet signed\n",
        "  recorded   2026-02-02 02:40:00 UTC to 2026-02-02 02:40:00 UTC\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    assert!(
        text.ends_with("result       sound: everything that was checked holds"),
        "{text}"
    );
    let json = report.to_json();
    for member in [
        "\"registry\":\"registry.example.ir\"",
        "\"sound\":true,\"exit_code\":0",
        "\"origin\":\"registry.example.ir/disclosures\",\"records\":5",
        "\"faults\":[]",
    ] {
        assert!(json.contains(member), "{member} {json}");
    }
    assert!(json.contains(&format!("\"root\":\"{}\"", registry.events.state.root())));
}

#[test]
fn a_fault_says_what_where_and_what_to_do() {
    let mut registry = Registry::complete();
    registry.events.destroy(sabt_chain::Position::new(4));
    let report = registry.verify();
    let text = report.to_string();
    assert!(text.contains("NOT SOUND: 1 fault\n"), "{text}");
    assert!(text.contains("events position 4: erasure (29)\n"), "{text}");
    assert!(
        text.contains("  where      events/00000000000000000000.seg byte "),
        "{text}"
    );
    assert!(
        text.contains("  remedy     loss or hidden erasure"),
        "{text}"
    );
    let json = report.to_json();
    let fault = "{\"ledger\":\"events\",\"position\":4,\"class\":\"erasure\",\"exit_code\":29,";
    assert!(json.contains(fault), "{json}");
}

#[test]
fn only_so_many_faults_are_listed_and_the_first_always_is() {
    let mut registry = Registry::founded();
    let stranger = sabt_chain::authorship::AuthorSigningKey::from_seed([99; 32]);
    let key = registry.registrar.clone();
    // Found last, because signatures are verified in batches, yet first by position.
    let drafts = registry.event_drafts(&key, &[64]);
    let forged = registry.events.append_edited(drafts, |envelope| {
        if let Some(authorship) = &mut envelope.authorship {
            authorship.commitment = sabt_chain::Commitment::from_bytes([1; 32]);
        }
    });
    for _ in 0..10 {
        registry.event_by(&stranger, &[64]);
    }
    let mut options = registry.options(crate::Source::Memory(crate::MemoryFiles::new(
        registry.data_files(),
    )));
    options.faults_listed = 3;
    let report = crate::verify(&options).unwrap();
    assert_eq!((report.faults_total, report.faults.len()), (11, 3));
    assert_eq!(report.faults[0].position, Some(forged));
    assert!(report.to_string().contains("11 faults, the first 3 listed"));
    options.faults_listed = 0;
    let report = crate::verify(&options).unwrap();
    assert_eq!(
        report.exit_code(),
        crate::class::FaultClass::Signature.exit_code()
    );
}

#[test]
fn times_and_sizes_are_readable() {
    let utc = |micros: i64| Utc(Timestamp::from_micros(micros)).to_string();
    assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
    assert_eq!(utc(-1), "1969-12-31 23:59:59 UTC");
    assert_eq!(utc(951_782_400_000_000), "2000-02-29 00:00:00 UTC");
    assert_eq!(utc(1_772_323_199_999_999), "2026-02-28 23:59:59 UTC");
    assert_eq!(utc(4_107_542_400_000_000), "2100-03-01 00:00:00 UTC");
    assert_eq!(Bytes(1_023).to_string(), "1023 bytes");
    assert_eq!(Bytes(1_536).to_string(), "1.5 KiB");
    assert_eq!(Bytes(5 << 30).to_string(), "5.0 GiB");
}
