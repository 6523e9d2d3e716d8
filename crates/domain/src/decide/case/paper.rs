//! Papers that cases lead to, and nationality.

use std::collections::BTreeSet;

use super::{Step, service_rule};
use crate::act::{
    ExitPermit, IssueDocument, NationalityGrant, PaperContent, PaperExtension, PaperIssue,
    PaperLapse,
};
use crate::case::CasePaper;
use crate::decide::Decided;
use crate::decide::document::check_unheld;
use crate::decide::scene::check_term;
use crate::event::{DocumentExtended, EventBody, PersonRecordClosed};
use crate::fact::{CountryCode, DepartureKind, Document, DocumentReference};
use crate::law::{DocumentKind, PersonStatus};
use crate::refusal::{Reason, Refusal};
use crate::time::{Calendar, Day, PartialDate};

/// Days of a movement pass after its first valid day (row 10). Whether the first day counts is an open question
/// (services.md section 7, question 3); here it does not, so that the pass is valid for the longer time.
const MOVEMENT_PASS_DAYS: i32 = 90;

/// Months of an insurance booklet (row 20).
const INSURANCE_BOOKLET_MONTHS: i32 = 12;

impl Step<'_> {
    /// A paper rests on a grant that is in effect; each holder's life gets the paper, and nothing of what it says beyond kind,
    /// number and validity.
    pub(super) fn issue(&self, issue: &PaperIssue) -> Result<Vec<Decided>, Refusal> {
        let kind = issue.content.kind();
        if !self.service.papers.contains(&kind) {
            return Err(self
                .refuse(Reason::PaperNotAllowed)
                .with("paper", kind.code()));
        }
        self.granted()?;
        if self.case.paper(&issue.number).is_some() {
            return Err(self.refuse(Reason::DuplicateDocument));
        }
        self.check_holders(issue)?;
        let rule = "services.md section 4";
        check_term(issue.valid_from, issue.valid_until, rule)?;
        self.check_content(issue)?;
        let document = Document {
            kind,
            issuer: CountryCode::IRAN,
            number: issue.number.clone(),
            issued_on: Some(issue.valid_from),
            valid_until: issue.valid_until,
            mrz: Vec::new(),
        };
        let replaces = Some(issue.replaces.trim()).filter(|number| !number.is_empty());
        let replaces = replaces.map(|number| reference(kind, number));
        let mut decided = Vec::new();
        for holder in &issue.holders {
            let person = self.scene.living(*holder)?;
            if person.live_document(&issue.key()).is_some() {
                return Err(self.refuse(Reason::DuplicateDocument));
            }
            check_unheld(self.scene, &issue.key(), *holder)?;
            if let Some(replaces) = &replaces {
                match person.document(&replaces.key()) {
                    None => return Err(self.refuse(Reason::UnknownDocument)),
                    Some(held) if held.end.is_some() => {
                        return Err(self.refuse(Reason::DocumentNotLive));
                    }
                    Some(_) => {}
                }
            }
            if kind == DocumentKind::RefugeeIdentityCard && !person.holds(PersonStatus::Refugee) {
                return Err(self.refuse(Reason::NotEligible));
            }
            let issued = IssueDocument {
                person: *holder,
                document: document.clone(),
                replaces: replaces.clone(),
            };
            decided.push(self.scene.about(*holder, EventBody::DocumentIssued(issued)));
        }
        Ok(decided)
    }

    /// Holders are persons whom the case concerns; where it concerns none, the paper is held by the case alone.
    fn check_holders(&self, issue: &PaperIssue) -> Result<(), Refusal> {
        let distinct: BTreeSet<_> = issue.holders.iter().collect();
        if distinct.len() < issue.holders.len() {
            return Err(self.refuse(Reason::SubjectsNotDistinct));
        }
        let concerned = |holder| self.case.persons.contains(holder);
        let fits = issue.holders.iter().all(concerned)
            && issue.holders.is_empty() == self.case.persons.is_empty();
        if fits {
            return Ok(());
        }
        Err(self
            .refuse(Reason::ApplicantNotAllowed)
            .with_message("The holders are not persons whom the case concerns.")
            .with_remedy("Name those among them who hold the paper."))
    }

    fn check_content(&self, issue: &PaperIssue) -> Result<(), Refusal> {
        match &issue.content {
            PaperContent::MovementPass(_) => {
                self.within(issue, plus_days(issue.valid_from, MOVEMENT_PASS_DAYS))
            }
            PaperContent::InsuranceBooklet(_) => self.within(
                issue,
                plus_months(issue.valid_from, INSURANCE_BOOKLET_MONTHS),
            ),
            PaperContent::TravelPass(_)
            | PaperContent::SchoolingCertificate(_)
            | PaperContent::RefugeeCard(_) => self.limited(issue).map(drop),
            PaperContent::ExitPermit(exit) => {
                self.limited(issue)?;
                self.check_departure(exit)
            }
            PaperContent::RelocationPermit(move_to) => {
                if move_to.from_province == move_to.to_province {
                    return Err(Refusal::field(
                        "advance_case.paper_issued.relocation_permit.to_province",
                        "is the province that is left",
                    ));
                }
                Ok(())
            }
            PaperContent::StudyPermit(_)
            | PaperContent::StudyConfirmation(_)
            | PaperContent::PropertyPermit(_)
            | PaperContent::ProjectPermit(_)
            | PaperContent::ActivityPermit(_)
            | PaperContent::ProgrammePermit(_)
            | PaperContent::VehicleRelease(_) => Ok(()),
        }
    }

    /// Going of one's own will has evidence of its own (row 23): without it, it is not told apart from being made to go.
    fn check_departure(&self, exit: &ExitPermit) -> Result<(), Refusal> {
        let declared = !exit.declaration_reference.trim().is_empty();
        if exit.kind == DepartureKind::VoluntaryReturn && !declared {
            return Err(self
                .refuse(Reason::ConsentMissing)
                .with_message("A voluntary return names no declaration of those who leave.")
                .with_remedy("Refer to the declaration that each adult signed."));
        }
        Ok(())
    }

    fn limited(&self, issue: &PaperIssue) -> Result<PartialDate, Refusal> {
        issue
            .valid_until
            .ok_or_else(|| self.refuse(Reason::TermMissing))
    }

    fn within(&self, issue: &PaperIssue, last: Option<Day>) -> Result<(), Refusal> {
        let until = self.limited(issue)?;
        self.not_longer(until, last)
    }

    fn not_longer(&self, until: PartialDate, last: Option<Day>) -> Result<(), Refusal> {
        match last {
            Some(last) if last < until.latest() => {
                Err(self.refuse(Reason::TermTooLong).with("last_day", last))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A pass and a booklet are extended by as long again; how often is not limited (services.md section 7, question 3).
    pub(super) fn extend(&self, extension: &PaperExtension) -> Result<Vec<Decided>, Refusal> {
        let paper = self.known_paper(&extension.paper_number)?;
        self.granted()?;
        let kind = paper.issue.content.kind();
        let Some(old) = paper.valid_until.filter(|_| paper.lapsed_on.is_none()) else {
            return Err(self.refuse(Reason::DocumentNotLive));
        };
        let last = match &paper.issue.content {
            PaperContent::MovementPass(_) => plus_days(old, MOVEMENT_PASS_DAYS),
            PaperContent::InsuranceBooklet(_) => plus_months(old, INSURANCE_BOOKLET_MONTHS),
            PaperContent::RefugeeCard(_) | PaperContent::ActivityPermit(_) => None,
            PaperContent::TravelPass(_)
            | PaperContent::ExitPermit(_)
            | PaperContent::RelocationPermit(_)
            | PaperContent::StudyPermit(_)
            | PaperContent::StudyConfirmation(_)
            | PaperContent::SchoolingCertificate(_)
            | PaperContent::PropertyPermit(_)
            | PaperContent::ProjectPermit(_)
            | PaperContent::ProgrammePermit(_)
            | PaperContent::VehicleRelease(_) => {
                return Err(self
                    .refuse(Reason::PaperNotAllowed)
                    .with_message("A paper of this kind is not extended.")
                    .with_remedy("Ask for a new one."));
            }
        };
        if extension.valid_until.latest() <= old.latest() {
            return Err(self.refuse(Reason::TermReversed));
        }
        self.not_longer(extension.valid_until, last)?;
        let document = reference(kind, &paper.issue.number);
        let mut decided = Vec::new();
        for holder in &paper.issue.holders {
            let person = self.scene.living(*holder)?;
            if person.live_document(&document.key()).is_none() {
                return Err(self.refuse(Reason::DocumentNotLive));
            }
            let extended = DocumentExtended {
                document: document.clone(),
                valid_until: extension.valid_until,
            };
            let extended = EventBody::DocumentExtended(extended);
            decided.push(self.scene.about(*holder, extended));
        }
        Ok(decided)
    }

    /// An exit permit lapses after its last day, and no card was voided for it before the exit (row 23).
    pub(super) fn lapse(&self, lapse: &PaperLapse) -> Result<(), Refusal> {
        let paper = self.known_paper(&lapse.paper_number)?;
        if paper.issue.content.kind() != DocumentKind::ExitPermit {
            return Err(self
                .refuse(Reason::PaperNotAllowed)
                .with_message("A paper of this kind ends by itself.")
                .with_remedy("Nothing is to be recorded."));
        }
        if paper.lapsed_on.is_some() {
            return Err(self.refuse(Reason::StepRepeated));
        }
        if paper
            .valid_until
            .is_none_or(|until| self.scene.day() <= until.latest())
        {
            return Err(self.refuse(Reason::PermitStillValid));
        }
        Ok(())
    }

    pub(super) fn known_paper(&self, number: &str) -> Result<&CasePaper, Refusal> {
        self.case
            .paper(number)
            .ok_or_else(|| self.refuse(Reason::UnknownPaper))
    }

    /// Who becomes Iranian leaves this register: the record is closed, and its link number leads on.
    pub(super) fn nationality(&self, grant: &NationalityGrant) -> Result<Vec<Decided>, Refusal> {
        if !self.service.grants_nationality {
            return Err(Refusal::new(
                Reason::StepNotAllowed,
                service_rule(self.service),
            ));
        }
        self.granted()?;
        if self.case.nationality.is_some() {
            return Err(self.refuse(Reason::StepRepeated));
        }
        if !self.case.persons.contains(&grant.person) {
            return Err(self.refuse(Reason::ApplicantNotAllowed));
        }
        self.scene.living(grant.person)?;
        let closed = PersonRecordClosed {
            basis: grant.basis,
            national_number: grant.national_number,
        };
        Ok(vec![self.scene.about(
            grant.person,
            EventBody::PersonRecordClosed(closed),
        )])
    }
}

fn reference(kind: DocumentKind, number: &str) -> DocumentReference {
    DocumentReference {
        kind,
        issuer: CountryCode::IRAN,
        number: number.to_owned(),
    }
}

fn plus_days(from: PartialDate, days: i32) -> Option<Day> {
    from.latest().plus_days(days)
}

fn plus_months(from: PartialDate, months: i32) -> Option<Day> {
    from.latest().plus_months(Calendar::Jalali, months).ok()
}
