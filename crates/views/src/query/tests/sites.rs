//! Who is in which site: the index is what the lives of everybody tell, whatever is recorded in whatever order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sabt_domain::access::{FieldGroup, Purpose, Role};
use sabt_domain::act::{
    BeginHolding, EndHolding, OpenSite, RecordExit, RecordSiteAdmission, RecordSiteDischarge,
    RecordSiteTransfer, RegisterDeath,
};
use sabt_domain::deadline::DeadlineKind;
use sabt_domain::event::{ActAnnulled, ActCorrected, EventBody, SiteOpened};
use sabt_domain::fact::{
    AdmissionGround, DischargeReason, ExitKind, HoldingBasis, HoldingEnding, HoldingPlace, SiteKind,
};
use sabt_domain::law::ProvinceCode;
use sabt_domain::life::At;
use sabt_domain::number::SiteNumber;
use sabt_vault::numbers::NumberKind;
use sabt_vault::ordinal::SubjectOrdinal;

use super::world::day;
use crate::Views;
use crate::reader::Reader;
use crate::testing::{TestRegistry, event, folded, granted};

fn number(registry: &TestRegistry, site: SubjectOrdinal) -> SiteNumber {
    let serial = registry.vault.numbering().number(NumberKind::Site, site);
    SiteNumber::from_serial(serial).unwrap()
}

fn open(registry: &mut TestRegistry) -> SubjectOrdinal {
    let site = registry.subject();
    let opened = SiteOpened {
        number: number(registry, site),
        terms: OpenSite {
            kind: SiteKind::GuestTown,
            name: "town".to_owned(),
            province: ProvinceCode::Tehran,
            capacity: 9,
        },
    };
    registry.act(&[(site, event("2024-01-01", EventBody::SiteOpened(opened)))]);
    site
}

/// A clock of a stay says that there is one: it is told with the stay or not at all.
#[test]
fn the_end_of_a_shelter_needs_the_group_of_shelters() {
    let mut registry = TestRegistry::new();
    let town = open(&mut registry);
    let person = registry.register("Maryam", "Rezai", "P1");
    let admitted = RecordSiteAdmission {
        person: registry.number(person),
        site: number(&registry, town),
        ground: AdmissionGround::Victim,
        over_capacity_reason: String::new(),
    };
    let admitted = EventBody::SiteAdmissionRecorded(admitted);
    registry.act(&[(person, event("2025-06-01", admitted))]);
    let (views, _writer) = folded(&registry);
    let at = At {
        as_of: day("2025-07-01"),
        ..At::END
    };
    let about = registry.number(person);
    let group = FieldGroup::of_stay(AdmissionGround::Victim);
    for groups in [
        &[FieldGroup::History, FieldGroup::Site][..],
        &[FieldGroup::History, group],
    ] {
        let permit = granted(Role::Registrar, Purpose::Registration, groups, &[about]);
        let told = views.deadlines_of(&permit, about, None, &at).unwrap();
        let mut deadlines = told.content.listed.iter().flat_map(|one| &one.deadlines);
        let ends = deadlines.any(|one| one.kind == DeadlineKind::SiteStayEnds);
        assert_eq!(ends, groups.contains(&group));
    }
}

/// Holds the index against every life.
fn check(views: &Views, registry: &TestRegistry, sites: &[SubjectOrdinal]) {
    let reader = Reader::new(views).unwrap();
    let mut inside: BTreeMap<SiteNumber, BTreeSet<SubjectOrdinal>> = BTreeMap::new();
    let mut at = None;
    while let Some(subject) = reader.next_subject(at).unwrap() {
        let person = reader.life(subject).unwrap().person(&At::END);
        if let Some(site) = person.and_then(|person| person.site()) {
            inside.entry(site).or_default().insert(subject);
        }
        at = Some(subject);
    }
    for site in sites {
        let site = number(registry, *site);
        let counted = reader.occupants(site).unwrap();
        assert_eq!(counted, inside.remove(&site).unwrap_or_default());
    }
    assert!(inside.is_empty());
}

