//! The provinces.

closed_enum! {
    /// A province of Iran, by its ISO 3166-2:IR code (numbering of 2020). The division into 31 provinces stands
    /// since Alborz was separated from Tehran in 1389.
    pub enum ProvinceCode {
        /// Markazi.
        Markazi = "IR-00",
        /// Gilan.
        Gilan = "IR-01",
        /// Mazandaran.
        Mazandaran = "IR-02",
        /// East Azerbaijan.
        EastAzerbaijan = "IR-03",
        /// West Azerbaijan.
        WestAzerbaijan = "IR-04",
        /// Kermanshah.
        Kermanshah = "IR-05",
        /// Khuzestan.
        Khuzestan = "IR-06",
        /// Fars.
        Fars = "IR-07",
        /// Kerman.
        Kerman = "IR-08",
        /// Razavi Khorasan.
        RazaviKhorasan = "IR-09",
        /// Isfahan.
        Isfahan = "IR-10",
        /// Sistan and Baluchestan.
        SistanAndBaluchestan = "IR-11",
        /// Kurdistan.
        Kurdistan = "IR-12",
        /// Hamadan.
        Hamadan = "IR-13",
        /// Chaharmahal and Bakhtiari.
        ChaharmahalAndBakhtiari = "IR-14",
        /// Lorestan.
        Lorestan = "IR-15",
        /// Ilam.
        Ilam = "IR-16",
        /// Kohgiluyeh and Boyer-Ahmad.
        KohgiluyehAndBoyerAhmad = "IR-17",
        /// Bushehr.
        Bushehr = "IR-18",
        /// Zanjan.
        Zanjan = "IR-19",
        /// Semnan.
        Semnan = "IR-20",
        /// Yazd.
        Yazd = "IR-21",
        /// Hormozgan.
        Hormozgan = "IR-22",
        /// Tehran.
        Tehran = "IR-23",
        /// Ardabil.
        Ardabil = "IR-24",
        /// Qom.
        Qom = "IR-25",
        /// Qazvin.
        Qazvin = "IR-26",
        /// Golestan.
        Golestan = "IR-27",
        /// North Khorasan.
        NorthKhorasan = "IR-28",
        /// South Khorasan.
        SouthKhorasan = "IR-29",
        /// Alborz.
        Alborz = "IR-30",
    }
}

/// Code, Persian name, English name; tab-separated. Persian text stays out of the sources.
const NAMES: &str = include_str!("../../data/provinces.tsv");

impl ProvinceCode {
    /// The name in Persian.
    pub fn name_fa(self) -> &'static str {
        self.column(1)
    }

    /// The name in English.
    pub fn name_en(self) -> &'static str {
        self.column(2)
    }

    fn column(self, index: usize) -> &'static str {
        NAMES
            .lines()
            .map(|line| line.split('\t'))
            .find_map(|mut columns| {
                (columns.clone().next() == Some(self.code())).then(|| columns.nth(index))?
            })
            .unwrap_or("")
    }
}

impl std::fmt::Display for ProvinceCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
