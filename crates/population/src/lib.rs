//! Sabt: population.