/// A step: what, who, which site, which day, which act before.
fn steps() -> impl Strategy<Value = Vec<(u8, usize, usize, u8, usize)>> {
    let step = (0..11_u8, 0..3_usize, 0..2_usize, 1..28_u8, 0..30_usize);
    proptest::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Nothing here is decided: also what no registry would accept is folded the same way by both.
    #[test]
    fn who_is_in_a_site_is_what_every_life_tells(steps in steps()) {
        let mut registry = TestRegistry::new();
        let sites = [open(&mut registry), open(&mut registry)];
        let persons = ["A", "B", "C"].map(|passport| registry.register("Maryam", "Rezai", passport));
        let numbers = sites.map(|site| number(&registry, site));
        let mut acts = Vec::new();
        for (kind, who, at, day, before) in steps {
            let (person, site) = (registry.number(persons[who]), numbers[at]);
            let on = format!("2025-01-{day:02}");
            let admission = RecordSiteAdmission {
                person,
                site,
                ground: AdmissionGround::ALL[before % AdmissionGround::ALL.len()],
                over_capacity_reason: String::new(),
            };
            let target = acts.get(before).copied();
            let target = target.map(|id: sabt_chain::ActId| sabt_domain::act::ActId(id.to_bytes()));
            let body = match (kind, target) {
                (0..=2, _) => EventBody::SiteAdmissionRecorded(admission),
                (3, _) => EventBody::SiteTransferRecorded(RecordSiteTransfer {
                    person,
                    from_site: numbers[1 - at],
                    to_site: site,
                    over_capacity_reason: String::new(),
                }),
                (4, _) => EventBody::SiteDischargeRecorded(RecordSiteDischarge {
                    person,
                    site,
                    reason: DischargeReason::OwnWill,
                }),
                (5, _) => EventBody::ExitRecorded(RecordExit {
                    person,
                    border_point: "DOGHAROUN".to_owned(),
                    kind: ExitKind::Final,
                    document: None,
                }),
                (6, _) => EventBody::HoldingBegan(BeginHolding {
                    person,
                    holding_number: format!("H-{}", acts.len()),
                    basis: HoldingBasis::DisplacedOrIrregular,
                    place_kind: HoldingPlace::CareCamp,
                    place: "camp".to_owned(),
                    ordered_by: "police".to_owned(),
                }),
                (7, Some(holding)) => EventBody::HoldingEnded(EndHolding {
                    person,
                    holding,
                    ending: HoldingEnding::Released,
                }),
                (8, Some(target)) => EventBody::ActAnnulled(ActAnnulled {
                    target,
                    reason: "x".to_owned(),
                }),
                (9, Some(target)) => {
                    let replacement = event(&on, EventBody::SiteAdmissionRecorded(admission));
                    EventBody::ActCorrected(ActCorrected {
                        target,
                        replacement: vec![replacement],
                        reason: "x".to_owned(),
                    })
                }
                (10, _) if before == 0 => EventBody::DeathRegistered(RegisterDeath {
                    person,
                    place: None,
                    informant: None,
                    certificate: None,
                }),
                _ => continue,
            };
            acts.push(registry.act(&[(persons[who], event(&on, body))]));
        }
        let (views, _writer) = folded(&registry);
        check(&views, &registry, &sites);
        // Whoever is erased is in no site, and no row is left of where they were: also where it had been folded before.
        registry.erase(persons[0]);
        views.fold_events(registry.events.records()).unwrap();
        check(&views, &registry, &sites);
        let anew = folded(&registry).0;
        prop_assert_eq!(views.digest().unwrap(), anew.digest().unwrap());
        let reader = Reader::new(&views).unwrap();
        let rows = reader
            .snapshot()
            .scan_prefix(crate::store::Table::Sites, &[], &[], 10_000)
            .unwrap();
        let ordinal = persons[0].get().to_be_bytes();
        for row in rows {
            let of_person = row.key == ordinal || row.key.get(16..24) == Some(&ordinal);
            prop_assert!(!of_person);
        }
    }
}
