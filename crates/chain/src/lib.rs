//! Sabt: chain.
