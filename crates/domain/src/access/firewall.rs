//! The gate through which every value leaves, and the firewall towards the person's State of origin, as types
//! (design:7.4).
//!
//! What is to leave is [`Filed`] under its groups. Filing sorts it: what could tell of protection becomes
//! [`Protected`], and only a [`Domestic`] recipient has a way to be told such a value. A [`Foreign`] one has none: the
//! function does not exist. What has passed is [`Told`], and answers are made of told values alone, so that a value
//! which did not pass the gate does not fit into an answer.
//!
//! ```
//! use sabt_domain::access::{Domestic, Filed, FieldGroup, FieldSet, Open, Permit, Protected, Recipient, Told};
//! use sabt_domain::fact::Address;
//!
//! fn shelter(permit: &Permit, address: Address) -> Option<Told<Address>> {
//!     let filed = Filed::under(FieldSet::of(&[FieldGroup::ShelterAddress]), address);
//!     match (permit.recipient(), filed) {
//!         (Recipient::Domestic(to), Filed::Protected(address)) => to.tell_protected(address),
//!         (Recipient::Domestic(to), Filed::Open(address)) => to.tell(address),
//!         (Recipient::Foreign(to), Filed::Open(address)) => to.tell(address),
//!         (Recipient::Foreign(_), Filed::Protected(_)) => None,
//!     }
//! }
//! ```
//!
//! Each of the following differs from that by what it tries, and does not compile. A foreign recipient is told a
//! protected value:
//!
//! ```compile_fail,E0599
//! use sabt_domain::access::{Foreign, Protected, Told};
//! use sabt_domain::fact::Address;
//!
//! fn shelter(to: Foreign<'_>, address: Protected<Address>) -> Option<Told<Address>> {
//!     to.tell_protected(address)
//! }
//! ```
//!
//! ... or is told it as if it were an open one:
//!
//! ```compile_fail,E0308
//! use sabt_domain::access::{Foreign, Protected, Told};
//! use sabt_domain::fact::Address;
//!
//! fn shelter(to: Foreign<'_>, address: Protected<Address>) -> Option<Told<Address>> {
//!     to.tell(address)
//! }
//! ```
//!
//! A foreign recipient is taken for a domestic one, or one is made up without a permit:
//!
//! ```compile_fail,E0308
//! use sabt_domain::access::{Domestic, Foreign};
//!
//! fn home(to: Foreign<'_>) -> Domestic<'_> {
//!     to
//! }
//! ```
//!
//! ```compile_fail,E0423
//! use sabt_domain::access::{Domestic, Permit};
//!
//! fn home(permit: &Permit) -> Domestic<'_> {
//!     Domestic(permit)
//! }
//! ```
//!
//! A protected value is opened, printed or taken apart, or declared told:
//!
//! ```compile_fail,E0616
//! use sabt_domain::access::Protected;
//! use sabt_domain::fact::Address;
//!
//! fn open(address: Protected<Address>) -> Address {
//!     address.value
//! }
//! ```
//!
//! ```compile_fail,E0277
//! use sabt_domain::access::Protected;
//! use sabt_domain::number::PersonNumber;
//!
//! fn print(person: Protected<PersonNumber>) -> String {
//!     format!("{person:?}")
//! }
//! ```
//!
//! ```compile_fail,E0423
//! use sabt_domain::access::Told;
//! use sabt_domain::fact::Address;
//!
//! fn told(address: Address) -> Told<Address> {
//!     Told(address)
//! }
//! ```

use std::ops::Deref;

use super::bar::FIREWALLED;
use super::{Bar, FieldGroup, FieldSet, Permit};

/// A value and the groups it belongs to; all of them must be given for it to leave, and what belongs to none never does.
pub enum Filed<T> {
    /// None of its groups is behind the firewall.
    Open(Open<T>),
    /// It could tell a State of origin of protection.
    Protected(Protected<T>),
}

/// A value that no firewall keeps back.
pub struct Open<T> {
    groups: FieldSet,
    value: T,
}

/// A value that no recipient of another State is told. It can be neither read nor printed.
pub struct Protected<T> {
    groups: FieldSet,
    value: T,
}

/// A value that its recipient may be told. Only the gate makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told<T>(T);

/// To which State the recipient of an answer answers. Only [`Permit::recipient`] makes one.
pub enum Recipient<'permit> {
    /// To this one.
    Domestic(Domestic<'permit>),
    /// To another one, which may be the person's State of origin.
    Foreign(Foreign<'permit>),
}

/// A recipient that answers to this State.
pub struct Domestic<'permit>(&'permit Permit);

/// A recipient that answers to another State.
pub struct Foreign<'permit>(&'permit Permit);

impl<T> Filed<T> {
    /// Files a value under its groups.
    pub fn under(groups: FieldSet, value: T) -> Self {
        if groups.iter().any(|group| FIREWALLED.contains(group)) {
            Self::Protected(Protected { groups, value })
        } else {
            Self::Open(Open { groups, value })
        }
    }
}

impl Domestic<'_> {
    /// Tells a value, if the permit gives all of its groups.
    pub fn tell<T>(&self, open: Open<T>) -> Option<Told<T>> {
        self.0.gives(open.groups).then_some(Told(open.value))
    }

    /// Tells a value that could tell of protection, if the permit gives all of its groups.
    pub fn tell_protected<T>(&self, protected: Protected<T>) -> Option<Told<T>> {
        self.0
            .gives(protected.groups)
            .then_some(Told(protected.value))
    }
}

impl Foreign<'_> {
    /// Tells a value, if the permit gives all of its groups.
    pub fn tell<T>(&self, open: Open<T>) -> Option<Told<T>> {
        self.0.gives(open.groups).then_some(Told(open.value))
    }
}

impl Permit {
    /// Tells a value to whom the permit was given, if it gives all of the value's groups and the firewall lets it
    /// through.
    pub fn tell<T>(&self, filed: Filed<T>) -> Option<Told<T>> {
        match (self.recipient(), filed) {
            (Recipient::Domestic(to), Filed::Open(value)) => to.tell(value),
            (Recipient::Domestic(to), Filed::Protected(value)) => to.tell_protected(value),
            (Recipient::Foreign(to), Filed::Open(value)) => to.tell(value),
            (Recipient::Foreign(_), Filed::Protected(_)) => None,
        }
    }

    /// The same for a value of one group.
    pub fn tell_of<T>(&self, group: FieldGroup, value: T) -> Option<Told<T>> {
        self.tell(Filed::under(FieldSet::of(&[group]), value))
    }

    /// Whom answers under this permit go to.
    pub fn recipient(&self) -> Recipient<'_> {
        if self.asker().is_domestic() {
            Recipient::Domestic(Domestic(self))
        } else {
            Recipient::Foreign(Foreign(self))
        }
    }

    /// True if the recipient is treated as if nothing of this group were recorded of anybody, also where the question
    /// itself names it: whether a refugee's card is valid is not answered to another State.
    pub fn is_blind_to(&self, group: FieldGroup) -> bool {
        let foreign = matches!(self.recipient(), Recipient::Foreign(_)) && group.is_firewalled();
        // Enforcement is answered about a certificate of schooling as about one that never was (services.md row 28).
        let schooling = group == FieldGroup::Schooling;
        foreign || (schooling && Bar::between(self.role(), group).is_some())
    }

    fn gives(&self, groups: FieldSet) -> bool {
        !groups.is_empty() && groups.iter().all(|group| self.allows(group))
    }
}

impl<T> Told<T> {
    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Told<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

#[cfg(test)]
mod tests;
