//! Cutting answers to a permit: what leaves is what the permit's field groups cover, and nothing that would tell of
//! the rest.
//!
//! An event is told as a whole or not at all, except for a few fields of other groups that it may carry
//! along; these are taken out. An amendment needs every group that what it amends needs, because that something was
//! taken back tells that it had been stated.

use std::collections::{BTreeMap, BTreeSet};

use sabt_domain::access::{FieldGroup, FieldSet, Filed, Permit, Recipient, Told};
use sabt_domain::act::{ActId, DisputedFact, Resolution};
use sabt_domain::codec::Value;
use sabt_domain::event::{ActCorrected, BirthRegistered, Event, EventBody, PersonRegistered};
use sabt_domain::fact::{Document, DocumentReference, NationalityState, Particulars};
use sabt_domain::law::Right;
use sabt_domain::life::Life;
use sabt_domain::person::{Person, ResidenceAnswer, RightAnswer, Verdict};
use sabt_domain::time::Day;

/// Particulars with what the permit covers; `None` if it does not cover who the person is.
pub(crate) fn particulars(permit: &Permit, particulars: Particulars) -> Option<Told<Particulars>> {
    permit.tell_of(FieldGroup::Identity, without_secrets(permit, particulars))
}

fn without_secrets(permit: &Permit, mut particulars: Particulars) -> Particulars {
    // Statelessness is a fact of protection (AM-62); without it the nationality is simply not known.
    let nationalities = particulars.nationalities.into_iter();
    let told = nationalities.filter_map(|nationality| {
        let group = if nationality.state == NationalityState::Stateless {
            FieldGroup::Protection
        } else {
            FieldGroup::Identity
        };
        permit.tell_of(group, nationality).map(Told::into_inner)
    });
    particulars.nationalities = told.collect();
    particulars
}

/// A document, if it may be told.
pub(crate) fn document(permit: &Permit, document: &Document) -> Option<Told<Document>> {
    permit.tell(Filed::under(of_document(document), document.clone()))
}

fn of_document(document: &Document) -> FieldSet {
    FieldSet::of(&[
        FieldGroup::Documents,
        FieldGroup::of_document(document.kind),
    ])
}

/// Has the person a right: what the recipient is answered. Another State is answered as if no ground of protection were
/// recorded, and never "no", as with [`stay`].
pub(crate) fn right(permit: &Permit, person: &Person, right: Right, day: Day) -> RightAnswer {
    match permit.recipient() {
        Recipient::Domestic(_) => person.right(right, day),
        Recipient::Foreign(_) => {
            let answer = without_protection(person).right(right, day);
            match answer.verdict {
                Verdict::Valid => answer,
                Verdict::NotValid | Verdict::Unknown => RightAnswer::unknown(right, day),
            }
        }
    }
}

/// The person as if nothing of protection had been granted.
fn without_protection(person: &Person) -> Person {
    let mut shown = person.clone();
    shown
        .permits
        .retain(|held| !FieldGroup::of_residence(held.kind, held.basis).is_firewalled());
    shown
        .statuses
        .retain(|held| !FieldGroup::of_status(held.status).is_firewalled());
    shown
}

/// May the person stay: what the recipient is answered. Another State is answered as if no ground of protection were
/// recorded, and never that somebody may not stay, because that would be wrong of those whose ground it is not told.
pub(crate) fn stay(permit: &Permit, person: &Person, day: Day) -> ResidenceAnswer {
    match permit.recipient() {
        Recipient::Domestic(_) => person.residence(day),
        Recipient::Foreign(_) => {
            let answer = without_protection(person).residence(day);
            match answer.verdict {
                Verdict::Valid => answer,
                Verdict::NotValid | Verdict::Unknown => ResidenceAnswer {
                    verdict: Verdict::Unknown,
                    reason: None,
                    ..answer
                },
            }
        }
    }
}

