//! What the views tell, in the words of the contract.

use sabt_domain::act::SubjectId;
use sabt_domain::biometric::BiometricReference;
use sabt_domain::codec::Value;
use sabt_domain::person::{FileLocation, Permission, PermissionForm, StayReason, Verdict};
use sabt_domain::retention::Retention;
use sabt_domain::time::{Calendar, Day, Timestamp};
use sabt_proto::api::v1 as api;
use sabt_views::query::{
    Candidates, ClaimRetentionView, ClaimView, Contested, DisclosureEntry, DocumentVerdict,
    DueView, FamilyView, HistoryEntry, HouseholdView, PersonView, Relative, ResidenceView,
    RetentionView,
};

use super::{removal, sites};

pub(super) fn verdict(verdict: Verdict) -> i32 {
    i32::from(match verdict {
        Verdict::Valid => api::Verdict::Valid,
        Verdict::NotValid => api::Verdict::NotValid,
        Verdict::Unknown => api::Verdict::Unknown,
    })
}

pub(super) fn reason(reason: Option<StayReason>) -> String {
    reason.map(StayReason::code).unwrap_or_default().to_owned()
}

pub(super) fn document_verdict(content: DocumentVerdict) -> api::VerifyDocumentResponse {
    api::VerifyDocumentResponse {
        verdict: verdict(content.verdict),
        reason_class: content.reason_class.to_owned(),
        ..api::VerifyDocumentResponse::default()
    }
}

pub(super) fn contested(marks: &[Contested]) -> Vec<api::Contested> {
    let mark = |mark: &Contested| api::Contested {
        person: mark
            .person
            .map(|person| person.to_string())
            .unwrap_or_default(),
        field_group: mark.group.code().to_owned(),
        field: mark.field.unwrap_or_default().to_owned(),
        since: Some(mark.since.to_message()),
        recorded_at: mark.recorded_at.micros(),
        ground: i32::from(mark.ground.to_proto()),
        answer_by: mark
            .answer_by
            .and_then(|day| day.date_in(Calendar::Jalali).ok())
            .as_ref()
            .map(Value::to_message),
    };
    marks.iter().map(mark).collect()
}

pub(super) fn candidates(content: &Candidates) -> api::FindPersonResponse {
    let candidate = |candidate: &sabt_views::query::Candidate| api::Candidate {
        person: candidate.person.to_string(),
        name: candidate.name.as_ref().map(Value::to_message),
        birth_year: candidate.birth_year.unwrap_or(0),
    };
    api::FindPersonResponse {
        candidates: content.candidates.iter().map(candidate).collect(),
        more: content.more,
        ..api::FindPersonResponse::default()
    }
}

pub(super) fn person(view: &PersonView) -> api::Person {
    let (file_province, file_in_transit) = match view.file.as_deref() {
        Some(FileLocation::Held(province)) => (province.to_string(), false),
        Some(FileLocation::InTransit { .. }) => (String::new(), true),
        Some(FileLocation::Unknown) | None => (String::new(), false),
    };
    api::Person {
        number: view.number.to_string(),
        version: view.version.as_deref().copied().unwrap_or(0),
        particulars: view.particulars.as_ref().map(|told| told.to_message()),
        documents: view
            .documents
            .iter()
            .map(|held| api::PersonDocument {
                document: Some(held.document.to_message()),
                verdict: verdict(held.verdict.verdict),
                reason_class: held.verdict.reason_class.to_owned(),
            })
            .collect(),
        residence: view.residence.as_ref().map(residence),
        address: view.address.as_deref().map(Value::to_message),
        file_province,
        file_in_transit,
        died_on: view.died_on.as_ref().map(Value::to_message),
        household: view
            .household
            .map(|code| code.to_string())
            .unwrap_or_default(),
        statuses: view
            .statuses
            .iter()
            .map(|status| i32::from(status.to_proto()))
            .collect(),
        presence: view.presence.as_ref().map(|presence| {
            let crossing = presence.last_crossing.as_ref();
            api::Presence {
                in_country: presence.in_country,
                last_border_point: crossing
                    .map(|crossing| crossing.border_point.clone())
                    .unwrap_or_default(),
                since: crossing.map(|crossing| crossing.on.to_message()),
            }
        }),
        same_as: view.same_as.iter().map(ToString::to_string).collect(),
        biometric_references: view
            .biometric_references
            .iter()
            .map(|told| biometric_reference(told))
            .collect(),
        withheld: view
            .withheld
            .iter()
            .map(|group| group.code().to_owned())
            .collect(),
        removal: removal::message(&view.removal),
        site_stays: view.site_stays.iter().map(sites::stay).collect(),
    }
}

