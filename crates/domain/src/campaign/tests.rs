use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::act::*;
use crate::fact::*;
use crate::number::PersonNumber;
use crate::testing::*;

/// What happens to a round in the model.
#[derive(Clone, Debug)]
enum Step {
    /// A person takes part on the n-th day.
    TakePart(usize, u8),
    /// A person is observed not to take part.
    StayAway(usize, u8),
    /// The n-th act of those before is annulled.
    Annul(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..6_usize, 1..28_u8).prop_map(|(person, day)| Step::TakePart(person, day)),
        (0..6_usize, 1..28_u8).prop_map(|(person, day)| Step::StayAway(person, day)),
        (0..24_usize).prop_map(Step::Annul),
    ];
    proptest::collection::vec(step, 0..24)
}

/// A fact of the naive model: who, the day, where it stands, where it was taken back.
struct Fact {
    act: ActId,
    person: usize,
    day: u8,
    from: u64,
    until: Option<u64>,
    absence: bool,
}

/// Plays the steps. The naive model is a list of facts, each with its two ends in record time.
fn play(steps: &[Step]) -> (Registry, CampaignNumber, Vec<Fact>) {
    let mut registry = Registry::new();
    let persons: Vec<PersonNumber> = (0..6)
        .map(|_| registry.register("1370-01-01", Sex::Female))
        .collect();
    registry.as_office("THR-96");
    let campaign = registry
        .ok("1400-01-01", open_campaign(15, "1400-02-01"))
        .campaigns[0];
    registry.as_office("THR-01");
    let mut facts: Vec<Fact> = Vec::new();
    for step in steps {
        let position = registry.position;
        let (act, person, day, absence) = match step {
            Step::TakePart(person, day) => {
                let body = take_part(campaign, persons[*person]);
                let act = registry.act(&format!("1400-02-{day:02}"), body);
                (act, *person, *day, false)
            }
            Step::StayAway(person, day) => {
                let body = RecordCampaignNonParticipation {
                    campaign,
                    person: persons[*person],
                    reason: NonParticipationReason::Unknown,
                };
                let act = registry.act(&format!("1400-02-{day:02}"), body);
                (act, *person, *day, true)
            }
            Step::Annul(place) => {
                let Some(fact) = facts.get_mut(*place) else {
                    continue;
                };
                let target = fact.act;
                let reason = "by mistake".into();
                let act = registry.act("1400-03-01", AnnulAct { target, reason });
                let annulled = registry.submit(&act).is_ok();
                assert_eq!(annulled, fact.until.is_none());
                if annulled {
                    fact.until = Some(position);
                }
                continue;
            }
        };
        let mut standing = facts
            .iter()
            .filter(|fact| fact.person == person && fact.until.is_none());
        // A second participation is refused, and an absence beside anything.
        let refused = standing.any(|fact| absence || !fact.absence);
        assert_eq!(registry.submit(&act).is_err(), refused);
        if !refused {
            facts.push(Fact {
                act: act.id,
                person,
                day,
                from: position,
                until: None,
                absence,
            });
        }
    }
    (registry, campaign, facts)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_roster_is_what_a_naive_recount_gives_on_both_axes(steps in steps()) {
        let (registry, campaign, facts) = play(&steps);
        for known in 0..=registry.position {
            for day in [1, 9, 17, 27] {
                let roster = Roster {
                    campaign,
                    as_of: super::super::testing::day(&format!("1400-02-{day:02}")),
                    known_at: Timestamp::from_micros(i64::try_from(known).unwrap()),
                };
                let naive: BTreeSet<usize> = facts
                    .iter()
                    .filter(|fact| !fact.absence && fact.day <= day)
                    .filter(|fact| fact.from < known && fact.until.is_none_or(|end| known <= end))
                    .map(|fact| fact.person)
                    .collect();
                let counted = registry.lives.values().filter(|life| roster.has(life)).count();
                prop_assert_eq!(counted, naive.len());
            }
        }
    }
}

#[test]
fn a_number_of_a_campaign_is_of_no_other_kind() {
    let serial = 12_345_678_901;
    let number = CampaignNumber::from_serial(serial).unwrap().to_string();
    assert!(number.parse::<PersonNumber>().is_err());
    assert!(number.parse::<crate::number::HouseholdCode>().is_err());
    assert!(number.parse::<crate::number::ClaimNumber>().is_err());
}
