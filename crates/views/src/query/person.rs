use std::collections::BTreeSet;

use sabt_domain::access::{FieldGroup, FieldSet, Filed, Method, Permit, Told};
use sabt_domain::act::SubjectId;
use sabt_domain::biometric::BiometricReference;
use sabt_domain::fact::{Address, Document, Particulars};
use sabt_domain::law::PersonStatus;
use sabt_domain::life::At;
use sabt_domain::number::{HouseholdCode, PersonNumber};
use sabt_domain::person::{
    Crossing, FileLocation, Permission, PermissionForm, Person, StayReason, Verdict,
};
use sabt_domain::site::SiteStay;
use sabt_domain::time::{Day, PartialDate};

use super::contest::Disputes;
use super::document::{DocumentVerdict, verdict_of};
use super::{Answer, QueryError, Question, RemovalView, removal, unknown_person};
use crate::cut;
use crate::error::ViewsError;
use crate::views::Views;

/// A person on a day, cut to a permit. What is `None` or empty does not exist or is withheld; `withheld` tells which
/// groups are, and depends on the permit alone. What could tell of protection stands here only as [`Told`].
#[derive(Clone, PartialEq)]
pub struct PersonView {
    /// Person number.
    pub number: PersonNumber,
    /// Number of the person's events; only with [`FieldGroup::History`] and [`FieldGroup::Protection`], because it counts
    /// events of every group.
    pub version: Option<Told<u64>>,
    /// Who the person is; only with [`FieldGroup::Identity`].
    pub particulars: Option<Told<Particulars>>,
    /// Documents and whether they are valid.
    pub documents: Vec<DocumentView>,
    /// On what ground the person may stay.
    pub residence: Option<ResidenceView>,
    /// Where the person lives.
    pub address: Option<Told<Address>>,
    /// Where the identification file is.
    pub file: Option<Told<FileLocation>>,
    /// When the person died.
    pub died_on: Option<PartialDate>,
    /// The household the person belongs to.
    pub household: Option<HouseholdCode>,
    /// Statuses held.
    pub statuses: Vec<Told<PersonStatus>>,
    /// Whether the person is in the country.
    pub presence: Option<PresenceView>,
    /// Records found to be about the same human being.
    pub same_as: BTreeSet<PersonNumber>,
    /// What stands about the person's removal.
    pub removal: RemovalView,
    /// Stays in sites.
    pub site_stays: Vec<Told<SiteStay>>,
    /// Where biometric templates are held, by the number of the reference; in answers about the record alone.
    pub biometric_references: Vec<Told<BiometricReference>>,
    /// Groups that the permit does not cover.
    pub withheld: Vec<FieldGroup>,
}

/// A document and whether it is valid.
#[derive(Clone, PartialEq)]
pub struct DocumentView {
    /// The document.
    pub document: Told<Document>,
    /// Whether it is valid on the day asked for.
    pub verdict: DocumentVerdict,
}

/// May the person stay, and on what ground.
#[derive(Clone, PartialEq)]
pub struct ResidenceView {
    /// Yes, no, or unknown.
    pub verdict: Verdict,
    /// Why not, or why unknown.
    pub reason: Option<StayReason>,
    /// The permission that covers the day, unless it is withheld.
    pub permission: Option<Told<Permission>>,
    /// Every permission that may be told, newest first.
    pub permissions: Vec<Told<Permission>>,
}

/// Whether a person is in the country, as far as crossings tell.
#[derive(Clone, PartialEq)]
pub struct PresenceView {
    /// True if so.
    pub in_country: bool,
    /// The last crossing of a border; `None` if none is recorded.
    pub last_crossing: Option<Crossing>,
}

impl Views {
    /// A person.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn person(
        &self,
        permit: &Permit,
        person: PersonNumber,
        at: &At,
    ) -> Result<Answer<PersonView>, QueryError> {
        let question = Question::begin_about(self, permit, Method::GetPerson, person)?;
        question.require(FieldGroup::Identity)?;
        let life = question.reader.life_of(&SubjectId::Person(person))?;
        let folded = life.person(at).ok_or_else(unknown_person)?;
        let version = life.version();
        let disputes = Disputes::of(&life, at.known_at);
        let contested = disputes.map(|disputes| disputes.marks(permit, &OF_A_RECORD));
        let mut told = view(permit, folded, version, at.as_of);
        told.biometric_references = question.biometric_references(person, at)?;
        let answer = question.answer(vec![SubjectId::Person(person)], told)?;
        Ok(answer.marked(contested.unwrap_or_default()))
    }
}

