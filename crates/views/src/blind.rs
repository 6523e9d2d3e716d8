//! Blind indexes: finding by name or document without holding either.
//!
//! An index entry is BLAKE3, keyed with the registry's index key, of the normalised value, cut to 16 bytes. Whoever
//! has the files of the views but not the key can neither read a name nor try names. What the files do show is that
//! two subjects share *some* value, and how many do; that is the price of finding by it. Sixteen bytes make a false
//! hit among 2^40 entries and a query improbable (2^-88), and a hit is checked against the opened life anyway.

use sabt_domain::fact::{DocumentKey, OfficeCode};
use sabt_vault::ordinal::SubjectOrdinal;
use sabt_vault::secret::SecretKey;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a blinded value.
pub(crate) const BLIND_BYTES: usize = 16;

/// A blinded value.
pub(crate) type Blind = [u8; BLIND_BYTES];

/// Blinds values under the registry's index key, or under that of the asylum compartment.
pub(crate) struct Blinder {
    key: SecretKey,
}

/// What kind of value is blinded; each has a domain of its own.
#[derive(Clone, Copy)]
enum Domain {
    NameAndYear = 1,
    Document = 2,
    Claimant = 3,
    AsylumLooked = 4,
    Agency = 5,
    Recipient = 6,
    Campaign = 17,
    Office = 18,
    Officer = 7,
    Lot = 8,
    Stayed = 20,
    Referenced = 21,
    Clock = 22,
    Site = 23,
    Inside = 24,
    Taken = 25,
    Open = 26,
}

impl Blinder {
    pub(crate) fn new(key: &SecretKey) -> Self {
        Self {
            key: SecretKey::copied_from(key.expose()),
        }
    }

    /// Blinds a search key of a name together with the first Gregorian year the birth may fall into; `None`
    /// for a birth date nobody knows.
    pub(crate) fn name(&self, search_key: &str, birth_year: Option<i32>) -> Blind {
        let year = birth_year.map(i32::to_be_bytes);
        let year = year.as_ref().map_or([].as_slice(), |year| year.as_slice());
        self.blind(Domain::NameAndYear, &[search_key.as_bytes(), year])
    }

    /// Blinds a document.
    pub(crate) fn document(&self, document: &DocumentKey) -> Blind {
        let text = Zeroizing::new(document.canonical_text());
        self.blind(Domain::Document, &[text.as_bytes()])
    }

    /// Blinds the person who lodged a claim to asylum; under the compartment's key.
    pub(crate) fn claimant(&self, person: SubjectOrdinal) -> Blind {
        self.blind(Domain::Claimant, &[&person.get().to_be_bytes()])
    }

    /// Blinds the person whom a stay of removal keeps from being removed; under the compartment's key.
    pub(crate) fn stayed(&self, person: SubjectOrdinal) -> Blind {
        self.blind(Domain::Stayed, &[&person.get().to_be_bytes()])
    }

    /// Blinds the person whose a biometric reference is.
    pub(crate) fn referenced(&self, person: SubjectOrdinal) -> Blind {
        self.blind(Domain::Referenced, &[&person.get().to_be_bytes()])
    }

    /// Blinds the person about whom the asylum unit asked; under the compartment's key.
    pub(crate) fn asylum_looked(&self, person: SubjectOrdinal) -> Blind {
        self.blind(Domain::AsylumLooked, &[&person.get().to_be_bytes()])
    }

    /// Blinds a month in which time limits end; `None`: those that stay when their last day has passed.
    pub(crate) fn clock(&self, month: Option<u32>) -> Blind {
        let month = month.map(u32::to_be_bytes);
        let month = month
            .as_ref()
            .map_or([].as_slice(), |month| month.as_slice());
        self.blind(Domain::Clock, &[month])
    }

    /// Blinds the code of an agency.
    pub(crate) fn agency(&self, agency: &str) -> Blind {
        self.blind(Domain::Agency, &[agency.as_bytes()])
    }

    /// Blinds an agency together with the purpose for which it was told something.
    pub(crate) fn recipient(&self, agency: &str, purpose: &str) -> Blind {
        self.blind(Domain::Recipient, &[agency.as_bytes(), purpose.as_bytes()])
    }

    /// Blinds a campaign.
    pub(crate) fn campaign(&self, campaign: SubjectOrdinal) -> Blind {
        self.blind(Domain::Campaign, &[&campaign.get().to_be_bytes()])
    }

    /// Blinds a site in which somebody ever stayed.
    pub(crate) fn site(&self, site: SubjectOrdinal) -> Blind {
        self.blind(Domain::Site, &[&site.get().to_be_bytes()])
    }

    /// Blinds a site in which somebody is.
    pub(crate) fn inside(&self, site: SubjectOrdinal) -> Blind {
        self.blind(Domain::Inside, &[&site.get().to_be_bytes()])
    }

    /// Blinds the code of an office.
    pub(crate) fn office(&self, office: &OfficeCode) -> Blind {
        self.blind(Domain::Office, &[office.as_str().as_bytes()])
    }

    /// Blinds the office that took a service case.
    pub(crate) fn taken(&self, office: &OfficeCode) -> Blind {
        self.blind(Domain::Taken, &[office.as_str().as_bytes()])
    }

    /// Blinds the office that took a service case which is open.
    pub(crate) fn open(&self, office: &OfficeCode) -> Blind {
        self.blind(Domain::Open, &[office.as_str().as_bytes()])
    }

    /// Blinds an officer of an agency.
    pub(crate) fn officer(&self, agency: &str, officer: &str) -> Blind {
        self.blind(Domain::Officer, &[agency.as_bytes(), officer.as_bytes()])
    }

    /// The lot of a disclosure, evenly spread over all numbers. It hangs on nothing that changes when a ledger is succeeded, and
    /// on nothing that whoever asks can choose.
    pub(crate) fn lot(&self, act_id: [u8; 16], recorded_at: i64) -> u64 {
        let blind = self.blind(Domain::Lot, &[&act_id, &recorded_at.to_be_bytes()]);
        let half = u128::from_be_bytes(blind) >> 64;
        u64::try_from(half).unwrap_or(u64::MAX)
    }

    fn blind(&self, domain: Domain, fields: &[&[u8]]) -> Blind {
        let mut hasher = blake3::Hasher::new_keyed(self.key.expose());
        hasher.update(b"sabt blind index v1");
        hasher.update(&[domain as u8]);
        for field in fields {
            // The length stands before each field, so that no two lists of fields run together alike.
            hasher.update(&(field.len() as u64).to_be_bytes());
            hasher.update(field);
        }
        let mut blind = [0; BLIND_BYTES];
        hasher.finalize_xof().fill(&mut blind);
        hasher.zeroize();
        blind
    }
}

#[cfg(test)]
mod tests;
