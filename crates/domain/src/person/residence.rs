use super::{Crossing, Direction, Person};
use crate::fact::{PermitScope, VisaKind, redacted};
use crate::law::{ResidenceBasis, ResidenceKind};
use crate::life::At;
use crate::time::{Day, PartialDate};

/// A residence permit, and how it ended.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldPermit {
    /// Number.
    pub number: String,
    /// Kind of residence.
    pub kind: ResidenceKind,
    /// Ground.
    pub basis: ResidenceBasis,
    /// Individual or family permit.
    pub scope: PermitScope,
    /// First valid day.
    pub from: PartialDate,
    /// Last valid day; `None`: open-ended.
    pub until: Option<PartialDate>,
    /// How often it was renewed.
    pub renewals: u32,
    /// What its issue or last renewal rests on.
    pub legal_basis: String,
    /// How it ended before its time.
    pub end: Option<PermitEnd>,
}

/// How a permit ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PermitEnd {
    /// When.
    pub on: PartialDate,
    /// By what.
    pub ground: PermitEndGround,
}

/// What ends a permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermitEndGround {
    /// It was revoked.
    Revoked,
    /// Its lapse was recorded.
    Lapsed,
    /// It stands under a new number.
    Replaced,
    /// Another kind of residence took its place.
    Converted,
    /// The holder died.
    HolderDeceased,
    /// The holder became Iranian.
    BecameIranian,
}

/// A visa.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldVisa {
    /// Number.
    pub number: String,
    /// Kind of visa.
    pub kind: VisaKind,
    /// First valid day.
    pub from: PartialDate,
    /// Last valid day.
    pub until: PartialDate,
    /// Length of stay per entry in days; 0 where the visa states none.
    pub stay_days: u32,
    /// True if it may be used more than once.
    pub multiple_entry: bool,
    /// What it rests on.
    pub legal_basis: String,
    /// How it ended before its time.
    pub end: Option<PermitEnd>,
}

/// Answer to a yes-or-no question about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Valid,
    /// No.
    NotValid,
    /// The registry cannot tell; never to be read as no.
    Unknown,
}

/// Why a stay is not valid, or why the registry cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StayReason {
    /// The last permission is past its last day.
    Expired,
    /// The last permission was revoked.
    Revoked,
    /// The lapse of the last permission was recorded.
    Lapsed,
    /// The only permissions begin later.
    NotYetValid,
    /// The person has died.
    Deceased,
    /// No visa and no permit is recorded: the stay may rest on something the registry does not hold (AM-46).
    NoRecord,
}

impl StayReason {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Expired => "EXPIRED",
            Self::Revoked => "REVOKED",
            Self::Lapsed => "LAPSED",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::Deceased => "DECEASED",
            Self::NoRecord => "NO_RECORD",
        }
    }
}

/// Form of a permission to be in the country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionForm {
    /// A visa.
    Visa(VisaKind),
    /// A residence permit.
    Permit(ResidenceKind, ResidenceBasis),
}

/// State of a permission on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionState {
    /// It covers the day.
    Valid,
    /// It begins later.
    NotYetValid,
    /// It is past its last day.
    Expired,
    /// It was revoked.
    Revoked,
    /// Its lapse was recorded.
    Lapsed,
    /// It stands under a new number.
    Replaced,
    /// Another kind of residence took its place.
    Converted,
    /// The holder died.
    HolderDeceased,
}

impl PermissionState {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Valid => "VALID",
            Self::NotYetValid => "NOT_YET_VALID",
            Self::Expired => "EXPIRED",
            Self::Revoked => "REVOKED",
            Self::Lapsed => "LAPSED",
            Self::Replaced => "REPLACED",
            Self::Converted => "CONVERTED",
            Self::HolderDeceased => "DECEASED",
        }
    }
}

