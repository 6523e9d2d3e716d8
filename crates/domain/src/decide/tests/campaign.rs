use std::collections::BTreeSet;

use crate::access::Role;
use crate::act::*;
use crate::fact::*;
use crate::law::{DocumentKind, PersonStatus, ProvinceCode};
use crate::number::{CampaignNumber, PersonNumber};
use crate::refusal::Reason;
use crate::testing::*;

/// A registry with a round that begins on the first day of 1400, and two persons.
fn round() -> (Registry, CampaignNumber, [PersonNumber; 2]) {
    let mut registry = Registry::new();
    let persons = [(); 2].map(|()| registry.register("1370-01-01", Sex::Female));
    let campaign = open(&mut registry, open_campaign(15, "1400-01-01"));
    (registry, campaign, persons)
}

fn open(registry: &mut Registry, terms: OpenCampaign) -> CampaignNumber {
    registry.as_office("THR-96");
    let campaign = registry.ok("1399-12-01", terms).campaigns[0];
    registry.as_office("THR-01");
    campaign
}

fn stay_away(campaign: CampaignNumber, person: PersonNumber) -> RecordCampaignNonParticipation {
    RecordCampaignNonParticipation {
        campaign,
        person,
        reason: NonParticipationReason::NotReached,
    }
}

fn list_of(
    registry: &Registry,
    campaign: CampaignNumber,
    previous: CampaignNumber,
    count: u64,
) -> FixCampaignTargetList {
    FixCampaignTargetList {
        campaign,
        definition: TargetDefinition::ParticipantsOf {
            campaign: previous,
            cut_off: on("1401-01-01"),
            known_at: registry.known(),
        },
        count,
    }
}

fn stated(campaign: CampaignNumber, count: u64) -> FixCampaignTargetList {
    FixCampaignTargetList {
        campaign,
        definition: TargetDefinition::Stated {
            source: "directive 7".into(),
        },
        count,
    }
}

fn report(
    registry: &Registry,
    campaign: CampaignNumber,
    definition: CoverageDefinition,
    participants: u64,
    target: u64,
) -> ReportCampaignCoverage {
    ReportCampaignCoverage {
        campaign,
        definition,
        as_of: on("1402-01-01"),
        known_at: registry.known(),
        participants,
        target,
    }
}

#[test]
fn whoever_comes_late_is_taken_after_the_last_day_and_after_the_end() {
    let (mut registry, _, [one, two]) = round();
    let terms = OpenCampaign {
        closes_on: Some(on("1400-03-31")),
        ..open_campaign(16, "1400-01-01")
    };
    let campaign = open(&mut registry, terms);
    registry.ok("1400-05-01", take_part(campaign, one));
    registry.as_office("THR-96");
    registry.ok("1400-06-01", CloseCampaign { campaign });
    registry.as_office("THR-01");
    registry.ok("1400-07-01", stay_away(campaign, two));
    registry.ok("1400-06-15", take_part(campaign, two));
    let record = registry.person(two);
    let record = record.campaign(campaign).unwrap();
    assert!(record.participation.is_some() && record.absence.is_some());
}

#[test]
fn not_taking_part_changes_nothing_but_the_observation() {
    let (mut registry, campaign, [person, _]) = round();
    let before = registry.person(person);
    registry.ok("1400-05-01", stay_away(campaign, person));
    let mut after = registry.person(person);
    assert_eq!(after.campaigns.len(), 1);
    after.campaigns.clear();
    assert!(before == after);
}

#[test]
fn nobody_takes_part_twice_or_before_the_first_day() {
    let (mut registry, campaign, [one, two]) = round();
    let early = registry.refused("1399-12-29", take_part(campaign, one));
    assert_eq!(early, Reason::CampaignNotOpen);
    registry.ok("1400-01-01", take_part(campaign, one));
    let again = registry.refused("1400-01-02", take_part(campaign, one));
    assert_eq!(again, Reason::TookPart);
    let absent = registry.refused("1400-01-02", stay_away(campaign, one));
    assert_eq!(absent, Reason::TookPart);
    registry.ok("1400-01-02", stay_away(campaign, two));
    let twice = registry.refused("1400-01-03", stay_away(campaign, two));
    assert_eq!(twice, Reason::AbsenceRecorded);
    let unknown = CampaignNumber::from_serial(99_999_999_999).unwrap();
    let reason = registry.refused("1400-01-03", take_part(unknown, two));
    assert_eq!(reason, Reason::UnknownCampaign);
}

#[test]
fn the_dead_are_observed_and_do_not_take_part() {
    let (mut registry, campaign, [person, _]) = round();
    registry.ok("1400-02-01", death(person));
    let reason = registry.refused("1400-03-01", take_part(campaign, person));
    assert_eq!(reason, Reason::PersonDeceased);
    registry.ok("1400-03-01", stay_away(campaign, person));
}

