//! A registry with one person who has something of every field group, and everything that is told of her.

use sabt_chain::ActId;
use sabt_domain::access::{FieldGroup, Permit};
use sabt_domain::act::{
    ActId as DomainActId, ChangeAddress, GrantStatus, IssueDocument, IssueResidencePermit,
    IssueVisa, RecordEntry, RegisterMarriage, Resident, SubjectId,
};
use sabt_domain::event::{
    ActAnnulled, ChildBorn, Event, EventBody, HouseholdFormed, HouseholdJoined,
};
use sabt_domain::fact::{
    EntryKind, MarriageForm, MarriageKind, MemberRelation, ParentRole, Party, PermitScope,
    Relation, VisaKind,
};
use sabt_domain::law::Right;
use sabt_domain::law::{DocumentKind, PersonStatus, ResidenceBasis, ResidenceKind};
use sabt_domain::life::At;
use sabt_domain::time::{Day, Timestamp};
use sabt_vault::ordinal::SubjectOrdinal;

use crate::Views;
use crate::query::{FamilyView, FindQuery, HouseholdView, PersonView};
use crate::testing::{TestRegistry, address, date, document, event};

/// The groups without which each of these marks must not be told. Each stands in one kind of field of the lives below.
pub(super) const MARKS: [(&str, &[FieldGroup]); 11] = [
    ("MkGiven", &[FieldGroup::Identity]),
    ("MKPASSPORT", &[FieldGroup::Documents]),
    (
        "MKREFCARD",
        &[FieldGroup::Documents, FieldGroup::Protection],
    ),
    ("MKRESIDENCE", &[FieldGroup::Residence]),
    ("MKVISA", &[FieldGroup::Residence]),
    ("MKREFPERMIT", &[FieldGroup::Protection]),
    ("MKREFBODY", &[FieldGroup::Protection]),
    ("MKSTREET", &[FieldGroup::ShelterAddress]),
    ("MKDEED", &[FieldGroup::Family, FieldGroup::VitalEvents]),
    ("MKBORDER", &[FieldGroup::Presence]),
    ("MKCLAIM", &[FieldGroup::AsylumClaim]),
];

pub(super) fn now() -> At {
    At {
        as_of: date("2026-01-01").earliest(),
        known_at: Timestamp::from_micros(i64::MAX),
    }
}

pub(super) fn day(text: &str) -> Day {
    date(text).earliest()
}

fn as_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn event_text(event: &Event) -> String {
    as_text(&prost::Message::encode_to_vec(&event.to_proto()))
}

fn person_text(view: &PersonView) -> String {
    let mut told = vec![view.number.to_string()];
    let particulars = view.particulars.iter();
    for name in particulars.flat_map(|particulars| &particulars.names) {
        told.extend([name.given.clone(), name.family.clone()]);
    }
    told.extend(
        view.documents
            .iter()
            .map(|held| held.document.number.clone()),
    );
    if let Some(residence) = &view.residence {
        told.push(format!("{:?} {:?}", residence.verdict, residence.reason));
        let permissions = residence.permission.iter().chain(&residence.permissions);
        told.extend(permissions.map(|permission| permission.number.clone()));
    }
    told.extend(view.address.iter().map(|address| address.street.clone()));
    told.push(format!("{:?} {:?}", view.died_on, view.statuses));
    told.extend(view.household.iter().map(ToString::to_string));
    if let Some(presence) = &view.presence {
        told.push(presence.in_country.to_string());
        let crossings = presence.last_crossing.iter();
        told.extend(crossings.map(|crossing| crossing.border_point.clone()));
    }
    told.extend(view.same_as.iter().map(ToString::to_string));
    told.extend(view.withheld.iter().map(|group| group.code().to_owned()));
    told.join("\n")
}

fn household_text(view: &HouseholdView) -> String {
    let address = view.address.as_ref().map_or("", |address| &address.street);
    let members: Vec<_> = view
        .members
        .iter()
        .map(|member| member.person.to_string())
        .collect();
    format!("{} {} {address}", view.code, members.join(" "))
}

