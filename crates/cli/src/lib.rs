//! Sabt: cli.