#[test]
fn a_card_is_one_that_the_person_was_issued() {
    let (mut registry, _, [person, _]) = round();
    let terms = OpenCampaign {
        card: Some(CampaignCard {
            kind: DocumentKind::AmayeshCard,
            valid_from: on("1400-01-01"),
            valid_until: on("1400-12-29"),
        }),
        ..open_campaign(16, "1400-01-01")
    };
    let campaign = open(&mut registry, terms);
    let with_card = RecordCampaignParticipation {
        card_number: "A 100".into(),
        ..take_part(campaign, person)
    };
    let reason = registry.refused("1400-01-05", with_card.clone());
    assert_eq!(reason, Reason::UnknownPermit);
    let card = IssueDocument {
        person,
        document: document(DocumentKind::AmayeshCard, "A100"),
        replaces: None,
    };
    registry.ok("1400-01-04", card);
    registry.ok("1400-01-05", with_card);
}

#[test]
fn a_round_is_for_whom_it_names_and_for_whoever_the_registry_knows_too_little_of() {
    let (mut registry, _, [person, _]) = round();
    let elsewhere = OpenCampaign {
        provinces: BTreeSet::from([ProvinceCode::RazaviKhorasan]),
        ..open_campaign(16, "1400-01-01")
    };
    let iraqis = OpenCampaign {
        nationalities: BTreeSet::from([code("IRQ")]),
        ..open_campaign(17, "1400-01-01")
    };
    let displaced = OpenCampaign {
        statuses: BTreeSet::from([PersonStatus::Displaced]),
        nationalities: BTreeSet::from([code("AFG")]),
        ..open_campaign(18, "1400-01-01")
    };
    for terms in [elsewhere, iraqis] {
        let campaign = open(&mut registry, terms);
        let reason = registry.refused("1400-02-01", take_part(campaign, person));
        assert_eq!(reason, Reason::NotEligible);
    }
    // No status is recorded, which is no ground to send somebody away.
    let campaign = open(&mut registry, displaced);
    registry.ok("1400-02-01", take_part(campaign, person));
}

#[test]
fn no_round_is_for_those_who_ask_for_asylum() {
    let (mut registry, _, _) = round();
    registry.as_office("THR-96");
    let terms = OpenCampaign {
        statuses: BTreeSet::from([PersonStatus::AsylumSeeker]),
        ..open_campaign(16, "1400-01-01")
    };
    assert_eq!(
        registry.refused("1399-12-01", terms),
        Reason::AsylumUnitOnly
    );
}

#[test]
fn a_target_list_is_what_the_registry_counts_at_the_cut_off() {
    let (mut registry, previous, [one, two]) = round();
    for person in [one, two] {
        registry.ok("1400-02-01", take_part(previous, person));
    }
    let campaign = open(&mut registry, open_campaign(16, "1401-01-01"));
    registry.as_office("THR-96");
    let wrong = list_of(&registry, campaign, previous, 3);
    assert_eq!(registry.refused("1401-01-02", wrong), Reason::CountDiffers);
    let own = list_of(&registry, campaign, campaign, 0);
    assert_eq!(
        registry.refused("1401-01-02", own),
        Reason::SubjectsNotDistinct
    );
    let right = list_of(&registry, campaign, previous, 2);
    registry.ok("1401-01-02", right);
    let again = stated(campaign, 5);
    assert_eq!(
        registry.refused("1401-01-03", again),
        Reason::TargetListFixed
    );
}

#[test]
fn a_coverage_is_what_the_registry_counts() {
    let (mut registry, previous, [one, two]) = round();
    registry.ok("1400-02-01", take_part(previous, one));
    let campaign = open(&mut registry, open_campaign(16, "1401-01-01"));
    registry.as_office("THR-96");
    let early = report(
        &registry,
        campaign,
        CoverageDefinition::AllParticipants,
        0,
        1,
    );
    assert_eq!(
        registry.refused("1402-01-02", early),
        Reason::TargetListMissing
    );
    let list = list_of(&registry, campaign, previous, 1);
    registry.ok("1401-01-02", list);
    registry.as_office("THR-01");
    for person in [one, two] {
        registry.ok("1401-02-01", take_part(campaign, person));
    }
    registry.as_office("THR-96");
    for (definition, right) in [
        (CoverageDefinition::AllParticipants, 2),
        (CoverageDefinition::ListedParticipants, 1),
    ] {
        for (participants, target) in [(right + 1, 1), (right, 2)] {
            let wrong = report(&registry, campaign, definition, participants, target);
            assert_eq!(registry.refused("1402-01-02", wrong), Reason::CountDiffers);
        }
        let counted = report(&registry, campaign, definition, right, 1);
        registry.ok("1402-01-02", counted);
    }
}