fn family_text(view: &FamilyView) -> String {
    let mut told: Vec<_> = view.household.iter().map(household_text).collect();
    for relative in &view.relatives {
        let number = relative.who.person().map(|number| number.to_string());
        let given = relative.name.as_ref().map_or("", |name| &name.given);
        told.push(format!("{} {number:?} {given}", relative.kinship.code()));
    }
    told.join("\n")
}

/// Everything that every question tells under a permit, positions, times and versions aside; what is refused tells nothing.
pub(super) fn everything(
    views: &Views,
    registry: &TestRegistry,
    permit: &Permit,
    about: SubjectOrdinal,
) -> String {
    let number = registry.number(about);
    let mut told = Vec::new();
    if let Ok(answer) = views.person(permit, number, &now()) {
        told.push(person_text(&answer.content));
    }
    if let Ok(answer) = views.family(permit, number, &now()) {
        told.push(family_text(&answer.content));
    }
    if let Ok(answer) = views.verify_stay(permit, number, &now()) {
        told.push(format!("{:?}", answer.content));
    }
    for right in Right::ALL {
        if let Ok(answer) = views.verify_right(permit, number, *right, &now()) {
            let told_of = answer.content;
            told.push(format!(
                "{} {:?} {}",
                right.code(),
                told_of.verdict,
                told_of.reason.code()
            ));
        }
    }
    if let Ok(answer) = views.history(permit, number, &now()) {
        for entry in answer.content {
            told.push(format!("{:?} {}", entry.state, event_text(&entry.event)));
        }
    }
    let query = FindQuery::Name {
        given: "MkGiven".to_owned(),
        family: "Karimi".to_owned(),
        birth_year: 1990,
    };
    if let Ok(answer) = views.find(permit, &query, &now()) {
        let candidates = answer.content.candidates.iter();
        let names = candidates.filter(|candidate| candidate.person == number);
        told.extend(names.flat_map(|found| found.name.iter().map(|name| name.given.clone())));
    }
    for record in registry.events.records() {
        if let Ok(answer) = views.delivery(permit, &record)
            && let Some(delivery) = answer.content
            && delivery.subject == SubjectId::Person(number)
        {
            told.push(event_text(&delivery.event));
        }
    }
    told.join("\n")
}

/// A registry with one person who has something of every group, and the acts that brought it.
pub(super) struct World {
    pub(super) registry: TestRegistry,
    pub(super) woman: SubjectOrdinal,
    pub(super) man: SubjectOrdinal,
    pub(super) child: SubjectOrdinal,
    pub(super) household: SubjectOrdinal,
    pub(super) marriage: ActId,
    pub(super) residence: ActId,
}

pub(super) fn grant(
    registry: &TestRegistry,
    subject: SubjectOrdinal,
    status: PersonStatus,
    by: &str,
) -> Event {
    let body = GrantStatus {
        person: registry.number(subject),
        status,
        decided_by: by.to_owned(),
    };
    event("2022-05-01", EventBody::StatusGranted(body))
}

pub(super) fn residence(
    registry: &TestRegistry,
    subject: SubjectOrdinal,
    kind: ResidenceKind,
    number: &str,
) -> Event {
    let body = IssueResidencePermit {
        person: registry.number(subject),
        kind,
        basis: ResidenceBasis::General,
        scope: PermitScope::Individual,
        permit_number: number.to_owned(),
        valid_from: date("2025-06-01"),
        valid_until: Some(date("2026-06-01")),
    };
    event("2025-06-01", EventBody::ResidencePermitIssued(body))
}

pub(super) fn issue(
    registry: &TestRegistry,
    subject: SubjectOrdinal,
    kind: DocumentKind,
    number: &str,
) -> Event {
    let body = IssueDocument {
        person: registry.number(subject),
        document: document(kind, number),
        replaces: None,
    };
    event("2022-01-01", EventBody::DocumentIssued(body))
}

