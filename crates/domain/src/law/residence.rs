//! Kinds of residence: how long, how often, for whom.

use crate::time::{Calendar, DateError, Day};

use super::{ResidenceBasis, ResidenceKind};

/// What the law says about one kind of residence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResidenceRule {
    /// The kind.
    pub kind: ResidenceKind,
    /// Longest term in Jalali months; `None` where the law states none.
    pub longest_months: Option<u16>,
    /// True if the permit must state its last valid day. Only special residence may be open-ended.
    pub end_required: bool,
    /// How often it may be renewed; `None` where the law does not say, which is read as no limit (AM-27, AM-28).
    pub renewals: Option<u8>,
    /// A kind that the person must hold or have held before.
    pub after: Option<ResidenceKind>,
    /// Grounds on which it is given; empty: any (AM-26).
    pub bases: &'static [ResidenceBasis],
    /// Source of the length.
    pub source: &'static str,
    /// Source of the renewals.
    pub renewal_source: &'static str,
}

use ResidenceBasis as B;
use ResidenceKind as K;

/// One row a kind, in the order of [`ResidenceKind::ALL`].
const RULES: [ResidenceRule; 8] = [
    ResidenceRule {
        kind: K::Temporary,
        longest_months: Some(12),
        end_required: true,
        renewals: Some(1),
        after: None,
        bases: &[],
        source: "law:art. 19 (TL-32)",
        renewal_source: "law:art. 20(5) (TL-35)",
    },
    ResidenceRule {
        kind: K::ThreeYear,
        longest_months: Some(36),
        end_required: true,
        renewals: Some(1),
        after: None,
        // The groups of art. 21, refugees (art. 35(2)), and, because art. 22 note 3 foresees day labourers and
        // families of the groups are not named, work and family (AM-26).
        bases: &[
            B::Elite,
            B::Achievement,
            B::Investor,
            B::SpouseOfIranian,
            B::IranianMother,
            B::Refugee,
            B::Work,
            B::Family,
        ],
        source: "law:art. 21, 22 (TL-37)",
        renewal_source: "law:art. 23 note 1 (TL-40)",
    },
    ResidenceRule {
        kind: K::SevenYear,
        longest_months: Some(84),
        end_required: true,
        renewals: None,
        after: Some(K::ThreeYear),
        bases: &[],
        source: "law:art. 23 (TL-38)",
        renewal_source: "law:art. 23 (AM-28)",
    },
    ResidenceRule {
        kind: K::Special,
        longest_months: None,
        end_required: false,
        renewals: None,
        after: None,
        bases: &[
            B::OutstandingService,
            B::Elite,
            B::Achievement,
            B::Investor,
            B::SpouseOfIranian,
            B::IranianMother,
        ],
        source: "law:art. 21, 24",
        renewal_source: "law:art. 24 (AM-28)",
    },
    ResidenceRule {
        kind: K::Amayesh,
        longest_months: None,
        end_required: true,
        renewals: None,
        after: None,
        bases: &[],
        source: "service:12012154100",
        renewal_source: "service:12012154100",
    },
    ResidenceRule {
        kind: K::Refugee,
        longest_months: None,
        end_required: true,
        renewals: None,
        after: None,
        bases: &[B::Refugee, B::Family],
        source: "law:art. 35",
        renewal_source: "service:12011076106",
    },
    ResidenceRule {
        kind: K::Limited,
        longest_months: None,
        end_required: true,
        renewals: None,
        after: None,
        bases: &[B::Stateless, B::Family],
        source: "law:art. 36",
        renewal_source: "law:art. 36",
    },
    ResidenceRule {
        kind: K::GuestTown,
        longest_months: Some(6),
        end_required: true,
        renewals: None,
        after: None,
        bases: &[B::TraffickingVictim, B::Refugee, B::Family],
        source: "law:art. 34 (TL-58)",
        renewal_source: "law:art. 34 (AM-52)",
    },
];

impl ResidenceRule {
    /// Every rule.
    pub const ALL: &'static [Self] = &RULES;

    /// The rule for a kind.
    pub const fn of(kind: ResidenceKind) -> &'static Self {
        let [
            temporary,
            three_year,
            seven_year,
            special,
            amayesh,
            refugee,
            limited,
            guest_town,
        ] = &RULES;
        match kind {
            K::Temporary => temporary,
            K::ThreeYear => three_year,
            K::SevenYear => seven_year,
            K::Special => special,
            K::Amayesh => amayesh,
            K::Refugee => refugee,
            K::Limited => limited,
            K::GuestTown => guest_town,
        }
    }

    /// The last valid day a permit that begins on `first` may have; `None` if the law states no length. A term of
    /// twelve months that begins on 1400-05-10 ends on 1401-05-09: the first day counts.
    ///
    /// # Errors
    /// [`DateError::Year`] if the term leaves the range of the calendar.
    pub fn last_day(&self, first: Day) -> Result<Option<Day>, DateError> {
        let Some(months) = self.longest_months else {
            return Ok(None);
        };
        let after = first.plus_months(Calendar::Jalali, i32::from(months))?;
        Ok(after.plus_days(-1))
    }

    /// True if residence of this kind may rest on this ground.
    pub fn admits(&self, basis: ResidenceBasis) -> bool {
        self.bases.is_empty() || self.bases.contains(&basis)
    }
}

/// Which scopes of permit a person of an age may hold (bill art. 25 note 1, TL-41). The applicant acts in person, and a minor is
/// covered by the permit of the family: whoever heads it acts for the child (AM-29).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeRule {
    /// May hold an individual permit.
    pub individual: bool,
    /// May stand on a family permit that another person heads.
    pub family: bool,
}

/// The scopes open at an age in completed years. The bill gives individual permits to those "over 18" and family
/// permits to those "under 18" in the care of a head, and leaves exactly 18 open (AM-17): both are open then. A
/// minor without a head fits neither kind (AM-11), so an individual permit is open to minors who have no
/// household: `has_head` is false for them.
pub const fn permit_scopes(age_years: u32, has_head: bool) -> ScopeRule {
    ScopeRule {
        individual: age_years >= 18 || !has_head,
        family: age_years <= 18,
    }
}