/// An event with what the permit covers; `None` if it must not be told. `life` is that of the event's subject.
pub(crate) fn event(permit: &Permit, life: &Life, event: &Event) -> Option<Told<Event>> {
    // Every event belongs to some group. One that seems not to is an amendment of nothing but itself, and is told to
    // nobody.
    let groups = required(life, event).into_iter();
    let groups = groups.fold(FieldSet::EMPTY, FieldSet::with);
    permit.tell(Filed::under(groups, strip(permit, address_of(life), event)))
}

/// The groups of everything an event states of its subject, also of what is taken out where they are not allowed.
pub(crate) fn stated(life: &Life, event: &Event) -> BTreeSet<FieldGroup> {
    parts(life, event).into_keys().collect()
}

/// What an event states of its subject, by group, in bytes that are equal where it states the same.
///
/// Each part is filed under the one group that keeps it: a refugee's card under protection and not under documents,
/// since whoever is told of documents alone is not told of it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other events are told as a whole"
)]
pub(crate) fn parts(life: &Life, event: &Event) -> BTreeMap<FieldGroup, Vec<u8>> {
    use FieldGroup as G;
    let mut parts = Parts::default();
    let on = event.occurred_on.to_message();
    match &event.body {
        EventBody::PersonRegistered(registered) => {
            parts.add(G::Identity, &on);
            parts.particulars(G::Identity, &registered.particulars);
            parts.documents(&registered.documents);
            if let Some(address) = &registered.address {
                parts.add(address_of(life), &address.to_message());
            }
        }
        EventBody::BirthRegistered(birth) => {
            for group in [G::Identity, G::VitalEvents] {
                parts.add(group, &on);
                parts.particulars(group, &birth.child);
            }
            for parent in [&birth.mother, &birth.father] {
                let parent = parent.as_ref().map(Value::to_message).unwrap_or_default();
                parts.add(G::Family, &parent);
            }
            if let Some(household) = birth.household {
                parts.text(G::Household, &household.to_string());
            }
            parts.documents(birth.certificate.as_slice());
        }
        EventBody::HouseholdFormed(formed) => {
            for member in &formed.members {
                parts.add(G::Household, &member.to_message());
            }
            if let Some(address) = &formed.address {
                parts.add(address_of(life), &address.to_message());
            }
        }
        EventBody::ActCorrected(corrected) => {
            for event in &corrected.replacement {
                for (group, part) in self::parts(life, event) {
                    parts.0.entry(group).or_default().extend(part);
                }
            }
        }
        EventBody::ActAnnulled(_) | EventBody::FactDisputed(_) | EventBody::DisputeResolved(_) => {}
        _ => {
            let mut message = event.to_proto();
            // Who recorded it when and on what ground is not what is told of the subject.
            message.office_recorded_at = 0;
            for text in [
                &mut message.office,
                &mut message.legal_basis,
                &mut message.law_edition,
            ] {
                text.clear();
            }
            for group in kept_under(life, event) {
                parts.add(group, &message);
            }
        }
    }
    parts.0
}

#[derive(Default)]
struct Parts(BTreeMap<FieldGroup, Vec<u8>>);

impl Parts {
    fn add(&mut self, group: FieldGroup, message: &impl prost::Message) {
        let bytes = message.encode_length_delimited_to_vec();
        self.0.entry(group).or_default().extend(bytes);
    }

    fn text(&mut self, group: FieldGroup, text: &str) {
        self.0.entry(group).or_default().extend(text.as_bytes());
    }

    /// Statelessness is a fact of protection; the rest says who the person is.
    fn particulars(&mut self, group: FieldGroup, particulars: &Particulars) {
        let mut open = particulars.clone();
        open.nationalities
            .retain(|nationality| nationality.state != NationalityState::Stateless);
        self.add(group, &open.to_message());
        if open != *particulars {
            self.add(FieldGroup::Protection, &particulars.to_message());
        }
    }

    fn documents(&mut self, documents: &[Document]) {
        for document in documents {
            let group = FieldGroup::of_document(document.kind);
            self.add(group, &document.to_message());
        }
    }
}

