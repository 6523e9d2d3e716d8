use sabt_domain::refusal::{Reason, Refusal};
use sabt_server::status;
use tonic::Status;

use super::golden;
use crate::error::CliError;
use crate::exit::Exit;
use crate::refused::Refused;

fn refusal() -> Refusal {
    Refusal::new(Reason::CaseReferenceMissing, "design:7.1")
        .with("policy", "1405-1")
        .with("purpose", "SUBJECT_ACCESS")
}

#[test]
fn a_status_tells_reason_rule_and_remedy() {
    let refused = Refused::from_status(&status::status(&refusal())).unwrap();
    assert_eq!(refused.reason, "CASE_REFERENCE_MISSING");
    assert_eq!(refused.rule, "design:7.1");
    assert_eq!(refused.remedy, Reason::CaseReferenceMissing.remedy());
    golden("refused", &refused.to_string());
    // In a stream the same refusal travels as a message.
    assert_eq!(Refused::from(status::message(&refusal())), refused);
}

#[test]
fn fields_in_violation_are_named() {
    let refused = Refused::from_status(&status::status(&Refusal::field("person", "is missing")));
    golden("refused-field", &refused.unwrap().to_string());
}

#[test]
fn only_a_refusal_is_told_as_one() {
    let refused = CliError::from(status::status(&refusal()));
    assert_eq!(refused.exit(), Exit::Refused);
    assert_eq!(
        refused.to_json()["refused"]["reason"],
        "CASE_REFERENCE_MISSING"
    );
    let away = CliError::from(Status::unavailable("connection refused"));
    assert_eq!(away.exit(), Exit::Unreachable);
    assert!(away.to_json()["error"].is_string());
    assert_eq!(
        CliError::from(Status::internal("broken")).exit(),
        Exit::Fault
    );
}
