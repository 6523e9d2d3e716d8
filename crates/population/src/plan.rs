//! What the population hands out: acts in order, with what the registry should answer.

use std::fmt;
use std::str::FromStr;

use sabt_domain::refusal::Reason;
use sabt_proto::event::v1::Act;

use crate::references;
use crate::resolve::{Resolver, Unresolved};

/// One family with all its households. Acts of different lanes change no common subject and may be submitted
/// concurrently; acts of one lane must be submitted one after the other, in the order of the plan. Campaigns and
/// sites have lanes of their own ([`Lane::CAMPAIGNS`], [`Lane::SITES`]), which come before those of families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(pub u32);

impl Lane {
    /// The lane of campaigns: no family has it.
    pub const CAMPAIGNS: Lane = Lane(u32::MAX - 1);
    /// The lane of sites: no family has it.
    pub const SITES: Lane = Lane(u32::MAX - 2);
}

/// The agency and office in whose name an act is signed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuthorRef {
    /// Code of the agency, e.g. "BAFIA".
    pub agency: String,
    /// Code of the office, e.g. "THR-01".
    pub office: String,
}

/// A subject before the registry has given it a number: "@p12.3" is the third person of lane 12, "@h12.1" its first
/// household, "@c12.1" its first claim to asylum, "@s12.1" its first service case, "@b12.1" its first biometric reference,
/// "@r4294967294.1" the first campaign, a round, and "@t4294967293.1" the first site. Stands in the number fields of a planned act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalRef {
    /// The lane it lives in.
    pub lane: Lane,
    /// What it stands for.
    pub sort: SubjectSort,
    /// Counted from 1 within the lane and the sort.
    pub ordinal: u32,
}

/// What a local reference stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectSort {
    /// Bound to a person number.
    Person,
    /// Bound to a household code.
    Household,
    /// Bound to the number of a claim to asylum.
    Claim,
    /// Bound to the number of a campaign.
    Campaign,
    /// Bound to the number of a service case.
    Case,
    /// Bound to the number of a biometric reference.
    Biometric,
    /// Bound to the number of a site.
    Site,
}

impl SubjectSort {
    /// Every sort with the letter by which references are written.
    const LETTERS: [(SubjectSort, char); 7] = [
        (SubjectSort::Person, 'p'),
        (SubjectSort::Household, 'h'),
        (SubjectSort::Claim, 'c'),
        (SubjectSort::Campaign, 'r'),
        (SubjectSort::Case, 's'),
        (SubjectSort::Biometric, 'b'),
        (SubjectSort::Site, 't'),
    ];
}

/// What the registry should answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// The act is recorded and gives these subjects their numbers, in this order (`Receipt.numbers`).
    Accepted {
        /// Subjects that the act brings into being; empty for most acts.
        numbers: Vec<LocalRef>,
    },
    /// The act is refused for this reason and nothing is recorded.
    Refused {
        /// The reason of the refusal.
        reason: Reason,
    },
}

/// One act of the plan, complete but for the numbers that only the registry can give.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedAct {
    /// The family it belongs to.
    pub lane: Lane,
    /// Who signs it.
    pub author: AuthorRef,
    /// The act, with local references in its number fields.
    pub act: Act,
    /// Nonce of the author's commitment.
    pub nonce: [u8; 32],
    /// What the registry should answer.
    pub expect: Expectation,
}

impl PlannedAct {
    /// The act with real numbers, ready to be encoded and signed.
    ///
    /// # Errors
    /// [`Unresolved`] names the first subject whose number the resolver has not been told.
    pub fn resolve(&self, resolver: &Resolver) -> Result<Act, Unresolved> {
        let mut act = self.act.clone();
        references::for_each(&mut act, &mut |field| {
            if let Ok(local) = field.parse::<LocalRef>() {
                field.clear();
                field.push_str(
                    resolver
                        .number(local)
                        .ok_or(Unresolved::UnknownSubject(local))?,
                );
            }
            Ok::<(), Unresolved>(())
        })?;
        Ok(act)
    }

    /// The subjects the act refers to that must have their numbers before it can be resolved, in order of mention.
    pub fn depends_on(&self) -> Vec<LocalRef> {
        let mut locals = Vec::new();
        let mut act = self.act.clone();
        let walked = references::for_each(&mut act, &mut |field| {
            if let Ok(local) = field.parse::<LocalRef>()
                && !locals.contains(&local)
            {
                locals.push(local);
            }
            Ok::<(), std::convert::Infallible>(())
        });
        match walked {
            Ok(()) => locals,
        }
    }

    /// Whether the registry should record the act.
    pub fn is_accepted(&self) -> bool {
        matches!(self.expect, Expectation::Accepted { .. })
    }
}

impl fmt::Display for LocalRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = SubjectSort::LETTERS.iter();
        let letter = letters
            .find(|row| row.0 == self.sort)
            .map_or('?', |row| row.1);
        write!(f, "@{letter}{}.{}", self.lane.0, self.ordinal)
    }
}

/// The text is not a local reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a local reference (\"@p<lane>.<ordinal>\", or another letter for another sort)")]
pub struct NotALocalRef;

impl FromStr for LocalRef {
    type Err = NotALocalRef;

    fn from_str(text: &str) -> Result<LocalRef, NotALocalRef> {
        let mut letters = text.strip_prefix('@').ok_or(NotALocalRef)?.chars();
        let letter = letters.next().ok_or(NotALocalRef)?;
        let mut sorts = SubjectSort::LETTERS.iter();
        let (sort, _) = *sorts.find(|row| row.1 == letter).ok_or(NotALocalRef)?;
        let rest = letters.as_str();
        let (lane, ordinal) = rest.split_once('.').ok_or(NotALocalRef)?;
        match (lane.parse(), ordinal.parse()) {
            (Ok(lane), Ok(ordinal)) => Ok(LocalRef {
                sort,
                lane: Lane(lane),
                ordinal,
            }),
            (Err(_), _) | (_, Err(_)) => Err(NotALocalRef),
        }
    }
}

/// Brings a plan that fits in memory into the order in which its acts were recorded. Acts of one lane keep their order,
/// because no family is served by two offices at once.
pub fn chronological(acts: impl IntoIterator<Item = PlannedAct>) -> Vec<PlannedAct> {
    let mut acts: Vec<PlannedAct> = acts.into_iter().collect();
    acts.sort_by_key(|planned| planned.act.recorded_at);
    acts
}
