//! How one field of a message becomes a value. The type of the value chooses the codec.

use std::collections::BTreeSet;

use super::reader::Reader;
use super::text::{holds_forbidden, is_longer};
use crate::access::{GrantId, Role};
use crate::act::{ActId, BatchId, KeyId, PublicKey};
use crate::erasure::ErasureGround;
use crate::fact::limits::{
    ASYLUM_GROUNDS_MAX, COMMISSION_MEMBERS_MAX, HOUSEHOLD_MEMBERS_MAX, INSPECTION_FINDINGS_MAX,
    MRZ_LINE_CHARS_MAX, MRZ_LINES_MAX, ROLES_MAX,
};
use crate::fact::{AdmissionGround, DischargeReason, InspectionFinding, SiteKind};
use crate::fact::{
    AgencyCode, AppealBy, AppealOutcome, AsylumGround, AsylumLodging, AsylumOutcome,
    BiometricModality, BiometricWithdrawal, CampaignKind, CaseOutcome, CommissionLevel,
    CommissionMember, CountryCode, CoverageDefinition, DepartureKind, DisputeGround,
    DisputeOutcome, DivorceKind, EntryBanGround, EntryBanLifting, EntryKind, EvidenceKind,
    EvidenceState, ExemptionBody, ExitKind, FeeState, GuardianKind, HeadChangeGround, HoldingBasis,
    HoldingEnding, HoldingPlace, InformantRelation, InsuranceEntitlement, IssuingLevel,
    LookupGround, MarriageForm, MarriageKind, MemberRemovalReason, NationalityBasis,
    NationalityState, NonParticipationReason, NoticeManner, OfficeCode, OfficerCode, Opinion,
    ParentRole, PermitScope, ProcedureKind, ProcedureResult, ProtectionEnding, ProtectionKind,
    RegisteredWith, Relation, ReplacementReason, ReplyClass, RequestChannel, Sex, StayGround,
    SuspensionCause, SuspensionEnding, VisaKind, VoidReason,
};
use crate::law::{
    DocumentKind, ExpulsionGround, PersonStatus, ProvinceCode, ResidenceBasis, ResidenceCondition,
    ResidenceKind, Right, ServiceId,
};
use crate::name::{NameKind, Script};
use crate::number::{
    BiometricNumber, CampaignNumber, CaseNumber, ClaimNumber, HouseholdCode, IranianNationalNumber,
    PersonNumber, SiteNumber,
};
use crate::time::{Calendar, Timestamp};

/// A value with a message of its own in the contract.
pub(super) trait Wire: Sized {
    /// The message.
    type Proto;

    /// Most elements of a list of these.
    const LIST_MAX: usize = 64;

    /// Reads the message; `None` after at least one violation.
    fn read(message: &Self::Proto, reader: &mut Reader) -> Option<Self>;

    /// Writes the message.
    fn write(&self) -> Self::Proto;
}

/// A value that stands in a field of type `P`.
pub(super) trait Field<P>: Sized {
    /// Reads the field; `None` after at least one violation.
    fn read(field: &P, reader: &mut Reader) -> Option<Self>;

    /// Writes the field.
    fn write(&self) -> P;
}

/// A required message.
impl<T: Wire> Field<Option<T::Proto>> for T {
    fn read(field: &Option<T::Proto>, reader: &mut Reader) -> Option<Self> {
        match field {
            Some(message) => T::read(message, reader),
            None => reader.reject("is missing"),
        }
    }

    fn write(&self) -> Option<T::Proto> {
        Some(Wire::write(self))
    }
}

/// An optional message.
impl<T: Wire> Field<Option<T::Proto>> for Option<T> {
    fn read(field: &Option<T::Proto>, reader: &mut Reader) -> Option<Self> {
        match field {
            Some(message) => T::read(message, reader).map(Some),
            None => Some(None),
        }
    }

    fn write(&self) -> Option<T::Proto> {
        self.as_ref().map(Wire::write)
    }
}

/// A list of messages.
impl<T: Wire> Field<Vec<T::Proto>> for Vec<T> {
    fn read(field: &Vec<T::Proto>, reader: &mut Reader) -> Option<Self> {
        list(field, T::LIST_MAX, reader, T::read)
    }

    fn write(&self) -> Vec<T::Proto> {
        self.iter().map(Wire::write).collect()
    }
}

