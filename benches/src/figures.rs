//! Figures that several programs of one run measure and one of them sets beside each other.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::Outcome;
use crate::callers::Seen;

/// What was measured of whom. In a file it is one line, its parts separated by tabulators.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Who did it: `Sabt`, the machine, or a peer.
    pub system: String,
    /// What was done; equal names are set beside each other.
    pub work: String,
    /// How many waited for an answer at once; 0 if nobody did.
    pub callers: usize,
    /// How much: times in a second, or the amount itself.
    pub value: f64,
    /// Half of the answers took no longer, microseconds; 0 if there were none.
    pub median_micros: f64,
    /// 99 of 100 answers took no longer, microseconds; 0 if there were none.
    pub p99_micros: f64,
}

impl Figure {
    /// A figure of callers.
    pub fn of_callers(system: &str, work: &str, callers: usize, seen: &Seen) -> Self {
        Self {
            callers,
            median_micros: seen.median.as_secs_f64() * 1e6,
            p99_micros: seen.p99.as_secs_f64() * 1e6,
            ..Self::amount(system, work, seen.rate())
        }
    }

    /// A figure of something that was done so many times in a span of time.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn of_span(system: &str, work: &str, count: u64, span: Duration) -> Self {
        Self::amount(system, work, count as f64 / span.as_secs_f64())
    }

    /// An amount.
    pub fn amount(system: &str, work: &str, value: f64) -> Self {
        Self {
            system: system.to_owned(),
            work: work.to_owned(),
            callers: 0,
            value,
            median_micros: 0.0,
            p99_micros: 0.0,
        }
    }

    fn line(&self) -> String {
        let Self {
            system,
            work,
            callers,
            value,
            median_micros,
            p99_micros,
        } = self;
        format!("{system}\t{work}\t{callers}\t{value:.3}\t{median_micros:.1}\t{p99_micros:.1}\n")
    }
}

impl FromStr for Figure {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = line.split('\t').collect();
        let &[system, work, callers, value, median, p99] = parts.as_slice() else {
            return Err(format!("{line:?} is no figure").into());
        };
        Ok(Self {
            system: system.to_owned(),
            work: work.to_owned(),
            callers: callers.parse()?,
            value: value.parse()?,
            median_micros: median.parse()?,
            p99_micros: p99.parse()?,
        })
    }
}

/// Where figures are written, if somebody wants them.
#[derive(Clone, Debug, Default)]
pub struct Figures(Option<PathBuf>);

impl Figures {
    /// Figures are added to this file.
    pub fn to(path: PathBuf) -> Self {
        Self(Some(path))
    }

    /// Adds a figure.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn add(&self, figure: &Figure) -> Outcome<()> {
        let Some(path) = &self.0 else { return Ok(()) };
        let mut file = File::options().create(true).append(true).open(path)?;
        Ok(file.write_all(figure.line().as_bytes())?)
    }

    /// Every figure of a file.
    ///
    /// # Errors
    /// If it cannot be read, or a line is none.
    pub fn read(path: &Path) -> Outcome<Vec<Figure>> {
        std::fs::read_to_string(path)?
            .lines()
            .map(str::parse)
            .collect()
    }
}
