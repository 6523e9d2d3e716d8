//! The matrix: one readable table.

use std::fmt::Write as _;

use crate::refusal::{Reason, Refusal};

use super::{Asker, FieldGroup, Method, Permit, Purpose, Role};

/// One row: what a role may ask for a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The role.
    pub role: Role,
    /// The purpose.
    pub purpose: Purpose,
    /// Methods it opens.
    pub methods: &'static [Method],
    /// Field groups it gives.
    pub groups: &'static [FieldGroup],
    /// True if the question must name the case or request it serves.
    pub case_reference: bool,
    /// Why the row is there.
    pub source: &'static str,
}

/// An edition of the access matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrix {
    edition: &'static str,
    rows: &'static [Row],
}

/// Everything about a person that an office may see and a person may know. No claim to asylum (see the module).
const WHOLE_PERSON: &[FieldGroup] = &[
    FieldGroup::Verdict,
    FieldGroup::Identity,
    FieldGroup::Documents,
    FieldGroup::Residence,
    FieldGroup::Status,
    FieldGroup::Protection,
    FieldGroup::Family,
    FieldGroup::Household,
    FieldGroup::Address,
    FieldGroup::VitalEvents,
    FieldGroup::Presence,
    FieldGroup::History,
];

/// The whole person and who has looked.
const WHOLE_PERSON_AND_DISCLOSURES: &[FieldGroup] = &[
    FieldGroup::Verdict,
    FieldGroup::Identity,
    FieldGroup::Documents,
    FieldGroup::Residence,
    FieldGroup::Status,
    FieldGroup::Protection,
    FieldGroup::Family,
    FieldGroup::Household,
    FieldGroup::Address,
    FieldGroup::VitalEvents,
    FieldGroup::Presence,
    FieldGroup::History,
    FieldGroup::Disclosures,
];

/// What answers a person who asks about themselves.
const SUBJECT_ACCESS: &[Method] = &[
    Method::GetPerson,
    Method::GetFamily,
    Method::GetHousehold,
    Method::GetHistory,
    Method::ListDisclosures,
];

const FIRST_EDITION: &[Row] = &[
    Row {
        role: Role::Registrar,
        purpose: Purpose::Registration,
        methods: &[
            Method::SubmitAct,
            Method::VerifyDocument,
            Method::VerifyStay,
            Method::FindPerson,
            Method::GetPerson,
            Method::GetFamily,
            Method::GetHousehold,
            Method::GetHistory,
            Method::GetCheckpoint,
            Method::GetProof,
            Method::GetStatus,
        ],
        groups: WHOLE_PERSON,
        case_reference: false,
        source: "duty:5, 12; law:art. 4(8): the office records the facts and serves the person",
    },
    Row {
        role: Role::Registrar,
        purpose: Purpose::SubjectAccess,
        methods: SUBJECT_ACCESS,
        groups: WHOLE_PERSON_AND_DISCLOSURES,
        case_reference: true,
        source: "design:7.5: a person learns through an office what is recorded and who has looked",
    },
    Row {
        role: Role::BorderPolice,
        purpose: Purpose::BorderControl,
        methods: &[
            Method::SubmitAct,
            Method::VerifyDocument,
            Method::VerifyStay,
            Method::FindPerson,
            Method::GetPerson,
            Method::GetCheckpoint,
            Method::GetProof,
            Method::GetStatus,
        ],
        groups: &[
            FieldGroup::Verdict,
            FieldGroup::Identity,
            FieldGroup::Presence,
        ],
        case_reference: false,
        source: "law:art. 7(2)-(3), 15: entry and exit at official points, documents checked there",
    },
    Row {
        role: Role::Police,
        purpose: Purpose::StayCheck,
        methods: &[Method::VerifyDocument, Method::VerifyStay],
        groups: &[FieldGroup::Verdict],
        case_reference: false,
        source: "law:art. 8(4): documents are shown on lawful demand; a verdict is all the demand needs",
    },
    Row {
        role: Role::CivilRegistry,
        purpose: Purpose::CivilRegistrationSync,
        methods: &[Method::Follow, Method::GetPerson, Method::GetFamily],
        groups: &[
            FieldGroup::Identity,
            FieldGroup::Family,
            FieldGroup::VitalEvents,
        ],
        case_reference: false,
        source: "law:art. 5 note; duty:12, 18: vital events of persons with Iranian family",
    },
    Row {
        role: Role::Auditor,
        purpose: Purpose::Audit,
        methods: &[
            Method::ReadRecords,
            Method::GetCheckpoint,
            Method::GetProof,
            Method::GetStatus,
        ],
        groups: &[FieldGroup::Integrity],
        case_reference: false,
        source: "design:4: auditors verify without reading personal data",
    },
    Row {
        role: Role::DataProtectionOfficer,
        purpose: Purpose::DataProtection,
        methods: &[
            Method::ListDisclosures,
            Method::GetCheckpoint,
            Method::GetProof,
            Method::GetStatus,
        ],
        groups: &[FieldGroup::Disclosures, FieldGroup::Integrity],
        case_reference: true,
        source: "design:7.5: supervision of look-ups, without the data looked up",
    },
    Row {
        role: Role::DataProtectionOfficer,
        purpose: Purpose::SubjectAccess,
        methods: SUBJECT_ACCESS,
        groups: WHOLE_PERSON_AND_DISCLOSURES,
        case_reference: true,
        source: "design:7.5: a person may ask past the office",
    },
    Row {
        role: Role::Governance,
        purpose: Purpose::Governance,
        methods: &[
            Method::SubmitAct,
            Method::GetCheckpoint,
            Method::GetProof,
            Method::GetStatus,
        ],
        groups: &[FieldGroup::Integrity],
        case_reference: false,
        source: "design:4: governance records are in the clear and hold no personal data",
    },
];

