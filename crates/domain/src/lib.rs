//! Sabt: domain.
