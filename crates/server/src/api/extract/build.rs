//! From what the views tell to the message that is signed.

use std::collections::BTreeMap;

use sabt_domain::access::{Permit, Told};
use sabt_domain::codec::Value;
use sabt_domain::deadline::{Deadline, Objection};
use sabt_domain::governance::Enrolment;
use sabt_domain::law::{Catalogue, ProvinceCode};
use sabt_domain::life::At;
use sabt_domain::person::{
    Decision, ExpulsionOrder, FileLocation, Holding, Permission, PermissionForm, Protection,
    Verdict,
};
use sabt_domain::time::{Calendar, Day};
use sabt_extract::FORM;
use sabt_extract::label::Labels;
use sabt_proto::event::v1::{Date, event};
use sabt_proto::extract::v1 as extract;
use sabt_views::query::{
    CaseEntry, Contested, DisclosureEntry, ExtractEntry, ExtractView, FamilyView, HouseholdView,
    PersonView, RemovalView, ResidenceView,
};

use super::proofs::Proved;

/// Who asked for an extract, and when.
pub(super) struct Asked {
    pub(super) permit: Permit,
    pub(super) consent: String,
    pub(super) registry: String,
    pub(super) at: At,
    pub(super) reflects: u64,
    pub(super) contested: Vec<Contested>,
}