fn biometric_reference(one: &BiometricReference) -> api::BiometricReference {
    let (withdrawn_on, ground) = one.withdrawn.unzip();
    api::BiometricReference {
        number: one.number.to_string(),
        modality: i32::from(one.modality.to_proto()),
        taken_on: Some(one.taken_on.to_message()),
        office: one.office.to_string(),
        device: one.device.clone(),
        legal_basis: one.legal_basis.clone(),
        system: one.system.clone(),
        reference: one.reference.clone(),
        digest: one.digest.to_vec(),
        withdrawn_on: withdrawn_on.as_ref().map(Value::to_message),
        withdrawal: ground.map_or(0, |ground| i32::from(ground.to_proto())),
    }
}

fn residence(view: &ResidenceView) -> api::Residence {
    let mut answer = api::Residence {
        verdict: verdict(view.verdict),
        reason_class: reason(view.reason),
        permissions: view
            .permissions
            .iter()
            .map(|held| permission(held))
            .collect(),
        ..api::Residence::default()
    };
    if let Some(holds) = &view.permission {
        if let PermissionForm::Permit(kind, basis) = holds.form {
            answer.kind = i32::from(kind.to_proto());
            answer.basis = i32::from(basis.to_proto());
        }
        answer.permit_number.clone_from(&holds.number);
        answer.valid_from = Some(holds.from.to_message());
        answer.valid_until = holds.until.as_ref().map(Value::to_message);
        answer.legal_basis.clone_from(&holds.legal_basis);
    }
    answer
}

fn permission(permission: &Permission) -> api::Permission {
    let mut answer = api::Permission {
        number: permission.number.clone(),
        valid_from: Some(permission.from.to_message()),
        valid_until: permission.until.as_ref().map(Value::to_message),
        state: permission.state.code().to_owned(),
        ..api::Permission::default()
    };
    match permission.form {
        PermissionForm::Permit(kind, _) => {
            "permit".clone_into(&mut answer.form);
            answer.residence_kind = i32::from(kind.to_proto());
        }
        PermissionForm::Visa(kind) => {
            "visa".clone_into(&mut answer.form);
            answer.visa_kind = i32::from(kind.to_proto());
        }
    }
    answer
}

pub(super) fn relative(relative: &Relative) -> api::Relative {
    api::Relative {
        who: Some(relative.who.to_message()),
        relation: relative.kinship.code().to_lowercase().replace('_', " "),
        since: relative.since.as_ref().map(Value::to_message),
        until: relative.until.as_ref().map(Value::to_message),
        name: relative.name.as_ref().map(Value::to_message),
    }
}

pub(super) fn family(view: &FamilyView) -> api::GetFamilyResponse {
    api::GetFamilyResponse {
        relatives: view.relatives.iter().map(relative).collect(),
        household: view.household.as_ref().map(household),
        ..api::GetFamilyResponse::default()
    }
}

pub(super) fn household(view: &HouseholdView) -> api::Household {
    api::Household {
        code: view.code.to_string(),
        version: view.version,
        head: view.head.map(|head| head.to_string()).unwrap_or_default(),
        members: view.members.iter().map(Value::to_message).collect(),
        address: view.address.as_deref().map(Value::to_message),
    }
}

pub(super) fn disclosure(entry: &DisclosureEntry) -> api::DisclosureEntry {
    api::DisclosureEntry {
        position: entry.position.get(),
        recorded_at: entry.recorded_at.micros(),
        disclosure: Some(entry.disclosure.clone()),
        withheld_until: entry.withheld_until.map_or(0, Timestamp::micros),
        extensions: entry
            .extensions
            .iter()
            .map(|extension| api::DeferralExtension {
                position: extension.at.position,
                recorded_at: extension.at.at.micros(),
                until: extension.until.micros(),
                court: extension.court.clone(),
                order_number: extension.order_number.clone(),
            })
            .collect(),
    }
}

