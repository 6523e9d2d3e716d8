//! The registry's rules of law: acts, events, decisions, and the values they are made of.
//!
//! The crate is pure. It performs no I/O, reads no clock, draws no randomness, knows no async and no unordered
//! collection: the same input gives the same output on every machine and in every year. Time, allocated
//! numbers and the author's standing come in as facts.
//!
//! | module | what it holds |
//! |---|---|
//! | [`number`] | person numbers, household codes, Iranian national numbers |
//! | [`time`] | days, partial dates in three calendars, timestamps |
//! | [`name`] | names as written, and the keys by which they are found |
//! | [`access`] | who may ask what, for which purpose: the matrix and the permit |
//! | [`mrz`] | machine-readable zones of travel documents (ICAO 9303) |
//! | [`law`] | provinces, border points, kinds of residence and their conditions, rights, time limits, transitions of status |
//! | [`refusal`] | why an act or a question was refused, and what would make it pass |
//! | [`fact`] | values that acts and events are made of: documents, addresses, parties, closed sets, limits |
//! | [`act`], [`event`] | what offices submit, and what the registry records of it about each subject |
//! | [`codec`] | the stored contract in both directions |
//! | [`life`] | a subject's events, amendments, and their fold in both axes of time |
//! | [`person`], [`household`], [`case`], [`asylum`], [`stay`] | what a life comes to on a day |
//! | [`campaign`], [`site`] | rounds in which whole groups register again; places in which people stay |
//! | [`deadline`] | time limits that run for a person, and decisions to which they may object |
//! | [`governance`] | agencies, offices, keys and policy, as the governance events tell |
//! | [`decide`] | whether an act may be recorded, and what is recorded of it |
//! | [`watch`] | which look-ups draw attention, and which are to be justified |
//! | [`retention`], [`erasure`] | until when a field may be kept, and the order by which a person is erased |

#![deny(
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing
)]
#![cfg_attr(
    test,
    allow(
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
        clippy::indexing_slicing,
        reason = "a test that overflows or misses an index fails, which is what a test is for"
    )
)]

/// Declares an enum whose every value has a stable code, and, with `= ProtoType`, a value of the stored
/// contract. Unspecified and unknown stored values have no variant: `from_proto` gives `None` for them.
macro_rules! closed_enum {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident $(= $proto:ty)? {
            $( $(#[$variant_meta:meta])* $variant:ident = $code:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $( $(#[$variant_meta])* $variant ),+
        }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),+];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self {
                    $( Self::$variant => $code ),+
                }
            }

            /// The value with this code, if there is one.
            pub fn from_code(code: &str) -> Option<Self> {
                match code {
                    $( $code => Some(Self::$variant), )+
                    _ => None,
                }
            }
        }

        closed_enum!(@proto $name, ($($proto)?), $( $variant ),+);
    };
    (@proto $name:ident, (), $( $variant:ident ),+) => {};
    (@proto $name:ident, ($proto:ty), $( $variant:ident ),+) => {
        impl $name {
            /// The value in the stored contract.
            pub const fn to_proto(self) -> $proto {
                match self {
                    $( Self::$variant => <$proto>::$variant ),+
                }
            }

            /// From the stored contract; `None` for an unspecified or unknown value.
            pub fn from_proto(value: i32) -> Option<Self> {
                match <$proto>::try_from(value) {
                    $( Ok(<$proto>::$variant) => Some(Self::$variant), )+
                    Ok(<$proto>::Unspecified) | Err(_) => None,
                }
            }
        }
    };
}

pub mod access;
pub mod act;
pub mod asylum;
pub mod biometric;
pub mod campaign;
pub mod case;
pub mod codec;
pub mod deadline;
pub mod decide;
pub mod deferral;
pub mod erasure;
pub mod event;
pub mod fact;
pub mod governance;
pub mod household;
pub mod law;
pub mod life;
pub mod mrz;
pub mod name;
pub mod number;
pub mod person;
pub mod refusal;
pub mod retention;
pub mod site;
pub mod stay;
pub mod succession;
pub mod time;
pub mod watch;

#[cfg(test)]
mod testing;
