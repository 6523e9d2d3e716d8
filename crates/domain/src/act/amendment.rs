use super::{Act, ActId};
use crate::fact::redacted;

/// Replaces the content of an earlier act by content of the same kind about the same first subject.
#[derive(Clone, PartialEq, Eq)]
pub struct CorrectAct {
    /// The act to correct.
    pub target: ActId,
    /// A whole act of the same kind; its identifier and expected versions are ignored.
    pub replacement: Box<Act>,
    /// Why.
    pub reason: String,
}

/// Takes an earlier act back as if it had never been. Annulling an annulment reinstates.
#[derive(Clone, PartialEq, Eq)]
pub struct AnnulAct {
    /// The act to annul.
    pub target: ActId,
    /// Why.
    pub reason: String,
}

redacted!(CorrectAct, AnnulAct);
