//! Sets of field groups and of methods, as bits: whether something is in one costs the same for every question.

use super::{FieldGroup, Method};

macro_rules! closed_set {
    ($(#[$meta:meta])* $name:ident of $item:ty) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name(u64);

        const _: () = assert!(<$item>::ALL.len() <= 64, "a set is 64 bits");

        impl $name {
            /// The set with nothing in it.
            pub const EMPTY: Self = Self(0);

            /// The set of these.
            pub const fn of(items: &[$item]) -> Self {
                let mut set = Self::EMPTY;
                let mut left = items;
                while let [item, rest @ ..] = left {
                    set = set.with(*item);
                    left = rest;
                }
                set
            }

            #[expect(clippy::as_conversions, reason = "the place in a list of at most 64")]
            const fn bit(item: $item) -> u64 {
                1 << item as u32
            }

            /// True if the item is in the set.
            pub const fn contains(self, item: $item) -> bool {
                self.0 & Self::bit(item) != 0
            }

            /// True if nothing is in the set.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The set and one more item.
            #[must_use]
            pub const fn with(self, item: $item) -> Self {
                Self(self.0 | Self::bit(item))
            }

            /// The set without what is in another one.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// What is in this set or in another one.
            #[must_use]
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// What is in the set, in the order of declaration.
            pub fn iter(self) -> impl Iterator<Item = $item> {
                <$item>::ALL
                    .iter()
                    .copied()
                    .filter(move |item| self.contains(*item))
            }
        }
    };
}

closed_set! {
    /// A set of field groups.
    FieldSet of FieldGroup
}

closed_set! {
    /// A set of methods.
    MethodSet of Method
}