/// Reads a list of at most `len_max` elements; every element is looked at, so that all violations are found.
pub(super) fn list<P, T>(
    field: &[P],
    len_max: usize,
    reader: &mut Reader,
    read: impl Fn(&P, &mut Reader) -> Option<T>,
) -> Option<Vec<T>> {
    if len_max < field.len() {
        return reader.reject(format!("has more than {len_max} elements"));
    }
    let values: Vec<Option<T>> = field
        .iter()
        .enumerate()
        .map(|(index, element)| reader.at_index(index, |reader| read(element, reader)))
        .collect();
    values.into_iter().collect()
}

/// An optional code or number: empty means none.
impl<T: Field<String>> Field<String> for Option<T> {
    fn read(field: &String, reader: &mut Reader) -> Option<Self> {
        if field.is_empty() {
            Some(None)
        } else {
            T::read(field, reader).map(Some)
        }
    }

    fn write(&self) -> String {
        self.as_ref().map(Field::write).unwrap_or_default()
    }
}

/// Codes and numbers that parse themselves.
macro_rules! parsed {
    ($($name:ident),+ $(,)?) => {$(
        impl Field<String> for $name {
            fn read(field: &String, reader: &mut Reader) -> Option<Self> {
                if field.is_empty() {
                    return reader.reject("is missing");
                }
                match field.parse::<$name>() {
                    Ok(value) => Some(value),
                    Err(error) => reader.reject(error.to_string()),
                }
            }

            fn write(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

parsed!(
    PersonNumber,
    HouseholdCode,
    ClaimNumber,
    CampaignNumber,
    CaseNumber,
    ServiceId,
    BiometricNumber,
    SiteNumber,
    IranianNationalNumber,
    AgencyCode,
    OfficeCode,
    OfficerCode,
    CountryCode,
);

/// A code of the province table.
impl Field<String> for ProvinceCode {
    fn read(field: &String, reader: &mut Reader) -> Option<Self> {
        match Self::from_code(field) {
            Some(province) => Some(province),
            None if field.is_empty() => reader.reject("is missing"),
            None => reader.reject("is not a code of the province table"),
        }
    }

    fn write(&self) -> String {
        self.code().to_owned()
    }
}

/// An optional value of a closed set: unspecified means none.
impl<T: Field<i32>> Field<i32> for Option<T> {
    fn read(field: &i32, reader: &mut Reader) -> Option<Self> {
        if *field == 0 {
            Some(None)
        } else {
            T::read(field, reader).map(Some)
        }
    }

    fn write(&self) -> i32 {
        self.as_ref().map(Field::write).unwrap_or_default()
    }
}

/// Closed sets.
macro_rules! enums {
    ($($name:ident),+ $(,)?) => {$(
        impl Field<i32> for $name {
            fn read(field: &i32, reader: &mut Reader) -> Option<Self> {
                match (Self::from_proto(*field), *field) {
                    (Some(value), _) => Some(value),
                    (None, 0) => reader.reject("is missing"),
                    (None, _) => reader.reject("is not a value this registry knows"),
                }
            }

            fn write(&self) -> i32 {
                self.to_proto().into()
            }
        }
    )+};
}

enums!(
    ResidenceCondition,
    ExemptionBody,
    AdmissionGround,
    DischargeReason,
    InspectionFinding,
    SiteKind,
    HoldingBasis,
    HoldingEnding,
    HoldingPlace,
    AppealBy,
    AppealOutcome,
    CommissionLevel,
    EntryBanGround,
    EntryBanLifting,
    ProtectionEnding,
    ProtectionKind,
    StayGround,
    SuspensionCause,
    SuspensionEnding,
    ExpulsionGround,
    CaseOutcome,
    CommissionMember,
    DepartureKind,
    InsuranceEntitlement,
    EvidenceKind,
    FeeState,
    NationalityBasis,
    NoticeManner,
    Opinion,
    ProcedureKind,
    ProcedureResult,
    ReplyClass,
    RequestChannel,
    AsylumGround,
    AsylumLodging,
    AsylumOutcome,
    Calendar,
    CampaignKind,
    CoverageDefinition,
    DisputeGround,
    DisputeOutcome,
    DivorceKind,
    DocumentKind,
    EntryKind,
    ErasureGround,
    EvidenceState,
    ExitKind,
    GuardianKind,
    HeadChangeGround,
    InformantRelation,
    IssuingLevel,
    LookupGround,
    BiometricModality,
    BiometricWithdrawal,
    MarriageForm,
    MarriageKind,
    MemberRemovalReason,
    NameKind,
    NationalityState,
    NonParticipationReason,
    ParentRole,
    PermitScope,
    PersonStatus,
    RegisteredWith,
    Relation,
    ReplacementReason,
    ResidenceBasis,
    ResidenceKind,
    Right,
    Role,
    Script,
    Sex,
    VisaKind,
    VoidReason,
);

/// Sets of values: at least one, each once.
macro_rules! sets {
    ($($name:ty, $len_max:expr, $twice:literal;)+) => {$(
        impl Field<Vec<i32>> for Vec<$name> {
            fn read(field: &Vec<i32>, reader: &mut Reader) -> Option<Self> {
                let values = list(field, $len_max, reader, |value, reader| {
                    <$name as Field<i32>>::read(value, reader)
                })?;
                let mut distinct = values.clone();
                distinct.sort_unstable();
                distinct.dedup();
                match values.len() {
                    0 => reader.reject("is missing"),
                    len if len == distinct.len() => Some(values),
                    _ => reader.reject($twice),
                }
            }

            fn write(&self) -> Vec<i32> {
                self.iter().map(Field::<i32>::write).collect()
            }
        }
    )+};
}

sets! {
    Role, ROLES_MAX, "names a role twice";
    AsylumGround, ASYLUM_GROUNDS_MAX, "names a ground twice";
    CommissionMember, COMMISSION_MEMBERS_MAX, "names a member twice";
    InspectionFinding, INSPECTION_FINDINGS_MAX, "names a finding twice";
}

/// Rights that an agency may ask about: each once, or none.
impl Field<Vec<i32>> for Vec<Right> {
    fn read(field: &Vec<i32>, reader: &mut Reader) -> Option<Self> {
        let values = list(field, Right::ALL.len(), reader, |value, reader| {
            <Right as Field<i32>>::read(value, reader)
        })?;
        let distinct: BTreeSet<Right> = values.iter().copied().collect();
        if distinct.len() == values.len() {
            Some(values)
        } else {
            reader.reject("names a right twice")
        }
    }

    fn write(&self) -> Vec<i32> {
        self.iter().map(Field::<i32>::write).collect()
    }
}

/// Person numbers of those who leave a household.
impl Field<Vec<String>> for Vec<PersonNumber> {
    fn read(field: &Vec<String>, reader: &mut Reader) -> Option<Self> {
        list(field, HOUSEHOLD_MEMBERS_MAX, reader, |number, reader| {
            <PersonNumber as Field<String>>::read(number, reader)
        })
    }

    fn write(&self) -> Vec<String> {
        self.iter().map(Field::<String>::write).collect()
    }
}

/// Lines of a machine-readable zone, as read.
impl Field<Vec<String>> for Vec<String> {
    fn read(field: &Vec<String>, reader: &mut Reader) -> Option<Self> {
        list(field, MRZ_LINES_MAX, reader, |line, reader| {
            if is_longer(line, MRZ_LINE_CHARS_MAX) || holds_forbidden(line) {
                reader.reject("is not a line of a machine-readable zone")
            } else {
                Some(line.clone())
            }
        })
    }

    fn write(&self) -> Vec<String> {
        self.clone()
    }
}

/// Byte strings of one length.
macro_rules! bytes {
    ($($type:ty, $len:literal, $make:expr, $bytes:expr;)+) => {$(
        impl Field<Vec<u8>> for $type {
            fn read(field: &Vec<u8>, reader: &mut Reader) -> Option<Self> {
                match <[u8; $len]>::try_from(field.as_slice()) {
                    Ok(bytes) => Some(($make)(bytes)),
                    Err(_length) if field.is_empty() => reader.reject("is missing"),
                    Err(_length) => reader.reject(concat!("is not ", $len, " bytes long")),
                }
            }

            fn write(&self) -> Vec<u8> {
                let bytes: fn(&$type) -> &[u8; $len] = $bytes;
                bytes(self).to_vec()
            }
        }
    )+};
}

bytes! {
    ActId, 16, ActId, |id| &id.0;
    BatchId, 16, BatchId, |id| &id.0;
    KeyId, 8, KeyId, |id| &id.0;
    GrantId, 16, GrantId, |id| &id.0;
    PublicKey, 32, PublicKey, |key| &key.0;
    [u8; 32], 32, |bytes| bytes, |bytes| bytes;
    [u8; 64], 64, |bytes| bytes, |bytes| bytes;
}

/// An optional byte string: empty means none.
impl<T: Field<Vec<u8>>> Field<Vec<u8>> for Option<T> {
    fn read(field: &Vec<u8>, reader: &mut Reader) -> Option<Self> {
        if field.is_empty() {
            Some(None)
        } else {
            T::read(field, reader).map(Some)
        }
    }

    fn write(&self) -> Vec<u8> {
        self.as_ref().map(Field::write).unwrap_or_default()
    }
}

/// Microseconds since 1970-01-01 UTC; required, so zero is missing.
impl Field<i64> for Timestamp {
    fn read(field: &i64, reader: &mut Reader) -> Option<Self> {
        match *field {
            0 => reader.reject("is missing"),
            micros => Some(Self::from_micros(micros)),
        }
    }

    fn write(&self) -> i64 {
        self.micros()
    }
}

/// Microseconds since 1970-01-01 UTC; zero means none.
impl Field<i64> for Option<Timestamp> {
    fn read(field: &i64, _reader: &mut Reader) -> Option<Self> {
        Some((*field != 0).then(|| Timestamp::from_micros(*field)))
    }

    fn write(&self) -> i64 {
        self.map_or(0, Timestamp::micros)
    }
}

/// Values that stand as they are.
macro_rules! plain {
    ($($type:ty),+) => {$(
        impl Field<$type> for $type {
            fn read(field: &$type, _reader: &mut Reader) -> Option<Self> {
                Some(*field)
            }

            fn write(&self) -> $type {
                *self
            }
        }
    )+};
}

plain!(bool, u32, u64);

/// Implements [`Wire`] for a type with the same name and the same field names as its message.
///
/// `field` is read by the codec of its type; `field: codec` by the module of that name in `codec::text`.
/// `field = name` reads the message field `name`.
macro_rules! wire {
    ($($name:ident $([$list_max:expr])? {
        $($field:ident $(= $wire:ident)? $(: $codec:ident)?),* $(,)?
    })+) => {$(
        impl Wire for $name {
            type Proto = proto::$name;

            $(const LIST_MAX: usize = $list_max;)?

            fn read(message: &proto::$name, reader: &mut Reader) -> Option<Self> {
                $(let $field = wire!(@read reader, message, $field, [$($wire)?], [$($codec)?]);)*
                Some(Self { $($field: $field?,)* })
            }

            fn write(&self) -> proto::$name {
                wire!(@message $name, self, $($field, [$($wire)?], [$($codec)?];)*)
            }
        }
    )+};
    (@read $reader:ident, $message:ident, $field:ident, [], $codec:tt) => {
        wire!(@read $reader, $message, $field, [$field], $codec)
    };
    (@read $reader:ident, $message:ident, $field:ident, [$wire:ident], []) => {
        $reader.at(stringify!($wire), |reader| Field::read(&$message.$wire, reader))
    };
    (@read $reader:ident, $message:ident, $field:ident, [$wire:ident], [$codec:ident]) => {
        $reader.at(stringify!($wire), |reader| $crate::codec::text::$codec::read(&$message.$wire, reader))
    };
    (@message $name:ident, $self:ident, $($field:ident, $wire:tt, $codec:tt;)*) => {{
        let mut message = proto::$name::default();
        $(wire!(@write message, $self, $field, $wire, $codec);)*
        message
    }};
    (@write $message:ident, $self:ident, $field:ident, [], $codec:tt) => {
        wire!(@write $message, $self, $field, [$field], $codec)
    };
    (@write $message:ident, $self:ident, $field:ident, [$wire:ident], []) => {
        $message.$wire = Field::write(&$self.$field)
    };
    (@write $message:ident, $self:ident, $field:ident, [$wire:ident], [$codec:ident]) => {
        $message.$wire = $crate::codec::text::$codec::write(&$self.$field)
    };
}

pub(super) use wire;
