//! Sabt: server.
