//! Sabt: journal.