/// Names of agencies and offices, Persian and English.
pub(super) struct Names(Vec<(&'static str, String, String, String)>);

impl Names {
    pub(super) fn of(enrolment: &Enrolment) -> Self {
        let agencies = enrolment.agencies().map(|agency| {
            let (en, fa) = (agency.name_en.clone(), agency.name_fa.clone());
            ("agency", agency.code.to_string(), en, fa)
        });
        let offices = enrolment.offices().map(|office| {
            let (en, fa) = (office.name_en.clone(), office.name_fa.clone());
            ("office", office.code.to_string(), en, fa)
        });
        Self(agencies.chain(offices).collect())
    }

    /// A table of names with these, and with those of provinces and services.
    pub(super) fn labels(&self, mut labels: Labels) -> Labels {
        for (field, code, en, fa) in &self.0 {
            labels.add_code(field, code, en, fa);
        }
        for province in ProvinceCode::ALL {
            for field in ["province", "file_province", "from_province", "to_province"] {
                let (en, fa) = (province.name_en(), province.name_fa());
                labels.add_code(field, province.code(), en, fa);
            }
        }
        for service in Catalogue::newest().services() {
            let (en, fa) = (&service.title_en, &service.title_fa);
            labels.add_code("service", service.id.as_str(), en, fa);
        }
        labels
    }
}

/// The extract, without its labels.
pub(super) fn extract(asked: &Asked, view: &ExtractView, proved: Proved) -> extract::Extract {
    let person = &view.person;
    let family = view.family.as_ref();
    extract::Extract {
        form: FORM,
        registry: asked.registry.clone(),
        person: person.number.to_string(),
        made_at: asked.at.known_at.micros(),
        reflects: asked.reflects,
        request: Some(request(asked)),
        identity: Some(identity(person, view.history.len())),
        documents: person.documents.iter().map(document).collect(),
        residence: person.residence.as_ref().map(residence),
        statuses: person
            .statuses
            .iter()
            .map(|status| i32::from(status.to_proto()))
            .collect(),
        family: family.map(relatives).unwrap_or_default(),
        household: family
            .and_then(|family| family.household.as_ref())
            .map(household),
        whereabouts: whereabouts(person),
        vital_events: vital_events(view),
        presence: person.presence.as_ref().map(presence),
        removal: (!person.removal.is_empty()).then(|| removal(&person.removal)),
        service_cases: view.cases.iter().map(|told| service_case(told)).collect(),
        contested: asked.contested.iter().map(contested).collect(),
        deadlines: view.deadlines.iter().map(|told| deadline(told)).collect(),
        contest: Some(contest(view, &proved.agencies)),
        look_ups: Some(extract::LookUps {
            entries: view.disclosures.entries.iter().map(look_up).collect(),
            deferred: view.disclosures.withheld,
            earlier: view.disclosures.earlier,
        }),
        history: view
            .history
            .iter()
            .map(|entry| record(entry, &proved.agencies))
            .collect(),
        withheld: person
            .withheld
            .iter()
            .map(|group| group.code().to_owned())
            .collect(),
        provenance: Some(proved.provenance),
        labels: Vec::new(),
    }
}

fn request(asked: &Asked) -> extract::Request {
    let permit = &asked.permit;
    extract::Request {
        agency: permit.asker().agency.clone(),
        officer: permit.asker().officer.clone(),
        role: i32::from(permit.role().to_proto()),
        purpose: permit.purpose().code().to_owned(),
        legal_basis: permit.legal_basis().to_owned(),
        case_reference: permit.case_reference().to_owned(),
        consent_reference: asked.consent.clone(),
        policy_edition: permit.edition().to_owned(),
    }
}

fn identity(person: &PersonView, records: usize) -> extract::Identity {
    extract::Identity {
        number: person.number.to_string(),
        particulars: person.particulars.as_ref().map(|told| told.to_message()),
        same_as: person.same_as.iter().map(ToString::to_string).collect(),
        // Those that are told: a count of all would tell of the others.
        records: u64::try_from(records).unwrap_or(u64::MAX),
    }
}

fn document(held: &sabt_views::query::DocumentView) -> extract::HeldDocument {
    extract::HeldDocument {
        document: Some(held.document.to_message()),
        verdict: verdict(held.verdict.verdict).to_owned(),
        reason: held.verdict.reason_class.to_owned(),
    }
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "VALID",
        Verdict::NotValid => "NOT_VALID",
        Verdict::Unknown => "UNKNOWN",
    }
}

fn residence(view: &ResidenceView) -> extract::Residence {
    extract::Residence {
        verdict: verdict(view.verdict).to_owned(),
        reason: view
            .reason
            .map(sabt_domain::person::StayReason::code)
            .unwrap_or_default()
            .to_owned(),
        permissions: view
            .permissions
            .iter()
            .map(|told| permission(told))
            .collect(),
    }
}

fn permission(permission: &Permission) -> extract::Permission {
    let mut told = extract::Permission {
        number: permission.number.clone(),
        valid_from: Some(permission.from.to_message()),
        valid_until: permission.until.as_ref().map(Value::to_message),
        legal_basis: permission.legal_basis.clone(),
        state: permission.state.code().to_owned(),
        ..extract::Permission::default()
    };
    match permission.form {
        PermissionForm::Permit(kind, basis) => {
            "PERMIT".clone_into(&mut told.form);
            told.residence_kind = i32::from(kind.to_proto());
            told.basis = i32::from(basis.to_proto());
        }
        PermissionForm::Visa(kind) => {
            "VISA".clone_into(&mut told.form);
            told.visa_kind = i32::from(kind.to_proto());
        }
    }
    told
}

fn relatives(family: &FamilyView) -> Vec<extract::Relative> {
    let relative = |relative: &sabt_views::query::Relative| extract::Relative {
        who: Some(relative.who.to_message()),
        relation: relative.kinship.code().to_owned(),
        since: relative.since.as_ref().map(Value::to_message),
        until: relative.until.as_ref().map(Value::to_message),
        name: relative.name.as_ref().map(Value::to_message),
    };
    family.relatives.iter().map(relative).collect()
}

fn household(view: &HouseholdView) -> extract::Household {
    extract::Household {
        code: view.code.to_string(),
        head: view.head.map(|head| head.to_string()).unwrap_or_default(),
        members: view.members.iter().map(Value::to_message).collect(),
        address: view.address.as_deref().map(Value::to_message),
    }
}

fn file(person: &PersonView) -> (String, bool) {
    match person.file.as_deref() {
        Some(FileLocation::Held(province)) => (province.to_string(), false),
        Some(FileLocation::InTransit { .. }) => (String::new(), true),
        Some(FileLocation::Unknown) | None => (String::new(), false),
    }
}

fn whereabouts(person: &PersonView) -> Option<extract::Whereabouts> {
    let (file_province, file_in_transit) = file(person);
    let told = extract::Whereabouts {
        address: person.address.as_deref().map(Value::to_message),
        file_province,
        file_in_transit,
    };
    (told != extract::Whereabouts::default()).then_some(told)
}

fn presence(view: &sabt_views::query::PresenceView) -> extract::Presence {
    let crossing = view.last_crossing.as_ref();
    let presence = if view.in_country {
        "IN_COUNTRY"
    } else {
        "ABROAD"
    };
    extract::Presence {
        presence: presence.to_owned(),
        border_point: crossing
            .map(|crossing| crossing.border_point.clone())
            .unwrap_or_default(),
        since: crossing.map(|crossing| crossing.on.to_message()),
    }
}

fn removal(view: &RemovalView) -> extract::Removal {
    let protection = |(told, protects): &(Told<Protection>, bool)| extract::Protection {
        kind: told.kind.to_proto().into(),
        since: Some(told.since.to_message()),
        state: if *protects { "PROTECTS" } else { "ENDED" }.to_owned(),
    };
    let holding = |told: &Told<Holding>| extract::Holding {
        number: told.number.clone(),
        since: Some(told.since.to_message()),
        until: told.until().and_then(day),
        ended_on: told.ended.as_ref().map(|(on, _how)| on.to_message()),
    };
    extract::Removal {
        decisions: view
            .decisions
            .iter()
            .map(|told| decision(told, &view.orders))
            .collect(),
        protections: view.protections.iter().map(protection).collect(),
        holdings: view.holdings.iter().map(holding).collect(),
    }
}

fn decision(decision: &Decision, orders: &[Told<ExpulsionOrder>]) -> extract::Decision {
    let (takes, number) = decision.effect.told();
    let order = orders.iter().find(|order| order.act_id == decision.act_id);
    let ended = order.and_then(|order| order.end);
    let appeal = decision.appeal.as_ref();
    let end = appeal.and_then(|appeal| appeal.end.as_ref());
    let effect = if decision.is_in_effect() {
        "IN_EFFECT"
    } else {
        "WITHOUT_EFFECT"
    };
    extract::Decision {
        position: decision.position,
        takes: takes.to_owned(),
        number: number.to_owned(),
        taken_on: Some(decision.taken_on.to_message()),
        served_on: decision.served_on.as_ref().map(Value::to_message),
        appeal_until: decision.appeal_until().and_then(day),
        effect: effect.to_owned(),
        appeal_number: appeal
            .map(|appeal| appeal.number.clone())
            .unwrap_or_default(),
        outcome: end
            .map(|end| end.outcome.to_proto().into())
            .unwrap_or_default(),
        decided_on: end.map(|end| end.on.to_message()),
        ended: ended
            .map(|end| end.ground.code())
            .unwrap_or_default()
            .to_owned(),
    }
}

fn service_case(entry: &CaseEntry) -> extract::ServiceCase {
    extract::ServiceCase {
        case: entry.number.to_string(),
        service: entry.service.to_string(),
        state: entry.state.code().to_owned(),
        requested_on: Some(entry.requested_on.to_message()),
    }
}

fn contested(mark: &Contested) -> extract::Contested {
    extract::Contested {
        person: mark
            .person
            .map(|person| person.to_string())
            .unwrap_or_default(),
        field_group: mark.group.code().to_owned(),
        field: mark.field.unwrap_or_default().to_owned(),
        since: Some(mark.since.to_message()),
        recorded_at: mark.recorded_at.micros(),
        ground: i32::from(mark.ground.to_proto()),
        answer_by: mark.answer_by.and_then(day),
    }
}

fn vital_events(view: &ExtractView) -> Vec<extract::VitalEvent> {
    let told = view.vital_events.iter().filter_map(|(position, recorded)| {
        let message = recorded.to_proto();
        Some(extract::VitalEvent {
            event: vital_name(message.body.as_ref()?)?.to_owned(),
            occurred_on: message.occurred_on,
            position: *position,
        })
    });
    told.collect()
}

/// Name of a vital event's field in the contract.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the views give vital events alone"
)]
const fn vital_name(body: &event::Body) -> Option<&'static str> {
    use event::Body as B;
    Some(match body {
        B::BirthRegistered(_) => "birth_registered",
        B::ChildBorn(_) => "child_born",
        B::DeathRegistered(_) => "death_registered",
        B::SpouseDied(_) => "spouse_died",
        B::MarriageLicenceIssued(_) => "marriage_licence_issued",
        B::MarriageRegistered(_) => "marriage_registered",
        B::DivorceRegistered(_) => "divorce_registered",
        B::ParentageConfirmed(_) => "parentage_confirmed",
        B::GuardianAppointed(_) => "guardian_appointed",
        _ => return None,
    })
}

