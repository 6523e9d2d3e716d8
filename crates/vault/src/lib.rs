//! Sabt: vault.
