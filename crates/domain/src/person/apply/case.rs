use super::super::{PermitEnd, PermitEndGround, Person, PersonCase, RecordClosure};
use crate::event::{DocumentExtended, PersonRecordClosed, ServiceCaseOpened};
use crate::fact::VoidReason;
use crate::site::StayEnd;
use crate::time::PartialDate;

impl Person {
    pub(super) fn open_case(&mut self, opened: &ServiceCaseOpened, on: PartialDate) -> bool {
        self.cases.push(PersonCase {
            number: opened.case,
            service: opened.service.clone(),
            since: on,
        });
        true
    }

    pub(super) fn extend_document(&mut self, extended: &DocumentExtended) -> bool {
        match self.document_mut(&extended.document.key()) {
            Some(held) if held.is_live() => {
                held.document.valid_until = Some(extended.valid_until);
                true
            }
            _ => false,
        }
    }

    /// Becoming Iranian ends every permit, status and paper of a foreign national; family and household stay as they are.
    pub(super) fn close_record(&mut self, closed: &PersonRecordClosed, on: PartialDate) -> bool {
        self.closure = Some(RecordClosure {
            on,
            basis: closed.basis,
            national_number: closed.national_number,
        });
        self.end_documents(VoidReason::BecameIranian, on, |_| true);
        for permit in self.permits.iter_mut().filter(|held| held.end.is_none()) {
            permit.end = Some(PermitEnd {
                on,
                ground: PermitEndGround::BecameIranian,
            });
        }
        for held in self.statuses.iter_mut().filter(|held| held.until.is_none()) {
            held.until = Some(on);
        }
        self.end_stay(on, StayEnd::BecameIranian);
        true
    }
}