impl World {
    pub(super) fn new() -> Self {
        let mut registry = TestRegistry::new();
        let woman = registry.register("MkGiven", "Karimi", "MKPASSPORT");
        let man = registry.register("Ali", "Karimi", "P2");
        let child = registry.register("Reza", "Karimi", "P3");
        let household = registry.subject();
        let married = Self::marriage(&registry, woman, man);
        let marriage = registry.act(&[(man, married.clone()), (woman, married)]);
        let forming = Self::forming(&registry, household, woman, man);
        registry.act(&forming);
        for event in Self::other_events(&registry, woman, child) {
            registry.act(&[(woman, event)]);
        }
        let permit = residence(&registry, woman, ResidenceKind::Temporary, "MKRESIDENCE");
        let residence = registry.act(&[(woman, permit)]);
        Self {
            registry,
            woman,
            man,
            child,
            household,
            marriage,
            residence,
        }
    }

    fn marriage(registry: &TestRegistry, woman: SubjectOrdinal, man: SubjectOrdinal) -> Event {
        let body = RegisterMarriage {
            husband: Party::Person(registry.number(man)),
            wife: Party::Person(registry.number(woman)),
            kind: MarriageKind::Permanent,
            term_months: 0,
            form: MarriageForm::OfficialDeed,
            registered_with: None,
            deed_number: "MKDEED".to_owned(),
            licence_number: String::new(),
        };
        event("2022-03-03", EventBody::MarriageRegistered(body))
    }

    fn other_events(
        registry: &TestRegistry,
        woman: SubjectOrdinal,
        child: SubjectOrdinal,
    ) -> Vec<Event> {
        let born = ChildBorn {
            child: registry.number(child),
            role: ParentRole::Mother,
        };
        let moved = ChangeAddress {
            subject: Resident::Person(registry.number(woman)),
            address: address("MKSTREET"),
        };
        let visa = IssueVisa {
            person: registry.number(woman),
            kind: VisaKind::Entry,
            visa_number: "MKVISA".to_owned(),
            valid_from: date("2021-01-01"),
            valid_until: date("2021-04-01"),
            stay_days: 30,
            multiple_entry: false,
            issued_at: "Kabul".to_owned(),
        };
        let entry = RecordEntry {
            person: registry.number(woman),
            border_point: "MKBORDER".to_owned(),
            kind: EntryKind::WithVisa,
            document: None,
        };
        let card = DocumentKind::RefugeeIdentityCard;
        vec![
            event("2023-04-04", EventBody::ChildBorn(born)),
            event("2022-06-01", EventBody::AddressChanged(moved)),
            event("2021-01-01", EventBody::VisaIssued(visa)),
            event("2021-03-01", EventBody::EntryRecorded(entry)),
            residence(registry, woman, ResidenceKind::Refugee, "MKREFPERMIT"),
            issue(registry, woman, card, "MKREFCARD"),
            grant(registry, woman, PersonStatus::Refugee, "MKREFBODY"),
            grant(registry, woman, PersonStatus::AsylumSeeker, "MKCLAIM"),
        ]
    }

    fn forming(
        registry: &TestRegistry,
        household: SubjectOrdinal,
        woman: SubjectOrdinal,
        man: SubjectOrdinal,
    ) -> [(SubjectOrdinal, Event); 3] {
        let members = [(woman, Relation::Head), (man, Relation::Spouse)];
        let joined = members.map(|(member, relation)| {
            let body = HouseholdJoined {
                household: registry.code(household),
                relation,
            };
            (
                member,
                event("2022-04-01", EventBody::HouseholdJoined(body)),
            )
        });
        let formed = HouseholdFormed {
            code: registry.code(household),
            members: members
                .map(|(member, relation)| MemberRelation {
                    person: registry.number(member),
                    relation,
                })
                .to_vec(),
            address: Some(address("MKSTREET")),
            split_from: None,
        };
        let formed = event("2022-04-01", EventBody::HouseholdFormed(formed));
        let [first, second] = joined;
        [(household, formed), first, second]
    }

    pub(super) fn annul(&mut self, subjects: &[SubjectOrdinal], target: ActId) {
        let annulled = ActAnnulled {
            target: DomainActId(target.to_bytes()),
            reason: "MKANNULLED".to_owned(),
        };
        let event = event("2025-12-01", EventBody::ActAnnulled(annulled));
        let parts: Vec<_> = subjects
            .iter()
            .map(|subject| (*subject, event.clone()))
            .collect();
        self.registry.act(&parts);
    }
}
