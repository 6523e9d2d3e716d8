//! The matrix: a policy document, read, checked and compiled.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::refusal::{Reason, Refusal};

use super::document::{self, DOCUMENT_BYTES_MAX, Draft, Ground};
use super::error::{PolicyError, PolicyFault};
use super::{
    Asker, Bar, FieldGroup, FieldSet, Method, MethodSet, Permit, Purpose, Role, check, first,
};

closed_enum! {
    /// What a question under a row must come with, besides a purpose and its legal basis.
    pub enum Need {
        /// The number of the case or request it serves.
        Case = "CASE",
    }
}

/// One row: what a role may ask for a purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The role.
    pub role: Role,
    /// The purpose.
    pub purpose: Purpose,
    /// Methods it opens.
    pub methods: MethodSet,
    /// Field groups it gives.
    pub groups: FieldSet,
    /// True if the question must name the case or request it serves.
    pub case_reference: bool,
    /// Why the row is there.
    pub source: String,
}

/// An edition of the access matrix.
#[derive(Debug, PartialEq, Eq)]
pub struct Matrix {
    document: String,
    digest: [u8; 32],
    edition: String,
    replaces: Option<String>,
    roles: BTreeMap<Role, String>,
    purposes: BTreeMap<Purpose, Ground>,
    groups: BTreeMap<FieldGroup, String>,
    rows: Vec<Row>,
    /// Index of the row of each role and purpose.
    index: BTreeMap<(Role, Purpose), usize>,
    /// Methods open to each role that need no permit.
    open: BTreeMap<Role, MethodSet>,
}

/// What the matrix says about a role, a purpose and a field group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<'matrix> {
    /// The row gives the group.
    Given(&'matrix Row),
    /// The role may ask for the purpose, and the row does not give the group.
    NotInRow(&'matrix Row),
    /// The role may not ask for the purpose at all.
    NoRow,
    /// No policy can give the group to the role.
    Barred(Bar),
}

/// Editions that this program can apply, oldest first. An edition that was adopted once stays: registries decide under
/// it until they adopt a later one.
const DOCUMENTS: [&str; 7] = [
    include_str!("../../policy/access-1405-1.txt"),
    include_str!("../../policy/access-1405-2.txt"),
    include_str!("../../policy/access-1405-3.txt"),
    include_str!("../../policy/access-1405-4.txt"),
    include_str!("../../policy/access-1405-5.txt"),
    include_str!("../../policy/access-1405-6.txt"),
    include_str!("../../policy/access-1405-7.txt"),
];

#[expect(
    clippy::expect_used,
    reason = "the documents are part of the program, and a test reads them"
)]
static EDITIONS: LazyLock<[Matrix; DOCUMENTS.len()]> = LazyLock::new(|| {
    DOCUMENTS.map(|document| Matrix::parse(document).expect("a policy document that may stand"))
});

