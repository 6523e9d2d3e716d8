use sabt_chain::frame::RecordView;
use sabt_chain::{Kind, LedgerName};
use sabt_domain::access::{Method, Permit, Told};
use sabt_domain::act::SubjectId;
use sabt_domain::event::Event;
use sabt_domain::life::Life;
use sabt_domain::time::Timestamp;

use super::contest::{Contested, Disputes};
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
    pub event: Told<Event>,
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
        let Some((content, contested)) = question.delivery(record)? else {
            return question.answer(Vec::new(), None);
        };
        let answer = question.answer(vec![content.subject.clone()], Some(content))?;
        Ok(answer.marked(contested))
    }
}

impl Question<'_> {
    fn delivery(
        &self,
        record: &RecordView<'_>,
    ) -> Result<Option<(Delivery, Vec<Contested>)>, QueryError> {
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
        if subject.is_compartment() {
            // No feed is the asylum unit's, so that a claim is not even opened here.
            return Ok(None);
        }
        let opened = keys.open_event(subject, position, envelope.act_id, record.sealed)?;
        let Some(event) = opened else {
            return Ok(None);
        };
        // Most events tell by themselves what they are, and are contested by nobody.
        let ever_contested = self.reader.has_disputes(subject)?;
        let life = if ever_contested || cut::needs_life(&event) {
            self.reader.life(subject)?
        } else {
            Life::default()
        };
        let disputes = Disputes::of(&life, Timestamp::from_micros(i64::MAX));
        let act = cut::amended(&event)
            .unwrap_or_else(|| sabt_domain::act::ActId(envelope.act_id.to_bytes()));
        let contested =
            disputes.map(|disputes| disputes.marks_of_event(self.permit, &life, act, &event));
        let Some(event) = cut::event(self.permit, &life, &event) else {
            return Ok(None);
        };
        let origin = self.reader.origin(subject)?;
        Ok(origin.map(|origin| {
            let delivery = Delivery {
                subject: origin.subject,
                event,
            };
            (delivery, contested.unwrap_or_default())
        }))
    }
}
