//! Names of persons, kept as written, and the keys by which they are found.
//!
//! A name is never corrected, fused or transliterated by the registry: it stands as the source wrote it, with
//! its script. What searching needs is derived ([`Name::search_keys`]) and can be derived anew at any time.

use std::collections::BTreeSet;
use std::fmt;

use sabt_proto::event::v1 as proto;

mod letters;
mod skeleton;
#[cfg(test)]
mod tests;

pub use letters::normalise;
pub use skeleton::skeletons;

closed_enum! {
    /// What a name is to the person.
    pub enum NameKind = proto::NameKind {
        /// As written in the source, or as the person states it.
        AsWritten = "AS_WRITTEN",
        /// A rendering in another script.
        Transliteration = "TRANSLITERATION",
        /// Another name the person goes by.
        Alias = "ALIAS",
        /// A name borne earlier.
        Former = "FORMER",
    }
}

closed_enum! {
    /// The script in which a name is written.
    pub enum Script = proto::Script {
        /// Arabic script: Persian, Dari, Pashto, Arabic, Urdu.
        Arabic = "ARABIC",
        /// Latin script.
        Latin = "LATIN",
        /// Cyrillic script, e.g. Tajik.
        Cyrillic = "CYRILLIC",
    }
}

/// A name as written. Parts that the source does not have are empty. `Debug` hides the parts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// What the name is to the person.
    pub kind: NameKind,
    /// The script of all parts.
    pub script: Script,
    /// Given name or names.
    pub given: String,
    /// Family name; many Afghan papers have none.
    pub family: String,
    /// Father's name.
    pub father: String,
    /// Grandfather's name, as Afghan papers give it.
    pub grandfather: String,
    /// BCP 47 tag of the language, e.g. `fa-AF`; may be empty.
    pub language: String,
}

impl Name {
    /// The keys under which this name is filed and looked up: two names meet if they share a key.
    ///
    /// - `n:` the normalised given and family name: the same spelling, whatever keyboard wrote it.
    /// - `s:` the sorted skeletons of given and family name: order does not matter, because papers, machine
    ///   zones and clerks exchange the two.
    /// - `f:` the sorted skeletons of given and father's name: a family name that a person took in exile is
    ///   missing in the papers of the home country, where the father's name is what tells people apart.
    ///
    /// # False accepts
    /// A skeleton keeps consonants by class and drops vowels, so different names may meet: Hasan and Hossein
    /// share one, Mohammad and Mahmoud another. That is the price of finding Mohammad under Muhammad, Mohamed and the Persian spelling. It is
    /// bearable because a skeleton key only ever proposes candidates: it is used together with a birth year, the
    /// list is short and recorded as looked at, and no decision rests on it. The opposite fault, a person not
    /// found and registered a second time, is the graver one here.
    pub fn search_keys(&self) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        let given = normalise(&self.given);
        let family = normalise(&self.family);
        let written = format!("{given} {family}");
        if !written.trim().is_empty() {
            keys.insert(format!("n:{}", written.trim()));
        }
        let givens = skeletons(&self.given);
        insert_pairs(&mut keys, "s:", &givens, &skeletons(&self.family));
        if !self.father.is_empty() {
            insert_pairs(&mut keys, "f:", &givens, &skeletons(&self.father));
        }
        keys
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Name")
            .field("kind", &self.kind)
            .field("script", &self.script)
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// One key for every pair of variants, each pair sorted; where one side is empty, one key for each of the other.
fn insert_pairs(
    keys: &mut BTreeSet<String>,
    prefix: &str,
    left: &BTreeSet<String>,
    right: &BTreeSet<String>,
) {
    let empty = BTreeSet::from([String::new()]);
    let left = if left.is_empty() { &empty } else { left };
    let right = if right.is_empty() { &empty } else { right };
    for a in left {
        for b in right {
            let (first, second) = if a <= b { (a, b) } else { (b, a) };
            match (first.is_empty(), second.is_empty()) {
                (true, true) => {}
                (true, false) => {
                    keys.insert(format!("{prefix}{second}"));
                }
                _ => {
                    keys.insert(format!("{prefix}{first} {second}"));
                }
            }
        }
    }
}