/// The groups that keep an event which is told as a whole. Where one of them is protection, that one keeps it from all who
/// have only the other.
fn kept_under(life: &Life, event: &Event) -> BTreeSet<FieldGroup> {
    use FieldGroup as G;
    let mut groups = required(life, event);
    let names_permit = fixed(&event.body) == [G::Residence, G::Protection];
    if names_permit && address_of(life) == G::Address {
        // Nothing in this life ever told of protection, so that the permit it names does not either.
        groups.remove(&G::Protection);
    }
    if groups.contains(&G::Protection) {
        groups.remove(&G::Residence);
        groups.remove(&G::Documents);
    }
    groups
}

/// True if a verdict on a document or on a stay rests on facts of these groups.
pub(crate) fn bears_on_verdict(groups: &BTreeSet<FieldGroup>) -> bool {
    bears_on_stay(groups) || groups.contains(&FieldGroup::Documents)
}

/// True if the verdict on a stay rests on facts of these groups: on permits and visas, on crossings, on a death. A
/// marriage or a birth is a vital event as well, told with the family; no stay rests on it. A claim to asylum shows in no
/// verdict.
pub(crate) fn bears_on_stay(groups: &BTreeSet<FieldGroup>) -> bool {
    let states_stay = [
        FieldGroup::Residence,
        FieldGroup::Protection,
        FieldGroup::Presence,
    ];
    bears_on_life(groups) || states_stay.iter().any(|group| groups.contains(group))
}

/// True if a verdict on this right rests on facts of these groups.
pub(crate) fn bears_on_right(right: Right, groups: &BTreeSet<FieldGroup>) -> bool {
    if right.rests_on_residence() {
        bears_on_stay(groups)
    } else {
        bears_on_life(groups)
    }
}

/// True if a verdict on a removal rests on facts of these groups: on what stands about the removal, on whatever protects,
/// and on what a stay rests on.
pub(crate) fn bears_on_removal(groups: &BTreeSet<FieldGroup>) -> bool {
    let states_removal = [FieldGroup::Removal, FieldGroup::Health, FieldGroup::Status];
    bears_on_stay(groups) || states_removal.iter().any(|group| groups.contains(group))
}

/// True if these groups are those of a death.
fn bears_on_life(groups: &BTreeSet<FieldGroup>) -> bool {
    groups.contains(&FieldGroup::VitalEvents) && !groups.contains(&FieldGroup::Family)
}

/// The act that an event amends, if it amends one.
pub(crate) fn amended(event: &Event) -> Option<ActId> {
    if let EventBody::ActCorrected(corrected) = &event.body {
        Some(corrected.target)
    } else if let EventBody::ActAnnulled(annulled) = &event.body {
        Some(annulled.target)
    } else {
        None
    }
}

/// True if what an event may be told under is known only from the life it belongs to.
pub(crate) fn needs_life(event: &Event) -> bool {
    amended(event).is_some()
        || matches!(
            event.body,
            EventBody::FactDisputed(_)
                | EventBody::DisputeResolved(_)
                | EventBody::DecisionServed(_)
                | EventBody::AppealLodged(_)
                | EventBody::CommissionSessionHeld(_)
                | EventBody::AppealDecided(_)
                | EventBody::ProtectionEnded(_)
        )
}

/// The groups without which an event must not be told: its own, and those of everything it amends.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`fixed` has a word on every event, and withholds those that belong here"
)]
fn required(life: &Life, event: &Event) -> BTreeSet<FieldGroup> {
    use FieldGroup as G;
    let mut groups = BTreeSet::new();
    let mut amended = BTreeSet::new();
    let mut pending = vec![event];
    while let Some(event) = pending.pop() {
        let target = match &event.body {
            EventBody::ActCorrected(corrected) => {
                pending.extend(&corrected.replacement);
                corrected.target
            }
            EventBody::ActAnnulled(annulled) => annulled.target,
            EventBody::DisputeResolved(resolved) => resolved.dispute,
            EventBody::FactDisputed(disputed) => match of_disputed(life, disputed.fact) {
                Ok(group) => {
                    groups.insert(group);
                    continue;
                }
                Err(act) => act,
            },
            other => {
                groups.extend(of_content(life, other));
                match concerned(other) {
                    Some(target) => target,
                    None => continue,
                }
            }
        };
        // Each act is looked at once, however amendments may point at each other.
        if amended.insert(target) {
            let before = pending.len();
            pending.extend(events_of(life, target));
            if pending.len() == before {
                // A correction may bring in a subject its target did not concern. What it brings is required by itself;
                // that there was a correction belongs to the history.
                groups.insert(G::History);
            }
        }
    }
    groups
}

