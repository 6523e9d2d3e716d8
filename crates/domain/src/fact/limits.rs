//! Limits of what an act may carry. They may be widened, never narrowed: stored events are read under them for ever.

/// Characters of a number, code or reference (document, permit, deed, case).
pub const REFERENCE_CHARS_MAX: usize = 64;

/// Characters of a stated text (reason, ground, instrument, evidence, locality, street, body).
pub const TEXT_CHARS_MAX: usize = 512;

/// Characters of one part of a name. ICAO 9303 stops at 39; Arabic chains of names are longer.
pub const NAME_CHARS_MAX: usize = 128;

/// Names of one person in one act: as written, transliterations, aliases, former names.
pub const NAMES_MAX: usize = 16;

/// Nationalities of one person in one act.
pub const NATIONALITIES_MAX: usize = 8;

/// Documents shown at one registration.
pub const DOCUMENTS_MAX: usize = 16;

/// Lines of a machine-readable zone (TD1 has three) and characters of a line (TD3 has 44).
pub const MRZ_LINES_MAX: usize = 3;
/// Characters of one line of a machine-readable zone.
pub const MRZ_LINE_CHARS_MAX: usize = 44;

/// Children on whose custody one divorce rules.
pub const CUSTODIES_MAX: usize = 40;

/// Members of one household, its head included.
///
/// An act has at most 255 parts. The widest is a split: two parts about the households and, for each leaving member,
/// a leave, a join and an address: 2 + 3 * 80 = 242.
pub const HOUSEHOLD_MEMBERS_MAX: usize = 80;

/// Expected versions in one act: one for each subject that an act can have.
pub const EXPECTED_MAX: usize = 255;

/// Members of the commission who are asked at once: each once.
pub const COMMISSION_MEMBERS_MAX: usize = 6;

/// Roles of one agency.
pub const ROLES_MAX: usize = 16;

/// Biometric references of one person, those that were withdrawn and not erased yet included.
pub const BIOMETRIC_REFERENCES_MAX: usize = 32;

/// Attestations of conditions of residence and exemptions from them that count, of one person: there are ten conditions, and a life
/// of seven-year permits.
pub const RESIDENCE_CONDITIONS_MAX: usize = 128;

/// Claims to asylum of one person, decided ones included.
pub const CLAIMS_MAX: usize = 64;

/// Stays of removal of one person on one ground, lifted ones included. They are counted by ground, and so by who places
/// them, so that nobody can count another's.
pub const STAYS_MAX: usize = 64;

/// Grounds of one claim to asylum: each once.
pub const ASYLUM_GROUNDS_MAX: usize = 6;

/// Provinces, nationalities or statuses that one campaign is for: more than there are provinces or statuses.
pub const CAMPAIGN_CATEGORIES_MAX: usize = 64;

/// Places of one site: more than any township of its kind has.
pub const SITE_CAPACITY_MAX: u32 = 100_000;

/// Persons in one site, those beyond its capacity included.
pub const SITE_OCCUPANTS_MAX: usize = 200_000;

/// Classes of finding of one inspection: each once.
pub const INSPECTION_FINDINGS_MAX: usize = 8;

/// Bytes of one act. A sealed payload holds at most 64 KiB; part 0 carries the act itself and an event that repeats
/// at most all of it, so two acts and 16 KiB for headers fit: 2 * 24 + 16 = 64.
pub const ACT_BYTES_MAX: usize = 24 * 1024;

/// Bytes of one grant: 64 persons of 14 bytes, 16 field groups of 18, and texts of at most 3 KiB.
pub const GRANT_BYTES_MAX: usize = 8 * 1024;

/// Persons that one grant names: a household of the largest kind, or the passengers of a bus.
pub const GRANT_PERSONS_MAX: usize = 64;

/// Records that one order of erasure names. A position takes five bytes for as long as a ledger has fewer than 34 billion
/// records, so the order fits into the 64 KiB of a payload with 4 KiB left for the rest of it.
pub const ERASURE_POSITIONS_MAX: usize = 12_000;

/// Bytes of one order of erasure, without the signatures that the record adds.
pub const ERASURE_BYTES_MAX: usize = 63 * 1024;

/// Parts of one act: the envelope counts them in one byte.
pub const PARTS_MAX: usize = 255;

const _: () = assert!(2 + 3 * HOUSEHOLD_MEMBERS_MAX <= PARTS_MAX);
