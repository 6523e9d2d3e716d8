//! Whom and what the scenes are about: some of what was loaded, noticed in passing.

use sabt_domain::codec::Value as _;
use sabt_domain::time::{Day, PartialDate, Timestamp};
use sabt_proto::api::v1::Receipt;
use sabt_proto::event::v1::act::Body;
use sabt_proto::event::v1::{Act, Date, Document, DocumentReference};
use sabt_server::clock::Clock;

/// Documents kept of each sort: enough to choose from and to measure with.
const DOCUMENTS_MAX: usize = 256;

/// A document and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) person: String,
    pub(crate) document: DocumentReference,
}

/// Documents noticed while loading.
#[derive(Debug, Clone)]
pub(crate) struct Samples {
    today: Day,
    /// Documents that should be valid today, as far as one act tells; the newest are at the end.
    pub(crate) current: Vec<Sample>,
    /// Documents reported lost.
    pub(crate) lost: Vec<Sample>,
}

impl Samples {
    pub(crate) fn new(clock: &Clock) -> Self {
        let today = Timestamp::from_micros(clock.now_micros()).day_in_tehran();
        Self {
            today,
            current: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// Notices what a recorded act says of documents.
    pub(crate) fn notice(&mut self, act: &Act, receipt: &Receipt) {
        let lost = |person: &str, document: &Option<DocumentReference>| {
            document.clone().map(|document| Sample {
                person: person.to_owned(),
                document,
            })
        };
        if let Some(Body::RegisterPerson(body)) = &act.body
            && let Some(person) = receipt.numbers.first()
        {
            body.documents
                .iter()
                .for_each(|document| self.keep(person, document));
        } else if let Some(Body::IssueDocument(body)) = &act.body {
            body.document
                .iter()
                .for_each(|document| self.keep(&body.person, document));
        } else if let Some(Body::ReportDocumentLost(body)) = &act.body
            && let Some(sample) = lost(&body.person, &body.document)
        {
            self.current
                .retain(|current| current.document != sample.document);
            if self.lost.len() < DOCUMENTS_MAX {
                self.lost.push(sample);
            }
        }
    }

    /// Takes over what another loader noticed.
    pub(crate) fn merge(&mut self, other: Self) {
        self.current.extend(other.current);
        self.lost.extend(other.lost);
        self.current.truncate(DOCUMENTS_MAX);
        self.lost.truncate(DOCUMENTS_MAX);
    }

    fn keep(&mut self, person: &str, document: &Document) {
        if self.current.len() < DOCUMENTS_MAX && self.is_current(document.valid_until.as_ref()) {
            self.current.push(Sample {
                person: person.to_owned(),
                document: DocumentReference {
                    kind: document.kind,
                    issuer: document.issuer.clone(),
                    number: document.number.clone(),
                },
            });
        }
    }

    /// Whether a stated last day has not passed; a document without one is of no use to a scene.
    fn is_current(&self, until: Option<&Date>) -> bool {
        let until = until.and_then(|date| PartialDate::from_message("valid_until", date).ok());
        until.is_some_and(|until| self.today < until.latest())
    }
}