/// A permission to be in the country, and its state on a day.
#[derive(Clone, PartialEq, Eq)]
pub struct Permission {
    /// Visa or permit, and of which kind.
    pub form: PermissionForm,
    /// Number.
    pub number: String,
    /// First valid day.
    pub from: PartialDate,
    /// Last valid day; `None`: open-ended.
    pub until: Option<PartialDate>,
    /// What it rests on.
    pub legal_basis: String,
    /// State on the day asked for.
    pub state: PermissionState,
}

/// May the person stay on a day, and on what ground.
///
/// Statuses play no part in it. What a person is under the law of asylum is a compartment of its own (design 7.3): the
/// answer is the same with and without a claim.
#[derive(Clone, PartialEq, Eq)]
pub struct ResidenceAnswer {
    /// Yes, no, or unknown.
    pub verdict: Verdict,
    /// Why not, or why unknown; `None` when valid.
    pub reason: Option<StayReason>,
    /// The permission that covers the day: a permit before a visa, then the one that lasts longest.
    pub permission: Option<Permission>,
    /// Every permission known, newest first.
    pub permissions: Vec<Permission>,
}

redacted!(HeldPermit, PermitEnd, HeldVisa, Permission, ResidenceAnswer);

impl ResidenceAnswer {
    /// Last valid day of the permission that covers the day; `None` if none does, or if it is open-ended.
    pub fn until(&self) -> Option<PartialDate> {
        self.permission
            .as_ref()
            .and_then(|permission| permission.until)
    }
}

impl HeldPermit {
    /// State on a day. Partial dates are read in the holder's favour.
    pub fn state(&self, day: Day) -> PermissionState {
        if let Some(end) = self.end.filter(|end| end.on.earliest() <= day) {
            return match end.ground {
                PermitEndGround::Revoked => PermissionState::Revoked,
                PermitEndGround::Lapsed => PermissionState::Lapsed,
                PermitEndGround::Replaced => PermissionState::Replaced,
                // Being Iranian took the place of it.
                PermitEndGround::Converted | PermitEndGround::BecameIranian => {
                    PermissionState::Converted
                }
                PermitEndGround::HolderDeceased => PermissionState::HolderDeceased,
            };
        }
        within(self.from, self.until, day)
    }

    /// True if the permit, unless it ended, covers a day that this term covers too.
    pub(crate) fn overlaps(&self, from: PartialDate, until: Option<PartialDate>) -> bool {
        let begins_in_time = until.is_none_or(|until| self.from.earliest() <= until.earliest());
        let ends_in_time = self.until.is_none_or(|own| from.latest() <= own.latest());
        self.end.is_none() && begins_in_time && ends_in_time
    }
}

/// State of a term on a day.
fn within(from: PartialDate, until: Option<PartialDate>, day: Day) -> PermissionState {
    if day < from.earliest() {
        PermissionState::NotYetValid
    } else if until.is_some_and(|until| until.latest() < day) {
        PermissionState::Expired
    } else {
        PermissionState::Valid
    }
}

impl HeldVisa {
    /// State on a day. An entry made while the visa was valid opens a stay of the length the visa states, even beyond the
    /// visa's last day; the day of entry is not counted (AM-23: in doubt the longer reading).
    pub fn state(&self, last_crossing: Option<&Crossing>, day: Day) -> PermissionState {
        if self.end.is_some_and(|end| end.on.earliest() <= day) {
            return PermissionState::Revoked;
        }
        let state = within(self.from, Some(self.until), day);
        match self.stay_ends(last_crossing) {
            Some(_) if state == PermissionState::NotYetValid => state,
            Some(last) if day <= last => PermissionState::Valid,
            Some(_) => PermissionState::Expired,
            None => state,
        }
    }

    /// The last day of the stay that the last entry opened; `None` if no entry did, or the visa states no length of stay.
    pub(crate) fn stay_ends(&self, last_crossing: Option<&Crossing>) -> Option<Day> {
        let entry = last_crossing.filter(|crossing| {
            matches!(crossing.direction, Direction::In(_))
                && within(self.from, Some(self.until), crossing.on.latest())
                    == PermissionState::Valid
        })?;
        let days = i32::try_from(self.stay_days)
            .ok()
            .filter(|days| 0 < *days)?;
        // A stay beyond the range of the calendar does not end.
        let last = entry.on.latest().plus_days(days);
        Some(last.unwrap_or(At::END.as_of))
    }
}