/// The act that an event about removal is about. What is served or appealed against may tell of protection, and so what is
/// done about it may.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other events are about no other act"
)]
fn concerned(body: &EventBody) -> Option<ActId> {
    match body {
        EventBody::DecisionServed(service) => Some(service.decision),
        EventBody::AppealLodged(appeal) => Some(appeal.decision),
        EventBody::CommissionSessionHeld(session) => Some(session.appeal),
        EventBody::AppealDecided(decided) => Some(decided.appeal),
        EventBody::ProtectionEnded(ended) => Some(ended.protection),
        _ => None,
    }
}

/// The groups of what an event states by itself.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`fixed` has a word on every event, and withholds those that belong here"
)]
fn of_content(life: &Life, body: &EventBody) -> Vec<FieldGroup> {
    use FieldGroup as G;
    match body {
        EventBody::DecisionServed(_)
        | EventBody::AppealLodged(_)
        | EventBody::CommissionSessionHeld(_)
        | EventBody::AppealDecided(_) => vec![G::Removal],
        EventBody::ProtectionEnded(_) => Vec::new(),
        EventBody::ExpulsionOrdered(order) => {
            let protection = order.ground.tells_of_protection().then_some(G::Protection);
            [G::Removal].into_iter().chain(protection).collect()
        }
        EventBody::ProtectionRecorded(protection) => vec![G::of_protection(protection.kind)],
        EventBody::ViolationDecisionRecorded(violation) => {
            let voided = violation.documents.iter().map(of_reference);
            [G::Documents].into_iter().chain(voided).collect()
        }
        EventBody::StatusGranted(granted) => vec![G::of_status(granted.status)],
        EventBody::StatusChanged(changed) => {
            vec![G::of_status(changed.from), G::of_status(changed.to)]
        }
        EventBody::ResidencePermitIssued(issued) => {
            vec![G::of_residence(issued.kind, issued.basis)]
        }
        EventBody::DocumentIssued(issued) => {
            let replaced = issued.replaces.as_ref().map(of_reference);
            let own = [G::Documents, G::of_document(issued.document.kind)];
            own.into_iter().chain(replaced).collect()
        }
        EventBody::DocumentLossReported(lost) => vec![G::Documents, of_reference(&lost.document)],
        EventBody::DocumentVoided(voided) => vec![G::Documents, of_reference(&voided.document)],
        EventBody::DocumentExtended(extended) => {
            vec![G::Documents, of_reference(&extended.document)]
        }
        EventBody::AddressChanged(_)
        | EventBody::FileTransferSent(_)
        | EventBody::FileTransferReceived(_) => vec![address_of(life)],
        EventBody::SiteAdmissionRecorded(stated) => vec![G::of_stay(stated.ground)],
        EventBody::ServiceRequested(_)
        | EventBody::ServiceCaseOpened(_)
        | EventBody::CaseAdvanced(_) => vec![G::ServiceCases, of_case(life, body)],
        other => fixed(other).to_vec(),
    }
}

/// The group that keeps the case which an event is about: that of its service. A step does not say which; the first record
/// of its life does. Of a case whose service nobody can read, nothing is told to whoever is not told of protection.
fn of_case(life: &Life, body: &EventBody) -> FieldGroup {
    let first = life.records().first().map(|first| &first.event.body);
    let service = match (body, first) {
        (EventBody::ServiceCaseOpened(opened), _) => Some(&opened.service),
        (EventBody::ServiceRequested(requested), _)
        | (_, Some(EventBody::ServiceRequested(requested))) => Some(&requested.request.service),
        _ => None,
    };
    service.map_or(FieldGroup::Protection, FieldGroup::of_service)
}

