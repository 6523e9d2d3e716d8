//! The data files of the crate, parsed once.
//!
//! They are part of the program, so a line that does not parse is a fault of ours and panics; a test reads them all.

use std::str::FromStr;
use std::sync::LazyLock;

/// Language of a name, and with it the orthography in which it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Language {
    /// Persian of Iran.
    Persian,
    /// Dari.
    Dari,
    /// Pashto.
    Pashto,
    /// Arabic.
    Arabic,
    /// Urdu.
    Urdu,
}

/// Sex as the given-name table knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

/// A name in its own script and in Latin letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NameForm {
    /// As written.
    pub(crate) written: &'static str,
    /// Transliteration.
    pub(crate) latin: &'static str,
}

/// A province with its towns and its share of foreign nationals.
#[derive(Debug)]
pub(crate) struct ProvinceRow {
    /// ISO 3166-2:IR code, e.g. "IR-23".
    pub(crate) code: &'static str,
    /// Prefix of its office codes, e.g. "THR".
    pub(crate) prefix: &'static str,
    /// Weight of Afghan, Iraqi and other nationals, about per mille.
    pub(crate) weights: [u32; 3],
    /// County and town.
    pub(crate) towns: Vec<(&'static str, &'static str)>,
}

/// A place in a country of origin.
#[derive(Debug)]
pub(crate) struct OriginPlace {
    /// Province or governorate, in the language of the place.
    pub(crate) province: &'static str,
    /// Town or district.
    pub(crate) locality: &'static str,
    /// Weight among the places of its country.
    pub(crate) weight: u32,
    /// Language of families from there.
    pub(crate) language: Language,
}

/// A country of origin.
#[derive(Debug)]
pub(crate) struct OriginRow {
    /// ISO 3166-1 alpha-3.
    pub(crate) country: &'static str,
    /// Its places.
    pub(crate) places: Vec<OriginPlace>,
}

/// An agency that signs acts or asks questions.
#[derive(Debug)]
pub(crate) struct AgencyRow {
    /// Code.
    pub(crate) code: &'static str,
    /// Role name of the contract, without prefix.
    pub(crate) role: &'static str,
    /// Number of its first office in each province.
    pub(crate) first_office: u32,
    /// Name in Persian.
    pub(crate) name_fa: &'static str,
    /// Name in English.
    pub(crate) name_en: &'static str,
}

/// Provinces of Iran.
pub(crate) static PROVINCES: LazyLock<Vec<ProvinceRow>> = LazyLock::new(|| {
    rows::<6>(include_str!("../data/places.tsv"))
        .map(|[code, prefix, afghan, iraqi, other, towns]| ProvinceRow {
            code,
            prefix,
            weights: [number(afghan), number(iraqi), number(other)],
            towns: towns.split(';').map(|town| pair(town, '=')).collect(),
        })
        .collect()
});

/// Countries of origin.
pub(crate) static ORIGINS: LazyLock<Vec<OriginRow>> = LazyLock::new(|| {
    rows::<2>(include_str!("../data/origins.tsv"))
        .map(|[country, places]| OriginRow {
            country,
            places: places.split(';').map(origin_place).collect(),
        })
        .collect()
});

/// Agencies.
pub(crate) static AGENCIES: LazyLock<Vec<AgencyRow>> = LazyLock::new(|| {
    rows::<5>(include_str!("../data/agencies.tsv"))
        .map(|[code, role, first_office, name_fa, name_en]| AgencyRow {
            code,
            role,
            first_office: number(first_office),
            name_fa,
            name_en,
        })
        .collect()
});

/// Streets as officers write them.
pub(crate) static STREETS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    rows::<1>(include_str!("../data/streets.tsv"))
        .map(|[street]| street)
        .collect()
});

static GIVEN_NAMES: LazyLock<Vec<([bool; 5], Sex, NameForm)>> = LazyLock::new(|| {
    rows::<4>(include_str!("../data/given_names.tsv"))
        .map(|[written, latin, sex, languages]| {
            let sex = match sex {
                "f" => Sex::Female,
                "m" => Sex::Male,
                other => unreadable(other),
            };
            (language_set(languages), sex, NameForm { written, latin })
        })
        .collect()
});

static FAMILY_NAMES: LazyLock<[Vec<NameForm>; 5]> = LazyLock::new(|| {
    let mut by_language: [Vec<NameForm>; 5] = Default::default();
    for [written, latin, languages] in rows::<3>(include_str!("../data/family_names.tsv")) {
        for (set, names) in language_set(languages).into_iter().zip(&mut by_language) {
            if set {
                names.push(NameForm { written, latin });
            }
        }
    }
    by_language
});

static GIVEN_BY_GROUP: LazyLock<[[Vec<NameForm>; 2]; 5]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        [Sex::Female, Sex::Male].map(|sex| {
            GIVEN_NAMES
                .iter()
                .filter(|(languages, of, _)| languages[language.slot()] && *of == sex)
                .map(|(_, _, form)| *form)
                .collect()
        })
    })
});

/// Given names of a language and sex.
pub(crate) fn given_names(language: Language, sex: Sex) -> &'static [NameForm] {
    let column = match sex {
        Sex::Female => 0,
        Sex::Male => 1,
    };
    &GIVEN_BY_GROUP[language.slot()][column]
}

/// Family names of a language.
pub(crate) fn family_names(language: Language) -> &'static [NameForm] {
    &FAMILY_NAMES[language.slot()]
}

impl Language {
    /// Every language.
    pub(crate) const ALL: [Language; 5] = [
        Language::Persian,
        Language::Dari,
        Language::Pashto,
        Language::Arabic,
        Language::Urdu,
    ];

    fn slot(self) -> usize {
        match self {
            Language::Persian => 0,
            Language::Dari => 1,
            Language::Pashto => 2,
            Language::Arabic => 3,
            Language::Urdu => 4,
        }
    }

    /// BCP 47 tag.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Language::Persian => "fa-IR",
            Language::Dari => "fa-AF",
            Language::Pashto => "ps",
            Language::Arabic => "ar",
            Language::Urdu => "ur",
        }
    }

    /// From the code the data files use.
    fn from_code(code: &str) -> Language {
        match code {
            "fa" => Language::Persian,
            "prs" => Language::Dari,
            "ps" => Language::Pashto,
            "ar" => Language::Arabic,
            "ur" => Language::Urdu,
            other => unreadable(other),
        }
    }
}

fn language_set(codes: &str) -> [bool; 5] {
    let mut set = [false; 5];
    for code in codes.split(',') {
        set[Language::from_code(code).slot()] = true;
    }
    set
}

fn origin_place(text: &'static str) -> OriginPlace {
    let (province, rest) = pair(text, '=');
    let (locality, rest) = pair(rest, '=');
    let (weight, language) = pair(rest, '=');
    OriginPlace {
        province,
        locality,
        weight: number(weight),
        language: Language::from_code(language),
    }
}

fn rows<const COLUMNS: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; COLUMNS]> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let cells: Vec<&'static str> = line.split('\t').collect();
            cells
                .try_into()
                .unwrap_or_else(|_: Vec<_>| unreadable(line))
        })
}

fn pair(text: &'static str, separator: char) -> (&'static str, &'static str) {
    text.split_once(separator)
        .unwrap_or_else(|| unreadable(text))
}

fn number<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| unreadable(text))
}

#[expect(
    clippy::panic,
    reason = "the data files are compiled in and read by a test"
)]
fn unreadable(text: &str) -> ! {
    panic!("a data file of the population holds {text:?}, which cannot be read");
}
