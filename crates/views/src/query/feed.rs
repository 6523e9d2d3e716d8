use sabt_chain::frame::RecordView;
use sabt_chain::{Kind, LedgerName};
use sabt_domain::access::{Method, Permit};
use sabt_domain::act::SubjectId;
use sabt_domain::event::{Event, EventBody};
use sabt_domain::life::Life;

use super::{Answer, QueryError, Question};
use crate::cut;
use crate::error::ViewsError;
use crate::views::Views;

/// The content of a record that a feed may deliver.
#[derive(Clone)]
pub struct Delivery {
    /// Whom it is about: a person or a household.
    pub subject: SubjectId,
    /// What was recorded.
    pub event: Event,
}

impl Views {
    /// The content of a record for a feed; `None` where the permit does not cover it, where it is erased, and for records
    /// that hold no event of a subject. Envelopes are not personal data and are delivered by the server in any case.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn delivery(
        &self,
        permit: &Permit,
        record: &RecordView<'_>,
    ) -> Result<Answer<Option<Delivery>>, QueryError> {
        let question = Question::begin(self, permit, Method::Follow)?;
        let content = question.delivery(record)?;
        let about = content
            .iter()
            .map(|delivery| delivery.subject.clone())
            .collect();
        question.answer(about, content)
    }
}

impl Question<'_> {
    fn delivery(&self, record: &RecordView<'_>) -> Result<Option<Delivery>, QueryError> {
        let envelope = &record.envelope;
        if envelope.kind != Kind::Event {
            return Ok(None);
        }
        let (keys, position) = (self.reader.keys(), envelope.position);
        let ledger = LedgerName::Events;
        let subject = keys
            .of(ledger)
            .subject(position, &envelope.subject_tag)
            .map_err(|_foreign| ViewsError::ForeignTag { ledger, position })?;
        let opened = keys.open_event(subject, position, envelope.act_id, record.sealed)?;
        let Some(event) = opened else {
            return Ok(None);
        };
        // Only an amendment needs the life it amends; the others tell by themselves what they are.
        let amends = matches!(
            event.body,
            EventBody::ActCorrected(_) | EventBody::ActAnnulled(_)
        );
        let life = if amends {
            self.reader.life(subject)?
        } else {
            Life::default()
        };
        let Some(event) = cut::event(self.permit, &life, &event) else {
            return Ok(None);
        };
        let origin = self.reader.origin(subject)?;
        Ok(origin.map(|origin| Delivery {
            subject: origin.subject,
            event,
        }))
    }
}