/// The group under which a dispute may be told, or the act that it is about, whose groups these are.
fn of_disputed(life: &Life, fact: DisputedFact) -> Result<FieldGroup, ActId> {
    match fact {
        DisputedFact::Act(act) => Err(act),
        DisputedFact::Group {
            group: FieldGroup::Address | FieldGroup::ShelterAddress,
            ..
        } => Ok(address_of(life)),
        DisputedFact::Group { group, .. } => Ok(group),
    }
}

/// The group of every address and file in a life: shelter, if anything in it ever told of protection, even if that was
/// taken back. A household's life does not say who of its members needs shelter, so that its addresses count as such.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the other events tell nothing of protection"
)]
fn address_of(life: &Life) -> FieldGroup {
    use FieldGroup as G;
    let protected = |event: &Event| match &event.body {
        EventBody::HouseholdFormed(_) => true,
        EventBody::StatusGranted(granted) => G::of_status(granted.status) == G::Protection,
        EventBody::StatusChanged(changed) => [changed.from, changed.to]
            .into_iter()
            .any(|status| G::of_status(status) == G::Protection),
        EventBody::ResidencePermitIssued(issued) => {
            G::of_residence(issued.kind, issued.basis) == G::Protection
        }
        EventBody::ResidenceStatusConverted(converted) => {
            G::of_residence(converted.kind, converted.basis) == G::Protection
        }
        EventBody::SiteAdmissionRecorded(stated) => stated.ground.shelters(),
        _ => false,
    };
    let mut events = life.records().iter().map(|recorded| &recorded.event);
    let sheltered = events.any(|event| match &event.body {
        EventBody::ActCorrected(corrected) => corrected.replacement.iter().any(protected),
        _ => protected(event),
    });
    if sheltered {
        G::ShelterAddress
    } else {
        G::Address
    }
}

/// What an act recorded about the subject of a life.
fn events_of(life: &Life, act: ActId) -> impl Iterator<Item = &Event> {
    life.records()
        .iter()
        .filter(move |recorded| recorded.act_id == act)
        .map(|recorded| &recorded.event)
}

