use clap::{CommandFactory as _, Parser as _};

use super::golden;
use crate::args::{CalendarArg, Cli, Command};

#[test]
fn command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn help_reads_well() {
    let mut command = Cli::command().term_width(100);
    golden("help", &command.render_help().to_string());
    command.build();
    for sub in command.get_subcommands_mut() {
        let name = sub.get_name().to_owned();
        if name == "help" {
            continue;
        }
        let help = sub.clone().term_width(100).render_help().to_string();
        golden(&format!("help-{name}"), &help);
        for below in sub.get_subcommands_mut() {
            let name = format!("help-{name}-{}", below.get_name());
            if below.get_name() != "help" {
                let help = below.clone().term_width(100).render_help().to_string();
                golden(&name, &help);
            }
        }
    }
}

#[test]
fn every_subcommand_is_told_of_and_fits_the_page() {
    let help = Cli::command().term_width(100).render_help().to_string();
    for sub in Cli::command().get_subcommands() {
        assert!(
            help.contains(&format!("  {}", sub.get_name())),
            "{}",
            sub.get_name()
        );
    }
    assert!(help.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn json_may_stand_anywhere() {
    for line in [["sabt", "--json", "status"], ["sabt", "status", "--json"]] {
        assert!(Cli::parse_from(line).json);
    }
}

#[test]
fn a_day_is_gregorian_unless_another_calendar_is_named() {
    let parse = |words: &[&str]| {
        let line = ["sabt", "person", "123456789012"]
            .iter()
            .chain(words)
            .copied();
        let Command::Person(args) = Cli::parse_from(line).command else {
            panic!("not person")
        };
        args.at.calendar
    };
    assert_eq!(parse(&[]), CalendarArg::Gregorian);
    assert_eq!(parse(&["--calendar", "jalali"]), CalendarArg::Jalali);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let refused = |line: &str| Cli::try_parse_from(line.split(' ')).is_err();
    assert!(refused("sabt find"));
    assert!(refused("sabt find --given Ali"));
    assert!(refused("sabt find --family Rezai --born 1990"));
    assert!(refused(
        "sabt find --given Ali --born 1990 --document passport/AFG/1"
    ));
    assert!(refused("sabt feed --state job.json --from 3"));
    assert!(refused("sabt demo --acts acts.ndjson --persons 10"));
    assert!(refused("sabt demo --persons 0"));
    assert!(refused("sabt person 1 --calendar julian"));
    assert!(refused("sabt witness init w"));
    assert!(refused("sabt witness serve w --tls-cert c.pem"));
    assert!(!refused("sabt find --given Ali --born 1990"));
    assert!(!refused("sabt find --document passport/AFG/1"));
}

#[test]
fn a_value_that_there_is_not_is_answered_with_those_there_are() {
    use crate::commands::campaign::named;
    use sabt_domain::law::PersonStatus;
    let status = |name| named("status", name, PersonStatus::ALL, PersonStatus::code);
    assert_eq!(status("visa-holder").unwrap(), PersonStatus::VisaHolder);
    let refused = status("guest").unwrap_err().to_string();
    assert!(refused.contains("guest is no status"), "{refused}");
    assert!(
        refused.contains("displaced") && refused.contains("visa-holder"),
        "{refused}"
    );
}
