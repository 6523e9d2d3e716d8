use super::Decided;
use super::scene::{Scene, check_term};
use crate::act::{IssueDocument, ReportDocumentLost, VoidDocument};
use crate::event::EventBody;
use crate::fact::{DocumentKey, DocumentReference, VoidReason};
use crate::law::DocumentKind;
use crate::life::At;
use crate::number::PersonNumber;
use crate::person::{HeldDocument, Person};
use crate::refusal::{Reason, Refusal};

const RULE: &str = "service:12012154100 (row 9)";

/// True for papers that belong to one person. Booklets, passes and certificates may stand for a family, and of other papers
/// nothing is known.
pub(super) fn is_personal(kind: DocumentKind) -> bool {
    match kind {
        DocumentKind::Passport
        | DocumentKind::Tazkira
        | DocumentKind::AmayeshCard
        | DocumentKind::HoviatCard
        | DocumentKind::RefugeeIdentityCard
        | DocumentKind::ResidenceCard
        | DocumentKind::HeadcountSlip
        | DocumentKind::MigrationCard
        | DocumentKind::IdentityCard
        | DocumentKind::BirthCertificate
        | DocumentKind::DeathCertificate
        | DocumentKind::StudyPermit
        | DocumentKind::StudyConfirmation
        | DocumentKind::SchoolingCertificate => true,
        DocumentKind::RefugeBooklet
        | DocumentKind::ResidenceBooklet
        | DocumentKind::MovementPass
        | DocumentKind::TravelPass
        | DocumentKind::TransferPass
        | DocumentKind::ExitPermit
        | DocumentKind::RelocationPermit
        | DocumentKind::InsuranceBooklet
        | DocumentKind::PropertyPermit
        | DocumentKind::ProjectPermit
        | DocumentKind::ActivityPermit
        | DocumentKind::ProgrammePermit
        | DocumentKind::VehicleRelease
        | DocumentKind::Other => false,
    }
}

/// Refuses a personal document that another person holds or held, unless the two are found to be one.
pub(super) fn check_unheld(
    scene: &Scene<'_>,
    key: &DocumentKey,
    by: PersonNumber,
) -> Result<(), Refusal> {
    if !is_personal(key.kind()) {
        return Ok(());
    }
    let holders = scene.states().documents.get(key).into_iter().flatten();
    let another = holders.filter(|holder| **holder != by).any(|holder| {
        scene
            .life(*holder)
            .and_then(|life| life.person(&At::END))
            .is_some_and(|person| person.document(key).is_some() && !person.same_as.contains(&by))
    });
    if another { Err(duplicate()) } else { Ok(()) }
}

/// One document, two holders.
pub(super) fn duplicate() -> Refusal {
    Refusal::new(Reason::DuplicateDocument, "duty:12, design:6 identity links")
        .with_remedy("Look the holder up: if it is the same person, use their number; if not, register without this document and settle the question by an act.")
}

/// A document is issued, or one that the person brought is recorded. Who is entitled to a card is open between all foreign
/// nationals and migrants alone (AM-08): nobody is refused one by the registry for their status.
pub(super) fn issue(scene: &Scene<'_>, body: &IssueDocument) -> Result<Vec<Decided>, Refusal> {
    let person = scene.living(body.person)?;
    let key = body.document.key();
    if let Some(from) = body.document.issued_on {
        check_term(from, body.document.valid_until, RULE)?;
    }
    if person.live_document(&key).is_some() {
        return Err(Refusal::new(Reason::DuplicateDocument, RULE));
    }
    check_unheld(scene, &key, body.person)?;
    if let Some(replaces) = &body.replaces {
        let held = held(&person, replaces)?;
        if held.end.is_some() || replaces.key() == key {
            return Err(Refusal::new(Reason::DocumentNotLive, RULE));
        }
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::DocumentIssued(body.clone()),
    )])
}

fn held<'person>(
    person: &'person Person,
    reference: &DocumentReference,
) -> Result<&'person HeldDocument, Refusal> {
    person
        .document(&reference.key())
        .ok_or_else(|| Refusal::new(Reason::UnknownDocument, RULE))
}

/// A loss is reported of a document that is live.
pub(super) fn report_lost(
    scene: &Scene<'_>,
    body: &ReportDocumentLost,
) -> Result<Vec<Decided>, Refusal> {
    let person = scene.person(body.person)?;
    if !held(&person, &body.document)?.is_live() {
        return Err(Refusal::new(Reason::DocumentNotLive, RULE));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::DocumentLossReported(body.clone()),
    )])
}

/// A document is voided; the documents of the deceased are void by the death itself.
pub(super) fn void(scene: &Scene<'_>, body: &VoidDocument) -> Result<Vec<Decided>, Refusal> {
    let person = scene.person(body.person)?;
    if held(&person, &body.document)?.end.is_some() {
        return Err(Refusal::new(Reason::DocumentNotLive, RULE));
    }
    if body.reason == VoidReason::HolderDeceased && person.death.is_none() {
        return Err(Refusal::new(Reason::DocumentNotLive, "service:10032154109")
            .with_message("The holder's death is not registered.")
            .with_remedy("Register the death: it voids every document."));
    }
    Ok(vec![scene.about(
        body.person,
        EventBody::DocumentVoided(body.clone()),
    )])
}