impl Matrix {
    /// The first edition.
    pub const fn first_edition() -> Self {
        Self {
            edition: "1405-1",
            rows: FIRST_EDITION,
        }
    }

    /// The edition with this name, if there is one.
    pub fn from_edition(edition: &str) -> Option<Self> {
        let first = Self::first_edition();
        (first.edition == edition).then_some(first)
    }

    /// Name of the edition, as in `AdoptPolicy.edition` and in disclosures.
    pub const fn edition(self) -> &'static str {
        self.edition
    }

    /// The rows, by role.
    pub const fn rows(self) -> &'static [Row] {
        self.rows
    }

    /// The row of a role and purpose, if there is one.
    pub fn row(self, role: Role, purpose: Purpose) -> Option<&'static Row> {
        self.rows
            .iter()
            .find(|row| row.role == role && row.purpose == purpose)
    }

    /// Checks a method whose request states no purpose: some row of one of the asker's roles must open it.
    ///
    /// # Errors
    /// [`Reason::MethodNotAllowed`] if none does, or if the method needs a permit.
    pub fn open_to(self, asker: &Asker, method: Method) -> Result<(), Refusal> {
        let open = !method.needs_permit()
            && self
                .rows
                .iter()
                .any(|row| asker.roles.contains(&row.role) && row.methods.contains(&method));
        if open {
            Ok(())
        } else {
            Err(self.method_refused(method))
        }
    }

    /// Permits a question: who asks, for which purpose, on which legal basis, for which case. Where several roles
    /// of the asker fit the purpose, the first row of the matrix holds, alone: rights are not added up.
    ///
    /// # Errors
    /// [`Reason::PurposeMissing`] or [`Reason::PurposeUnknown`] for a code that is empty or not in the matrix,
    /// [`Reason::PurposeNotAllowed`] if no role of the asker has a row for it, [`Reason::LegalBasisMissing`] and
    /// [`Reason::CaseReferenceMissing`] if what the row asks for is not stated.
    pub fn permit(
        self,
        asker: &Asker,
        purpose_code: &str,
        legal_basis: &str,
        case_reference: &str,
    ) -> Result<Permit, Refusal> {
        let refuse = |reason| Refusal::new(reason, "design:7.1").with("policy", self.edition);
        if purpose_code.trim().is_empty() {
            return Err(refuse(Reason::PurposeMissing));
        }
        let purpose =
            Purpose::from_code(purpose_code).ok_or_else(|| refuse(Reason::PurposeUnknown))?;
        let row = self
            .rows
            .iter()
            .find(|row| row.purpose == purpose && asker.roles.contains(&row.role))
            .ok_or_else(|| refuse(Reason::PurposeNotAllowed).with("purpose", purpose.code()))?;
        if legal_basis.trim().is_empty() {
            return Err(refuse(Reason::LegalBasisMissing));
        }
        if row.case_reference && case_reference.trim().is_empty() {
            return Err(refuse(Reason::CaseReferenceMissing).with("purpose", purpose.code()));
        }
        Ok(Permit::new(
            self.edition,
            *row,
            asker,
            legal_basis,
            case_reference,
        ))
    }

    /// The whole matrix as text, one row a line, from which the digest of `AdoptPolicy` is computed. Two editions
    /// with the same text are the same policy.
    pub fn canonical_text(self) -> String {
        let mut text = format!("sabt access matrix {}\n", self.edition);
        for row in self.rows {
            let methods = joined(row.methods.iter().map(|method| method.code()));
            let groups = joined(row.groups.iter().map(|group| group.code()));
            let case = if row.case_reference {
                "required"
            } else {
                "optional"
            };
            // Writing to a String cannot fail.
            let _infallible = writeln!(
                text,
                "{}|{}|{methods}|{groups}|case {case}|{}",
                row.role.code(),
                row.purpose.code(),
                row.source
            );
        }
        text
    }

    pub(super) fn method_refused(self, method: Method) -> Refusal {
        Refusal::new(Reason::MethodNotAllowed, "design:7.1")
            .with("policy", self.edition)
            .with("method", method.code())
    }
}

fn joined(codes: impl Iterator<Item = &'static str>) -> String {
    codes.collect::<Vec<_>>().join(",")
}