impl Matrix {
    /// Every edition that this program can apply, oldest first.
    pub fn editions() -> &'static [Self] {
        &*EDITIONS
    }

    /// The first edition.
    pub fn first_edition() -> &'static Self {
        let [first, ..] = &*EDITIONS;
        first
    }

    /// The newest edition, which new registries adopt.
    pub fn newest() -> &'static Self {
        let [.., newest] = &*EDITIONS;
        newest
    }

    /// The edition with this name, if this program knows it.
    pub fn from_edition(edition: &str) -> Option<&'static Self> {
        EDITIONS.iter().find(|matrix| matrix.edition == edition)
    }

    /// The edition with this name, if its document is the one with this digest.
    pub fn adopted(edition: &str, digest: &[u8; 32]) -> Option<&'static Self> {
        Self::from_edition(edition).filter(|matrix| matrix.digest == *digest)
    }

    /// Reads, checks and compiles a policy document.
    ///
    /// # Errors
    /// [`PolicyError`] tells the line, and what is wrong there.
    pub fn parse(document: &str) -> Result<Self, PolicyError> {
        if DOCUMENT_BYTES_MAX < document.len() {
            let max = DOCUMENT_BYTES_MAX;
            return Err(PolicyError::at(1, PolicyFault::DocumentTooLong { max }));
        }
        let is_first = first::title(document).is_some();
        let draft = if is_first {
            first::read(document)?
        } else {
            document::read(document)?
        };
        check::rows(&draft)?;
        if !is_first {
            check::declarations(&draft)?;
        }
        Ok(Self::compile(document, draft))
    }

    fn compile(document: &str, draft: Draft) -> Self {
        let rows: Vec<Row> = draft.rows.into_iter().map(|(_, row)| row).collect();
        let mut index = BTreeMap::new();
        let mut open = BTreeMap::<_, MethodSet>::new();
        for (at, row) in rows.iter().enumerate() {
            index.insert((row.role, row.purpose), at);
            let permitless = row.methods.iter().filter(|method| !method.needs_permit());
            let methods = open.entry(row.role).or_default();
            *methods = permitless.fold(*methods, MethodSet::with);
        }
        Self {
            document: document.to_owned(),
            digest: *blake3::hash(document.as_bytes()).as_bytes(),
            edition: draft.edition,
            replaces: draft.replaces,
            roles: draft.roles,
            purposes: draft.purposes,
            groups: draft.groups,
            rows,
            index,
            open,
        }
    }

    /// Name of the edition, as in `AdoptPolicy.edition` and in disclosures.
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// Name of the edition whose place it takes.
    pub fn replaces(&self) -> Option<&str> {
        self.replaces.as_deref()
    }

    /// The document as it is adopted.
    pub fn document(&self) -> &str {
        &self.document
    }

    /// BLAKE3 of the document, as in `AdoptPolicy.digest`.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// True if this edition came before another one.
    pub fn is_before(&self, other: &Self) -> bool {
        let place = |edition: &str| EDITIONS.iter().position(|known| known.edition == edition);
        place(&self.edition) < place(&other.edition)
    }

    /// What a role is, as the document explains it; the first edition explains none.
    pub fn role(&self, role: Role) -> Option<&str> {
        self.roles.get(&role).map(String::as_str)
    }

    /// What a purpose is and rests on, as the document explains it; the first edition explains none.
    pub fn purpose(&self, purpose: Purpose) -> Option<&Ground> {
        self.purposes.get(&purpose)
    }

    /// What a field group holds, as the document explains it; the first edition explains none.
    pub fn group(&self, group: FieldGroup) -> Option<&str> {
        self.groups.get(&group).map(String::as_str)
    }

    /// The rows, in the order of the document.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of a role and purpose, if there is one.
    pub fn row(&self, role: Role, purpose: Purpose) -> Option<&Row> {
        self.rows.get(*self.index.get(&(role, purpose))?)
    }

    /// Which rule decides whether a role that asks for a purpose is given a field group.
    pub fn explain(&self, role: Role, purpose: Purpose, group: FieldGroup) -> Decision<'_> {
        if let Some(bar) = Bar::against(role, purpose, group) {
            return Decision::Barred(bar);
        }
        match self.row(role, purpose) {
            None => Decision::NoRow,
            Some(row) if row.groups.contains(group) => Decision::Given(row),
            Some(row) => Decision::NotInRow(row),
        }
    }

    /// Checks a method whose request states no purpose: some row of one of the asker's roles must open it.
    ///
    /// # Errors
    /// [`Reason::MethodNotAllowed`] if none does, or if the method needs a permit.
    pub fn open_to(&self, asker: &Asker, method: Method) -> Result<(), Refusal> {
        let open = asker
            .roles
            .iter()
            .filter_map(|role| self.open.get(role))
            .any(|methods| methods.contains(method));
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
        &self,
        asker: &Asker,
        purpose_code: &str,
        legal_basis: &str,
        case_reference: &str,
    ) -> Result<Permit, Refusal> {
        let refuse = |reason| Refusal::new(reason, "design:7.1").with("policy", &self.edition);
        if purpose_code.trim().is_empty() {
            return Err(refuse(Reason::PurposeMissing));
        }
        let purpose =
            Purpose::from_code(purpose_code).ok_or_else(|| refuse(Reason::PurposeUnknown))?;
        let row = asker
            .roles
            .iter()
            .filter_map(|role| self.index.get(&(*role, purpose)))
            .min()
            .and_then(|at| self.rows.get(*at))
            .ok_or_else(|| refuse(Reason::PurposeNotAllowed).with("purpose", purpose.code()))?;
        if legal_basis.trim().is_empty() {
            return Err(refuse(Reason::LegalBasisMissing));
        }
        if row.case_reference && case_reference.trim().is_empty() {
            return Err(refuse(Reason::CaseReferenceMissing).with("purpose", purpose.code()));
        }
        Ok(Permit::new(
            &self.edition,
            row,
            asker,
            legal_basis,
            case_reference,
        ))
    }

    fn method_refused(&self, method: Method) -> Refusal {
        Refusal::new(Reason::MethodNotAllowed, "design:7.1")
            .with("policy", &self.edition)
            .with("method", method.code())
    }
}