pub(super) fn claims(views: &[ClaimView]) -> api::GetAsylumClaimsResponse {
    let claim = |view: &ClaimView| {
        let claim = &view.claim;
        api::AsylumClaim {
            number: claim.number.to_string(),
            version: view.version,
            lodged_on: Some(claim.lodged_on.to_message()),
            lodged_at: i32::from(claim.lodged_at.to_proto()),
            place: claim.place.clone(),
            grounds: claim
                .grounds
                .iter()
                .map(|ground| i32::from(ground.to_proto()))
                .collect(),
            interviews: claim
                .interviews
                .iter()
                .map(|interview| api::AsylumInterview {
                    on: Some(interview.on.to_message()),
                    reference: interview.reference.clone(),
                })
                .collect(),
            shelter_address: claim.shelter_address.as_ref().map(Value::to_message),
            decision: claim.decision.as_ref().map(|decision| api::AsylumDecision {
                on: Some(decision.on.to_message()),
                outcome: i32::from(decision.outcome.to_proto()),
                decided_by: decision.decided_by.clone(),
                adverse: decision.adverse.as_ref().map(Value::to_message),
                declaration_reference: decision.declaration_reference.clone(),
            }),
        }
    };
    api::GetAsylumClaimsResponse {
        info: None,
        claims: views.iter().map(claim).collect(),
    }
}

pub(super) fn history(entries: &[HistoryEntry]) -> api::GetHistoryResponse {
    let entry = |entry: &HistoryEntry| api::HistoryEntry {
        position: entry.position.get(),
        act_id: entry.act_id.as_bytes().to_vec(),
        recorded_at: entry.recorded_at.micros(),
        event: Some(entry.event.to_proto()),
        state: entry.state.code().to_owned(),
        amended_by: entry
            .amended_by
            .iter()
            .map(|id| id.as_bytes().to_vec())
            .collect(),
        contested: entry.contested,
    };
    api::GetHistoryResponse {
        entries: entries.iter().map(entry).collect(),
        ..api::GetHistoryResponse::default()
    }
}

pub(super) fn retention(view: &RetentionView, today: Day) -> api::GetRetentionResponse {
    api::GetRetentionResponse {
        retentions: retentions(&view.retentions, today),
        positions: view.positions.clone(),
        same_as: view.same_as.iter().map(ToString::to_string).collect(),
        households: view.households.iter().map(ToString::to_string).collect(),
        biometric_references: view
            .biometrics
            .iter()
            .map(|one| api::BiometricRetention {
                number: one.number.to_string(),
                retention: Some(retention_row(&one.retention, today)),
                positions: one.positions.clone(),
            })
            .collect(),
        service_cases: view.service_cases.iter().map(ToString::to_string).collect(),
        ..api::GetRetentionResponse::default()
    }
}

pub(super) fn retentions_due(page: &DueView, today: Day) -> api::ListRetentionsDueResponse {
    let due = page.due.iter().map(|entry| {
        let mut due = api::RetentionDue {
            retentions: retentions(&entry.retentions, today),
            erasable: entry.erasable,
            ..api::RetentionDue::default()
        };
        match &entry.subject {
            SubjectId::Person(number) => due.person = number.to_string(),
            SubjectId::Household(code) => due.household = code.to_string(),
            SubjectId::Biometric(number) => {
                due.biometric_reference = number.to_string();
                due.person = entry.owner.map(|one| one.to_string()).unwrap_or_default();
            }
            SubjectId::Case(number) => due.service_case = number.to_string(),
            SubjectId::AsylumClaim(_)
            | SubjectId::Campaign(_)
            | SubjectId::Site(_)
            | SubjectId::Registry
            | SubjectId::Agency(_)
            | SubjectId::Office(_) => {}
        }
        due
    });
    api::ListRetentionsDueResponse {
        info: None,
        due: due.collect(),
        next: page.next.clone(),
    }
}

pub(super) fn claim_retention(
    claims: &[ClaimRetentionView],
    today: Day,
) -> api::GetClaimRetentionResponse {
    let claims = claims.iter().map(|claim| api::ClaimRetention {
        number: claim.number.to_string(),
        retention: Some(retention_row(&claim.retention, today)),
        positions: claim.positions.clone(),
    });
    api::GetClaimRetentionResponse {
        info: None,
        claims: claims.collect(),
    }
}

fn retentions(rows: &[Retention], today: Day) -> Vec<api::Retention> {
    rows.iter().map(|row| retention_row(row, today)).collect()
}

fn retention_row(row: &Retention, today: Day) -> api::Retention {
    // A day beyond the calendar is none: nothing ends there.
    let date = |day: Option<Day>| {
        let date = day.and_then(|day| day.date_in(Calendar::Jalali).ok());
        date.as_ref().map(Value::to_message)
    };
    api::Retention {
        field_group: row.group.code().to_owned(),
        ends_on: date(row.ends_on),
        warn_from: date(row.warn_from),
        clock: row
            .clock
            .map(|clock| clock.starts.code().to_owned())
            .unwrap_or_default(),
        rule: row.rule().to_owned(),
        state: row.state(today).code().to_owned(),
    }
}