fn day(day: Day) -> Option<Date> {
    let date = day.date_in(Calendar::Jalali).ok();
    date.as_ref().map(Value::to_message)
}

fn deadline(deadline: &Deadline) -> extract::Deadline {
    extract::Deadline {
        deadline: deadline.kind.code().to_owned(),
        due: day(deadline.due),
        article: deadline.article.clone(),
        limit: deadline
            .limit
            .map(|limit| limit.id.to_owned())
            .unwrap_or_default(),
        number: deadline.number.clone(),
    }
}

fn contest(view: &ExtractView, agencies: &BTreeMap<u64, String>) -> extract::Contest {
    let last = view.history.last();
    let agency = last.and_then(|entry| agencies.get(&entry.entry.position.get()));
    extract::Contest {
        agency: agency.cloned().unwrap_or_default(),
        office: last
            .map(|entry| entry.entry.event.office.to_string())
            .unwrap_or_default(),
        file_province: file(&view.person).0,
        objections: view.objections.iter().map(|told| objection(told)).collect(),
    }
}

fn objection(objection: &Objection) -> extract::Objection {
    let decision = &objection.decision;
    extract::Objection {
        position: objection.position,
        decided_by: decision.decided_by.clone(),
        ground: decision.ground.clone(),
        served_on: decision.served_on.as_ref().map(Value::to_message),
        appeal_body: decision.appeal_body.clone(),
        until: objection.until.and_then(|(until, _limit)| day(until)),
        article: objection
            .until
            .map(|(_until, limit)| limit.source.to_owned())
            .unwrap_or_default(),
    }
}