/// The groups of an event whose content does not matter for that.
#[expect(
    clippy::too_many_lines,
    reason = "one arm for each event: divided, it would hide a missing one"
)]
fn fixed(body: &EventBody) -> &'static [FieldGroup] {
    use FieldGroup as G;
    match body {
        EventBody::PersonRegistered(_)
        | EventBody::SamePersonConfirmed(_)
        | EventBody::DistinctPersonsConfirmed(_)
        | EventBody::IdentityLinkWithdrawn(_)
        | EventBody::PersonRecordClosed(_) => &[G::Identity],
        EventBody::BirthRegistered(_) => &[G::VitalEvents, G::Identity],
        EventBody::DeathRegistered(_) => &[G::VitalEvents],
        EventBody::ChildBorn(_)
        | EventBody::SpouseDied(_)
        | EventBody::MarriageLicenceIssued(_)
        | EventBody::MarriageRegistered(_)
        | EventBody::DivorceRegistered(_)
        | EventBody::ParentageConfirmed(_)
        | EventBody::GuardianAppointed(_) => &[G::VitalEvents, G::Family],
        EventBody::EntryRecorded(_) | EventBody::ExitRecorded(_) => &[G::Presence],
        EventBody::VisaIssued(_)
        | EventBody::VisaRevoked(_)
        | EventBody::ResidenceConditionAttested(_)
        | EventBody::ResidenceConditionExempted(_)
        | EventBody::CampaignParticipationRecorded(_)
        | EventBody::CampaignNonParticipationRecorded(_) => &[G::Residence],
        EventBody::CampaignOpened(_)
        | EventBody::CampaignTargetListFixed(_)
        | EventBody::CampaignCoverageReported(_)
        | EventBody::CampaignClosed(_) => &[G::Campaign],
        EventBody::SiteOpened(_)
        | EventBody::SiteCapacityChanged(_)
        | EventBody::SiteInspected(_)
        | EventBody::SiteClosed(_) => &[G::Site],
        EventBody::ExpulsionOrderWithdrawn(_)
        | EventBody::ExpulsionSuspended(_)
        | EventBody::ExpulsionSuspensionExtended(_)
        | EventBody::ExpulsionSuspensionEnded(_)
        | EventBody::ExpulsionExecuted(_)
        | EventBody::EntryBanImposed(_)
        | EventBody::EntryBanLifted(_)
        | EventBody::HoldingBegan(_)
        | EventBody::HoldingExtended(_)
        | EventBody::HoldingNotified(_)
        | EventBody::HoldingEnded(_) => &[G::Removal],
        EventBody::VoluntaryReturnRecorded(_) | EventBody::ThirdCountryDepartureRecorded(_) => {
            &[G::Presence, G::Removal]
        }
        // These name a permit, whose kind and basis could each tell of protection.
        EventBody::ResidencePermitRenewed(_)
        | EventBody::ResidencePermitReplaced(_)
        | EventBody::ResidenceStatusConverted(_)
        | EventBody::ResidencePermitRevoked(_)
        | EventBody::ResidencePermitLapsed(_) => &[G::Residence, G::Protection],
        EventBody::HouseholdFormed(_)
        | EventBody::HouseholdSplit(_)
        | EventBody::HouseholdMemberAdded(_)
        | EventBody::HouseholdMemberRemoved(_)
        | EventBody::HouseholdHeadChanged(_)
        | EventBody::HouseholdJoined(_)
        | EventBody::HouseholdLeft(_) => &[G::Household],
        EventBody::RegistryFounded(_)
        | EventBody::AgencyEnrolled(_)
        | EventBody::AgencyRevoked(_)
        | EventBody::KeyEnrolled(_)
        | EventBody::KeyRevoked(_)
        | EventBody::OfficeEnrolled(_)
        | EventBody::PolicyAdopted(_)
        | EventBody::LogKeyRotated(_)
        | EventBody::DeferralExtended(_)
        | EventBody::GrantRevoked(_)
        | EventBody::LookupJustified(_) => &[G::Integrity],
        EventBody::OfficerDeclared(_) => &[G::Officer],
        EventBody::BiometricReferenceRecorded(_) | EventBody::BiometricReferenceWithdrawn(_) => {
            &[G::BiometricReferences]
        }
        // A transfer and a discharge do not say on what ground somebody stays: whether it is a shelter that they name.
        EventBody::SiteTransferRecorded(_) | EventBody::SiteDischargeRecorded(_) => {
            &[G::Removal, G::ShelterAddress]
        }
        // Those after these five are settled by their content above; nobody is told one that should come here.
        EventBody::AsylumClaimLodged(_)
        | EventBody::AsylumInterviewRecorded(_)
        | EventBody::AsylumClaimDecided(_)
        | EventBody::StayOfRemovalPlaced(_)
        | EventBody::StayOfRemovalLifted(_)
        | EventBody::ActCorrected(_)
        | EventBody::ActAnnulled(_)
        | EventBody::ExpulsionOrdered(_)
        | EventBody::DecisionServed(_)
        | EventBody::AppealLodged(_)
        | EventBody::CommissionSessionHeld(_)
        | EventBody::AppealDecided(_)
        | EventBody::ProtectionRecorded(_)
        | EventBody::ProtectionEnded(_)
        | EventBody::ViolationDecisionRecorded(_)
        | EventBody::FactDisputed(_)
        | EventBody::DisputeResolved(_)
        | EventBody::StatusGranted(_)
        | EventBody::StatusChanged(_)
        | EventBody::ResidencePermitIssued(_)
        | EventBody::DocumentIssued(_)
        | EventBody::DocumentLossReported(_)
        | EventBody::DocumentVoided(_)
        | EventBody::AddressChanged(_)
        | EventBody::FileTransferSent(_)
        | EventBody::FileTransferReceived(_)
        | EventBody::ServiceRequested(_)
        | EventBody::CaseAdvanced(_)
        | EventBody::ServiceCaseOpened(_)
        | EventBody::SiteAdmissionRecorded(_)
        | EventBody::DocumentExtended(_) => &[G::AsylumClaim],
    }
}

