use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::time::{Calendar, Day, PartialDate, Timestamp};

use super::*;

fn jalali(text: &str) -> Day {
    PartialDate::parse(text, Calendar::Jalali)
        .unwrap()
        .earliest()
}

#[test]
fn provinces_have_codes_and_names() {
    assert_eq!(ProvinceCode::ALL.len(), 31);
    for (index, province) in ProvinceCode::ALL.iter().enumerate() {
        assert_eq!(province.code(), format!("IR-{index:02}"));
        assert_eq!(ProvinceCode::from_code(province.code()), Some(*province));
        assert!(!province.name_en().is_empty());
        assert!(province.name_en().is_ascii());
        // Persian letters and spaces, in the normal forms of yeh and kaf.
        assert!(
            province.name_fa().chars().all(|c| c == ' '
                || ('\u{622}'..='\u{6cc}').contains(&c) && c != '\u{64a}' && c != '\u{643}'),
            "{province}"
        );
        assert!(!province.name_fa().is_empty());
    }
    assert_eq!(ProvinceCode::Tehran.to_string(), "IR-23");
    assert_eq!(ProvinceCode::from_code("IR-31"), None);
}

#[test]
fn border_points_are_distinct() {
    let codes: BTreeSet<_> = BorderPoint::ALL.iter().map(|point| point.code()).collect();
    assert_eq!(codes.len(), BorderPoint::ALL.len());
    for point in BorderPoint::ALL {
        assert_eq!(BorderPoint::from_code(point.code()), Some(*point));
        assert_eq!(
            point.kind() == BorderKind::Land,
            point.neighbour().is_some()
        );
        assert!(
            point
                .code()
                .chars()
                .all(|c| c.is_ascii_uppercase() || c == '-')
        );
    }
    let dogharoun = BorderPoint::from_code("DOGHAROUN").unwrap();
    assert_eq!(dogharoun.province(), ProvinceCode::RazaviKhorasan);
    assert_eq!(dogharoun.neighbour(), Some("AFG"));
    assert_eq!(BorderPoint::from_code("NOWHERE"), None);
}

#[test]
fn editions() {
    assert_eq!(Edition::in_force(jalali("1405-09-01")).code, "1405-1");
    assert_eq!(Edition::in_force(jalali("1300-01-01")), Edition::FIRST);
    assert_eq!(Edition::from_code("1405-1"), Some(Edition::FIRST));
    for edition in Edition::ALL {
        assert!(edition.from().is_some());
    }
}

#[test]
fn residence_rules_stand_in_the_order_of_kinds() {
    for (kind, rule) in ResidenceKind::ALL.iter().zip(ResidenceRule::ALL) {
        assert_eq!(rule.kind, *kind);
        assert_eq!(ResidenceRule::of(*kind), rule);
        assert!(rule.end_required || rule.longest_months.is_none());
    }
}

#[test]
fn lengths_of_residence_agree_with_the_time_limits() {
    for (kind, limit) in [
        (ResidenceKind::Temporary, TimeLimit::TEMPORARY_RESIDENCE),
        (ResidenceKind::ThreeYear, TimeLimit::THREE_YEAR_RESIDENCE),
        (ResidenceKind::SevenYear, TimeLimit::SEVEN_YEAR_RESIDENCE),
        (ResidenceKind::GuestTown, TimeLimit::GUEST_TOWN),
    ] {
        let first = jalali("1400-05-10");
        let after = limit.due(first).unwrap().unwrap();
        let last = ResidenceRule::of(kind).last_day(first).unwrap().unwrap();
        assert_eq!(last.plus_days(1), Some(after), "{kind:?}");
    }
    assert_eq!(
        ResidenceRule::of(ResidenceKind::Temporary).last_day(jalali("1400-05-10")),
        Ok(Some(jalali("1401-05-09")))
    );
    assert_eq!(
        ResidenceRule::of(ResidenceKind::Special).last_day(jalali("1400-05-10")),
        Ok(None)
    );
    let renewals = |kind| ResidenceRule::of(kind).renewals.map(u16::from);
    assert_eq!(
        renewals(ResidenceKind::Temporary),
        TimeLimit::TEMPORARY_RENEWALS.number()
    );
    assert_eq!(
        renewals(ResidenceKind::ThreeYear),
        TimeLimit::THREE_YEAR_RENEWALS.number()
    );
    assert_eq!(renewals(ResidenceKind::SevenYear), None);
}

