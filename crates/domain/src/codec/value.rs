//! Values of the contract on their own, for questions and answers.

use sabt_proto::event::v1 as proto;

use super::field::Wire;
use super::reader::Reader;
use crate::act::{AdvanceCase, RequestService};
use crate::act::{FixCampaignTargetList, OpenCampaign, OpenSite, ReportCampaignCoverage};
use crate::fact::{
    Address, AdverseDecision, Document, DocumentReference, MemberRelation, Particulars, Party,
};
use crate::name::Name;
use crate::refusal::{Reason, Refusal};
use crate::time::PartialDate;

/// A value that has a message of its own in the contract.
pub trait Value: Sized {
    /// The message.
    type Message;

    /// Reads the message that stands at `path` in what was sent.
    ///
    /// # Errors
    /// [`Reason::InvalidField`] with everything that is wrong.
    fn from_message(path: &str, message: &Self::Message) -> Result<Self, Refusal>;

    /// Writes the message.
    fn to_message(&self) -> Self::Message;
}

macro_rules! values {
    ($($name:ty => $message:ty,)+) => { $(
        impl Value for $name {
            type Message = $message;

            fn from_message(path: &str, message: &$message) -> Result<Self, Refusal> {
                let mut reader = Reader::default();
                let value = <$name as Wire>::read(message, &mut reader);
                let violations = reader.finish();
                match value {
                    Some(value) if violations.is_empty() => Ok(value),
                    Some(_) | None => {
                        let mut refusal =
                            Refusal::new(Reason::InvalidField, "contract:sabt.event.v1");
                        for violation in violations {
                            let path = match violation.path.as_str() {
                                "" => path.to_owned(),
                                below => format!("{path}.{below}"),
                            };
                            refusal.push_violation(path, violation.problem);
                        }
                        Err(refusal)
                    }
                }
            }

            fn to_message(&self) -> $message {
                Wire::write(self)
            }
        }
    )+ };
}

values! {
    OpenCampaign => proto::OpenCampaign,
    OpenSite => proto::OpenSite,
    FixCampaignTargetList => proto::FixCampaignTargetList,
    ReportCampaignCoverage => proto::ReportCampaignCoverage,
    PartialDate => proto::Date,
    Name => proto::Name,
    Particulars => proto::Particulars,
    Document => proto::Document,
    DocumentReference => proto::DocumentReference,
    Address => proto::Address,
    Party => proto::Party,
    MemberRelation => proto::MemberRelation,
    AdverseDecision => proto::AdverseDecision,
    RequestService => proto::RequestService,
    AdvanceCase => proto::AdvanceCase,
}
