use sabt_domain::law::Right;

use super::{Paper, golden};
use crate::commands::{law, right};
use crate::error::CliError;
use crate::exit::Exit;

fn shown(json: bool) -> String {
    let paper = Paper::default();
    law::rights(&mut paper.out(json)).unwrap();
    paper.text()
}

#[test]
fn the_table_of_rights_is_shown() {
    let text = shown(false);
    assert!(text.lines().all(|line| line.chars().count() <= 100));
    golden("law-rights", &text);
    let value: serde_json::Value = serde_json::from_str(&shown(true)).unwrap();
    let rights = value["rights"].as_array().unwrap();
    assert_eq!(rights.len(), Right::ALL.len());
    let free = |right: &&serde_json::Value| right["rests_on_residence"] == false;
    assert_eq!(rights.iter().filter(free).count(), 3);
}

#[test]
fn a_right_is_named_in_words_of_the_command_line() {
    assert_eq!(right::named("bank-account").unwrap(), Right::BankAccount);
    assert_eq!(right::named("WORK").unwrap(), Right::Work);
    let refused: CliError = right::named("vote").unwrap_err();
    assert_eq!(refused.exit(), Exit::Usage);
    let told = refused.to_string();
    assert!(
        told.contains("education") && told.contains("emergency-treatment"),
        "{told}"
    );
}
