//! Statistics: dated tables of registered persons, protected so that no figure tells of one of them.
//!
//! Duties 11 and 12 of the office and item 7 of centre 1-8 ask for statistics with a definition, a cut-off and a method, the
//! same figure twice from the same cut-off. What a table may show is a closed list ([`TABLES`]): nobody crosses variables
//! freely. Religion, ethnicity, protection, asylum and health are no variables, and claims to asylum are never read.
//!
//! **Architecture invariant:** pure. It takes lives and keys and gives figures: no files, clock, views, randomness or
//! unordered maps. The result does not depend on the order in which persons are counted.
//!
//! # What is counted
//!
//! Persons, each at most once in a cell: a table of entries counts those who entered, not crossings, so that nobody weighs
//! more than one in any figure. A *stock* is the persons registered, alive and in the country on the reference day; a
//! *flow* is the persons to whom something happened in the period that ends with it. Records found to be the same
//! human being count once, under the lowest number.
//!
//! # How a figure is protected
//!
//! The cell-key method of the Australian Bureau of Statistics (Fraser and Wooton, 2005), as Eurostat's centre of excellence
//! describes it and its package `ptable` makes tables for it, followed by a random rounding:
//!
//! 1. *Record key.* Every person has 128 bits, a keyed hash of the internal ordinal ([`StatisticsKey::record_key`]).
//! 2. *Cell key.* The sum modulo 2^128 of the record keys of those in the cell, whatever the order. It depends on who is in
//!    the cell and on nothing else: not on the table, the variable, the day or the asker.
//! 3. *Noise.* A keyed hash of the cell key draws a deviation from the row of the true count ([`NOISE`]): mean zero, variance four,
//!    at most [`NOISE_MAX`] either way, never below zero; an empty cell stays empty. The rows are those of greatest
//!    entropy under these conditions, as `ptable` finds them. Unlike the original, the key is hashed before it is looked up,
//!    so that nothing of the sum's linearity is left.
//! 4. *Rounding.* The result is rounded to a multiple of [`BASE`] next to it, up with a probability that keeps the mean. The
//!    draw is a keyed hash of cell key, cut-off and reference day.
//!
//! A published figure is 0 or a multiple of five; ones and twos are never published. It differs from the truth by at most
//! [`DEVIATION_MAX`], and the mean over keys of every figure is the truth. Margins are cells like any other, with keys of their own: a table
//! does not add up exactly, and by nothing more than the noise of its cells.
//!
//! A percentage is computed from two published figures and stands beside them ([`Share`]), with the bounds that the noise of both
//! leaves; of fewer than [`SHARE_CALLED_MIN`] called there is none. It opens no second way to the counts.
//!
//! # Why it holds
//!
//! - *Asking again gains nothing.* A figure is a function of (persons in the cell, cut-off, reference day, key). Two tables
//!   that show the same persons show the same figure.
//! - *Averaging gains nothing beyond step 3.* All that is published of a set of persons, at any number of cut-offs and days, is
//!   computed from the one number that step 3 gave and coins that are independent of the truth. Whoever averages rounding away
//!   learns that number and no more. From it a count of 1 to 9, each as likely, is told right in fewer than one of three
//!   cases; from one figure in fewer than one of four (a test computes both from the table of noise).
//! - *Differencing adds noise.* Sets that differ in one person have independent cell keys, so the difference of two figures carries
//!   the noise of both; a margin less the cells beside one carries that of all. From a figure nobody tells two counts that
//!   differ by one apart in more than 61 of 100 cases, nor from step 3 in more than 72 (total variation, same test).
//! - *A change tells little.* With cell keys alone a figure changes exactly when somebody joins or leaves, so that the cells
//!   that move between two cut-offs would spell out whoever came. Rounding moves figures of unchanged cells as well. And
//!   releases are coarse: a cut-off is the end of a Jalali month of receipt, a reference day the end of a Jalali month,
//!   and between two of either at least [`CLOSING_MIN`] subjects are new ([`Arrivals`]). There are no two releases one person
//!   apart; the tests attack such releases all the same.
//!
//! What it does not promise: whoever knows of everybody but one person in the country, and combines all cells of all tables,
//! can tell better than by guessing whether that person is counted. Bounded noise never hides that (Dinur and Nissim, 2003);
//! the list of tables is short so that there is little to combine. And an erased person is in no figure any more: of an earlier cut-off
//! computed again after an erasure the figures may differ, because what they rested on is gone.

mod category;
mod noise;
mod observe;
mod release;
mod share;
mod table;
mod tabulate;
#[cfg(test)]
mod tests;

pub use category::{CATEGORY_BYTES_MAX, Category, MAIN_NATIONALITIES, Values, Variable};
pub use noise::{BASE, DEVIATION_MAX, NOISE, NOISE_MAX, NOISE_WEIGHT, RecordKey, StatisticsKey};
pub use observe::{Observation, observe, registered};
pub use release::{Arrivals, CLOSING_MIN, CutOff, Month, Period, Release};
pub use share::{Part, SHARE_CALLED_MIN, Share, YARDSTICK};
pub use table::{DIMENSIONS_MAX, METHOD, Measure, TABLES, Table};
pub use tabulate::{Edition, PublishedCell, PublishedTable, Tabulation};
