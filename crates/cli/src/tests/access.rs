use std::fmt::Write as _;

use sabt_domain::access::Matrix;

use super::{Paper, golden};
use crate::args::{AccessExplainArgs, AccessShowArgs};
use crate::commands::access::{explain, show};
use crate::error::CliError;
use crate::exit::Exit;

fn shown(args: &AccessShowArgs, json: bool) -> String {
    let paper = Paper::default();
    show(args, &mut paper.out(json)).unwrap();
    paper.text()
}

fn asked(role: &str, purpose: &str, field: &str) -> AccessExplainArgs {
    AccessExplainArgs {
        role: role.to_owned(),
        purpose: purpose.to_owned(),
        field: field.to_owned(),
        edition: None,
    }
}

fn explained(args: &AccessExplainArgs, json: bool) -> Result<String, CliError> {
    let paper = Paper::default();
    explain(args, &mut paper.out(json))?;
    Ok(paper.text())
}

const NEWEST: AccessShowArgs = AccessShowArgs {
    edition: None,
    document: false,
};

#[test]
fn the_whole_policy_is_shown() {
    let text = shown(&NEWEST, false);
    assert!(text.lines().all(|line| line.chars().count() <= 100));
    golden("access-show", &text);
    let value: serde_json::Value = serde_json::from_str(&shown(&NEWEST, true)).unwrap();
    let newest = Matrix::newest();
    assert_eq!(value["edition"], newest.edition());
    assert_eq!(value["digest"], hex::encode(newest.digest()));
    assert_eq!(value["rows"].as_array().unwrap().len(), newest.rows().len());
    assert_eq!(
        value["rows"][1]["needs"],
        serde_json::json!(["CASE"]),
        "{value}"
    );
}

#[test]
fn the_document_is_shown_as_it_is_adopted() {
    for matrix in Matrix::editions() {
        let args = AccessShowArgs {
            edition: Some(matrix.edition().to_owned()),
            document: true,
        };
        assert_eq!(shown(&args, false), matrix.document());
        let value: serde_json::Value = serde_json::from_str(&shown(&args, true)).unwrap();
        assert_eq!(value["document"], matrix.document());
    }
}

#[test]
fn an_explanation_names_the_rule() {
    let mut text = String::new();
    for (role, purpose, field) in [
        ("registrar", "registration", "person.address"),
        ("registrar", "subject-access", "disclosures"),
        ("border-police", "border-control", "person.presence"),
        ("civil-registry", "civil-registration-sync", "relative.name"),
        ("police", "stay-check", "IDENTITY"),
        ("police", "stay-check", "person.statuses"),
        ("police", "registration", "verdict"),
        ("auditor", "audit", "relative.name"),
    ] {
        writeln!(
            text,
            "$ sabt access explain --role {role} --purpose {purpose} --field {field}"
        )
        .unwrap();
        text.push_str(&explained(&asked(role, purpose, field), false).unwrap());
        text.push('\n');
    }
    golden("access-explain", &text);
    let json = explained(&asked("police", "stay-check", "protection"), true).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["policy_edition"], "1405-7");
    assert_eq!(value["answers"][0]["given"], false);
    assert_eq!(value["answers"][0]["rule"], "design:7.4");
}

#[test]
fn what_there_is_not_is_told_with_what_there_is() {
    for (args, word) in [
        (asked("clerk", "audit", "verdict"), "REGISTRAR"),
        (asked("auditor", "curiosity", "verdict"), "STAY_CHECK"),
        (
            asked("auditor", "audit", "person.religion"),
            "SHELTER_ADDRESS",
        ),
        (
            AccessExplainArgs {
                edition: Some("1300-1".to_owned()),
                ..asked("auditor", "audit", "verdict")
            },
            "1405-1, 1405-2, 1405-3, 1405-4, 1405-5, 1405-6, 1405-7",
        ),
    ] {
        let error = explained(&args, false).unwrap_err();
        assert_eq!(error.exit(), Exit::Usage);
        assert!(error.to_string().contains(word), "{error}");
    }
}