#[test]
fn a_number_from_outside_covers_all_participants_only() {
    let (mut registry, campaign, [one, _]) = round();
    registry.ok("1400-02-01", take_part(campaign, one));
    registry.as_office("THR-96");
    registry.ok("1400-01-02", stated(campaign, 10));
    let listed = report(
        &registry,
        campaign,
        CoverageDefinition::ListedParticipants,
        1,
        10,
    );
    assert_eq!(
        registry.refused("1402-01-02", listed),
        Reason::TargetListMissing
    );
    let all = report(
        &registry,
        campaign,
        CoverageDefinition::AllParticipants,
        1,
        10,
    );
    registry.ok("1402-01-02", all);
}

#[test]
fn what_is_counted_lies_in_the_past() {
    let (mut registry, campaign, _) = round();
    registry.as_office("THR-96");
    registry.ok("1400-01-02", stated(campaign, 10));
    let mut future = report(
        &registry,
        campaign,
        CoverageDefinition::AllParticipants,
        0,
        10,
    );
    future.known_at = registry.now();
    assert_eq!(
        registry.refused("1402-01-02", future.clone()),
        Reason::FutureDate
    );
    future.known_at = registry.known();
    future.as_of = on("1406-01-01");
    assert_eq!(registry.refused("1402-01-02", future), Reason::FutureDate);
}

#[test]
fn the_agency_that_opened_a_campaign_organises_it() {
    let (mut registry, campaign, [person, _]) = round();
    assert_eq!(
        registry.refused("1400-02-01", CloseCampaign { campaign }),
        Reason::RoleNotAllowed
    );
    registry.author = crate::governance::Author::governance();
    registry.office = code("REGISTRY");
    registry.ok("1399-01-01", enrol_agency("OTHER", Role::CampaignOrganiser));
    registry.ok(
        "1399-01-01",
        enrol_office("OTH-01", "OTHER", ProvinceCode::Tehran),
    );
    registry.as_office("OTH-01");
    assert_eq!(
        registry.refused("1400-02-01", CloseCampaign { campaign }),
        Reason::OfficeNotAllowed
    );
    assert_eq!(
        registry.refused("1400-02-01", take_part(campaign, person)),
        Reason::RoleNotAllowed
    );
}

#[test]
fn an_ended_campaign_takes_nothing_but_participants_until_its_end_is_annulled() {
    let (mut registry, campaign, [person, _]) = round();
    registry.as_office("THR-96");
    let closing = registry.ok("1400-06-01", CloseCampaign { campaign }).id;
    assert_eq!(
        registry.refused("1400-07-01", CloseCampaign { campaign }),
        Reason::CampaignEnded
    );
    assert_eq!(
        registry.refused("1400-07-01", stated(campaign, 10)),
        Reason::CampaignEnded
    );
    let reason = "too early".to_owned();
    registry.ok(
        "1400-07-01",
        AnnulAct {
            target: closing,
            reason,
        },
    );
    registry.ok("1400-07-01", stated(campaign, 10));
    registry.as_office("THR-01");
    registry.ok("1400-07-02", take_part(campaign, person));
}

#[test]
fn an_opening_is_corrected_and_never_annulled() {
    let (mut registry, campaign, [person, _]) = round();
    registry.ok("1400-02-01", take_part(campaign, person));
    registry.as_office("THR-96");
    let opening = registry.lives[&campaign.into()].records()[0].act_id;
    let reason = "misread".to_owned();
    assert_eq!(
        registry.refused(
            "1400-03-01",
            AnnulAct {
                target: opening,
                reason: reason.clone()
            }
        ),
        Reason::TargetNotAmendable
    );
    let mut replacement = registry.act("1399-12-01", open_campaign(17, "1400-01-01"));
    replacement.id = ActId([0; 16]);
    let correction = CorrectAct {
        target: opening,
        replacement: Box::new(replacement),
        reason,
    };
    registry.ok("1400-03-01", correction);
    let corrected = registry
        .life(campaign)
        .campaign(&crate::life::At::END)
        .unwrap();
    assert_eq!((corrected.number, corrected.terms.round), (campaign, 17));
}

#[test]
fn an_act_on_a_target_list_is_not_annulled_from_under_a_report() {
    let (mut registry, campaign, _) = round();
    registry.as_office("THR-96");
    let list = registry.ok("1400-01-02", stated(campaign, 10)).id;
    let counted = report(
        &registry,
        campaign,
        CoverageDefinition::AllParticipants,
        0,
        10,
    );
    registry.ok("1402-01-02", counted);
    let reason = "misread".to_owned();
    assert_eq!(
        registry.refused(
            "1402-02-01",
            AnnulAct {
                target: list,
                reason
            }
        ),
        Reason::DependentActsStand
    );
}
