//! Which record a receipt is of.

use sabt_proto::api::v1 as api;

use super::{check, from_receipt};

const ACT: &str = r#"{"origin":"r.example/events","act_id":"AQ==","position":7,"parts":3,"link":"AgM=","recorded_at":5,"numbers":["1"]}"#;

#[track_caller]
fn taken(text: &str) -> (u64, Vec<u8>) {
    let api::AwaitProofRequest {
        origin,
        position,
        link,
        anchored,
    } = from_receipt(text, true).unwrap();
    assert!(origin.starts_with("r.example/") && anchored);
    (position, link)
}

#[test]
fn the_record_is_the_last_part_of_the_act() {
    assert_eq!(taken(ACT), (9, vec![2, 3]));
    let line = format!("{{\"line\":1,\"act_id\":\"x\",\"receipt\":{ACT}}}\n");
    assert_eq!(taken(&line), (9, vec![2, 3]));
    let pretty: serde_json::Value = serde_json::from_str(ACT).unwrap();
    assert_eq!(
        taken(&serde_json::to_string_pretty(&pretty).unwrap()),
        (9, vec![2, 3])
    );
}

#[test]
fn a_disclosure_is_one_record() {
    let receipt =
        r#"{"origin":"r.example/disclosures","position":4,"link":"AgM=","recorded_at":5}"#;
    assert_eq!(taken(receipt), (4, vec![2, 3]));
}

#[test]
fn what_is_no_receipt_says_so() {
    for (text, problem) in [
        ("", "is empty"),
        ("{", "is not JSON"),
        ("{\"refusal\":{}}", "nothing was recorded"),
        (&format!("{ACT}\n{ACT}\n"), "several receipts"),
        ("{\"color\":1}", "holds no receipt"),
    ] {
        let err = from_receipt(text, false).unwrap_err();
        assert!(err.contains(problem), "{err}");
    }
}

#[test]
fn a_proof_of_another_record_is_not_taken() {
    let proof = "c2sp.org/tlog-proof@v1\nextra AQ==\nindex 4\n\nnote\n";
    assert_eq!(check(proof, 4).unwrap(), 4);
    assert!(check(proof, 5).is_err());
    assert!(check("c2sp.org/tlog-proof@v1\nindex 4\n\nnote\n", 4).is_err());
    assert!(check("nothing", 4).is_err());
}
