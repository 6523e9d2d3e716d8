//! Which field of an answer belongs to which group.

use super::FieldGroup;

/// A field of an answer, and the groups under which it may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Message and field of the contract, in lower case: `person.address`.
    pub name: &'static str,
    /// The groups. Where there are several, it depends on the value which of them holds: a card or an address can tell of
    /// protection.
    pub groups: &'static [FieldGroup],
}

use FieldGroup as G;

/// Groups whose facts a person can contest, so that a mark of each of them may leave.
const CONTESTABLE: [G; 12] = [
    G::Identity,
    G::Documents,
    G::Residence,
    G::Status,
    G::Protection,
    G::Family,
    G::Household,
    G::Address,
    G::ShelterAddress,
    G::VitalEvents,
    G::Presence,
    G::Officer,
];

/// The same, and the verdict that rests on some of them.
const MARKED: [G; 13] = [
    G::Verdict,
    G::Identity,
    G::Documents,
    G::Residence,
    G::Status,
    G::Protection,
    G::Family,
    G::Household,
    G::Address,
    G::ShelterAddress,
    G::VitalEvents,
    G::Presence,
    G::Officer,
];

/// Every field of an answer that tells something about a person, or counts persons.
pub const FIELDS: &[Field] = &[
    of("verifydocumentresponse.verdict", &[G::Verdict]),
    of("verifydocumentresponse.reason_class", &[G::Verdict]),
    of("verifystayresponse.verdict", &[G::Verdict]),
    of("verifystayresponse.reason_class", &[G::Verdict]),
    of("verifyrightresponse.verdict", &[G::Verdict]),
    of("verifyrightresponse.reason_class", &[G::Verdict]),
    of("verifyrightresponse.source", &[G::Verdict]),
    of("verifyrightresponse.law_edition", &[G::Verdict]),
    of("candidate.person", &[G::Identity]),
    of("candidate.name", &[G::Identity]),
    of("candidate.birth_year", &[G::Identity]),
    of("person.number", &[G::Identity]),
    of("person.version", &[G::History, G::Protection]),
    of("person.particulars", &[G::Identity, G::Protection]),
    of("person.documents", &[G::Documents, G::Protection]),
    of("person.residence", &[G::Residence, G::Protection]),
    of("person.address", &[G::Address, G::ShelterAddress]),
    of("person.file_province", &[G::Address, G::ShelterAddress]),
    of("person.file_in_transit", &[G::Address, G::ShelterAddress]),
    of("person.died_on", &[G::VitalEvents]),
    of("person.household", &[G::Household]),
    of(
        "person.statuses",
        &[G::Status, G::Protection, G::AsylumClaim],
    ),
    of("person.presence", &[G::Presence]),
    of("person.same_as", &[G::Identity]),
    of("persondocument.document", &[G::Documents, G::Protection]),
    of("persondocument.verdict", &[G::Documents, G::Protection]),
    of(
        "persondocument.reason_class",
        &[G::Documents, G::Protection],
    ),
    of("residence.kind", &[G::Residence, G::Protection]),
    of("residence.basis", &[G::Residence, G::Protection]),
    of("residence.permit_number", &[G::Residence, G::Protection]),
    of("residence.valid_from", &[G::Residence, G::Protection]),
    of("residence.valid_until", &[G::Residence, G::Protection]),
    of("residence.legal_basis", &[G::Residence, G::Protection]),
    of("residence.verdict", &[G::Residence]),
    of("residence.reason_class", &[G::Residence]),
    of("residence.permissions", &[G::Residence, G::Protection]),
    of("permission.form", &[G::Residence, G::Protection]),
    of("permission.number", &[G::Residence, G::Protection]),
    of("permission.residence_kind", &[G::Residence, G::Protection]),
    of("permission.visa_kind", &[G::Residence]),
    of("permission.valid_from", &[G::Residence, G::Protection]),
    of("permission.valid_until", &[G::Residence, G::Protection]),
    of("permission.state", &[G::Residence, G::Protection]),
    of("presence.in_country", &[G::Presence]),
    of("presence.last_border_point", &[G::Presence]),
    of("presence.since", &[G::Presence]),
    of("getfamilyresponse.relatives", &[G::Family]),
    of("getfamilyresponse.household", &[G::Household]),
    of("contested.person", &CONTESTABLE),
    of("contested.field_group", &MARKED),
    of("contested.field", &CONTESTABLE),
    of("contested.since", &MARKED),
    of("contested.recorded_at", &MARKED),
    of("contested.ground", &MARKED),
    of("contested.answer_by", &MARKED),
    of("relative.who", &[G::Family]),
    of("relative.relation", &[G::Family]),
    of("relative.since", &[G::Family]),
    of("relative.until", &[G::Family]),
    of("relative.name", &[G::Identity]),
    of("household.code", &[G::Household]),
    of("household.version", &[G::Household]),
    of("household.head", &[G::Household]),
    of("household.members", &[G::Household]),
    of("household.address", &[G::Address, G::ShelterAddress]),
    of("historyentry.position", &[G::History]),
    of("historyentry.act_id", &[G::History]),
    of("historyentry.recorded_at", &[G::History]),
    of("historyentry.event", &[G::History]),
    of("historyentry.state", &[G::History]),
    of("historyentry.amended_by", &[G::History]),
    of("historyentry.contested", &[G::History]),
    of("getextractresponse.extract", &EXTRACT),
    of("getextractresponse.note", &[G::Integrity]),
    of("correction.position", &MARKED),
    of("correction.recorded_at", &MARKED),
    of("correction.field_groups", &MARKED),
    of("correction.first_disclosure", &MARKED),
    of("correction.last_disclosure", &MARKED),
    of("correction.subject", &CONTESTABLE),
    of("correction.person", &CONTESTABLE),
    of("correction.relatives", &[G::Family]),
    of("correction.event", &CONTESTABLE),
    of("opennotice.agency", &[G::Disclosures]),
    of("opennotice.purpose", &[G::Disclosures]),
    of("opennotice.position", &[G::Disclosures]),
    of("opennotice.recorded_at", &[G::Disclosures]),
    of("opennotice.first_disclosure", &[G::Disclosures]),
    of("opennotice.last_disclosure", &[G::Disclosures]),
    of("listdisclosuresresponse.withheld", &[G::Disclosures]),
    of("listdisclosuresresponse.earlier", &[G::Disclosures]),
    of("disclosureentry.position", &[G::Disclosures]),
    of("disclosureentry.recorded_at", &[G::Disclosures]),
    of("disclosureentry.disclosure", &[G::Disclosures]),
    of("disclosureentry.withheld_until", &[G::Disclosures]),
    of("disclosureentry.extensions", &[G::Disclosures]),
    of("lookupflag.rule", &[G::Oversight, G::Officer]),
    of("lookupflag.agency", &[G::Oversight]),
    of("lookupflag.officer", &[G::Oversight]),
    of("lookupflag.position", &[G::Oversight]),
    of("lookupflag.recorded_at", &[G::Oversight]),
    of("lookupflag.source", &[G::Oversight]),
    of("drawnlookup.agency", &[G::Oversight]),
    of("drawnlookup.officer", &[G::Oversight]),
    of("drawnlookup.position", &[G::Oversight]),
    of("drawnlookup.recorded_at", &[G::Oversight]),
    of("drawnlookup.emergency", &[G::Oversight]),
    of("drawnlookup.due_at", &[G::Oversight]),
    of("drawnlookup.time_limit", &[G::Oversight]),
    of("drawnlookup.overdue", &[G::Oversight]),
    of("drawnlookup.justified_at", &[G::Oversight]),
    of("drawnlookup.justification", &[G::Oversight]),
    of("drawnlookup.ground", &[G::Oversight]),
    of("getretentionresponse.retentions", &[G::History]),
    of("getretentionresponse.positions", &[G::History]),
    of("getretentionresponse.same_as", &[G::Identity]),
    of("retention.field_group", &[G::History]),
    of("retention.ends_on", &[G::History]),
    of("retention.warn_from", &[G::History]),
    of("retention.clock", &[G::History]),
    of("retention.rule", &[G::History]),
    of("retention.state", &[G::History]),
    of("getasylumclaimsresponse.claims", &[G::AsylumClaim]),
    of("asylumclaim.number", &[G::AsylumClaim]),
    of("asylumclaim.version", &[G::AsylumClaim]),
    of("asylumclaim.lodged_on", &[G::AsylumClaim]),
    of("asylumclaim.lodged_at", &[G::AsylumClaim]),
    of("asylumclaim.place", &[G::AsylumClaim]),
    of("asylumclaim.grounds", &[G::AsylumClaim]),
    of("asylumclaim.interviews", &[G::AsylumClaim]),
    of("asylumclaim.shelter_address", &[G::AsylumClaim]),
    of("asylumclaim.decision", &[G::AsylumClaim]),
    of("asyluminterview.on", &[G::AsylumClaim]),
    of("asyluminterview.reference", &[G::AsylumClaim]),
    of("asylumdecision.on", &[G::AsylumClaim]),
    of("asylumdecision.outcome", &[G::AsylumClaim]),
    of("asylumdecision.decided_by", &[G::AsylumClaim]),
    of("asylumdecision.adverse", &[G::AsylumClaim]),
    of("asylumdecision.declaration_reference", &[G::AsylumClaim]),
    of("getcampaignresponse.campaign", &[G::Campaign]),
    of("getcampaignresponse.reach", &[G::Campaign]),
    of("getcheckpointresponse.checkpoint", &[G::Integrity]),
    of("rawrecord.position", &[G::Integrity]),
    of("rawrecord.envelope", &[G::Integrity]),
    of("rawrecord.payload", &[G::Integrity]),
    of("getinclusionproofresponse.hashes", &[G::Integrity]),
    of("getconsistencyproofresponse.hashes", &[G::Integrity]),
    of("getstatisticsresponse.cells", &[G::Aggregates]),
    of("statisticscell.categories", &[G::Aggregates]),
    of("statisticscell.figure", &[G::Aggregates]),
];

/// An extract holds whatever the permit gives; what it says of a claim to asylum is nothing.
const EXTRACT: [FieldGroup; 16] = [
    G::Verdict,
    G::Identity,
    G::Documents,
    G::Residence,
    G::Status,
    G::Protection,
    G::Family,
    G::Household,
    G::Address,
    G::ShelterAddress,
    G::VitalEvents,
    G::Presence,
    G::History,
    G::Disclosures,
    G::Officer,
    G::Integrity,
];

const fn of(name: &'static str, groups: &'static [FieldGroup]) -> Field {
    Field { name, groups }
}

impl Field {
    /// True if the field says of others that they are contested or corrected.
    pub fn is_mark(&self) -> bool {
        self.name.starts_with("contested.")
            || self.name.starts_with("correction.")
            || self.name.ends_with(".contested")
    }

    /// The field with this name, if there is one.
    pub fn named(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }
}