#[test]
fn grounds_of_residence() {
    let three = ResidenceRule::of(ResidenceKind::ThreeYear);
    assert!(three.admits(ResidenceBasis::Investor) && three.admits(ResidenceBasis::Refugee));
    assert!(!three.admits(ResidenceBasis::General));
    assert!(ResidenceRule::of(ResidenceKind::Temporary).admits(ResidenceBasis::General));
    let seven = ResidenceRule::of(ResidenceKind::SevenYear);
    assert_eq!(seven.after, Some(ResidenceKind::ThreeYear));
}

/// The conditions of each kind and step, in the words of the law: what is not in this list is not asked for.
#[test]
fn conditions_of_residence_are_those_of_the_articles() {
    let in_force = jalali("1405-01-01");
    let of_22 = "INCOME 22(1), CLEAN_RECORD 22(2), DOMICILE 22(3), INTERVIEW 22(4), OATH 22(5), CLASSES 22(6)";
    let of_23 = "INCOME 23, 22(1), CLEAN_RECORD 23, 22(2), DOMICILE 23, 22(3), INTERVIEW 23, 22(4), \
                 OATH 23, 22(5), CLASSES 23, 22(6), LITERACY 23";
    let renewal = "WORK 22 note 2, SOCIAL_INSURANCE 22 note 2";
    for kind in ResidenceKind::ALL {
        for step in ResidenceStep::ALL {
            let rules = ConditionRule::asked(*kind, *step, in_force);
            let named = rules.map(|rule| {
                let article = rule.source.strip_prefix("law:art. ").unwrap();
                format!("{} {article}", rule.condition.code())
            });
            let given = *step != ResidenceStep::Renew;
            let expected = match kind {
                ResidenceKind::ThreeYear if given => of_22,
                ResidenceKind::ThreeYear => renewal,
                ResidenceKind::SevenYear if given => of_23,
                ResidenceKind::Special if given => "COMMISSION_APPROVAL 24",
                ResidenceKind::Temporary
                | ResidenceKind::SevenYear
                | ResidenceKind::Special
                | ResidenceKind::Amayesh
                | ResidenceKind::Refugee
                | ResidenceKind::Limited
                | ResidenceKind::GuestTown => "",
            };
            let named: Vec<_> = named.collect();
            assert_eq!(named.join(", "), expected, "{kind:?} {step:?}");
            // Nothing was asked for before the law.
            let before = ConditionRule::asked(*kind, *step, jalali("1404-12-29"));
            assert_eq!(before.count(), 0);
        }
    }
    for rule in ConditionRule::ALL {
        assert!(Edition::from_code(rule.edition).is_some());
        assert!(
            rule.source
                .contains(rule.condition.source().strip_prefix("law:art. ").unwrap())
        );
    }
    for ground in NotAsked::ALL {
        assert!(ground.source().starts_with("law:art. "));
    }
}

#[test]
fn scopes_by_age() {
    let both = |individual, family| ScopeRule { individual, family };
    assert_eq!(permit_scopes(17, true), both(false, true));
    assert_eq!(permit_scopes(17, false), both(true, true));
    assert_eq!(permit_scopes(18, true), both(true, true));
    assert_eq!(permit_scopes(19, true), both(true, false));
}

#[test]
fn transitions_are_distinct_and_cite() {
    let mut seen = BTreeSet::new();
    for row in transitions() {
        let from = match row.from {
            Origin::None => "none",
            Origin::Any => "any",
            Origin::Status(status) => status.code(),
        };
        assert!(
            seen.insert((from, row.to.code())),
            "{from} {:?} stands twice",
            row.to
        );
        assert!(row.source.starts_with("law:") || row.source.starts_with("service:"));
        assert!(row.id.is_empty() || row.id.starts_with("ST-"));
        assert_ne!(row.from, Origin::Status(row.to));
    }
}