impl Person {
    /// May the person stay on this day? The person must be folded to the same day or a later one.
    pub fn residence(&self, day: Day) -> ResidenceAnswer {
        let permissions = self.permissions(day);
        let covering = permissions
            .iter()
            .filter(|permission| permission.state == PermissionState::Valid)
            .max_by_key(|permission| {
                let is_permit = matches!(permission.form, PermissionForm::Permit(..));
                let last = permission
                    .until
                    .map_or(Day::from_epoch_days(i32::MAX), PartialDate::latest);
                (is_permit, last)
            })
            .cloned();
        let (verdict, reason) = if self
            .death
            .as_ref()
            .is_some_and(|death| death.on.earliest() <= day)
        {
            (Verdict::NotValid, Some(StayReason::Deceased))
        } else if covering.is_some() || self.became_iranian(day) {
            (Verdict::Valid, None)
        } else {
            refusal(&permissions)
        };
        ResidenceAnswer {
            verdict,
            reason,
            permission: covering.filter(|_| verdict == Verdict::Valid),
            permissions,
        }
    }

    /// Every permission, newest first: by first valid day, and on one day by record.
    fn permissions(&self, day: Day) -> Vec<Permission> {
        let visas = self.visas.iter().map(|visa| Permission {
            form: PermissionForm::Visa(visa.kind),
            number: visa.number.clone(),
            from: visa.from,
            until: Some(visa.until),
            legal_basis: visa.legal_basis.clone(),
            state: visa.state(self.last_crossing.as_ref(), day),
        });
        let permits = self.permits.iter().map(|permit| Permission {
            form: PermissionForm::Permit(permit.kind, permit.basis),
            number: permit.number.clone(),
            from: permit.from,
            until: permit.until,
            legal_basis: permit.legal_basis.clone(),
            state: permit.state(day),
        });
        let mut permissions: Vec<_> = visas.chain(permits).collect();
        permissions.sort_by_key(|permission| permission.from.earliest());
        permissions.reverse();
        permissions
    }

    /// The permit with this number.
    pub fn permit(&self, number: &str) -> Option<&HeldPermit> {
        self.permits.iter().find(|permit| permit.number == number)
    }

    pub(super) fn open_permit_mut(&mut self, number: &str) -> Option<&mut HeldPermit> {
        self.permits
            .iter_mut()
            .find(|permit| permit.number == number && permit.end.is_none())
    }

    /// True if another permit than this one covers a day of the term.
    pub(crate) fn has_overlap(
        &self,
        from: PartialDate,
        until: Option<PartialDate>,
        except: Option<&str>,
    ) -> bool {
        self.permits
            .iter()
            .any(|permit| Some(permit.number.as_str()) != except && permit.overlaps(from, until))
    }

    /// True if a permit or a visa has this number.
    pub(crate) fn has_permission_number(&self, number: &str) -> bool {
        self.permit(number).is_some() || self.visas.iter().any(|visa| visa.number == number)
    }
}

/// Why no permission covers the day: the newest one that has begun says, else the one that has not.
fn refusal(permissions: &[Permission]) -> (Verdict, Option<StayReason>) {
    let begun = permissions
        .iter()
        .find(|permission| permission.state != PermissionState::NotYetValid)
        .or_else(|| permissions.first());
    let Some(permission) = begun else {
        return (Verdict::Unknown, Some(StayReason::NoRecord));
    };
    let reason = match permission.state {
        PermissionState::Revoked => StayReason::Revoked,
        PermissionState::Lapsed => StayReason::Lapsed,
        PermissionState::NotYetValid => StayReason::NotYetValid,
        PermissionState::HolderDeceased => StayReason::Deceased,
        PermissionState::Valid
        | PermissionState::Expired
        | PermissionState::Replaced
        | PermissionState::Converted => StayReason::Expired,
    };
    (Verdict::NotValid, Some(reason))
}
