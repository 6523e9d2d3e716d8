//! Askers and permits.

use std::collections::BTreeSet;

use crate::refusal::{Reason, Refusal};

use super::bar::FIREWALLED;
use super::{DeferralRequest, FieldGroup, FieldSet, Method, Purpose, Role, Row};

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
}

/// The State whose registry this is.
const HOME_STATE: &str = "IRN";

/// The value without which no view can be read. Only [`Matrix::permit`] makes one.
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
}

impl Permit {
    pub(super) fn new(
        edition: &str,
        row: &Row,
        asker: &Asker,
        legal_basis: &str,
        case_reference: &str,
    ) -> Self {
        let withheld = if asker.state == HOME_STATE {
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
    /// it could exist is not to be told either.
    pub fn withheld(&self) -> impl Iterator<Item = FieldGroup> + '_ {
        FieldGroup::ALL
            .iter()
            .copied()
            .filter(|group| *group != FieldGroup::AsylumClaim && !self.allows(*group))
    }

    /// True if the method may be called.
    pub fn allows_method(&self, method: Method) -> bool {
        self.row.methods.contains(method)
    }

    /// Checks that the method may be called.
    ///
    /// # Errors
    /// [`Reason::MethodNotAllowed`] if not.
    pub fn require(&self, method: Method) -> Result<(), Refusal> {
        if self.allows_method(method) {
            return Ok(());
        }
        Err(Refusal::new(Reason::MethodNotAllowed, "design:7.1")
            .with("policy", &self.edition)
            .with("method", method.code())
            .with("purpose", self.purpose().code()))
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