#[test]
fn transitions_found() {
    use PersonStatus as S;
    let id = |from, to| transition(from, to).map(|row| (row.id, row.adverse));
    assert_eq!(id(None, S::VisaHolder), Some(("ST-01", false)));
    assert_eq!(
        id(Some(S::AsylumSeeker), S::Refugee),
        Some(("ST-17", false))
    );
    assert_eq!(
        id(Some(S::Refugee), S::FormerRefugee),
        Some(("ST-21", true))
    );
    assert_eq!(
        id(Some(S::VisaHolder), S::IrregularMigrant),
        Some(("ST-25", true))
    );
    assert_eq!(id(None, S::FormerRefugee), None);
    assert_eq!(id(Some(S::Refugee), S::IrregularMigrant), None);
    assert_eq!(id(Some(S::Migrant), S::Migrant), None);
    // Asking for asylum is open from everywhere except where it is already asked.
    for status in S::ALL {
        let open = transition(Some(*status), S::AsylumSeeker).is_some();
        assert_eq!(open, *status != S::AsylumSeeker);
    }
    assert!(transition(None, S::AsylumSeeker).is_some());
}

#[test]
fn whatever_makes_a_person_irregular_is_adverse() {
    for row in transitions() {
        if row.to == PersonStatus::IrregularMigrant && row.from != Origin::None {
            assert!(row.adverse, "{row:?}");
        }
    }
}

#[test]
fn time_limits_are_distinct_and_cite() {
    let ids: BTreeSet<_> = TimeLimit::ALL.iter().map(|limit| limit.id).collect();
    assert_eq!(ids.len(), TimeLimit::ALL.len());
    for limit in TimeLimit::ALL {
        // Clocks of look-ups are those of the bill or a statute for something like them.
        let is_row = limit.id.starts_with("TL-") || limit.id.starts_with("LJ-");
        let of_the_bill = is_row && limit.source.starts_with("law:art. ");
        assert!(of_the_bill || limit.source.starts_with("statute:"));
        assert_eq!(TimeLimit::by_id(limit.id), Some(limit));
    }
    assert_eq!(TimeLimit::by_id("TL-999"), None);
}

/// Each of the 67 rows is exercised by a test that exists, or listed with the reason why it lies outside the registry.
#[test]
fn every_row_of_the_table_of_time_limits_is_exercised_or_listed_with_a_reason() {
    let sources = [
        ("law/tests.rs", include_str!("tests.rs")),
        ("deadline/tests.rs", include_str!("../deadline/tests.rs")),
        (
            "decide/tests/removal.rs",
            include_str!("../decide/tests/removal.rs"),
        ),
        (
            "decide/tests/case.rs",
            include_str!("../decide/tests/case.rs"),
        ),
        (
            "decide/tests/removal/holding.rs",
            include_str!("../decide/tests/removal/holding.rs"),
        ),
        (
            "decide/tests/residence.rs",
            include_str!("../decide/tests/residence.rs"),
        ),
    ];
    let listed = include_str!("time_limits.txt");
    let rows: Vec<&str> = listed
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    assert_eq!(rows.len(), 67);
    for (index, row) in rows.iter().enumerate() {
        let columns: Vec<&str> = row.split('\t').collect();
        let [id, article, by] = columns[..] else {
            panic!("{row}");
        };
        assert_eq!(id, format!("TL-{:02}", index + 1));
        let limit = TimeLimit::by_id(id).unwrap_or_else(|| panic!("{id} is not in the table"));
        assert_eq!(limit.source, format!("law:{article}"), "{id}");
        if let Some(test) = by.strip_prefix("test ") {
            let (file, name) = test.split_once("::").unwrap();
            let source = sources.iter().find(|(known, _)| *known == file);
            let (_, source) = source.unwrap_or_else(|| panic!("{id}: no file {file}"));
            let declared = format!("#[test]\nfn {name}()");
            assert!(source.contains(&declared), "{id}: no test {test}");
        } else {
            let reason = by.strip_prefix("outside ");
            assert!(reason.is_some_and(|reason| 20 < reason.len()), "{id}");
            assert!(
                limit.binds != Binds::Case
                    || ["TL-17", "TL-26", "TL-44", "TL-49", "TL-51"].contains(&id),
                "{id} binds a running case and has no test"
            );
        }
    }
}

