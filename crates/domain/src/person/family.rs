use super::Person;
use crate::fact::{DivorceKind, GuardianKind, MarriageKind, ParentRole, Party, redacted};
use crate::number::PersonNumber;
use crate::time::{Calendar, Day, PartialDate};

/// A spouse, present or former.
#[derive(Clone, PartialEq, Eq)]
pub struct Spouse {
    /// Who.
    pub who: Party,
    /// True if the person is the wife in this marriage.
    pub person_is_wife: bool,
    /// Permanent or for a term.
    pub kind: MarriageKind,
    /// Term of a temporary marriage in months; 0 for a permanent one.
    pub term_months: u32,
    /// Since when.
    pub since: PartialDate,
    /// How the marriage ended.
    pub end: Option<MarriageEnd>,
}

/// How a marriage ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MarriageEnd {
    /// When.
    pub on: PartialDate,
    /// By what.
    pub ground: MarriageEndGround,
}

/// What ends a marriage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarriageEndGround {
    /// A divorce.
    Divorce(DivorceKind),
    /// The death of the spouse, or of the person.
    Death,
}

/// A parent.
#[derive(Clone, PartialEq, Eq)]
pub struct Parent {
    /// Who.
    pub who: Party,
    /// Mother or father.
    pub role: ParentRole,
}

/// A registered child.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Child {
    /// Who.
    pub child: PersonNumber,
    /// What the person is to the child.
    pub role: ParentRole,
    /// Day of the birth or of the finding.
    pub since: PartialDate,
}

/// A guardian of the person.
#[derive(Clone, PartialEq, Eq)]
pub struct Guardian {
    /// Who.
    pub who: Party,
    /// Ground.
    pub kind: GuardianKind,
    /// Since when.
    pub since: PartialDate,
}

/// A child whose guardian the person is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ward {
    /// Who.
    pub child: PersonNumber,
    /// Ground.
    pub kind: GuardianKind,
    /// Since when.
    pub since: PartialDate,
}

/// A marriage licence or registration permit of the person.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldLicence {
    /// Number.
    pub number: String,
    /// Wife to be.
    pub wife: Party,
    /// Husband to be.
    pub husband: Party,
    /// Issued on.
    pub issued_on: PartialDate,
    /// Last day on which it may be used.
    pub valid_until: Option<PartialDate>,
    /// True once a marriage was registered under it.
    pub used: bool,
}

redacted!(
    Spouse,
    MarriageEnd,
    Parent,
    Child,
    Guardian,
    Ward,
    HeldLicence
);

impl Spouse {
    /// True if the marriage holds on a day. A temporary marriage ends with its term, counted in Jalali months from the last
    /// day its beginning may mean; a term that leaves the calendar does not end within it.
    pub fn in_force(&self, day: Day) -> bool {
        self.end.is_none_or(|end| day < end.on.earliest())
            && self.term_end().is_none_or(|end| day < end)
    }

    /// The first day after the term of a temporary marriage.
    pub fn term_end(&self) -> Option<Day> {
        match self.kind {
            MarriageKind::Permanent => None,
            MarriageKind::Temporary => {
                let months = i32::try_from(self.term_months).ok()?;
                self.since
                    .latest()
                    .plus_months(Calendar::Jalali, months)
                    .ok()
            }
        }
    }
}

impl Person {
    /// The marriage with this party that has not been ended, whether or not its term is over.
    pub(crate) fn marriage_with(&self, who: &Party) -> Option<&Spouse> {
        self.spouses
            .iter()
            .rev()
            .find(|spouse| spouse.who == *who && spouse.end.is_none())
    }

    pub(super) fn end_marriage(&mut self, who: &Party, end: MarriageEnd) -> bool {
        let open = self
            .spouses
            .iter_mut()
            .rev()
            .find(|spouse| spouse.who == *who && spouse.end.is_none());
        match open {
            Some(spouse) => {
                spouse.end = Some(end);
                true
            }
            None => false,
        }
    }

    /// Spouses on a day.
    pub fn spouses_on(&self, day: Day) -> impl Iterator<Item = &Spouse> {
        self.spouses
            .iter()
            .filter(move |spouse| spouse.in_force(day))
    }

    /// The parent in this role, if known.
    pub fn parent(&self, role: ParentRole) -> Option<&Party> {
        self.parents
            .iter()
            .find(|parent| parent.role == role)
            .map(|parent| &parent.who)
    }

    /// True if a marriage between the person and this party may be concluded on a day: the two are not married to each
    /// other, and a wife has no other husband. The sources set no limit to a husband's marriages, and none is invented.
    pub(crate) fn may_marry(&self, who: &Party, person_is_wife: bool, day: Day) -> bool {
        !self
            .spouses
            .iter()
            .any(|spouse| (spouse.who == *who || person_is_wife) && spouse.in_force(day))
    }

    /// The licence with this number.
    pub(crate) fn licence(&self, number: &str) -> Option<&HeldLicence> {
        self.licences
            .iter()
            .find(|licence| licence.number == number)
    }
}
