use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use unicode_normalization::UnicodeNormalization as _;

use super::letters::is_plain;
use super::skeleton::{AMBIGUOUS, skeleton};
use super::*;

const NAMES: &str = include_str!("../../testdata/names.tsv");

/// Lines of spellings, without comments.
fn lines() -> impl Iterator<Item = Vec<&'static str>> {
    NAMES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}

fn name(given: &str, family: &str, father: &str) -> Name {
    Name {
        kind: NameKind::AsWritten,
        script: Script::Arabic,
        given: given.to_owned(),
        family: family.to_owned(),
        father: father.to_owned(),
        grandfather: String::new(),
        language: String::new(),
    }
}

fn meet(left: &Name, right: &Name) -> bool {
    !left.search_keys().is_disjoint(&right.search_keys())
}

#[test]
fn spellings_of_one_name_meet() {
    let mut missed = Vec::new();
    for line in lines() {
        let first = line[0];
        for spelling in &line[1..] {
            let (other, expected) = spelling
                .strip_prefix('!')
                .map_or((*spelling, true), |other| (other, false));
            if skeletons(first).is_disjoint(&skeletons(other)) == expected {
                missed.push(format!(
                    "{first} {:?} / {spelling} {:?}",
                    skeletons(first),
                    skeletons(other)
                ));
            }
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// How often two different names of the list meet. Given and family name together must meet, so among real pairs
/// of names the rate is about the square of this.
#[test]
fn different_names_seldom_meet() {
    let mut by_skeleton: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    let mut count = 0;
    for (index, line) in lines().enumerate() {
        count = index + 1;
        for skeleton in skeletons(line[0]) {
            by_skeleton.entry(skeleton).or_default().insert(index);
        }
    }
    let colliding: usize = by_skeleton
        .values()
        .map(|names| names.len() * (names.len() - 1) / 2)
        .sum();
    let pairs = count * (count - 1) / 2;
    assert!(colliding * 100 < pairs, "{colliding} of {pairs} pairs meet");
}

#[test]
fn known_false_accepts_are_documented() {
    for (left, right) in [
        ("Hasan", "Hossein"),
        ("Mohammad", "Mahmoud"),
        ("Vahed", "Vahid"),
    ] {
        assert_eq!(skeletons(left), skeletons(right));
    }
    for (left, right) in [("Ali", "Omar"), ("Karimi", "Rahimi"), ("Nasir", "Nazir")] {
        assert!(
            skeletons(left).is_disjoint(&skeletons(right)),
            "{left} {right}"
        );
    }
}

#[test]
fn letters_have_one_form() {
    let check = |text: &str, expected: &str| assert_eq!(normalise(text), expected);
    // Arabic yeh and kaf; yeh with hamza; alef with madda; teh marbuta; waw with hamza.
    check("\u{64a}\u{643}", "\u{6cc}\u{6a9}");
    check("\u{626}", "\u{6cc}");
    check(
        "\u{622}\u{623}\u{625}\u{671}",
        "\u{627}\u{627}\u{627}\u{627}",
    );
    check("\u{629}\u{6c0}\u{6d5}", "\u{647}\u{647}\u{647}");
    check("\u{624}", "\u{648}");
    // Presentation forms.
    check("\u{fefb}", "\u{644}\u{627}");
    // Tatweel, fatha, shadda, zero-width non-joiner, direction mark, hamza on the line.
    check(
        "\u{645}\u{640}\u{64e}\u{62d}\u{651}\u{200c}\u{62f}\u{200f}\u{621}",
        "\u{645}\u{62d}\u{62f}",
    );
    // Digits of both scripts.
    check("\u{6f1}\u{661}1", "111");
    // Case, accents, punctuation, spaces.
    check("  Jos\u{e9}-LUIS,  O'Neil ", "jose luis oneil");
    check("", "");
    check(" \u{200c} - ", "");
}

#[test]
fn order_of_given_and_family_does_not_matter() {
    assert!(meet(&name("Ali", "Rahimi", ""), &name("Rahimi", "Ali", "")));
}

#[test]
fn the_father_stands_for_a_family_name_taken_later() {
    let at_home = name("Ali", "", "Hassan");
    let in_exile = name("Ali", "Rahimi", "Hassan");
    assert!(meet(&at_home, &in_exile));
    assert!(!meet(&name("Ali", "", ""), &in_exile));
}

#[test]
fn keys_of_an_empty_name() {
    assert!(name("", "", "").search_keys().is_empty());
    assert!(name("-", " ", "'").search_keys().is_empty());
    let given_only = name("Ali", "", "").search_keys();
    assert_eq!(
        given_only.into_iter().collect::<Vec<_>>(),
        ["n:ali", "s:al"]
    );
}

#[test]
fn debug_hides_the_name() {
    let text = format!("{:?}", name("Ali", "Rahimi", "Hassan"));
    for hidden in ["Ali", "Rahimi", "Hassan"] {
        assert!(!text.contains(hidden));
    }
}

#[test]
fn plain_letters_are_what_they_are() {
    for c in ('\0'..=char::MAX).filter(|c| is_plain(*c)) {
        assert!(std::iter::once(c).nfkd().eq([c]), "{c:?} decomposes");
        assert!(c.to_lowercase().eq([c.to_ascii_lowercase()]), "{c:?}");
    }
}

proptest! {
    /// Taken letter by letter, and from the whole text in NFKD.
    #[test]
    fn normal_form_is_that_of_the_decomposed_text(
        text in "\\PC{0,40}|[A-Za-z '\u{300}-\u{345}\u{c0}-\u{17f}]{0,40}|[\u{620}-\u{6ff}]{0,40}",
    ) {
        let decomposed: String = text.nfkd().collect();
        prop_assert_eq!(normalise(&decomposed), normalise(&text));
    }

    #[test]
    fn a_word_without_ambiguous_letters_is_read_in_one_way(word in "[a-z\u{627}-\u{6cc}\u{430}-\u{451}]{0,20}") {
        let word = word.replace(AMBIGUOUS, "");
        prop_assert_eq!(skeleton(&word, true), skeleton(&word, false));
    }

    #[test]
    fn normal_form_is_stable(text in "\\PC{0,40}") {
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once.clone());
        prop_assert!(!once.starts_with(' ') && !once.ends_with(' ') && !once.contains("  "));
    }

    #[test]
    fn a_name_meets_itself_however_its_letters_were_typed(
        given in "[\u{627}-\u{648}]{1,10}",
        family in "[\u{627}-\u{648}]{1,10}",
    ) {
        let typed = |text: &str| text.replace('\u{643}', "\u{6a9}").replace('\u{64a}', "\u{6cc}");
        let spread = |text: &str| text.chars().flat_map(|c| [c, '\u{200c}']).collect::<String>();
        let original = name(&given, &family, "");
        prop_assume!(!original.search_keys().is_empty());
        prop_assert!(meet(&original, &name(&typed(&given), &typed(&family), "")));
        prop_assert!(meet(&original, &name(&spread(&given), &spread(&family), "")));
    }

    #[test]
    fn few_short_keys(given in "\\PC{0,200}", family in "\\PC{0,200}", father in "\\PC{0,200}") {
        let keys = name(&given, &family, &father).search_keys();
        prop_assert!(keys.len() <= 9);
        prop_assert!(keys.iter().filter(|key| !key.starts_with("n:")).all(|key| key.len() <= 64));
    }
}
