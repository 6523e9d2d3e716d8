//! How many answers were given under each grant, derived from the ledger of disclosures for every list anew.

use std::collections::BTreeMap;

use sabt_chain::Position;
use sabt_domain::access::{FieldGroup, GrantId, Method, Permit};
use sabt_domain::time::Timestamp;
use sabt_proto::event::v1::DisclosureVerb;

use super::super::{Answer, QueryError, Question};
use super::flags::{FlagsFrom, act_before, first_since, visit_from, watched};
use crate::views::Views;

/// Disclosures that are looked at for one list. At some 5 us to open each that is a tenth of a second.
pub const USES_SCANNED_MAX: usize = 20_000;

/// What was answered under grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantUses {
    /// One for each grant, by agency and identifier.
    pub uses: Vec<GrantUse>,
    /// Where to go on; `None` if everything recorded so far was looked at.
    pub next: Option<Position>,
}

/// What was answered under a grant. It names nobody whom it was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantUse {
    /// Agency of issuer and officer.
    pub agency: String,
    /// The grant.
    pub grant: GrantId,
    /// Answers given under it.
    pub answers: u64,
    /// When the last of them was recorded.
    pub last_at: Timestamp,
}

impl Views {
    /// How many answers were given under each grant: those of the asker's agency, and of all agencies for whoever supervises
    /// disclosures. An answer about several persons is one answer; a refusal is none.
    ///
    /// # Errors
    /// [`QueryError`].
    pub fn grant_uses(
        &self,
        permit: &Permit,
        from: FlagsFrom,
    ) -> Result<Answer<GrantUses>, QueryError> {
        let question = Question::begin(self, permit, Method::ListGrantUses)?;
        question.require(FieldGroup::Oversight)?;
        let reader = &question.reader;
        let start = from.position.get().max(first_since(reader, from.since)?);
        let mut before = act_before(reader, start)?;
        let mut scanned = 0;
        let mut next = None;
        let mut uses: BTreeMap<(String, GrantId), GrantUse> = BTreeMap::new();
        visit_from(reader.snapshot(), start, |row| {
            if USES_SCANNED_MAX <= scanned {
                next = Some(row.position);
                return Ok(false);
            }
            scanned += 1;
            let of_same_answer = before.replace(row.row.act_id) == Some(row.row.act_id);
            if of_same_answer {
                return Ok(true);
            }
            let Some(disclosure) = watched(&question, &row)? else {
                return Ok(true);
            };
            let grant = <[u8; 16]>::try_from(disclosure.grant_id.as_slice()).map(GrantId);
            if let Ok(grant) = grant
                && disclosure.verb() != DisclosureVerb::Refused
            {
                let last_at = Timestamp::from_micros(row.row.recorded_at);
                let key = (disclosure.agency.clone(), grant);
                let one = uses.entry(key).or_insert_with(|| GrantUse {
                    agency: disclosure.agency,
                    grant,
                    answers: 0,
                    last_at,
                });
                one.answers += 1;
                one.last_at = last_at;
            }
            Ok(true)
        })?;
        let uses = uses.into_values().collect();
        question.answer(Vec::new(), GrantUses { uses, next })
    }
}
