//! Askers and permits.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::law::Right;
use crate::number::PersonNumber;
use crate::refusal::{Reason, Refusal};

use super::bar::FIREWALLED;
use super::grant::RULE;
use super::{
    DeferralRequest, FieldGroup, FieldSet, Grant, GrantId, GrantInForce, GrantRule, Method,
    Purpose, Role, Row,
};

/// Who asks, as the client certificate and the enrolment say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Code of the agency.
    pub agency: String,
    /// Code of the officer; never a name.
    pub officer: String,
    /// Roles of the agency, from its enrolment.
    pub roles: BTreeSet<Role>,
    /// State the agency answers to, ISO 3166-1 alpha-3, from its enrolment.
    pub state: String,
    /// Rights that the agency may ask about as a public service, from its enrolment.
    pub rights: BTreeSet<Right>,
}

/// The State whose registry this is.
pub(crate) const HOME_STATE: &str = "IRN";

impl Asker {
    /// True if the agency answers to the State whose registry this is.
    pub fn is_domestic(&self) -> bool {
        self.state == HOME_STATE
    }
}

/// The value without which no view can be read. Only [`Matrix::permit`] makes one, and [`Permit::under`] cuts it to a
/// grant.
///
/// [`Matrix::permit`]: super::Matrix::permit
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    edition: String,
    row: Row,
    groups: FieldSet,
    asker: Asker,
    legal_basis: String,
    case_reference: String,
    pub(super) deferral: Option<DeferralRequest>,
    grant: Option<Arc<Grant>>,
}

impl Permit {
    pub(super) fn new(
        edition: &str,
        row: &Row,
        asker: &Asker,
        legal_basis: &str,
        case_reference: &str,
    ) -> Self {
        let withheld = if asker.is_domestic() {
            FieldSet::EMPTY
        } else {
            FIREWALLED
        };
        Self {
            edition: edition.to_owned(),
            row: row.clone(),
            groups: row.groups.without(withheld),
            asker: asker.clone(),
            legal_basis: legal_basis.trim().to_owned(),
            case_reference: case_reference.trim().to_owned(),
            deferral: None,
            grant: None,
        }
    }

    /// The intersection of this permit and a grant: it opens what the asker's role opens only under a grant, and tells
    /// nothing that either of them withholds.
    ///
    /// # Errors
    /// [`Reason::GrantOfOtherOfficer`] if the grant was checked for somebody else, [`Reason::GrantOfOtherPurpose`] if
    /// purpose, legal basis or case differ, [`Reason::GrantTooWide`] if it names a field group that the matrix does not
    /// give.
    pub fn under(self, granted: &GrantInForce) -> Result<Self, Refusal> {
        let refuse = |reason| Refusal::new(reason, RULE).with("policy", &self.edition);
        let grant = granted.grant();
        if *granted.asker() != self.asker {
            return Err(refuse(Reason::GrantOfOtherOfficer));
        }
        let stated = (
            self.purpose(),
            self.legal_basis.as_str(),
            self.case_reference.as_str(),
        );
        let (basis, case) = (grant.legal_basis.trim(), grant.case_reference.trim());
        if stated != (grant.purpose, basis, case) {
            return Err(refuse(Reason::GrantOfOtherPurpose));
        }
        if let Some(beyond) = grant.groups.iter().find(|group| !self.allows(**group)) {
            return Err(refuse(Reason::GrantTooWide).with("field_group", beyond.code()));
        }
        let both = grant.groups.iter().filter(|group| self.allows(**group));
        let groups = both.fold(FieldSet::EMPTY, |groups, group| groups.with(*group));
        Ok(Self {
            groups,
            grant: Some(Arc::clone(grant)),
            ..self
        })
    }

    /// This permit without the groups that are not among these. It never gives more.
    #[must_use]
    pub fn narrowed(&self, groups: &BTreeSet<FieldGroup>) -> Self {
        let both = groups.iter().filter(|group| self.allows(**group));
        Self {
            groups: both.fold(FieldSet::EMPTY, |groups, group| groups.with(*group)),
            ..self.clone()
        }
    }

    /// True if fields of this group may leave.
    pub fn allows(&self, group: FieldGroup) -> bool {
        self.groups.contains(group)
    }

