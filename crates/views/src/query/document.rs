use std::collections::BTreeSet;

use sabt_domain::access::{FieldGroup, Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::fact::DocumentKey;
use sabt_domain::life::At;
use sabt_domain::person::{DocumentState, Verdict};

use super::contest::Disputes;
use super::{Answer, QueryError, Question};
use crate::views::Views;

/// Subjects that are looked at for one document. A document belongs to one person; more are mistakes that wait for their
/// correction.
pub const DOCUMENT_HOLDERS_MAX: usize = 32;

/// Whether a document is valid; nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentVerdict {
    /// Valid, not valid, or unknown to the registry.
    pub verdict: Verdict,
    /// `EXPIRED`, `VOIDED`, `LOST`, `NOT_YET_VALID`; empty when valid or unknown.
    pub reason_class: &'static str,
}

impl Views {
    /// Whether a document is valid on `at.as_of`.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn verify_document(
        &self,
        permit: &Permit,
        document: &DocumentKey,
        at: &At,
    ) -> Result<Answer<DocumentVerdict>, QueryError> {
        let question = Question::begin(self, permit, Method::VerifyDocument)?;
        question.require(FieldGroup::Verdict)?;
        let reader = &question.reader;
        let candidates = if permit.is_blind_to(FieldGroup::of_document(document.kind())) {
            BTreeSet::new()
        } else {
            let (candidates, _more) = reader.document_candidates(document, DOCUMENT_HOLDERS_MAX)?;
            candidates
        };
        let mut about = Vec::new();
        let mut best = None;
        let mut contested = Vec::new();
        let group = FieldGroup::of_document(document.kind());
        for subject in candidates {
            let life = reader.life(subject)?;
            let Some(person) = life.person(at) else {
                // A paper of an organisation or a vehicle stands in its case.
                let case = life.case(at);
                let paper = case.as_ref().and_then(|case| case.held_paper(document));
                if let (Some(case), Some(paper)) = (&case, paper) {
                    about.push(SubjectId::Case(case.number));
                    best = Some(better(best, paper.state(at.as_of)));
                }
                continue;
            };
            let Some(state) = person.document_state(document, at.as_of) else {
                continue;
            };
            about.push(SubjectId::Person(person.number));
            let disputes = Disputes::of(&life, at.known_at);
            let marks = disputes.map(|disputes| {
                disputes.marks_of_verdict(permit, |groups| {
                    groups.contains(&FieldGroup::Documents) || groups.contains(&group)
                })
            });
            contested.extend(marks.into_iter().flatten());
            best = Some(better(best, state));
        }
        let content = best.map_or(
            DocumentVerdict {
                verdict: Verdict::Unknown,
                reason_class: "",
            },
            verdict_of,
        );
        Ok(question.answer(about, content)?.marked(contested))
    }
}

/// Where a document stands with two holders by mistake, the better state holds: its bearer must not suffer from it.
fn better(best: Option<DocumentState>, state: DocumentState) -> DocumentState {
    match best {
        Some(best) if state != DocumentState::Valid => best,
        Some(_) | None => state,
    }
}

pub(super) fn verdict_of(state: DocumentState) -> DocumentVerdict {
    let verdict = match state {
        DocumentState::Valid => Verdict::Valid,
        DocumentState::NotYetValid
        | DocumentState::Expired
        | DocumentState::Lost
        | DocumentState::Voided(_) => Verdict::NotValid,
    };
    DocumentVerdict {
        verdict,
        reason_class: state.reason_class(),
    }
}