impl Question<'_> {
    /// Where templates of a person are held. Without the group nothing is read.
    fn biometric_references(
        &self,
        person: PersonNumber,
        at: &At,
    ) -> Result<Vec<Told<BiometricReference>>, ViewsError> {
        let group = FieldGroup::BiometricReferences;
        let mut references = Vec::new();
        if self.allows(group) {
            for ordinal in self.reader.biometrics_of(person)? {
                let reference = self.reader.life(ordinal)?.biometric(at);
                references.extend(reference.and_then(|one| self.permit.tell_of(group, one)));
            }
        }
        // Not in the order in which they were recorded, of which numbers tell nothing.
        references.sort_by_key(|one| one.number);
        Ok(references)
    }
}

/// Groups that a person's record shows.
const OF_A_RECORD: [FieldGroup; 13] = [
    FieldGroup::Identity,
    FieldGroup::Documents,
    FieldGroup::Residence,
    FieldGroup::Status,
    FieldGroup::Protection,
    FieldGroup::Household,
    FieldGroup::Address,
    FieldGroup::ShelterAddress,
    FieldGroup::VitalEvents,
    FieldGroup::Presence,
    FieldGroup::Schooling,
    FieldGroup::Removal,
    FieldGroup::Health,
];

pub(super) fn view(permit: &Permit, person: Person, version: u64, day: Day) -> PersonView {
    let allows = |group| permit.allows(group);
    let whereabouts = FieldGroup::of_address(&person);
    let documents = person.documents.iter().filter_map(|held| {
        Some(DocumentView {
            document: cut::document(permit, &held.document)?,
            verdict: verdict_of(held.state(day)),
        })
    });
    let statuses = person
        .current_statuses()
        .filter_map(|status| permit.tell_of(FieldGroup::of_status(status), status));
    let stays = person.site_stays.iter();
    let stays =
        stays.filter_map(|stay| permit.tell_of(FieldGroup::of_stay(stay.ground), stay.clone()));
    let counted = FieldSet::of(&[FieldGroup::History, FieldGroup::Protection]);
    PersonView {
        number: person.number,
        version: permit.tell(Filed::under(counted, version)),
        documents: documents.collect(),
        residence: allows(FieldGroup::Residence).then(|| residence(permit, &person, day)),
        removal: removal::view(permit, &person, day),
        file: permit.tell_of(whereabouts, person.file),
        died_on: person
            .death
            .as_ref()
            .filter(|_| allows(FieldGroup::VitalEvents))
            .map(|death| death.on),
        household: person
            .household
            .filter(|_| allows(FieldGroup::Household))
            .map(|membership| membership.household),
        statuses: statuses.collect(),
        site_stays: stays.collect(),
        presence: allows(FieldGroup::Presence).then(|| PresenceView {
            in_country: person.in_country(),
            last_crossing: person.last_crossing.clone(),
        }),
        address: person
            .address
            .and_then(|address| permit.tell_of(whereabouts, address)),
        particulars: cut::particulars(permit, person.particulars),
        same_as: if allows(FieldGroup::Identity) {
            person.same_as
        } else {
            BTreeSet::new()
        },
        biometric_references: Vec::new(),
        withheld: permit.withheld().collect(),
    }
}

/// The answer on residence. The verdict counts every permission of which the recipient may be answered; which ones are
/// named depends on the permit.
fn residence(permit: &Permit, person: &Person, day: Day) -> ResidenceView {
    let answer = cut::stay(permit, person, day);
    let tell = |permission: Permission| {
        let group = match permission.form {
            PermissionForm::Visa(_) => FieldGroup::Residence,
            PermissionForm::Permit(kind, basis) => FieldGroup::of_residence(kind, basis),
        };
        permit.tell_of(group, permission)
    };
    ResidenceView {
        verdict: answer.verdict,
        reason: answer.reason,
        permission: answer.permission.and_then(tell),
        permissions: answer.permissions.into_iter().filter_map(tell).collect(),
    }
}