/// True for a birth, death, marriage, divorce, parentage or guardianship.
pub(crate) fn vital(body: &EventBody) -> bool {
    fixed(body).contains(&FieldGroup::VitalEvents)
}

/// Takes out of an event that may be told the fields of groups that may not.
#[expect(
    clippy::too_many_lines,
    reason = "one arm for each event: divided, it would hide a missing one"
)]
fn strip(permit: &Permit, address: FieldGroup, event: &Event) -> Event {
    let mut event = event.clone();
    if !permit.allows(FieldGroup::History) {
        strip_dispute(&mut event.body);
    }
    match &mut event.body {
        EventBody::PersonRegistered(registered) => strip_registration(permit, address, registered),
        EventBody::BirthRegistered(birth) => strip_birth(permit, address, birth),
        EventBody::DeathRegistered(death) => {
            if !permit.allows(FieldGroup::Family) {
                death.informant = None;
            }
        }
        // The number may be that of a permit that tells of protection.
        EventBody::CampaignParticipationRecorded(stated) => {
            if !permit.allows(FieldGroup::Protection) {
                stated.card_number.clear();
            }
        }
        EventBody::EntryRecorded(entry) => strip_reference(permit, &mut entry.document),
        EventBody::ExitRecorded(exit) => strip_reference(permit, &mut exit.document),
        EventBody::HouseholdFormed(formed) => {
            if !permit.allows(address) {
                formed.address = None;
            }
        }
        EventBody::ActCorrected(ActCorrected { replacement, .. }) => {
            for event in replacement {
                *event = strip(permit, address, event);
            }
        }
        EventBody::ChildBorn(_)
        | EventBody::SpouseDied(_)
        | EventBody::MarriageLicenceIssued(_)
        | EventBody::MarriageRegistered(_)
        | EventBody::DivorceRegistered(_)
        | EventBody::ParentageConfirmed(_)
        | EventBody::GuardianAppointed(_)
        | EventBody::VisaIssued(_)
        | EventBody::ResidencePermitIssued(_)
        | EventBody::ResidencePermitRenewed(_)
        | EventBody::ResidencePermitReplaced(_)
        | EventBody::ResidenceStatusConverted(_)
        | EventBody::ResidencePermitRevoked(_)
        | EventBody::ResidencePermitLapsed(_)
        | EventBody::StatusGranted(_)
        | EventBody::StatusChanged(_)
        | EventBody::DocumentIssued(_)
        | EventBody::DocumentLossReported(_)
        | EventBody::DocumentVoided(_)
        | EventBody::HouseholdSplit(_)
        | EventBody::HouseholdMemberAdded(_)
        | EventBody::HouseholdMemberRemoved(_)
        | EventBody::HouseholdHeadChanged(_)
        | EventBody::HouseholdJoined(_)
        | EventBody::HouseholdLeft(_)
        | EventBody::AddressChanged(_)
        | EventBody::FileTransferSent(_)
        | EventBody::FileTransferReceived(_)
        | EventBody::SamePersonConfirmed(_)
        | EventBody::DistinctPersonsConfirmed(_)
        | EventBody::IdentityLinkWithdrawn(_)
        | EventBody::ActAnnulled(_)
        | EventBody::FactDisputed(_)
        | EventBody::DisputeResolved(_)
        | EventBody::RegistryFounded(_)
        | EventBody::AgencyEnrolled(_)
        | EventBody::AgencyRevoked(_)
        | EventBody::KeyEnrolled(_)
        | EventBody::KeyRevoked(_)
        | EventBody::OfficeEnrolled(_)
        | EventBody::PolicyAdopted(_)
        | EventBody::LogKeyRotated(_)
        | EventBody::DeferralExtended(_)
        | EventBody::GrantRevoked(_)
        | EventBody::OfficerDeclared(_)
        | EventBody::LookupJustified(_)
        | EventBody::AsylumClaimLodged(_)
        | EventBody::AsylumInterviewRecorded(_)
        | EventBody::AsylumClaimDecided(_)
        | EventBody::CampaignOpened(_)
        | EventBody::CampaignTargetListFixed(_)
        | EventBody::CampaignNonParticipationRecorded(_)
        | EventBody::CampaignCoverageReported(_)
        | EventBody::CampaignClosed(_)
        | EventBody::ExpulsionOrdered(_)
        | EventBody::DecisionServed(_)
        | EventBody::AppealLodged(_)
        | EventBody::CommissionSessionHeld(_)
        | EventBody::AppealDecided(_)
        | EventBody::ExpulsionSuspended(_)
        | EventBody::ExpulsionSuspensionExtended(_)
        | EventBody::ExpulsionSuspensionEnded(_)
        | EventBody::ExpulsionOrderWithdrawn(_)
        | EventBody::ExpulsionExecuted(_)
        | EventBody::ProtectionRecorded(_)
        | EventBody::ProtectionEnded(_)
        | EventBody::EntryBanImposed(_)
        | EventBody::EntryBanLifted(_)
        | EventBody::VisaRevoked(_)
        | EventBody::ResidenceConditionAttested(_)
        | EventBody::ResidenceConditionExempted(_)
        | EventBody::ViolationDecisionRecorded(_)
        | EventBody::StayOfRemovalPlaced(_)
        | EventBody::StayOfRemovalLifted(_)
        | EventBody::HoldingBegan(_)
        | EventBody::HoldingExtended(_)
        | EventBody::HoldingNotified(_)
        | EventBody::HoldingEnded(_)
        | EventBody::VoluntaryReturnRecorded(_)
        | EventBody::ThirdCountryDepartureRecorded(_)
        | EventBody::ServiceRequested(_)
        | EventBody::CaseAdvanced(_)
        | EventBody::ServiceCaseOpened(_)
        | EventBody::DocumentExtended(_)
        | EventBody::PersonRecordClosed(_)
        | EventBody::BiometricReferenceRecorded(_)
        | EventBody::BiometricReferenceWithdrawn(_)
        | EventBody::SiteOpened(_)
        | EventBody::SiteCapacityChanged(_)
        | EventBody::SiteAdmissionRecorded(_)
        | EventBody::SiteTransferRecorded(_)
        | EventBody::SiteDischargeRecorded(_)
        | EventBody::SiteInspected(_)
        | EventBody::SiteClosed(_) => {}
    }
    event
}