#[test]
fn limits_come_due() {
    let due = |limit: TimeLimit, start: &str| limit.due(jalali(start)).unwrap().unwrap();
    assert_eq!(
        due(TimeLimit::EXPULSION_REQUEST, "1400-01-01"),
        jalali("1400-01-08")
    );
    assert_eq!(
        due(TimeLimit::VISA_OBJECTION, "1400-06-31"),
        jalali("1400-07-30")
    );
    assert_eq!(
        due(TimeLimit::FORMER_REFUGEE_DEPARTURE, "1400-01-01"),
        jalali("1400-02-15")
    );
    assert_eq!(
        due(TimeLimit::REPORT_OF_CHANGES, "1400-01-01"),
        jalali("1400-01-04")
    );
    assert_eq!(
        due(TimeLimit::RENEWAL_REQUEST, "1400-12-29"),
        jalali("1400-06-29")
    );
    assert_eq!(
        due(TimeLimit::INDIVIDUAL_PERMIT_REQUEST, "1400-04-01"),
        jalali("1400-01-04")
    );
    assert_eq!(TimeLimit::HEAD_AGE.due(jalali("1400-01-01")), Ok(None));
    assert_eq!(TimeLimit::HEAD_AGE.number(), Some(18));
    assert_eq!(TimeLimit::EXPULSION_REQUEST.number(), None);
}

#[test]
fn clocks_of_hours_end_by_the_hour() {
    let start = Timestamp::from_micros(1_000_000);
    assert_eq!(
        TimeLimit::REPORT_OF_CHANGES.due_at(start),
        Ok(start.plus_seconds(72 * 3600))
    );
    // Seven days: to the end of the seventh day after the day of service, in Tehran.
    let served = Timestamp::start_of_day_in_tehran(jalali("1400-01-01"));
    assert_eq!(
        TimeLimit::EXPULSION_REQUEST.due_at(served),
        Ok(Some(Timestamp::start_of_day_in_tehran(jalali(
            "1400-01-09"
        ))))
    );
    assert_eq!(TimeLimit::HEAD_AGE.due_at(start), Ok(None));
}

#[test]
fn the_tables_are_golden() {
    let mut text = String::new();
    for limit in TimeLimit::ALL {
        let length = format!(
            "{:?}{}",
            limit.length,
            if limit.before { " before" } else { "" }
        );
        writeln!(
            text,
            "{:<7} {:<20} {length:<14} {}",
            limit.id, limit.source, limit.what
        )
        .unwrap();
    }
    text.push('\n');
    for row in transitions() {
        let from = match row.from {
            Origin::None => "none",
            Origin::Any => "any",
            Origin::Status(status) => status.code(),
        };
        let (to, adverse) = (row.to.code(), if row.adverse { "adverse" } else { "" });
        writeln!(
            text,
            "{:<6} {from:<21} {to:<21} {adverse:<8} {}",
            row.id, row.source
        )
        .unwrap();
    }
    text.push('\n');
    for rule in ResidenceRule::ALL {
        let months = format!("{:?}", rule.longest_months);
        let renewals = format!("{:?}", rule.renewals);
        let kind = rule.kind.code();
        writeln!(
            text,
            "{kind:<11} months {months:<9} renewals {renewals:<8} {}",
            rule.source
        )
        .unwrap();
    }
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/law"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("tables", text);
    });
}

#[test]
fn rights_of_each_holder() {
    let day = jalali("1405-09-01");
    let mut table = String::new();
    for right in Right::ALL {
        writeln!(table, "{}: {}", right.code(), right.source()).unwrap();
        let Some(rule) = RightRule::in_force(*right, day) else {
            assert!(!right.rests_on_residence());
            continue;
        };
        assert!(Edition::from_code(rule.edition).is_some());
        for holder in RightsHolder::ALL {
            let cell = rule.cell(*holder);
            assert!(cell.source.starts_with("law:art. "));
            let (holder, says) = (holder.code(), cell.entitlement.code());
            writeln!(table, "  {holder:<11} {says:<11} {}", cell.source).unwrap();
        }
    }
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/law"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!("rights", table) });
}

#[test]
fn rights_before_the_first_edition_are_those_of_the_first() {
    for right in Right::ALL {
        let then = RightRule::in_force(*right, jalali("1380-01-01"));
        assert_eq!(then, RightRule::in_force(*right, jalali("1405-01-01")));
        assert!(then.is_some() || !right.rests_on_residence());
    }
}
