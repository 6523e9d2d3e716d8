//! Sabt: views.