fn look_up(entry: &DisclosureEntry) -> extract::LookUp {
    let disclosure = &entry.disclosure;
    extract::LookUp {
        position: entry.position.get(),
        recorded_at: entry.recorded_at.micros(),
        verb: disclosure.verb,
        agency: disclosure.agency.clone(),
        officer: disclosure.officer.clone(),
        role: disclosure.role,
        purpose: disclosure.purpose.clone(),
        legal_basis: disclosure.legal_basis.clone(),
        case_reference: disclosure.case_reference.clone(),
        method: disclosure.method.clone(),
        field_groups: disclosure.field_groups.clone(),
        policy_edition: disclosure.policy_edition.clone(),
        withheld_until: entry
            .withheld_until
            .map_or(0, sabt_domain::time::Timestamp::micros),
        deferral_reason: disclosure.deferral_reason.clone(),
        deferral_order: disclosure.deferral_order.clone(),
        consent_reference: disclosure.consent_reference.clone(),
    }
}

fn record(told: &ExtractEntry, agencies: &BTreeMap<u64, String>) -> extract::Record {
    let entry = &told.entry;
    let agency = agencies.get(&entry.position.get());
    extract::Record {
        position: entry.position.get(),
        act_id: entry.act_id.as_bytes().to_vec(),
        recorded_at: entry.recorded_at.micros(),
        agency: agency.cloned().unwrap_or_default(),
        state: entry.state.code().to_owned(),
        amended_by: entry
            .amended_by
            .iter()
            .map(|id| id.as_bytes().to_vec())
            .collect(),
        event: Some(entry.event.to_proto()),
        contested: entry.contested,
    }
}
