use clap::Parser as _;
use sabt_proto::api::v1 as api;
use sabt_proto::event::v1::{
    Calendar, Date, PermitScope, ResidenceBasis, ResidenceCondition, ResidenceKind,
};

use super::{Paper, golden};
use crate::args::{Cli, Command, ConditionsArgs};
use crate::commands::conditions;
use crate::exit::Exit;

fn parsed(words: &[&str]) -> ConditionsArgs {
    let program = ["sabt", "conditions", "123456789012"];
    let cli = Cli::try_parse_from(program.iter().chain(words)).unwrap();
    let Command::Conditions(args) = cli.command else {
        panic!("{:?}", cli.command);
    };
    args
}

#[test]
fn a_permit_is_asked_about_in_words_of_the_command_line() {
    let asked = parsed(&["--kind", "three-year", "--basis", "spouse-of-iranian"]);
    let request = conditions::asked_for(&asked).unwrap();
    assert_eq!(request.kind(), ResidenceKind::ThreeYear);
    assert_eq!(request.basis(), ResidenceBasis::SpouseOfIranian);
    assert_eq!(request.scope(), PermitScope::Individual);
    assert_eq!(request.step(), api::ResidenceStep::Issue);
    let asked = parsed(&[
        "--kind",
        "SEVEN_YEAR",
        "--basis",
        "work",
        "--scope",
        "family",
        "--step",
        "renew",
    ]);
    let request = conditions::asked_for(&asked).unwrap();
    assert_eq!(request.step(), api::ResidenceStep::Renew);
    assert_eq!(request.scope(), PermitScope::Family);
    for (words, known) in [
        (["--kind", "eternal", "--basis", "work"], "guest-town"),
        (
            ["--kind", "special", "--basis", "luck"],
            "outstanding-service",
        ),
    ] {
        let refused = conditions::asked_for(&parsed(&words)).unwrap_err();
        assert_eq!(refused.exit(), Exit::Usage);
        assert!(refused.to_string().contains(known), "{refused}");
    }
}

#[test]
fn conditions_are_shown_with_what_shows_them() {
    let state =
        |condition: ResidenceCondition, source: &str, state: &str| api::ResidenceConditionState {
            condition: condition.into(),
            source: source.to_owned(),
            state: state.to_owned(),
            ..api::ResidenceConditionState::default()
        };
    let conditions = vec![
        api::ResidenceConditionState {
            shown_by: "EXEMPTION".to_owned(),
            position: Some(4711),
            since: Some(Date {
                calendar: Calendar::Jalali.into(),
                year: 1405,
                month: 3,
                day: 20,
            }),
            reference: "council:9".to_owned(),
            ..state(ResidenceCondition::Income, "law:art. 22(1)", "SHOWN")
        },
        state(ResidenceCondition::CleanRecord, "law:art. 22(2)", "MISSING"),
        api::ResidenceConditionState {
            shown_by: "RECORD".to_owned(),
            ..state(ResidenceCondition::Domicile, "law:art. 22(3)", "SHOWN")
        },
        api::ResidenceConditionState {
            not_asked: "CHILD".to_owned(),
            reading: "law:art. 25 notes 1-2 (AM-17, AM-29)".to_owned(),
            ..state(ResidenceCondition::Oath, "law:art. 22(5)", "NOT_ASKED")
        },
    ];
    let answer = api::GetResidenceConditionsResponse {
        conditions,
        ..api::GetResidenceConditionsResponse::default()
    };
    let paper = Paper::default();
    let table = conditions::table(&answer);
    paper.out(false).table(table, "none").unwrap();
    golden("conditions", &paper.text());
}