    /// Groups that may leave, in the order of [`FieldGroup::ALL`].
    pub fn groups(&self) -> impl Iterator<Item = FieldGroup> + '_ {
        self.groups.iter()
    }

    /// Groups that are withheld, in the order of [`FieldGroup::ALL`]. The claim to asylum is not among them: that
    /// it could exist is not to be told either. Nor are figures, which are about no person from whom they could be withheld,
    /// nor what is told of officers, which nobody else looks for in a record.
    pub fn withheld(&self) -> impl Iterator<Item = FieldGroup> + '_ {
        FieldGroup::ALL
            .iter()
            .copied()
            .filter(|group| group.is_told_when_withheld())
            .filter(|group| !self.allows(*group))
    }

    /// True if the method may be called.
    pub fn allows_method(&self, method: Method) -> bool {
        self.require(method).is_ok()
    }

    /// Checks that the method may be called.
    ///
    /// # Errors
    /// [`Reason::MethodNotAllowed`] if the matrix does not open it, or not to an agency of another State; [`Reason::GrantRequired`] if it opens only under a
    /// grant, [`Reason::GrantTooWide`] if only under one that names persons; [`Reason::GrantOutOfScope`] if the grant
    /// does not cover questions of this kind.
    pub fn require(&self, method: Method) -> Result<(), Refusal> {
        let refuse = |reason| {
            Err(Refusal::new(reason, RULE)
                .with("policy", &self.edition)
                .with("method", method.code())
                .with("purpose", self.purpose().code()))
        };
        let abroad = method.is_domestic() && !self.asker.is_domestic();
        if !self.row.methods.contains(method) || abroad {
            return refuse(Reason::MethodNotAllowed);
        }
        // Whatever a row says, nothing is told in an emergency without the grant that alarms.
        let rule = if self.purpose().is_emergency() && method.tells().is_some() {
            GrantRule::NeededForNamed
        } else {
            self.role().grant_rule(method)
        };
        let Some(grant) = &self.grant else {
            return match rule {
                GrantRule::NotNeeded => Ok(()),
                GrantRule::Needed | GrantRule::NeededForNamed => refuse(Reason::GrantRequired),
            };
        };
        let bound = !grant.persons.is_empty();
        if rule == GrantRule::NeededForNamed && !bound {
            return refuse(Reason::GrantTooWide);
        }
        // A feed outlives any grant, and these methods are not asked about a person whom a grant could name.
        let unnamed = matches!(
            method,
            Method::VerifyDocument | Method::FindPerson | Method::GetHousehold | Method::GetCase
        );
        if method == Method::Follow || (bound && unnamed) {
            return refuse(Reason::GrantOutOfScope);
        }
        Ok(())
    }

    /// True if the grant, if there is one, covers this person.
    pub fn covers(&self, person: PersonNumber) -> bool {
        self.grant
            .as_ref()
            .is_none_or(|grant| grant.persons.is_empty() || grant.persons.contains(&person))
    }

    /// Checks that the method may be called about this person.
    ///
    /// # Errors
    /// As [`Permit::require`]; [`Reason::GrantOutOfScope`] if the grant names other persons.
    pub fn require_about(&self, method: Method, person: PersonNumber) -> Result<(), Refusal> {
        self.require(method)?;
        if self.covers(person) {
            return Ok(());
        }
        Err(Refusal::new(Reason::GrantOutOfScope, RULE)
            .with("policy", &self.edition)
            .with("method", method.code()))
    }

    /// Checks that the asker may ask about this right. An office serves the person before it and may ask about each; a
    /// public service asks about those that its enrolment names: a school about education alone.
    ///
    /// # Errors
    /// [`Reason::RightNotEnrolled`] if it may not.
    pub fn require_right(&self, right: Right) -> Result<(), Refusal> {
        let enrolled = self.role() == Role::PublicService && self.asker.rights.contains(&right);
        if enrolled || self.role() == Role::Registrar {
            return Ok(());
        }
        Err(Refusal::new(Reason::RightNotEnrolled, RULE)
            .with("policy", &self.edition)
            .with("right", right.code()))
    }

    /// Identifier of the grant under which it was given, if it was.
    pub fn grant_id(&self) -> Option<GrantId> {
        self.grant.as_ref().map(|grant| grant.id)
    }

    /// Edition of the matrix under which it was given.
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// The role under which it was given.
    pub fn role(&self) -> Role {
        self.row.role
    }

    /// The purpose.
    pub fn purpose(&self) -> Purpose {
        self.row.purpose
    }

    /// Who asks.
    pub fn asker(&self) -> &Asker {
        &self.asker
    }

    /// The legal basis stated.
    pub fn legal_basis(&self) -> &str {
        &self.legal_basis
    }

    /// The case stated; may be empty.
    pub fn case_reference(&self) -> &str {
        &self.case_reference
    }
}
