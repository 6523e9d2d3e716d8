//! Sabt: verifier.
