//! Audit epochs: disclosures are sealed by month, not by person.
//!
//! Who looked at whose data must stay readable after the person's key has been destroyed, and must
//! itself disappear when its own retention ends. So disclosures are sealed under a key per
//! calendar month (UTC), and retention destroys one month at a time.

#[cfg(test)]
mod tests;

use std::fmt;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A calendar month (UTC, Gregorian), counted from January 1970 = 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditEpoch(u32);

impl AuditEpoch {
    /// The epoch with this number of months since January 1970.
    pub const fn new(months: u32) -> Self {
        Self(months)
    }

    /// Months since January 1970.
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// The month as `2026-11`.
impl fmt::Display for AuditEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}",
            1970 + u64::from(self.0 / 12),
            self.0 % 12 + 1
        )
    }
}

/// The epoch in which a disclosure recorded at `micros` (microseconds since 1970-01-01 UTC) falls.
///
/// # Errors
/// [`BeforeAudit`] for a time before 1970, which no clock of a registry shows.
pub fn epoch_of(micros: i64) -> Result<AuditEpoch, BeforeAudit> {
    // Days to a civil date after H. Hinnant, "chrono-compatible low-level date algorithms": years
    // begin in March, so the leap day is the last day of a year, and an era is 400 years.
    let days_since_era_start = micros.div_euclid(MICROS_PER_DAY) + 719_468;
    let era = days_since_era_start.div_euclid(146_097);
    let day_of_era = days_since_era_start.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    // January and February belong to the next civil year; counted in months that settles itself.
    let months = (era * 400 + year_of_era - 1970) * 12 + months_since_march + 2;
    match u32::try_from(months) {
        Ok(months) => Ok(AuditEpoch(months)),
        Err(_negative) => Err(BeforeAudit { micros }),
    }
}

/// A time before 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{micros} microseconds since 1970-01-01 UTC lie before the first audit epoch")]
pub struct BeforeAudit {
    /// The time, in microseconds since 1970-01-01 UTC.
    pub micros: i64,
}