/// What the person said and how they were answered is for those who serve them.
fn strip_dispute(body: &mut EventBody) {
    if let EventBody::FactDisputed(disputed) = body {
        disputed.statement_reference.clear();
    } else if let EventBody::DisputeResolved(resolved) = body
        && let Resolution::Rejected { decision } = &mut resolved.resolution
    {
        *decision = None;
    }
}

fn strip_registration(permit: &Permit, address: FieldGroup, registered: &mut PersonRegistered) {
    registered.particulars = without_secrets(permit, registered.particulars.clone());
    registered
        .documents
        .retain(|held| document(permit, held).is_some());
    if !permit.allows(address) {
        registered.address = None;
        registered.file_province = None;
    }
}

fn strip_birth(permit: &Permit, address: FieldGroup, birth: &mut BirthRegistered) {
    birth.child = without_secrets(permit, birth.child.clone());
    if !permit.allows(FieldGroup::Family) {
        birth.mother = None;
        birth.father = None;
        birth.informant = None;
    }
    if !permit.allows(FieldGroup::Household) {
        birth.household = None;
    }
    if !permit.allows(address) {
        birth.file_province = None;
    }
}

fn strip_reference(permit: &Permit, reference: &mut Option<DocumentReference>) {
    let told = reference.as_ref().is_some_and(|reference| {
        permit.allows(FieldGroup::Documents) && permit.allows(of_reference(reference))
    });
    if !told {
        *reference = None;
    }
}

fn of_reference(reference: &DocumentReference) -> FieldGroup {
    FieldGroup::of_document(reference.kind)
}

#[cfg(test)]
mod tests;
